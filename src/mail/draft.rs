//! A person's mail as an inquiry: sender, subject, text, and the number and birthdate where they are labelled. Nothing
//! here is proof of anything; it is what a form would have asked for.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use super::inbox::clean;
use super::parse::ParsedMail;
use crate::desk::Lang;
use crate::desk::account::{Birthdate, EmailAddress, RegistrationNumber};
use crate::desk::inquiry::InquiryKind;
use crate::desk::ticket::intake::Inquiry;

/// Lines of a mail that are searched for labels; people write what identifies them at the top or in the signature.
const LINES: usize = 400;
/// Characters of a name or an address.
const NAME_CHARS: usize = 200;
/// Characters of a text; the parser has cut longer ones.
const TEXT_CHARS: usize = 2_000_000;

const NUMBER_LABELS: [&str; 8] = [
    "医籍登録番号",
    "医籍番号",
    "医師登録番号",
    "医師籍登録番号",
    "medical registration number",
    "registration number",
    "registration no.",
    "registration no",
];
/// A number label only where it stands for itself: 保険医登録番号 is another number.
const BARE_NUMBER_LABEL: &str = "登録番号";
const NAME_LABELS: [&str; 6] = ["氏名", "お名前", "名前", "姓名", "full name", "name"];
const KANA_LABELS: [&str; 6] = ["フリガナ", "ふりがな", "カナ氏名", "氏名カナ", "氏名(カナ)", "氏名(フリガナ)"];
/// Characters of a name on a line of its own.
const LABELLED_NAME_CHARS: usize = 40;
const BIRTHDATE_LABELS: [&str; 6] = ["生年月日", "誕生日", "date of birth", "birth date", "birthdate", "birthday"];

/// Who a mail says it is from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sender {
    /// As it is written to; empty when there is no usable address.
    pub address: String,
    /// In comparable form.
    pub key: String,
    /// The display name.
    pub name: String,
}

impl Sender {
    /// From, and where it has no usable address, Reply-To.
    pub(super) fn of(mail: &ParsedMail) -> Self {
        let name = mail.from.as_ref().and_then(|f| f.name.as_deref()).unwrap_or_default();
        let usable = |text: &str| EmailAddress::parse(text).ok().map(|entered| entered.value);
        let address = mail.from.iter().chain(&mail.reply_to).find_map(|a| usable(&a.address));
        Self {
            key: address.as_ref().map(EmailAddress::key).unwrap_or_default(),
            address: address.map(|a| a.as_str().to_owned()).unwrap_or_default(),
            name: clean(name, NAME_CHARS),
        }
    }

    /// Whether a receipt sent there would reach a person: not the mailboxes that programs write from.
    pub(super) fn may_be_a_person(&self) -> bool {
        let local = self.key.rsplit_once('@').map_or("", |(local, _)| local);
        let robots = ["mailer-daemon", "postmaster", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply"];
        !self.address.is_empty() && !robots.contains(&local)
    }
}

/// The text of a mail: what the person wrote now, and the whole of it where that differs.
pub(super) fn texts(mail: &ParsedMail) -> (String, Option<String>) {
    let whole = clean(&mail.text, TEXT_CHARS);
    let reply = clean(&mail.reply_text, TEXT_CHARS);
    if reply.trim().is_empty() || reply.trim() == whole.trim() { (whole, None) } else { (reply, Some(whole)) }
}

/// The mail as an inquiry of the kind `other`. `today` is the date in Japan, `subject_chars` the limit of a subject.
pub(super) fn inquiry(mail: &ParsedMail, sender: &Sender, today: NaiveDate, subject_chars: usize) -> Inquiry {
    let (body, whole) = texts(mail);
    let lang = lang_of(&mail.subject, &body);
    let searched = whole.as_deref().unwrap_or(&body);
    let number = labelled(searched, &NUMBER_LABELS, |t| RegistrationNumber::parse(t).ok().map(|e| e.value));
    let number = number
        .or_else(|| labelled(searched, &[BARE_NUMBER_LABEL], |t| RegistrationNumber::parse(t).ok().map(|e| e.value)));
    let birthdate = labelled(searched, &BIRTHDATE_LABELS, |t| Birthdate::parse(t, today).ok().map(|e| e.value));
    let name = named(searched, &NAME_LABELS).unwrap_or_else(|| sender.name.clone());
    let kana = named(searched, &KANA_LABELS).unwrap_or_default();
    let subject = clean(mail.subject.split_whitespace().collect::<Vec<_>>().join(" ").trim(), subject_chars);
    let (registration_number, registration_number_raw) = number.map(|(n, raw)| (n.value(), raw)).unzip();
    let (born_on, birthdate_raw) = birthdate.map(|(b, raw)| (b.date(), raw)).unzip();
    Inquiry {
        kind: InquiryKind::Other,
        lang,
        subject: if subject.is_empty() { lang.t("(件名なし)", "(no subject)").to_owned() } else { subject },
        body,
        name,
        kana,
        email: sender.address.clone(),
        email_key: sender.key.clone(),
        phone: String::new(),
        registration_number,
        registration_number_raw: registration_number_raw.unwrap_or_default(),
        born_on,
        birthdate_raw: birthdate_raw.unwrap_or_default(),
        fields: std::collections::BTreeMap::new(),
    }
}

/// Japanese when any kana or kanji is in it, and when there are no words at all.
fn lang_of(subject: &str, body: &str) -> Lang {
    let is_japanese =
        |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff66}'..='\u{ff9d}');
    let mut letters = subject.chars().chain(body.chars()).filter(|c| c.is_alphabetic());
    let first = letters.next();
    match first {
        None => Lang::Ja,
        Some(c) if is_japanese(c) || letters.any(is_japanese) => Lang::Ja,
        Some(_) => Lang::En,
    }
}

/// The one value that stands behind one of the labels, and its text. Two different ones are ambiguous: none is taken.
fn labelled<T: PartialEq>(text: &str, labels: &[&str], parse: impl Fn(&str) -> Option<T>) -> Option<(T, String)> {
    let lines: Vec<String> = text.lines().take(LINES).map(|line| line.nfkc().collect::<String>()).collect();
    let mut found: Option<(T, String)> = None;
    for (n, line) in lines.iter().enumerate() {
        let lower = line.to_lowercase();
        // Lower-casing keeps byte positions for everything a label is made of; where it does not, nothing is cut.
        let Some((at, label)) = labels.iter().find_map(|l| lower.find(l).map(|at| (at, *l))) else { continue };
        let is_part = label == BARE_NUMBER_LABEL && lower[..at].ends_with(char::is_alphanumeric);
        if is_part {
            continue;
        }
        let rest = line.get(at + label.len()..).unwrap_or_default();
        let next = lines.get(n + 1).map_or("", String::as_str);
        let value = value_of(rest);
        let value = if value.is_empty() { value_of(next) } else { value };
        let Some(read) = parse(value) else { continue };
        match &found {
            Some((known, _)) if *known != read => return None,
            _ => found = Some((read, value.to_owned())),
        }
    }
    found
}

/// The name behind a label at the start of a line: `氏名：山田 花子`, or on the next line. Two different ones: none.
fn named(text: &str, labels: &[&str]) -> Option<String> {
    let lines: Vec<String> = text.lines().take(LINES).map(|line| line.nfkc().collect::<String>()).collect();
    let mut found: Option<String> = None;
    for (n, line) in lines.iter().enumerate() {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || "・■●◆○*-[【<".contains(c));
        let lower = line.to_lowercase();
        // A statement such as 氏名の変更 is no label: a sign or a space must follow, or nothing.
        let rest = labels.iter().find_map(|label| {
            let rest = lower.starts_with(label).then(|| line.get(label.len()..)).flatten()?;
            (rest.is_empty() || rest.starts_with([':', '=', ']', '】', '>', ' ', '\t'])).then_some(rest)
        });
        let Some(rest) = rest else { continue };
        let value = value_of(rest);
        let next = lines.get(n + 1).map_or("", String::as_str);
        let value = if value.is_empty() && rest.trim_matches([':', '=', ']', '】', '>', ' ', '\t']).is_empty() {
            value_of(next)
        } else {
            value
        };
        let is_name = !value.is_empty()
            && value.chars().count() <= LABELLED_NAME_CHARS
            && !value.contains(|c: char| c.is_numeric() || "@:?!。「".contains(c));
        if !is_name {
            continue;
        }
        match &found {
            Some(known) if known != value => return None,
            _ => found = Some(value.to_owned()),
        }
    }
    found
}

/// What stands behind a label, up to the end of the statement.
fn value_of(rest: &str) -> &str {
    let is_joint =
        |c: char| c.is_whitespace() || matches!(c, ':' | '=' | 'は' | '・' | ']' | '】' | '>' | '-' | '*' | '|');
    let mut rest = rest.trim_start_matches(is_joint);
    if let Some(inside) = rest.strip_prefix('(') {
        // A remark in brackets belongs to the label: 生年月日(西暦)：…
        rest = inside.split_once(')').map_or(inside, |(_, after)| after).trim_start_matches(is_joint);
    }
    let ends = ["。", "、", ";", "(", "です", "でござ", "生まれ", "医籍", "生年月日", "氏名", "\t", "  ", " / "];
    let end = ends.iter().filter_map(|e| rest.find(e)).min().unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<i64>, Option<String>) {
        let mut mail = ParsedMail::default();
        text.clone_into(&mut mail.text);
        text.clone_into(&mut mail.reply_text);
        let today = NaiveDate::from_ymd_opt(2026, 12, 8).unwrap();
        let inquiry = inquiry(&mail, &Sender::default(), today, 100);
        (inquiry.registration_number, inquiry.born_on.map(|d| d.to_string()))
    }

    #[test]
    fn number_and_birthdate_are_read_where_they_are_labelled() {
        let right = (Some(512_345), Some("1996-04-09".to_owned()));
        for text in [
            "お世話になります。\n医籍登録番号：第512345号\n生年月日：1996年4月9日\n",
            "医籍登録番号: ５１２３４５\n生年月日: 平成8年4月9日",
            "・医籍登録番号　512345\n・生年月日　H8.4.9",
            "私の医籍登録番号は512345、生年月日は1996/4/9です。",
            "■ 医籍登録番号\n512345\n■ 生年月日(西暦)\n1996-04-09",
            "Registration number: 512345\nDate of birth: 9 April 1996",
            "医籍登録番号：512345 / 生年月日：平成8年4月9日生まれ",
        ] {
            assert_eq!(read(text), right, "{text}");
        }
    }

    #[test]
    fn a_labelled_name_is_the_writers_and_a_statement_about_names_is_none() {
        for (text, name) in [
            ("氏名：山田 花子\n生年月日：1996年4月9日", Some("山田 花子")),
            ("・お名前　山田花子", Some("山田花子")),
            ("【氏名】\n山田花子\n", Some("山田花子")),
            ("Name: Hanako Yamada", Some("Hanako Yamada")),
            ("氏名の変更について教えてください", None),
            ("氏名 変更届は 2 通いりますか?", None),
            ("氏名：山田花子\n氏名：鈴木一郎", None),
            ("医籍登録番号：512345", None),
        ] {
            assert_eq!(named(text, &NAME_LABELS).as_deref(), name, "{text}");
        }
        assert_eq!(named("フリガナ：ヤマダ ハナコ", &KANA_LABELS).as_deref(), Some("ヤマダ ハナコ"));
        assert_eq!(read("登録番号：512345").0, Some(512_345));
        assert_eq!(read("保険医登録番号：512345").0, None);
    }

    #[test]
    fn what_is_not_labelled_or_not_one_value_is_not_taken() {
        assert_eq!(read("512345 1996年4月9日"), (None, None));
        assert_eq!(read("医籍登録番号：512345\n医籍登録番号：512346"), (None, None));
        assert_eq!(read("医籍登録番号がわかりません"), (None, None));
        assert_eq!(read("医籍登録番号：512345\n念のため医籍登録番号 512345").0, Some(512_345));
    }

    #[test]
    fn the_language_is_the_writers() {
        assert_eq!(lang_of("ログインできない", "help"), Lang::Ja);
        assert_eq!(lang_of("Login", "I cannot log in"), Lang::En);
        assert_eq!(lang_of("Re: 123", ""), Lang::En);
        assert_eq!(lang_of("", "123"), Lang::Ja);
    }
}
