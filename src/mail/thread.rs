//! Where a mail belongs. Only a full keyed token proves it: in an address it was sent to, or as the MAC inside a
//! Message-ID of ours that it answers. Everything else is a hint (design rule 7; SEC-001…007).

use unicode_normalization::UnicodeNormalization;

use super::inbox::store::ticket_of_message_ids;
use super::parse::ParsedMail;
use crate::desk::Context;
use crate::desk::ticket::token::{Token, address_tag};
use crate::desk::ticket::{Ticket, TicketId, TicketNumber, store};
use crate::platform::crypto::Purpose;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox::{self, Delivery};

/// Addresses and Message-IDs of one mail that are looked at; an ordinary mail has a few (SEC-045).
const CANDIDATES: usize = 50;
/// Hints of one mail that cost a look into the database.
const HINTS: usize = 5;

/// What is known of where a mail belongs.
#[derive(Debug, Default)]
pub struct Place {
    /// It is a mail of ours, by its Message-ID.
    pub is_own: bool,
    /// The ticket it proves to belong to.
    pub proof: Option<Proof>,
    /// The mail of ours that its delivery report is about.
    pub reported: Option<Delivery>,
    /// A ticket it names without proof.
    pub may_belong_to: Option<TicketId>,
    /// It carried something in the place of a token that is none.
    pub has_wrong_token: bool,
}

/// A proven ticket.
#[derive(Debug)]
pub struct Proof {
    /// The ticket.
    pub ticket: Ticket,
    /// It says it comes from another address than the one the token was mailed to.
    pub is_other_sender: bool,
    token: String,
}

/// Looks up where a mail belongs. `from_key` is its sender in comparable form.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, ctx: &Context, mail: &ParsedMail, from_key: &str) -> Result<Place, DbError> {
    let mut place = Place::default();
    if let Some(id) = mail.message_id.as_deref()
        && token_of_message_id(id).is_some_and(|token| Token::parse(token).is_some())
    {
        place.is_own = outbox::find_by_mail_id(tx, id).await?.is_some();
    }
    let mut named = None;
    for text in tokens(ctx, mail, &mut place.has_wrong_token) {
        let Some(token) = Token::parse(text) else { continue };
        let ticket = store::find_by_number(tx, token.number()).await?;
        match ticket {
            Some(ticket) if token.is_genuine(&ctx.keys, Purpose::Reply, ticket.token_epoch) => {
                let is_other_sender = address_tag(&ctx.keys, from_key) != token.address_tag();
                place.proof = Some(Proof { ticket, is_other_sender, token: text.to_owned() });
                break;
            }
            Some(ticket) => {
                named = named.or(Some(ticket.id));
                place.has_wrong_token = true;
            }
            None => place.has_wrong_token = true,
        }
    }
    if let Some(bounce) = &mail.bounce {
        if let Some(id) = &bounce.original_message_id {
            place.reported = outbox::find_by_mail_id(tx, id).await?;
        }
        if let (None, Some(proof)) = (&place.reported, &place.proof) {
            place.reported = outbox::find_by_reply_token(tx, proof.ticket.id.0, &proof.token).await?;
        }
    }
    if place.proof.is_none() {
        place.may_belong_to = match named {
            Some(id) => Some(id),
            None => hinted(tx, mail).await?,
        };
    }
    Ok(place)
}

/// Everything in the mail that stands where a token stands, addresses first.
fn tokens<'m>(ctx: &Context, mail: &'m ParsedMail, has_wrong: &mut bool) -> Vec<&'m str> {
    let template = &ctx.settings.mail.reply_address;
    let mut found: Vec<&str> = mail
        .recipients_for_token()
        .into_iter()
        .filter_map(|a| token_of_address(template, a))
        .take(CANDIDATES)
        .collect();
    *has_wrong = found.iter().any(|text| Token::parse(text).is_none());
    let ids = mail.message_ids_referenced().into_iter().take(CANDIDATES);
    found.extend(ids.filter_map(token_of_message_id).filter(|text| Token::parse(text).is_some()));
    found.retain(|text| Token::parse(text).is_some());
    found.truncate(HINTS);
    found
}

/// What stands for the token in an address of the form `mail.reply_address`. Mail servers may change the case of the
/// fixed parts; the token itself is taken byte for byte (SEC-003).
fn token_of_address<'a>(template: &str, address: &'a str) -> Option<&'a str> {
    let (before, after) = template.split_once("{token}")?;
    let rest = address.get(before.len()..).filter(|_| starts_with(address, before))?;
    let length = rest.len().checked_sub(after.len())?;
    let end = rest.get(length..)?;
    end.eq_ignore_ascii_case(after).then(|| rest.get(..length)).flatten().filter(|token| !token.is_empty())
}

fn starts_with(text: &str, head: &str) -> bool {
    text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
}

/// The token inside a Message-ID of ours, which is `token.random@domain`.
fn token_of_message_id(id: &str) -> Option<&str> {
    id.split_once('.').map(|(token, _)| token)
}

/// Whether an address is the desk's own: mail from it is never answered.
pub fn is_own_address(ctx: &Context, address: &str) -> bool {
    let mail = &ctx.settings.mail;
    address.eq_ignore_ascii_case(&mail.address) || token_of_address(&mail.reply_address, address).is_some()
}

/// A ticket that the mail names without proof: by its number in the subject, or by answering a mail that belongs to it.
async fn hinted(tx: &mut Tx, mail: &ParsedMail) -> Result<Option<TicketId>, DbError> {
    for number in numbers_in(&mail.subject) {
        if let Some(ticket) = store::find_by_number(tx, &number).await? {
            return Ok(Some(ticket.id));
        }
    }
    let mut ids = mail.message_ids_referenced();
    ids.truncate(HINTS);
    ticket_of_message_ids(tx, ids).await
}

/// Words of a subject that are ticket numbers.
fn numbers_in(subject: &str) -> Vec<TicketNumber> {
    let folded: String = subject.nfkc().collect();
    let words = folded.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| (10..=12).contains(&word.len())).filter_map(TicketNumber::parse).take(HINTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "desk+{token}@desk.example.jp";

    #[test]
    fn a_token_stands_between_the_fixed_parts_of_the_reply_address() {
        assert_eq!(token_of_address(TEMPLATE, "desk+abc@desk.example.jp"), Some("abc"));
        assert_eq!(token_of_address(TEMPLATE, "DESK+abc@Desk.Example.JP"), Some("abc"));
        for other in [
            "desk@desk.example.jp",
            "desk+@desk.example.jp",
            "desk+abc@desk.example.com",
            "",
            "窓口+abc@desk.example.jp",
        ] {
            assert_eq!(token_of_address(TEMPLATE, other), None, "{other}");
        }
    }

    #[test]
    fn a_ticket_number_is_found_in_a_subject_however_it_is_wrapped() {
        let number = TicketNumber::fresh(
            chrono::NaiveDate::from_ymd_opt(2026, 5, 1).unwrap(),
            &crate::platform::crypto::Random::seeded(3),
        );
        for subject in
            [format!("Re: 回答 {number}"), format!("Re:【{number}】について"), format!("[{}]", number.compact())]
        {
            assert_eq!(numbers_in(&subject), vec![number.clone()], "{subject}");
        }
        assert!(numbers_in("26-AAAA-AAAA と 2026-12-08").is_empty());
    }
}
