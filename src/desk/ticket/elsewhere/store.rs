//! The table `disclosures`.

use crate::desk::staff::approval::ApprovalId;
use crate::desk::ticket::{MessageId, TicketId};
use crate::platform::db::{DbError, Tx, query};

pub(super) async fn insert(
    tx: &mut Tx,
    message: MessageId,
    approval: ApprovalId,
    address_key: &str,
) -> Result<(), DbError> {
    query("INSERT INTO disclosures (message_id, approval_id, address_key) VALUES ($1, $2, $3)")
        .bind(message)
        .bind(approval)
        .bind(address_key)
        .execute(tx)
        .await?;
    Ok(())
}

/// The replies of a ticket that two people agreed to send elsewhere, and to which address.
///
/// # Errors
/// When the database refuses.
pub async fn approved_addresses(tx: &mut Tx, ticket: TicketId) -> Result<Vec<(MessageId, String)>, DbError> {
    query(
        "SELECT d.message_id, d.address_key FROM disclosures d JOIN messages m ON m.id = d.message_id WHERE m.ticket_id = $1",
    )
    .bind(ticket)
    .fetch_all(tx)
    .await
}
