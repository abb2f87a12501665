//! The chain over the audit (design rule 12): a job gives each line a place and a seal over its words, its place and the seal
//! before it, so that a line that is changed, taken out or put in between shows. The seals are keyed by the master key:
//! whoever has only the database cannot make the chain whole again. How far the chain reaches is kept beside it, so that an
//! end that was cut off shows as well. A tail that waits for its seal is normal.

use super::store::{self, Sealing};
use crate::platform::crypto::{Keys, Purpose};
use crate::platform::db::{DbError, Tx};

/// Lines that are read at a time by [`check`].
const PAGE: i64 = 1_000;

/// How far the chain reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Head {
    count: i64,
    seal: String,
}

impl Head {
    fn text(&self, keys: &Keys) -> String {
        format!("{} {} {}", self.count, self.seal, self.mac(keys))
    }

    fn mac(&self, keys: &Keys) -> String {
        keys.tag(Purpose::Audit, &[b"head", &self.count.to_be_bytes(), self.seal.as_bytes()])
    }

    /// `None` when it is not one of ours.
    fn read(keys: &Keys, text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let mut parts = text.split(' ');
        let (count, seal, mac) = (parts.next()?.parse().ok()?, parts.next()?.to_owned(), parts.next()?);
        let head = Self { count, seal };
        (parts.next().is_none() && keys_match(&head.mac(keys), mac)).then_some(head)
    }
}

fn keys_match(ours: &str, given: &str) -> bool {
    crate::platform::crypto::same(ours.as_bytes(), given.as_bytes())
}

fn seal_of(keys: &Keys, before: &str, place: i64, line: &Sealing) -> String {
    let staff = line.staff_id.map(|id| id.to_be_bytes());
    keys.tag(
        Purpose::Audit,
        &[
            before.as_bytes(),
            &place.to_be_bytes(),
            &line.id.to_be_bytes(),
            staff.as_ref().map_or(&[], |id| id.as_slice()),
            line.act.as_bytes(),
            line.object.as_bytes(),
            line.detail.as_bytes(),
            &line.at.timestamp_micros().to_be_bytes(),
        ],
    )
}

/// Seals at most `limit` lines. Returns how many. One process at a time: others wait for the head.
///
/// # Errors
/// When the database refuses, or the head of the chain is not one that this desk wrote: then nothing is sealed, so that
/// what happened can still be seen.
pub async fn seal(tx: &mut Tx, keys: &Keys, limit: i64) -> Result<u64, DbError> {
    // Most turns find nothing, and then lock nothing.
    if !store::has_unsealed(tx).await? {
        return Ok(0);
    }
    let text = store::lock_head(tx).await?;
    let mut head = Head::read(keys, &text).ok_or_else(|| DbError::Impossible {
        table: "meta",
        id: 0,
        what: "audit_head is not what this desk wrote; run `madoguchi verify`".into(),
    })?;
    let lines = store::unsealed(tx, limit).await?;
    for line in &lines {
        head.count += 1;
        head.seal = seal_of(keys, &head.seal, head.count, line);
        store::update_seal(tx, line.id, head.count, &head.seal).await?;
    }
    store::update_head(tx, &head.text(keys)).await?;
    Ok(lines.len() as u64)
}

/// What was found along the chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// Lines in it.
    pub sealed: u64,
    /// Lines that wait for their seal.
    pub unsealed: u64,
}

/// Walks along the chain; `tell` hears of each fault, with the line it is about (`audit:7`) and a sentence.
///
/// # Errors
/// When the database refuses.
pub async fn check(tx: &mut Tx, keys: &Keys, mut tell: impl FnMut(&str, String)) -> Result<Chain, DbError> {
    let text = store::head(tx).await?;
    let head = Head::read(keys, &text);
    if head.is_none() {
        tell("audit", "the end of its chain is not what this desk wrote (or the master key is another one)".to_owned());
    }
    // Lines that are sealed while we look are beyond the head that we read.
    let end = head.as_ref().map_or(i64::MAX, |head| head.count);
    let mut chain = Chain::default();
    let (mut place, mut before) = (0, String::new());
    loop {
        let lines = store::sealed(tx, place, end, PAGE).await?;
        let is_last = i64::try_from(lines.len()).unwrap_or(PAGE) < PAGE;
        for line in lines {
            chain.sealed += 1;
            if line.seal_no != place + 1 {
                tell("audit", format!("the lines {} to {} of its chain are missing", place + 1, line.seal_no - 1));
            } else if !keys_match(&seal_of(keys, &before, line.seal_no, &line.line), &line.seal) {
                tell(&format!("audit:{}", line.line.id), "this line is not what was sealed".to_owned());
            }
            // The stored seal carries on, so that one changed line is one fault.
            (place, before) = (line.seal_no, line.seal);
        }
        if is_last {
            break;
        }
    }
    if let Some(head) = head {
        if place < head.count {
            tell("audit", format!("the lines {} to {} of its chain are missing", place + 1, head.count));
        } else if before != head.seal {
            tell("audit", "the last seal is not the one that the chain ended with".to_owned());
        }
    }
    chain.unsealed = store::count_unsealed(tx).await?.unsigned_abs();
    Ok(chain)
}
