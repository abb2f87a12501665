//! A change of the name that was found on an image.

use chrono::{DateTime, Utc};

use crate::desk::Lang;
use crate::desk::account::Account;
use crate::desk::inquiry::InquiryKind;
use crate::desk::licence::{Image, Readings};
use crate::desk::staff::StaffId;
use crate::desk::ticket::intake::{Inquiry, Intake};
use crate::desk::ticket::{Actor, Channel, Ticket};

/// The change, entered by staff for the person. The same image opens one, however often it is asked for.
pub(super) fn intake(
    ticket: &Ticket,
    account: &Account,
    image: &Image,
    readings: &Readings,
    by: StaffId,
    now: DateTime<Utc>,
) -> Intake {
    let lang = ticket.lang;
    let fields = [
        ("item", "name".to_owned()),
        ("old_value", account.record.full_name()),
        ("new_value", readings.name.clone()),
        ("proof", "licence".to_owned()),
    ];
    let body = match lang {
        Lang::Ja => {
            format!("受付 {} の画像の氏名が、登録されている氏名と違います。画像はその受付にあります。", ticket.number)
        }
        Lang::En => {
            format!("The name on the image of inquiry {} is not the one on file; the image is there.", ticket.number)
        }
    };
    Intake {
        inquiry: Inquiry {
            kind: InquiryKind::Profile,
            lang,
            subject: lang.t("氏名の変更(画像の確認から)", "Change of name (found on an image)").to_owned(),
            body,
            name: ticket.requester_name.clone(),
            kana: ticket.requester_kana.clone(),
            email: ticket.requester_email.clone(),
            email_key: ticket.requester_email_key.clone(),
            phone: ticket.requester_phone.clone(),
            registration_number: ticket.registration_number,
            registration_number_raw: ticket.registration_number_raw.clone(),
            born_on: ticket.born_on,
            birthdate_raw: ticket.birthdate_raw.clone(),
            fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        },
        terms: None,
        channel: Channel::Staff,
        form_key: format!("name:{}", image.public_id),
        received_at: now,
        spam_score: 0,
        files: Vec::new(),
        raw_mail_id: None,
        full_body: None,
        html: None,
        may_belong_to: Some(ticket.id),
        acknowledge: false,
        actor: Actor::Staff(by),
    }
}
