//! Mails about images of a licence: the one-time link, the duty that a provisional image leaves, and that the new one is
//! there.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{Envelope, desk_name, instant, letter, loose, page_link, rendered};
use crate::desk::account::EmailAddress;
use crate::desk::licence::ImageKind;
use crate::desk::licence::link::UploadLink;
use crate::desk::reply::disclosure::Recipient;
use crate::desk::ticket::{Ticket, TicketNumber};
use crate::desk::{Context, Lang};
use crate::platform::outbox::NewMail;
use crate::platform::text::size;

#[derive(Template)]
#[template(path = "mail/upload_link.txt", escape = "none")]
struct UploadLinkMail<'a> {
    lang: Lang,
    number: &'a str,
    link: &'a str,
    until: &'a str,
    limit: &'a str,
    desk: &'a str,
}

#[derive(Template)]
#[template(path = "mail/provisional_image.txt", escape = "none")]
struct ProvisionalImage<'a> {
    link: &'a str,
    /// 0 when the person is told for the first time.
    days: i64,
    closes: &'a str,
    desk: &'a str,
}

#[derive(Template)]
#[template(path = "mail/image_applied.txt", escape = "none")]
struct ImageApplied<'a> {
    lang: Lang,
    number: &'a str,
    link: &'a str,
    is_provisional: bool,
    desk: &'a str,
}

/// The one-time link for sending an image.
pub fn upload_link(
    ctx: &Context,
    ticket: &Ticket,
    number: &TicketNumber,
    link: &UploadLink,
    to: &Recipient,
) -> NewMail {
    let lang = ticket.lang;
    let until = instant(lang, link.expires_at);
    let url = link.url(ctx, lang.prefix());
    let desk = desk_name(ctx, lang);
    let limit = match ctx.settings.limits.image_bytes {
        0 => String::new(),
        bytes => size::limit(bytes),
    };
    let body = UploadLinkMail { lang, number: number.as_str(), link: &url, until: &until, limit: &limit, desk };
    letter(
        ctx,
        Envelope {
            is_automatic: false,
            ..Envelope::about(
                ticket,
                number,
                (&to.address, &to.key),
                ("upload_link", format!("upload_link:{}", link.id)),
                lang.t("医師免許証の画像をお送りください", "Please send the image of your licence"),
                rendered(&body),
            )
        },
    )
}

/// Somebody's image is provisional: told at once (`days` is 0), reminded later, and before a window closes. It belongs to
/// no ticket; `step` makes one mail of each occasion.
pub fn provisional_image(
    ctx: &Context,
    account_id: &str,
    step: &str,
    days: i64,
    closes_at: Option<DateTime<Utc>>,
    to: &EmailAddress,
) -> NewMail {
    let lang = Lang::Ja;
    let link = format!("{}/inquiries/image?reason=arrived", ctx.settings.server.base_url);
    let closes = closes_at.map(|at| instant(lang, at)).unwrap_or_default();
    let subject = match days {
        0 => "【お願い】医師免許証が届いたら、画像の差し替えが必要です",
        _ => "【お願い】医師免許証の画像の差し替えをお待ちしています",
    };
    loose(
        ctx,
        ("provisional_image", format!("provisional_image:{account_id}:{step}")),
        (to.as_str(), to.key()),
        subject.to_owned(),
        rendered(&ProvisionalImage { link: &link, days, closes: &closes, desk: desk_name(ctx, lang) }),
    )
}

/// The image that was approved is the one of the registration now. One mail a ticket and image: `public_id` is its name.
pub fn image_applied(
    ctx: &Context,
    ticket: &Ticket,
    number: &TicketNumber,
    (kind, public_id): (ImageKind, &str),
    to: &Recipient,
) -> NewMail {
    let lang = ticket.lang;
    let link = page_link(ctx, lang, number, ticket.token_epoch, &to.key);
    let is_provisional = kind == ImageKind::Provisional;
    let desk = desk_name(ctx, lang);
    letter(
        ctx,
        Envelope::about(
            ticket,
            number,
            (&to.address, &to.key),
            ("image_applied", format!("image_applied:{}:{public_id}", ticket.id)),
            lang.t("画像の差し替えが終わりました", "Your image has been replaced"),
            rendered(&ImageApplied { lang, number: number.as_str(), link: &link, is_provisional, desk }),
        ),
    )
}
