//! The thread as a requester may see it. Internal notes, assignees, accounts and events of staff are not in it by
//! construction: what is built here is all that a requester's page gets (SEC-055).

use chrono::{DateTime, Utc};

use super::token::address_tag;
use super::{Attachment, Channel, MessageKind, Ticket, elsewhere, link, store};
use crate::desk::Context;
use crate::desk::reply::disclosure::{self, Telling, Told, Viewer};
use crate::platform::db::{DbError, Tx};

/// One entry of the requester's page.
#[derive(Debug, Clone)]
pub enum Entry {
    /// What they wrote themselves.
    Own {
        /// Plain text.
        body: String,
        /// When it was received.
        at: DateTime<Utc>,
        /// Names of the files that came with it.
        files: Vec<Attachment>,
    },
    /// A reply of staff that this viewer may read.
    Reply {
        /// Plain text.
        body: String,
        /// When it was sent.
        at: DateTime<Utc>,
    },
    /// A reply that went to the registered address and is not shown here:
    /// 「登録されているメールアドレスにお答えしました」.
    Elsewhere {
        /// When it was sent.
        at: DateTime<Utc>,
    },
}

/// Whether a viewer holds a link that was mailed to the address on file: only then may they be shown what staff know of
/// the account (design rule 7).
///
/// # Errors
/// When the database refuses.
pub async fn is_on_file(tx: &mut Tx, ctx: &Context, ticket: &Ticket, viewer: &Viewer) -> Result<bool, DbError> {
    let Viewer::Link { address_tag: held } = viewer else { return Ok(false) };
    let on_file = link::address_on_file(tx, ticket).await?.map(|a| address_tag(&ctx.keys, &a.key));
    Ok(on_file.as_deref() == Some(held.as_str()))
}

/// The thread for a viewer.
///
/// # Errors
/// When the database refuses.
pub async fn for_viewer(tx: &mut Tx, ctx: &Context, ticket: &Ticket, viewer: &Viewer) -> Result<Vec<Entry>, DbError> {
    let on_file = link::address_on_file(tx, ticket).await?.map(|a| address_tag(&ctx.keys, &a.key));
    let approved = elsewhere::store::approved_addresses(tx, ticket.id).await?;
    let mut files = store::attachments(tx, ticket.id).await?;
    let mut entries = Vec::new();
    for message in store::messages(tx, ticket.id).await? {
        match message.kind {
            // A mail to the reply address from somebody else's address is for staff alone (SEC-006).
            MessageKind::RequesterReply
                if message.channel == Channel::Mail
                    && message.address != ticket.requester_email_key
                    && Some(address_tag(&ctx.keys, &message.address)) != on_file => {}
            MessageKind::Inquiry | MessageKind::RequesterReply => {
                let own = files.extract_if(.., |f| f.message_id == message.id).collect();
                entries.push(Entry::Own { body: message.body, at: message.created_at, files: own });
            }
            MessageKind::StaffReply => {
                let sent_to = address_tag(&ctx.keys, &message.address);
                let approved_for = approved.iter().find(|(id, _)| *id == message.id);
                let approved_for = approved_for.map(|(_, key)| address_tag(&ctx.keys, key));
                let what = Telling {
                    about_account: message.about_account,
                    sent_to: Some(&sent_to),
                    on_file: on_file.as_deref(),
                    approved_for: approved_for.as_deref(),
                };
                entries.push(if disclosure::may_tell(viewer.reader(), what) == Told::Whole {
                    Entry::Reply { body: message.body, at: message.created_at }
                } else {
                    Entry::Elsewhere { at: message.created_at }
                });
            }
            MessageKind::Note | MessageKind::Automatic | MessageKind::Bounce => {}
        }
    }
    Ok(entries)
}
