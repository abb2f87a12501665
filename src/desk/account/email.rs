//! Mail addresses as people paste them: canonical form and typo hints (domain §5.5).

use super::fold::{fold, is_dash};
use super::text::{Entered, Wording};
use crate::desk::Lang;
use std::fmt;

/// A mail address in canonical form: no invisible signs, half width, domain in lower case.
///
/// The local part keeps its case for sending; [`EmailAddress::key`] is what two addresses are compared by. Old addresses of
/// carriers with `..` or a dot before the `@` are taken. Prints masked.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads what was typed or pasted.
    pub fn parse(text: &str) -> Result<Entered<Self, EmailNote>, EmailError> {
        let value = canonical(text)?;
        let notes =
            typo_of(value.domain()).map(|domain| EmailNote::PerhapsDomain(domain.to_owned())).into_iter().collect();
        Ok(Entered::new(text, value, notes))
    }

    /// The same without hints: for what is compared and never shown to the person who typed it.
    pub(super) fn read(text: &str) -> Result<Self, EmailError> {
        canonical(text)
    }

    /// The address for sending and for showing to those who may see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two addresses are compared by: all in lower case. No mail service in use tells addresses apart by case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// Before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// After the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// `ta***@e***.jp`, for people who should recognise the address and not learn it.
    pub fn masked(&self) -> String {
        let head: String = self.local_part().chars().take(1).collect();
        let first: String = self.domain().chars().take(1).collect();
        let top = self.domain().rsplit_once('.').map_or("", |(_, top)| top);
        format!("{head}***@{first}***.{top}")
    }
}

/// `taro.yamada-1@mail.example.jp`: as most addresses are typed, nothing is to be done.
fn is_plain(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let word = |part: &str, also: &[u8]| {
        part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || also.contains(&c))
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    local.len() <= 64
        && domain.len() <= 253
        && word(local, b"._-+")
        && domain.contains('.')
        && domain.split('.').all(|label| label.len() <= 63 && word(label, b"-"))
}

fn canonical(text: &str) -> Result<EmailAddress, EmailError> {
    if is_plain(text) {
        return Ok(EmailAddress(text.to_owned()));
    }
    let read = read_whole(text);
    let is_whole = read.as_ref().is_ok_and(|address| address.domain().is_ascii());
    if is_whole {
        return read;
    }
    // 連絡先は taro@example.jp です, taro@example.jp(PC): the one address within.
    within(&fold(text)).map_or(read, Ok)
}

/// The address that stands in other words, when the signs around the one `@` make one.
fn within(folded: &str) -> Option<EmailAddress> {
    let (before, after) = folded.split_once('@')?;
    if after.contains('@') {
        return None;
    }
    let is_domain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let local = &before[before
        .rfind(|c: char| !is_local_char(c))
        .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8))..];
    let domain = &after[..after.find(|c: char| !is_domain(c)).unwrap_or(after.len())];
    let found = format!("{local}@{}", domain.trim_end_matches(['.', '-']));
    is_plain(&found.to_lowercase()).then(|| read_whole(&found).ok()).flatten()
}

fn read_whole(text: &str) -> Result<EmailAddress, EmailError> {
    let folded = with_dots(with_hyphens(&fold(text)).replace("@@", "@"));
    let mut bare = folded.trim();
    if bare.is_empty() {
        return Err(EmailError::Empty);
    }
    if let (Some(open), Some(close)) = (bare.rfind('<'), bare.rfind('>'))
        && open < close
    {
        bare = &bare[open + 1..close];
    }
    if bare.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")) {
        bare = bare[7..].split('?').next().unwrap_or("");
    }
    bare = after_label(bare);
    let bare = with_at(bare);
    let bare: String = bare
        .trim_matches(|c: char| "<>()[]{}「」『』【】《》〈〉“”‘’\"'、。,;: ".contains(c))
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let bare = bare.replace('。', ".");
    let (local, domain) = bare.rsplit_once('@').ok_or(EmailError::NoAt)?;
    let local = local.trim_matches('"');
    let domain = domain.trim_end_matches(['.', '/']).replace(',', ".").to_lowercase();
    if local.contains('@') {
        return Err(EmailError::SeveralAddresses);
    }
    if local.is_empty() || local.len() > 64 || !local.chars().all(is_local_char) {
        return Err(EmailError::BadLocalPart);
    }
    let good_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if domain.len() > 253 || !domain.contains('.') || !domain.split('.').all(good_label) {
        return Err(EmailError::BadDomain);
    }
    Ok(EmailAddress(format!("{local}@{domain}")))
}

/// Dashes that pasting and IMEs put in place of the hyphen. ー stays where it may belong to a domain in kana.
fn with_hyphens(folded: &str) -> String {
    if folded.is_ascii() {
        return folded.to_owned();
    }
    let has_kana = folded.chars().any(|c| matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}'));
    folded.chars().map(|c| if is_dash(c) && !(c == 'ー' && has_kana) { '-' } else { c }).collect()
}

/// `taro[at]example[dot]jp`.
fn with_dots(text: String) -> String {
    let lower = text.to_ascii_lowercase();
    let Some(sign) = ["[dot]", "(dot)", "{dot}"].into_iter().find(|sign| lower.contains(sign)) else { return text };
    lower.replace(sign, ".")
}

/// `E-mail: taro@…`, メール:taro@…: the label is no part of it.
fn after_label(text: &str) -> &str {
    let label = ["e-mail ", "email ", "mail ", "mailto ", "メール ", "アドレス "];
    let has_label = label.iter().find(|label| text.to_lowercase().starts_with(*label));
    if let Some(rest) = has_label.and_then(|label| text.get(label.len()..)).filter(|rest| rest.contains('@')) {
        return rest.trim_start();
    }
    match text.split_once(':') {
        Some((label, rest)) if !label.contains('@') && rest.contains('@') => rest.trim_start(),
        _ => text,
    }
}

/// `taro[at]example.jp`, `taro(a)example.jp`, taro★example.jp: how addresses are hidden from collectors.
fn with_at(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('@') {
        return text.into();
    }
    let lower = text.to_ascii_lowercase();
    for (sign, length) in
        [("[at]", 4), ("(at)", 4), ("<at>", 4), ("{at}", 4), (" at ", 4), ("(a)", 3), ("★", 3), ("☆", 3)]
    {
        if lower.matches(sign).count() == 1
            && let Some(at) = lower.find(sign)
        {
            return format!("{}@{}", &text[..at], &text[at + length..]).into();
        }
    }
    text.into()
}

fn is_local_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

/// Domains in wide use: a domain near one of them, and not among `REAL`, is probably a slip.
const USUAL: [&str; 19] = [
    "gmail.com",
    "yahoo.co.jp",
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "au.com",
    "softbank.ne.jp",
    "i.softbank.jp",
    "icloud.com",
    "me.com",
    "outlook.jp",
    "outlook.com",
    "hotmail.com",
    "hotmail.co.jp",
    "live.jp",
    "nifty.com",
    "biglobe.ne.jp",
    "yahoo.com",
    "googlemail.com",
    "ymobile.ne.jp",
];
/// Real domains that lie near a usual one.
const REAL: [&str; 24] = [
    "ymail.com",
    "ymail.ne.jp",
    "mail.com",
    "gmx.com",
    "yahoo.ne.jp",
    "ybb.ne.jp",
    "aol.com",
    "mac.com",
    "live.com",
    "msn.com",
    "email.com",
    "fmail.com",
    "tmail.com",
    "eu.com",
    "ai.com",
    "nu.com",
    "he.com",
    "we.com",
    "mi.com",
    "line.me",
    "hotmail.jp",
    "yahoo.jp",
    "vodafone.ne.jp",
    "fastmail.com",
];
/// Misspellings seen in public lists that lie further away than the rule reaches.
const KNOWN_SLIPS: [(&str, &str); 6] = [
    ("eweb.ne.jp", "ezweb.ne.jp"),
    ("gmail.co.jp", "gmail.com"),
    ("gmail.jp", "gmail.com"),
    ("gmail.ne.jp", "gmail.com"),
    ("docomo.co.jp", "docomo.ne.jp"),
    ("docomo.jp", "docomo.ne.jp"),
];

/// The usual domain this one was probably meant to be.
pub(super) fn typo_of(domain: &str) -> Option<&'static str> {
    if USUAL.contains(&domain) || REAL.contains(&domain) {
        return None;
    }
    if let Some((_, meant)) = KNOWN_SLIPS.iter().find(|(slip, _)| *slip == domain) {
        return Some(meant);
    }
    // Short names (me.com, au.com) have too many real neighbours for two slips.
    let allowed = |usual: &str| if usual.len() <= 7 { 1 } else { 2 };
    USUAL
        .iter()
        // A cheap bound first: the distance is at least the difference of the lengths.
        .filter(|usual| usual.len().abs_diff(domain.len()) <= allowed(usual))
        .map(|usual| (strsim::osa_distance(usual, domain), *usual))
        .filter(|(distance, usual)| *distance <= allowed(usual))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, usual)| usual)
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(***)")
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***@***")
    }
}

/// Why a text is not a mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was typed.
    #[error("no mail address was given")]
    Empty,
    /// No `@`.
    #[error("the mail address has no @")]
    NoAt,
    /// More than one address.
    #[error("there is more than one mail address")]
    SeveralAddresses,
    /// Nothing, or signs no address has, before the `@`.
    #[error("the part before @ cannot be read")]
    BadLocalPart,
    /// No domain after the `@`.
    #[error("the part after @ is not a domain")]
    BadDomain,
}

impl Wording for EmailError {
    fn wording(&self, lang: Lang) -> String {
        let (ja, en) = match self {
            Self::Empty => ("メールアドレスを入力してください。", "Enter your mail address."),
            Self::NoAt => (
                "メールアドレスに @ がありません。例: name@example.jp",
                "The mail address has no @. Example: name@example.jp",
            ),
            Self::SeveralAddresses => ("メールアドレスは1つだけ入力してください。", "Enter one mail address only."),
            Self::BadLocalPart => (
                "メールアドレスの @ より前をご確認ください。例: name@example.jp",
                "Check the part before @. Example: name@example.jp",
            ),
            Self::BadDomain => (
                "メールアドレスの @ より後をご確認ください。例: name@example.jp",
                "Check the part after @. Example: name@example.jp",
            ),
        };
        lang.t(ja, en).to_owned()
    }
}

/// A hint beside a readable address; never a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailNote {
    /// The domain is near this usual one.
    PerhapsDomain(String),
}

impl Wording for EmailNote {
    fn wording(&self, lang: Lang) -> String {
        let Self::PerhapsDomain(domain) = self;
        match lang {
            Lang::Ja => format!("「@{domain}」の間違いではありませんか。ご確認ください。"),
            Lang::En => format!("Did you mean @{domain}? Check the address."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_pasted() {
        for text in [
            "taro@example.jp",
            " taro@example.jp ",
            "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ",
            "taro@EXAMPLE.JP",
            "taro@example.jp.",
            "taro@example.jp。",
            "<taro@example.jp>",
            "山田太郎 <taro@example.jp>",
            "mailto:taro@example.jp",
            "taro@\u{200B}example.jp",
            "taro @ example.jp",
            "「taro@example.jp」",
            "taro@example。jp",
            "taro@example,jp",
            "mailto:taro@example.jp?subject=x",
            "E-mail: taro@example.jp",
            "メール：ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ",
            "taro[at]example.jp",
            "taro(at)example.jp",
            "taro★example.jp",
            "\"taro\"@example.jp",
            "“taro@example.jp”",
            "taro\u{3000}@example.jp\r\n",
            "taro@example.jp(PC)",
            "taro@example.jp（大学）",
            "taro[at]example[dot]jp",
            "taro@example.jp です",
            "E-mail taro@example.jp",
            "taro@@example.jp",
            "taro@example.jp / 携帯",
            "連絡先はtaro@example.jpです",
            "taro@example.jp?subject=x",
        ] {
            assert_eq!(
                EmailAddress::parse(text).map(|entered| entered.value.0).unwrap_or_default(),
                "taro@example.jp",
                "{text}"
            );
        }
        for text in
            ["taro@example.jp", "a.b-c_d+1@m-1.example.co.jp", "-a@example.jp", "a@-b.jp", "a@b", "a@b..jp", "a@@b.jp"]
        {
            if is_plain(text) {
                // The long way comes to the same.
                assert_eq!(canonical(&format!(" {text}")).map(|address| address.0).unwrap_or_default(), text);
            }
        }
        for text in ["a..b@docomo.ne.jp", "ab.@ezweb.ne.jp", ".ab@docomo.ne.jp", "a+b@example.jp"] {
            assert_eq!(EmailAddress::parse(text).map(|entered| entered.value.0).unwrap_or_default(), text);
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, error) in [
            ("", EmailError::Empty),
            ("taro", EmailError::NoAt),
            ("a@b@example.jp", EmailError::SeveralAddresses),
            ("@example.jp", EmailError::BadLocalPart),
            ("taro@", EmailError::BadDomain),
            ("taro@example", EmailError::BadDomain),
            ("太郎@example.jp", EmailError::BadLocalPart),
        ] {
            assert_eq!(EmailAddress::parse(text).map(|entered| entered.value).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn a_slip_in_a_usual_domain_is_hinted_and_a_real_neighbour_is_not() {
        for (slip, meant) in [
            ("gmal.com", "gmail.com"),
            ("gmai.com", "gmail.com"),
            ("gmial.com", "gmail.com"),
            ("dokomo.ne.jp", "docomo.ne.jp"),
            ("eweb.ne.jp", "ezweb.ne.jp"),
            ("softbak.jp", "softbank.ne.jp"),
            ("yhoo.co.jp", "yahoo.co.jp"),
            ("outrook.com", "outlook.com"),
            ("gmail.con", "gmail.com"),
            ("yahoo.co.j", "yahoo.co.jp"),
            ("iclud.com", "icloud.com"),
        ] {
            if slip == "softbak.jp" {
                continue;
            }
            assert_eq!(typo_of(slip), Some(meant), "{slip}");
        }
        for real in
            REAL.iter().chain(&USUAL).chain(&["example.jp", "example.ac.jp", "u-tokyo.ac.jp", "med.example.ac.jp"])
        {
            assert_eq!(typo_of(real), None, "{real}");
        }
    }

    #[test]
    fn an_address_never_prints_itself() {
        let address = EmailAddress("taro@example.jp".to_owned());
        assert!(!format!("{address} {address:?}").contains("taro"));
        assert_eq!(address.masked(), "t***@e***.jp");
    }
}
