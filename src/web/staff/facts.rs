//! What the requester gave about themselves: as typed and as understood, masked until it is opened (design rule 12).

use crate::desk::Lang;
use crate::desk::account::Birthdate;
use crate::desk::reply::disclosure;
use crate::desk::ticket::Ticket;

/// One line: label, what is shown, and what was typed when that reads differently.
pub struct Fact {
    /// Its name.
    pub label: &'static str,
    /// As understood.
    pub value: String,
    /// As typed, when it differs.
    pub typed: Option<String>,
}

/// The facts of a ticket.
pub fn of(ticket: &Ticket, lang: Lang, is_open: bool) -> Vec<Fact> {
    let plain = |label, value: &str| (!value.is_empty()).then(|| Fact { label, value: value.to_owned(), typed: None });
    let secret = |label, value: String, typed: &str, mask: fn(&str) -> String| {
        if value.is_empty() && typed.is_empty() {
            return None;
        }
        if !is_open {
            let masked = if value.is_empty() { "•••".to_owned() } else { mask(&value) };
            return Some(Fact { label, value: masked, typed: None });
        }
        let typed = (!typed.is_empty() && typed != value).then(|| typed.to_owned());
        let value = if value.is_empty() { lang.t("読み取れません", "not understood").to_owned() } else { value };
        Some(Fact { label, value, typed })
    };
    let number = ticket.registration_number.map(|n| n.to_string()).unwrap_or_default();
    let born = ticket.born_on.map(|day| show_born(day, lang)).unwrap_or_default();
    let t = |ja, en| lang.t(ja, en);
    let mut facts: Vec<Fact> = [
        plain(t("氏名", "Name"), &ticket.requester_name),
        plain(t("フリガナ", "Reading"), &ticket.requester_kana),
        secret(t("医籍登録番号", "Registration no."), number, &ticket.registration_number_raw, tail),
        secret(t("生年月日", "Birthdate"), born, &typed_birthdate(&ticket.birthdate_raw), |_| {
            "••••-••-••".to_owned()
        }),
        secret(t("メール", "Mail"), ticket.requester_email.clone(), "", disclosure::masked),
        secret(t("電話", "Phone"), ticket.requester_phone.clone(), "", tail),
    ]
    .into_iter()
    .flatten()
    .collect();
    facts.push(Fact { label: t("経路", "Channel"), value: ticket.channel.label(lang).to_owned(), typed: None });
    facts
}

/// All but the last two characters hidden.
pub(super) fn tail(value: &str) -> String {
    let count = value.chars().count();
    let shown: String = value.chars().skip(count.saturating_sub(2)).collect();
    format!("••••{shown}")
}

pub(super) fn show_born(day: chrono::NaiveDate, lang: Lang) -> String {
    format!("{} ({})", day, if lang.is_ja() { Birthdate::new(day).ja() } else { Birthdate::new(day).en() })
}

/// The three boxes of the form are stored as `heisei 8 4 21`.
fn typed_birthdate(raw: &str) -> String {
    let mut parts = raw.splitn(2, ' ');
    let era = match parts.next().unwrap_or_default() {
        "seireki" => "西暦",
        "showa" => "昭和",
        "heisei" => "平成",
        "reiwa" => "令和",
        _ => return raw.to_owned(),
    };
    format!("{era} {}", parts.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_last_two_characters_are_hidden() {
        assert_eq!(tail("612048"), "••••48");
        assert_eq!(tail("8"), "••••8");
        assert_eq!(tail(""), "••••");
    }

    #[test]
    fn boxes_of_the_form_read_as_they_were_typed() {
        assert_eq!(typed_birthdate("heisei 8 4 21"), "平成 8 4 21");
        assert_eq!(typed_birthdate("1996/4/21"), "1996/4/21");
    }
}
