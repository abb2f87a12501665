//! What the dated rules say about a ticket, as a suggested answer: from what its form says, what the copy of the
//! registration says and what the calendar says. A suggestion, never a ruling: it names who decides, and nothing is sent
//! by itself.

use super::Desk;
use super::ticket::Draft;
use crate::desk::Lang;
use crate::desk::account::store as accounts;
use crate::desk::account::{AccountId, nested};
use crate::desk::policy::{Answer, Decider, Office, Policy, Table, Topic, Verdict, known};
use crate::desk::reply::last_look;
use crate::desk::ticket::Ticket;
use crate::platform::db::Tx;
use crate::web::form_body::query_value;
use crate::web::{PageError, when};

/// What a table says about the ticket.
pub struct Suggestion {
    /// Its guide.
    pub topic: Topic,
    /// What it is about.
    pub title: &'static str,
    /// What it says.
    pub verdict: &'static str,
    /// Why; for the staff, in their language.
    pub reason: String,
    /// Facts are missing.
    pub is_ask: bool,
    /// The facts it rests on.
    pub told: Vec<(String, String)>,
    /// FAQ entries: id and question.
    pub entries: Vec<(String, String)>,
    /// Who decides.
    pub decided_by: String,
    /// The society or prefecture to ask, when it decides and the form says which.
    pub office: Option<&'static Office>,
    /// The last day for which the rules are known to hold, when that has passed or the rules have a term.
    pub term: Option<(String, bool)>,
    /// The row.
    pub rule: String,
    /// The reply it would make, when it may be sent to the recipient.
    pub reply: Option<String>,
    /// Why it may not.
    pub held_back: Option<&'static str>,
}

/// The suggestions for a ticket: answers before open questions.
///
/// # Errors
/// When the database is away.
pub async fn load(tx: &mut Tx, desk: &Desk, ticket: &Ticket, is_to_file: bool) -> Result<Vec<Suggestion>, PageError> {
    let policy = Policy::embedded().map_err(|fault| PageError::internal(fault.to_string()))?;
    let linked = match ticket.account_id {
        Some(id) => accounts::find_account(tx, AccountId(id)).await?,
        None => None,
    };
    let account = match &linked {
        Some(account) => known::of_account(&account.record, nested::store::withdrawal(tx, account.id).await?.as_ref()),
        None => Vec::new(),
    };
    let season = known::of_season(&*desk.state().season().await, desk.now());
    let mut suggestions = Vec::new();
    for (position, table) in policy.tables_for(&ticket.kind).into_iter().enumerate() {
        let given = policy.given_for_ticket(table.topic, &ticket.fields.0, &account, &season);
        let answer = policy.explain(table.topic, desk.state().clock.today(), &given);
        // Two tables may serve a kind. What is missing is told of the first only.
        if answer.verdict == Verdict::Ask && position > 0 {
            continue;
        }
        let told = policy.told(table.topic, &given, desk.lang());
        suggestions.push(suggestion(desk, ticket, table, &answer, told, !account.is_empty(), is_to_file));
    }
    suggestions.sort_by_key(|suggestion| suggestion.is_ask);
    Ok(suggestions)
}

fn suggestion(
    desk: &Desk,
    ticket: &Ticket,
    table: &'static Table,
    answer: &Answer,
    told: Vec<(String, String)>,
    is_on_file: bool,
    is_to_file: bool,
) -> Suggestion {
    let lang = desk.lang();
    let is_ask = answer.verdict == Verdict::Ask;
    let reply = (!is_ask).then(|| reply(desk, ticket, answer));
    let held_back = if is_on_file && !is_to_file {
        Some(desk.t(
            "登録情報をもとにしているため、登録されているアドレスへの返信にだけ入れられます。",
            "It rests on the account, so it goes only into a reply to the address on file.",
        ))
    } else if reply.as_ref().is_some_and(|text| last_look::before_sending(text, &[]).is_err()) {
        Some(desk.t(
            "メールに書けない言葉があるため、返信には入れられません。",
            "It holds words that may not go into a mail, so it cannot be inserted.",
        ))
    } else {
        None
    };
    Suggestion {
        topic: table.topic,
        title: table.title.of(lang),
        verdict: answer.verdict.label(lang),
        reason: answer.reason_for_people(lang),
        told,
        entries: entries(desk, answer, lang),
        decided_by: answer.decided_by(lang),
        office: office(ticket, answer),
        term: term(table, desk),
        rule: answer.rule.clone(),
        reply: reply.filter(|_| held_back.is_none()),
        held_back: held_back.filter(|_| !is_ask),
        is_ask,
    }
}

fn office(ticket: &Ticket, answer: &Answer) -> Option<&'static Office> {
    let field = |name: &str| ticket.fields.0.get(name);
    if answer.decided_by.contains(&Decider::Society) {
        Office::of_specialty(field("specialty")?)
    } else if answer.decided_by.contains(&Decider::Council) {
        Office::of_prefecture(field("prefecture")?)
    } else {
        None
    }
}

fn term(table: &Table, desk: &Desk) -> Option<(String, bool)> {
    let today = desk.state().clock.today();
    let until = table.version(today)?.holds_until?;
    Some((when::day(desk.lang(), until), until < today))
}

fn entries(desk: &Desk, answer: &Answer, lang: Lang) -> Vec<(String, String)> {
    let today = desk.state().clock.today();
    let entry =
        |id: &String| desk.state().library.entry(lang, id).filter(|entry| entry.is_public() && entry.holds_on(today));
    answer.faq.iter().filter_map(entry).map(|entry| (entry.id.clone(), entry.question.clone())).collect()
}

/// The reply in the requester's language. Entries of the FAQ are named by their address: a question may speak of a result.
fn reply(desk: &Desk, ticket: &Ticket, answer: &Answer) -> String {
    let (lang, base) = (ticket.lang, &desk.state().settings.server.base_url);
    let link = |(id, _): (String, String)| format!("{base}{}/faq/{id}", lang.prefix());
    let links: Vec<String> = entries(desk, answer, lang).into_iter().map(link).collect();
    answer.letter(lang, office(ticket, answer), &links)
}

/// The draft with the reply of `?suggest=TOPIC` in it, unless something is written there already.
pub fn into_draft(suggestions: &[Suggestion], query: &str, draft: Draft) -> Draft {
    let wanted = query_value(query, "suggest");
    let chosen = suggestions.iter().find(|suggestion| suggestion.topic.as_str() == wanted);
    match chosen.and_then(|suggestion| suggestion.reply.clone()) {
        Some(body) if draft.body.is_empty() => Draft { body, ..draft },
        _ => draft,
    }
}
