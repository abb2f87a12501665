//! The one place that decides what may be told to whom (design rule 7). Number and birthdate prove nothing: every
//! employer of a doctor holds both. What the desk says about an account goes to the address on file, and shows only to
//! someone who holds a link that was mailed there.

use crate::desk::Lang;

/// A mail address as it is written to, and in comparable form.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// As it is written to.
    pub address: String,
    /// Width folded, domain in lower case.
    pub key: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&masked(&self.address))
    }
}

/// Where a mail goes, and why there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// As it is written to.
    pub address: String,
    /// Comparable form.
    pub key: String,
    /// Whether it is the address on file of the linked account: only there may we speak of the account.
    pub is_on_file: bool,
}

/// Somebody to whom something may be told, by what they have shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader<'a> {
    /// Knows number and passcode: wrote the inquiry, or looked over the shoulder of whoever did.
    Passcode,
    /// Reads mail at this address (its key, or its tag: all addresses of one question in one form).
    Address(&'a str),
}

/// What is to be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Telling<'a> {
    /// It speaks of an account, or of whether there is one.
    pub about_account: bool,
    /// The one address it was written to; `None` when that is still to be decided.
    pub sent_to: Option<&'a str>,
    /// The address on file of the linked account, as of now.
    pub on_file: Option<&'a str>,
    /// An address that two people agreed to tell it to as well.
    pub approved_for: Option<&'a str>,
}

/// What somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// All of it.
    Whole,
    /// Only that an answer went to the registered address: [`neutral`].
    Neutral,
}

/// The one rule: what may be told to whom. Pages and mails both ask here.
pub fn may_tell(reader: Reader<'_>, what: Telling<'_>) -> Told {
    let Reader::Address(address) = reader else { return Told::Neutral };
    let is_theirs = what.sent_to.is_none_or(|sent_to| sent_to == address);
    let is_known = what.on_file == Some(address) || what.approved_for == Some(address);
    if is_theirs && (!what.about_account || is_known) { Told::Whole } else { Told::Neutral }
}

/// What anyone else is told.
pub fn neutral(lang: Lang) -> &'static str {
    lang.t("登録されているメールアドレスにお答えしました。", "We have answered to the registered mail address.")
}

/// Who gets an answer, and who is told no more than that there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The answer itself.
    pub to: Recipient,
    /// The neutral text, to whoever wrote from elsewhere.
    pub neutral_to: Option<Address>,
}

/// Where an answer goes: once the ticket is linked to an account that has an address, it speaks of that account and goes
/// there; else to the address the requester typed. `approved_for` is an address that two people agreed on. `None` when
/// there is no address at all.
pub fn route(typed: &Address, on_file: Option<&Address>, approved_for: Option<&str>) -> Option<Route> {
    let typed = Some(typed).filter(|typed| !typed.key.is_empty());
    let what = Telling {
        about_account: on_file.is_some(),
        sent_to: None,
        on_file: on_file.map(|address| address.key.as_str()),
        approved_for,
    };
    let told = |address: &Address| may_tell(Reader::Address(&address.key), what);
    // What two people agreed on first, then the address on file, then the typed one.
    let choices = [typed.filter(|typed| approved_for == Some(typed.key.as_str())), on_file, typed];
    let to = choices.into_iter().flatten().find(|address| told(address) == Told::Whole)?;
    let is_on_file = on_file.is_some_and(|address| address.key == to.key);
    let neutral_to = typed.filter(|typed| typed.key != to.key && told(typed) == Told::Neutral).cloned();
    Some(Route { to: Recipient { address: to.address.clone(), key: to.key.clone(), is_on_file }, neutral_to })
}

/// Who looks at a requester's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody who knows number and passcode.
    Passcode,
    /// Somebody who holds a link that was mailed to the address of this tag.
    Link {
        /// `ticket::token::address_tag` of the address.
        address_tag: String,
    },
}

impl Viewer {
    /// As the rule sees them.
    pub fn reader(&self) -> Reader<'_> {
        match self {
            Self::Passcode => Reader::Passcode,
            Self::Link { address_tag } => Reader::Address(address_tag),
        }
    }
}

/// A mail address with its local part hidden: `t•••@example.jp`.
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}•••@{domain}", local.chars().next().unwrap_or('•')),
        None => "•••".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address { address: text.into(), key: text.into() }
    }

    #[test]
    fn sec_085_answers_go_to_the_address_on_file_and_never_to_another_because_of_a_link() {
        let stranger = address("stranger@example.com");
        let on_file = address("doctor@example.ac.jp");
        let linked = route(&stranger, Some(&on_file), None).unwrap();
        assert_eq!((linked.to.address.as_str(), linked.to.is_on_file), ("doctor@example.ac.jp", true));
        assert_eq!(linked.neutral_to, Some(stranger.clone()), "and whoever wrote is told no more than that");
        let own = route(&on_file, Some(&on_file), None).unwrap();
        assert_eq!((own.to.is_on_file, own.neutral_to), (true, None));
        let unlinked = route(&stranger, None, None).unwrap();
        assert_eq!((unlinked.to.key.as_str(), unlinked.to.is_on_file), ("stranger@example.com", false));
        assert_eq!(unlinked.neutral_to, None);
        assert_eq!(route(&address(""), None, None), None);
        assert_eq!(route(&address(""), Some(&on_file), None).unwrap().neutral_to, None);
    }

    #[test]
    fn sec_084_only_two_people_send_an_answer_elsewhere_and_only_to_the_address_they_agreed_on() {
        let (typed, on_file) = (address("new@example.com"), address("old@example.ac.jp"));
        let approved = route(&typed, Some(&on_file), Some("new@example.com")).unwrap();
        assert_eq!((approved.to.key.as_str(), approved.to.is_on_file), ("new@example.com", false));
        assert_eq!(approved.neutral_to, None);
        let another = route(&typed, Some(&on_file), Some("third@example.com")).unwrap();
        assert_eq!(another.to.key, "old@example.ac.jp");
    }

    #[test]
    fn sec_085_what_is_said_about_an_account_shows_only_to_a_link_mailed_to_the_address_on_file() {
        let about = Telling { about_account: true, sent_to: Some("file"), on_file: Some("file"), approved_for: None };
        let told = |reader: &str, what| may_tell(Reader::Address(reader), what);
        assert_eq!(told("file", about), Told::Whole);
        assert_eq!(told("typed", about), Told::Neutral);
        assert_eq!(told("file", Telling { on_file: Some("new"), ..about }), Told::Neutral, "it has changed since");
        assert_eq!(told("file", Telling { on_file: None, ..about }), Told::Neutral, "no longer linked");
        let elsewhere = Telling { sent_to: Some("typed"), approved_for: Some("typed"), ..about };
        assert_eq!(told("typed", elsewhere), Told::Whole, "two people agreed");
        assert_eq!(told("file", elsewhere), Told::Neutral, "it was not written to them");
        let plain = Telling { sent_to: Some("typed"), ..Telling::default() };
        assert_eq!(told("typed", plain), Told::Whole);
        assert_eq!(may_tell(Reader::Passcode, plain), Told::Neutral);
        assert_eq!(may_tell(Reader::Passcode, Telling::default()), Told::Neutral);
    }

    #[test]
    fn an_address_is_masked_but_for_its_first_character_and_its_domain() {
        assert_eq!(masked("taro@example.jp"), "t•••@example.jp");
        assert_eq!(masked("nonsense"), "•••");
    }
}
