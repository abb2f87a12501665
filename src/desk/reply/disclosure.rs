//! The one place that decides what may be told to whom (design rule 7). Number and birthdate prove nothing: every
//! employer of a doctor holds both. What the desk says about an account goes to the address on file, and shows only to
//! someone who holds a link that was mailed there.

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

/// Who gets an answer: the address on file once the ticket is linked to an account that has one, else the address the
/// requester typed. `None` when there is neither.
pub fn recipient(typed: &Address, on_file: Option<&Address>) -> Option<Recipient> {
    if let Some(on_file) = on_file {
        return Some(Recipient { address: on_file.address.clone(), key: on_file.key.clone(), is_on_file: true });
    }
    (!typed.key.is_empty()).then(|| Recipient {
        address: typed.address.clone(),
        key: typed.key.clone(),
        is_on_file: false,
    })
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

/// Whether a viewer may read a message of staff. `sent_to` and `on_file` are tags of addresses; a message that speaks
/// of the account must still be on its way to the address that is on file now.
pub fn may_read_reply(viewer: &Viewer, sent_to: &str, about_account: bool, on_file: Option<&str>) -> bool {
    let Viewer::Link { address_tag } = viewer else { return false };
    let is_theirs = address_tag == sent_to;
    if about_account { is_theirs && on_file == Some(address_tag.as_str()) } else { is_theirs }
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
        let to = recipient(&stranger, Some(&on_file)).unwrap();
        assert_eq!((to.address.as_str(), to.is_on_file), ("doctor@example.ac.jp", true));
        assert!(!recipient(&stranger, None).unwrap().is_on_file);
        assert_eq!(recipient(&address(""), None), None);
    }

    #[test]
    fn sec_085_what_is_said_about_an_account_shows_only_to_a_link_mailed_to_the_address_on_file() {
        let link = |tag: &str| Viewer::Link { address_tag: tag.into() };
        assert!(may_read_reply(&link("file"), "file", true, Some("file")));
        assert!(!may_read_reply(&link("typed"), "file", true, Some("file")));
        assert!(!may_read_reply(&link("file"), "file", true, Some("new")), "the address on file has changed since");
        assert!(!may_read_reply(&link("file"), "file", true, None), "no longer linked");
        assert!(may_read_reply(&link("typed"), "typed", false, None));
        assert!(!may_read_reply(&Viewer::Passcode, "typed", false, None));
    }

    #[test]
    fn an_address_is_masked_but_for_its_first_character_and_its_domain() {
        assert_eq!(masked("taro@example.jp"), "t•••@example.jp");
        assert_eq!(masked("nonsense"), "•••");
    }
}
