//! Which account a ticket is about.

use super::{Ticket, store};
use crate::desk::reply::disclosure::Address;
use crate::platform::db::{DbError, Tx};

/// The address on file of the linked account; `None` without a link or without an address.
///
/// # Errors
/// When the database refuses.
pub async fn address_on_file(tx: &mut Tx, ticket: &Ticket) -> Result<Option<Address>, DbError> {
    let Some(account) = ticket.account_id else { return Ok(None) };
    store::address_of_account(tx, account).await
}
