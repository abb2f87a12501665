//! Canned replies (定型文): which fit a ticket, why, and how their words are filled in. `config/canned.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::config::rules;
use crate::desk::Lang;
use crate::desk::account::AccountRecord;
use crate::desk::inquiry::InquiryKind;
use crate::desk::inquiry::spec::{Moment, Texts};
use crate::desk::policy::known;
use crate::word_enum;

word_enum! {
    /// A word in braces, and what stands for it.
    Variable {
        /// 氏名 of the requester.
        Name = "name",
        /// 受付番号
        Number = "number",
        /// ログイン ID: only when the ticket is linked.
        AccountId = "account_id",
        /// The open round.
        Round = "round",
        /// When its applications close.
        ClosesAt = "closes_at",
        /// When the next window opens.
        NextOpensAt = "next_opens_at",
        /// 基本領域, as filled in.
        Specialty = "specialty",
        /// The society (領域学会) of the specialty.
        Society = "society",
        /// Its pages.
        SocietyUrl = "society_url",
        /// The office of the prefecture, as filled in.
        PrefectureOffice = "prefecture_office",
        /// Its pages.
        PrefectureUrl = "prefecture_url",
        /// 年度, as filled in.
        EntryFiscalYear = "entry_fiscal_year",
        /// One-time link for an image: made as the reply is sent (`ticket::upload_word`), so it stays as it is until then.
        UploadLink = "upload_link",
    }
}

/// A canned reply.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canned {
    /// Its name.
    pub id: String,
    /// Kinds it fits; `*` is every kind.
    pub kinds: Vec<String>,
    /// What must hold: facts of the ticket, its case and its account; several values with `|`.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
    /// Moments of the season it fits; empty is always.
    #[serde(default)]
    pub moments: Vec<Moment>,
    /// The entry of the FAQ it rests on.
    #[serde(default)]
    pub faq: String,
    /// What staff choose by.
    pub title: Texts,
    /// Why it is offered.
    pub reason: Texts,
    /// The text in Japanese.
    pub ja: String,
    /// The text in English.
    pub en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reply: Vec<Canned>,
}

static EMBEDDED: LazyLock<Result<Vec<Canned>, String>> =
    LazyLock::new(|| parse(rules::text("canned.toml", include_str!("../../../config/canned.toml"))));

/// The canned replies of this desk.
///
/// # Errors
/// The first thing that is wrong; never once the desk has started.
pub fn embedded() -> Result<&'static [Canned], String> {
    EMBEDDED.as_ref().map(Vec::as_slice).map_err(Clone::clone)
}

/// Reads a file of canned replies.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse(source: &str) -> Result<Vec<Canned>, String> {
    let file: File = toml::from_str(source).map_err(|error| error.to_string())?;
    let mut ids = BTreeSet::new();
    for canned in &file.reply {
        let no = |reason: String| {
            let line = source.lines().position(|line| line.contains(&format!("\"{}\"", canned.id))).unwrap_or(0) + 1;
            Err(format!("line {line}: {}: {reason}", canned.id))
        };
        if !ids.insert(&canned.id) {
            return no("stands twice".into());
        }
        if let Some(kind) = canned.kinds.iter().find(|kind| *kind != "*" && InquiryKind::parse(kind).is_none()) {
            return no(format!("there is no kind {kind}"));
        }
        for word in words(&canned.ja).chain(words(&canned.en)) {
            if Variable::parse(word).is_none() {
                return no(format!("there is no word {{{word}}}"));
            }
        }
        if canned.ja.trim().is_empty() || canned.en.trim().is_empty() {
            return no("is not written in both languages".into());
        }
    }
    Ok(file.reply)
}

/// The words in braces.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(word, _)| word))
}

/// What is known of a ticket when a reply is chosen.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Kind of the ticket.
    pub kind: &'a str,
    /// What was filled in.
    pub fields: &'a BTreeMap<String, String>,
    /// State of its case.
    pub case: Option<&'a str>,
    /// The linked account.
    pub account: Option<&'a AccountRecord>,
    /// What became of its login mail by now: none, sent, silent, bounced, opened; `None` takes what is on file.
    pub login_mail: Option<&'a str>,
    /// Moments that hold.
    pub moments: &'a [Moment],
    /// Entries of the FAQ that its text finds, best first.
    pub found: &'a [String],
}

impl Situation<'_> {
    fn fact(&self, name: &str) -> &str {
        let account = self.account;
        match name {
            "linked" => {
                if account.is_some() {
                    "yes"
                } else {
                    "no"
                }
            }
            "case" => self.case.unwrap_or_default(),
            "login_mail" if self.login_mail.is_some() => self.login_mail.unwrap_or_default(),
            "login_mail" => match account {
                Some(record) => match record.login_mail_state {
                    Some(state) => state.as_str(),
                    None if record.login_mail_sent_at.is_some() => "sent",
                    None => "none",
                },
                None => "unknown",
            },
            "temporary_password" => match account {
                Some(record) if record.temporary_password_issued_at.is_some() => "issued",
                Some(_) => "none",
                None => "unknown",
            },
            "licence_image" => {
                account.and_then(|record| record.licence_image).map_or("unknown", |image| image.as_str())
            }
            "application_state" => account.and_then(|r| r.application_state).map_or("unknown", |state| state.as_str()),
            // Whether records must be entered at all (F42, F43), from the form or else from what is on file.
            "records" => {
                let given = |name: &str, on_file: Option<String>| {
                    self.fields.get(name).filter(|value| !value.is_empty()).cloned().or(on_file).unwrap_or_default()
                };
                let specialty = given("specialty", account.map(|record| record.specialty.clone()));
                let year = account.and_then(|record| record.entry_fiscal_year).map(|year| year.to_string());
                known::entry_of_records(&specialty, &given("entry_fiscal_year", year)).as_str()
            }
            "phase" => account.and_then(|record| record.phase).map_or("unknown", |phase| phase.as_str()),
            field => self.fields.get(field).map_or("", String::as_str),
        }
    }
}

/// A reply that fits, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestion {
    /// The reply.
    pub canned: &'static Canned,
    /// The text of the ticket finds the entry it rests on.
    pub is_found: bool,
}

/// Whether every named fact is one of the values that stand beside it.
pub fn holds(when: &BTreeMap<String, String>, situation: &Situation<'_>) -> bool {
    when.iter().all(|(name, values)| values.split('|').any(|value| value == situation.fact(name)))
}

/// Replies that fit, the most fitting first: those that ask for more, then those whose entry the text finds.
pub fn suggest(replies: &'static [Canned], situation: &Situation<'_>) -> Vec<Suggestion> {
    let fits = |canned: &&Canned| {
        let kind = canned.kinds.iter().any(|kind| kind == "*" || kind == situation.kind);
        let moment = canned.moments.is_empty() || canned.moments.iter().any(|m| situation.moments.contains(m));
        kind && moment && holds(&canned.when, situation)
    };
    let mut found: Vec<_> = replies
        .iter()
        .filter(fits)
        .map(|canned| {
            let place = situation.found.iter().position(|id| *id == canned.faq);
            let general = canned.kinds.iter().any(|kind| kind == "*");
            let asks = canned.when.len() + usize::from(!canned.moments.is_empty());
            let order = (general, std::cmp::Reverse(asks), place.unwrap_or(usize::MAX));
            (order, Suggestion { canned, is_found: place.is_some() })
        })
        .collect();
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, suggestion)| suggestion).collect()
}

/// The text in a language with its words filled in. A word without a value stays in its braces, which stops the send
/// (`last_look`).
pub fn fill(canned: &Canned, lang: Lang, value: impl Fn(Variable) -> Option<String>) -> String {
    let text = lang.t(&canned.ja, &canned.en);
    Variable::ALL.iter().fold(text.to_owned(), |text, variable| match value(*variable) {
        Some(value) if !value.is_empty() => text.replace(&format!("{{{variable}}}"), &value),
        _ => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::inquiry::Catalogue;
    /// What `when` may name beside the fields of a form.
    const FACTS: [&str; 9] = [
        "linked",
        "login_mail",
        "temporary_password",
        "licence_image",
        "application_state",
        "phase",
        "case",
        "records",
        "director_found",
    ];

    use crate::desk::reply::last_look::{Stop, before_sending};

    #[test]
    fn every_canned_reply_is_whole_and_passes_the_last_look_but_for_its_words() {
        let replies = embedded().unwrap();
        assert!(replies.len() > 20);
        for canned in replies {
            for lang in [Lang::Ja, Lang::En] {
                let filled = fill(canned, lang, |_| Some("値".to_owned()));
                assert_eq!(before_sending(&filled, &[612_048]), Ok(()), "{}", canned.id);
            }
        }
    }

    #[test]
    fn what_a_reply_asks_for_exists_and_every_kind_but_other_has_one() {
        let catalogue = Catalogue::embedded().unwrap();
        for canned in embedded().unwrap() {
            for (name, values) in canned.when.iter().filter(|(name, _)| !FACTS.contains(&name.as_str())) {
                let fields =
                    canned.kinds.iter().filter_map(|kind| catalogue.get(InquiryKind::parse(kind)?)?.form.field(name));
                for field in fields {
                    for value in values.split('|').filter(|v| !v.is_empty() && !field.options.is_empty()) {
                        assert!(field.options.iter().any(|o| o.value == value), "{}: {name}={value}", canned.id);
                    }
                }
            }
        }
        for kind in InquiryKind::ALL.iter().filter(|kind| **kind != InquiryKind::Other) {
            let own = embedded().unwrap().iter().any(|canned| canned.kinds.iter().any(|k| k == kind.as_str()));
            assert!(own, "{kind}");
        }
    }

    #[test]
    fn replies_follow_kind_account_case_and_moment() {
        let none = BTreeMap::new();
        let first = |kind, case, moments: &[Moment], fields: &[(&str, &str)]| {
            let fields: BTreeMap<_, _> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let situation =
                Situation { kind, fields: &fields, case, account: None, login_mail: None, moments, found: &[] };
            suggest(embedded().unwrap(), &situation)[0].canned.id.clone()
        };
        assert_eq!(first("apply", Some("reported"), &[Moment::Open], &[]), "apply_open");
        assert_eq!(first("apply", Some("reported"), &[Moment::AllClosed], &[]), "apply_closed");
        assert_eq!(first("trouble", Some("system"), &[], &[]), "fault_system");
        assert_eq!(first("trouble", Some("own"), &[Moment::Open], &[]), "fault_own");
        assert_eq!(first("withdraw", Some("requested"), &[], &[]), "withdraw_waiting");
        assert_eq!(first("profile", Some("asked"), &[], &[("item", "phone")]), "profile_self");
        assert_eq!(first("other", None, &[], &[]), "ask_more");
        assert_eq!(first("trouble", Some("own"), &[Moment::AllClosed], &[]), "fault_own_closed");
        let linkage = |specialty: &str, year: &str, case| {
            first(
                "record",
                Some(case),
                &[],
                &[("specialty", specialty), ("entry_fiscal_year", year), ("topic", "linkage")],
            )
        };
        assert_eq!(linkage("内科", "2024", "waiting_for_linkage"), "record_linkage");
        assert_eq!(linkage("内科", "2018", "asked"), "record_must_enter");
        assert_eq!(linkage("小児科", "2024", "asked"), "record_must_enter");
        assert_eq!(linkage("小児科", "2024", "waiting_for_linkage"), "record_must_enter", "whoever put it to wait");
        assert_eq!(linkage("内科", "2024", "asked"), "record_linked_missing");
        let director = |found| first("director", Some("asked"), &[], &[("topic", "login"), ("director_found", found)]);
        assert_eq!((director("yes").as_str(), director("no").as_str()), ("director_login", "director_not_matched"));
        let situation = Situation {
            kind: "result",
            fields: &none,
            case: None,
            account: None,
            login_mail: None,
            moments: &[],
            found: &["result-where".into()],
        };
        assert!(suggest(embedded().unwrap(), &situation)[0].is_found);
    }

    #[test]
    fn a_word_without_a_value_stays_and_stops_the_send() {
        let canned = embedded().unwrap().iter().find(|canned| canned.id == "image_replace").unwrap();
        let text = fill(canned, Lang::Ja, |v| (v == Variable::Name).then(|| "渡邉 一郎".to_owned()));
        assert!(text.starts_with("渡邉 一郎 様"));
        assert_eq!(before_sending(&text, &[]), Err(Stop::Unresolved("{upload_link}".into())));
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_line() {
        let source = include_str!("../../../config/canned.toml");
        let said = parse(&source.replacen("{account_id}", "{shoe_size}", 1)).unwrap_err();
        assert!(said.contains("{shoe_size}") && said.starts_with("line "), "{said}");
        assert!(
            parse(&source.replacen("kinds = [\"id\"]", "kinds = [\"nothing\"]", 1)).unwrap_err().contains("nothing")
        );
        assert!(parse("[[reply]]\nid = 3").is_err());
    }
}
