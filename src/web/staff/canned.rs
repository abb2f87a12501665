//! Suggested answers on the ticket page: canned replies that fit, each with its reason, filled in when one is taken.

use super::Desk;
use crate::desk::Lang;
use crate::desk::account::AccountId;
use crate::desk::account::store::{self as accounts, Account};
use crate::desk::flows::cases::Case;
use crate::desk::flows::login_help::{self, LoginMailFate};
use crate::desk::inquiry::moment::Moments;
use crate::desk::policy::Office;
use crate::desk::reply::canned::{self, Canned, Situation, Variable};
use crate::desk::ticket::{Ticket, link};
use crate::platform::db::{DbError, Tx};
use crate::web::when;

/// Suggestions in sight.
const SHOWN: usize = 4;
/// Entries of the FAQ that the text may point to.
const HITS: usize = 5;

/// One suggestion.
pub struct Suggested {
    /// Name of the reply.
    pub id: &'static str,
    /// What staff choose by.
    pub title: &'static str,
    /// Why it is offered.
    pub reason: String,
    /// The text, filled in.
    pub text: String,
    /// The entry it rests on; may be empty.
    pub faq: &'static str,
}

/// What a reply is chosen and filled in from.
pub struct Source<'a> {
    desk: &'a Desk,
    ticket: &'a Ticket,
    account: Option<Account>,
    moments: Moments,
    found: Vec<String>,
    is_on_file: bool,
}

impl<'a> Source<'a> {
    /// Reads what is needed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn load(tx: &mut Tx, desk: &'a Desk, ticket: &'a Ticket, is_on_file: bool) -> Result<Self, DbError> {
        let account = match ticket.account_id {
            Some(id) => accounts::find_account(tx, AccountId(id)).await?,
            None => None,
        };
        let season = desk.state().season().await;
        let hits = desk.state().library.search(ticket.lang, &ticket.subject, HITS);
        Ok(Self {
            desk,
            ticket,
            account,
            moments: Moments::at(&season, desk.now()),
            found: hits.into_iter().map(|hit| hit.id).collect(),
            is_on_file,
        })
    }

    /// The replies that fit best.
    pub fn suggestions(&self, case: Option<&Case>) -> Vec<Suggested> {
        let Ok(replies) = canned::embedded() else { return Vec::new() };
        let mut fields = self.ticket.fields.0.clone();
        if link::is_of_director(self.ticket) {
            fields.insert("director_found".into(), if self.is_on_file { "yes" } else { "no" }.into());
        }
        let situation = Situation {
            kind: &self.ticket.kind,
            fields: &fields,
            case: case.map(|case| case.state.word),
            account: self.account.as_ref().map(|account| &account.record),
            login_mail: self.login_mail(),
            moments: &self.moments.all,
            found: &self.found,
        };
        let lang = self.desk.lang();
        let found = canned::suggest(replies, &situation).into_iter().take(SHOWN);
        found.map(|suggestion| self.suggested(suggestion.canned, suggestion.is_found, lang)).collect()
    }

    fn suggested(&self, canned: &'static Canned, is_found: bool, lang: Lang) -> Suggested {
        let mut reason = canned.reason.t(lang).to_owned();
        if is_found {
            reason.push_str(lang.t("・件名に近いよくある質問", "; the subject finds its entry"));
        }
        let (id, title, faq) = (canned.id.as_str(), canned.title.t(lang), canned.faq.as_str());
        Suggested { id, title, reason, text: self.fill(canned), faq }
    }

    /// The registration it is linked to.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// What became of the login mail by now: one that nobody opened for a day is silent.
    fn login_mail(&self) -> Option<&'static str> {
        let fate = login_help::fate(self.account.as_ref()?, self.desk.now());
        Some(if fate == LoginMailFate::NotSent { "none" } else { fate.as_str() })
    }

    /// The text of a reply in the language of the ticket.
    pub fn text(&self, id: &str) -> Option<String> {
        let canned = canned::embedded().ok()?.iter().find(|canned| canned.id == id)?;
        Some(self.fill(canned))
    }

    fn society(&self) -> Option<&'static Office> {
        Office::of_specialty(self.ticket.fields.0.get("specialty")?)
    }

    fn prefecture(&self) -> Option<&'static Office> {
        Office::of_prefecture(self.ticket.fields.0.get("prefecture")?)
    }

    fn fill(&self, canned: &Canned) -> String {
        let lang = self.ticket.lang;
        let field = |name: &str| self.ticket.fields.0.get(name).cloned();
        let stamp = |at: chrono::DateTime<chrono::Utc>| when::stamp(lang, at);
        canned::fill(canned, lang, |variable| match variable {
            Variable::Name => Some(self.ticket.requester_name.clone()),
            Variable::Number => Some(self.ticket.number.clone()),
            // What is on file is written only where it is sent to the address on file.
            Variable::AccountId => {
                // A director's ticket may be linked to a resident of the programme: nothing of theirs is the director's.
                let is_theirs = self.is_on_file && !link::is_of_director(self.ticket);
                self.account.as_ref().filter(|_| is_theirs).map(|account| account.record.account_id.clone())
            }
            Variable::Round => self.moments.window.as_ref().map(|window| window.name.clone()),
            Variable::ClosesAt => self.moments.window.as_ref().map(|window| stamp(window.closes_at)),
            Variable::NextOpensAt => self.moments.next_opens_at.map(stamp),
            Variable::Specialty => field("specialty"),
            Variable::EntryFiscalYear => field("entry_fiscal_year"),
            Variable::Society => self.society().map(|society| society.label(lang).to_owned()),
            Variable::SocietyUrl => self.society().map(|society| society.url.clone()),
            Variable::PrefectureOffice => self.prefecture().map(|office| office.label(lang).to_owned()),
            Variable::PrefectureUrl => self.prefecture().map(|office| office.url.clone()),
            Variable::UploadLink => None,
        })
    }
}
