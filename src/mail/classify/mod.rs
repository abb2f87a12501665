//! What sort of mail it is: bounce > auto > list > person. Nothing is dropped for it; only a person gets automatic answers
//! (RFC 3834 §2).
//!
//! Every sign is a claim of the sender. A wrong claim costs an automatic answer and no more.

mod auto;
mod bounce;
mod cloud;
mod failure_words;

use serde::Serialize;

use super::parse::{Headers, ParsedMail};
pub use bounce::Bounce;

/// The sort of mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A mail of ours, or one in our name, was not delivered.
    Bounce,
    /// Written by a program: vacation notices, receipts, reports of delay.
    Auto,
    /// Came over a mailing list or was sent to many.
    List,
    /// Written by somebody to us.
    #[default]
    Person,
}

impl Kind {
    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Bounce => "bounce",
            Kind::Auto => "auto",
            Kind::List => "list",
            Kind::Person => "person",
        }
    }
}

/// Fills in the kind of the mail, the signs it rests on, and what a bounce tells.
pub fn classify(mail: &mut ParsedMail, headers: &Headers<'_>) {
    let signs = auto::signs(mail, headers);
    mail.is_list = is_list(headers);
    mail.bounce = bounce::find(mail, headers, &signs);
    mail.is_bounce = mail.bounce.as_ref().is_some_and(Bounce::is_failure);
    mail.is_auto_reply = !mail.is_bounce && (mail.bounce.is_some() || signs.is_automatic(mail.is_list));
    mail.kind = match () {
        () if mail.is_bounce => Kind::Bounce,
        () if mail.is_auto_reply => Kind::Auto,
        () if mail.is_list => Kind::List,
        () => Kind::Person,
    };
    mail.suppress_auto_answer = mail.kind != Kind::Person || signs.asks_for_silence;
}

/// Mailing lists and bulk mail name themselves (RFC 2369, RFC 2919, and the older habits of fml and Majordomo).
fn is_list(headers: &Headers<'_>) -> bool {
    let names = [
        "list-id",
        "list-post",
        "list-unsubscribe",
        "list-subscribe",
        "list-help",
        "list-archive",
        "list-owner",
        "mailing-list",
        "x-mailing-list",
        "x-mailman-version",
        "x-beenthere",
        "x-ml-name",
        "x-ml-info",
        "x-mlserver",
        "x-ml-count",
        "x-mail-count",
        "x-sequence",
        "x-mailinglist",
        "x-list",
        "x-ezmlm",
        "x-google-group-id",
        "x-campaignid",
        "x-campaign-id",
    ];
    let precedence = headers.text("precedence").unwrap_or_default().to_ascii_lowercase();
    names.iter().any(|name| headers.has(name)) || precedence.trim() == "list"
}
