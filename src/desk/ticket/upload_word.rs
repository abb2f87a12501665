//! The word `{upload_link}` of a reply: the mail gets a one-time link for an image, made as the reply is sent and good for
//! whoever reads mail there. The thread gets a sentence: what opens something is never stored beside what it opens, and a
//! page is read by more people than a mail.

use serde_json::json;

use super::{Actor, Ticket, mails, store};
use crate::desk::audit::{self, act};
use crate::desk::licence::{ImageKind, link};
use crate::desk::reply::canned::Variable;
use crate::desk::staff::StaffId;
use crate::desk::{Context, Lang};
use crate::platform::db::{DbError, Tx};

fn word() -> String {
    format!("{{{}}}", Variable::UploadLink)
}

/// Whether a text asks for a link.
pub fn is_in(body: &str) -> bool {
    body.contains(&word())
}

/// The text as the thread keeps it.
pub(super) fn shown(body: &str, lang: Lang) -> String {
    let sentence = lang.t(
        "(画像を送るための専用リンク：メールに書きました)",
        "(the one-time link for sending the image: it stands in the mail)",
    );
    body.replace(&word(), sentence)
}

/// The text as it is mailed to this address: with a fresh link, which ends the earlier ones of the ticket.
pub(super) async fn filled(
    tx: &mut Tx,
    ctx: &Context,
    ticket: &Ticket,
    by: StaffId,
    (body, to_key, is_on_file): (&str, &str, bool),
) -> Result<String, DbError> {
    if !is_in(body) {
        return Ok(body.to_owned());
    }
    let now = ctx.now();
    let link = link::make(tx, ctx, ticket.id.0, ImageKind::Licence, to_key, Some(by)).await?;
    let data = json!({ "to_address_on_file": is_on_file });
    store::insert_event(tx, ticket.id, "upload_link_sent", Actor::Staff(by), data, now).await?;
    audit::append(tx, Some(by), act::UPLOAD_LINK_MADE, &format!("ticket:{}", ticket.number), "", now).await?;
    let until = mails::instant(ticket.lang, link.expires_at);
    let url = link.url(ctx, ticket.lang.prefix());
    let told = match ticket.lang {
        Lang::Ja => format!("{url}\n({until} まで、1回だけ使えます)\n"),
        Lang::En => format!("{url}\n(good until {until}, once)\n"),
    };
    // Whatever follows the word begins a line of its own, so that no mail program takes it for a part of the address.
    let body = body.replace(&format!("{}\n", word()), &word());
    Ok(body.replace(&word(), &told))
}
