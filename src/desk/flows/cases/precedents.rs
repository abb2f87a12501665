//! What was decided before under the same clause: findings about faults, and exceptions that two people made, with their
//! evidence, so that like is treated alike (issue of the clock, FAQ F15, F16, F66). The clause is whether the inquiry came in
//! time or after the close it touches: after it nothing is taken any more, and only an exception helps.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{store, tables};
use crate::desk::Lang;
use crate::desk::ticket::{SeenBy, Ticket, TicketId, list};
use crate::platform::db::{DbError, Tx};

/// Moves looked at; most cases have three.
const LOOKED_AT: i64 = 300;
/// States that are decisions.
const DECISIONS: [&str; 4] = ["system", "own", "unclear", "excepted"];

/// A decision of before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precedent {
    /// The ticket.
    pub number: String,
    /// Each decision on it, oldest first: the stored word, the evidence or reason, and when.
    pub decisions: Vec<(String, String, DateTime<Utc>)>,
}

impl Precedent {
    /// What was decided, in words.
    pub fn label(word: &str, lang: Lang) -> &'static str {
        let label = tables::FAULT.state(word).label;
        lang.t(label.0, label.1)
    }
}

/// The latest decisions on other tickets under the clause of this one, newest ticket first; of tickets that this person may
/// not see nothing is said. Empty for tickets that are about no fault.
///
/// # Errors
/// When the database refuses.
pub async fn of(tx: &mut Tx, ticket: &Ticket, seen_by: SeenBy, limit: usize) -> Result<Vec<Precedent>, DbError> {
    if ticket.kind != "trouble" {
        return Ok(Vec::new());
    }
    let moves = store::moves_of(tx, tables::FAULT.word, ticket.id, ticket.is_late, LOOKED_AT).await?;
    let ids: Vec<i64> = moves.iter().map(|(id, ..)| id.0).collect();
    let seen = list::visible_among(tx, &ids, seen_by).await?;
    let mut by_ticket = BTreeMap::<TicketId, Precedent>::new();
    for (id, number, data, at) in moves.into_iter().rev().filter(|(id, ..)| seen.contains(&id.0)) {
        let said = |key: &str| data.0.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        if DECISIONS.contains(&said("to").as_str()) {
            let one = by_ticket.entry(id).or_insert(Precedent { number, decisions: Vec::new() });
            one.decisions.push((said("to"), said("note"), at));
        }
    }
    let mut all: Vec<_> = by_ticket.into_values().collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.decisions.last().map(|(.., at)| *at)));
    all.truncate(limit);
    Ok(all)
}
