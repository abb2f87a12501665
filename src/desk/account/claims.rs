//! A batch of claims, an object a line, graded against the whole mirror in memory: what `madoguchi accounts match` does.

use std::collections::HashMap;
use std::io::{BufRead, Write};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::index::AccountIndex;
use super::keys::{Claim, ClaimKeys};
use super::matching::{Grade, MatchOutcome};
use super::store::Keyed;
use super::{AccountId, Reason, parallel};

/// Lines read before they are worked on all cores.
const BATCH: usize = 8_192;

/// What a batch came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinesReport {
    /// Lines that were not blank.
    pub lines: usize,
    /// Lines that are no claim; each has an answer that says so.
    pub wrong: usize,
    /// The first of them, and why.
    pub first_wrong: Option<(u64, String)>,
}

/// The answer to one line, in the order of the contract.
#[derive(Serialize)]
struct Answer<'a> {
    id: Value,
    grade: Grade,
    account: Option<&'a str>,
    candidates: Vec<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    account: &'a str,
    points: i32,
    reasons: &'a [Reason],
}

/// Reads claims, writes an answer for each, in their order. Registrations that a repair put away answer as their
/// survivors, as they do for tickets. A line that is no claim has the grade `none` and an `error`;
/// the others go on.
///
/// # Errors
/// When reading or writing fails.
pub fn match_lines(
    accounts: Vec<Keyed>,
    survivors: &HashMap<AccountId, AccountId>,
    mut claims: impl BufRead,
    mut answers: impl Write,
    today: NaiveDate,
) -> std::io::Result<LinesReport> {
    let internal: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let (ids, keys): (Vec<String>, Vec<_>) =
        accounts.into_iter().map(|account| (account.account_id, account.keys)).unzip();
    let places: HashMap<AccountId, u32> = internal.into_iter().zip(0..).collect();
    let place = |id: &AccountId| places.get(id).copied();
    let survivors = survivors.iter().filter_map(|(gone, stays)| Some((place(gone)?, place(stays)?))).collect();
    let index = AccountIndex::new(keys).with_survivors(survivors);
    let mut report = LinesReport::default();
    let mut number = 0;
    loop {
        let mut batch: Vec<(u64, Vec<u8>)> = Vec::new();
        while batch.len() < BATCH {
            let mut line = Vec::new();
            if claims.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            number += 1;
            if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                batch.push((number, line));
            }
        }
        if batch.is_empty() {
            answers.flush()?;
            return Ok(report);
        }
        for (line, text, wrong) in parallel::map(batch, |(number, line)| answer(&index, &ids, number, &line, today)) {
            report.lines += 1;
            if let Some(reason) = wrong {
                report.wrong += 1;
                report.first_wrong.get_or_insert((line, reason));
            }
            answers.write_all(&text)?;
        }
    }
}

fn answer(
    index: &AccountIndex,
    ids: &[String],
    line: u64,
    bytes: &[u8],
    today: NaiveDate,
) -> (u64, Vec<u8>, Option<String>) {
    let (id, read) = read(bytes);
    let (outcome, wrong) = match read {
        Ok(claim) => (index.match_claim(&ClaimKeys::read(&claim, today)), None),
        Err(reason) => (MatchOutcome { grade: Grade::None, linked: None, candidates: Vec::new() }, Some(reason)),
    };
    let name = |at: u32| usize::try_from(at).ok().and_then(|at| ids.get(at)).map_or("", String::as_str);
    let answer = Answer {
        id,
        grade: outcome.grade,
        account: outcome.linked.map(name),
        candidates: outcome
            .candidates
            .iter()
            .map(|c| Shown { account: name(c.id), points: c.points, reasons: &c.reasons })
            .collect(),
        line: wrong.as_ref().map(|_| line),
        error: wrong.clone(),
    };
    // An object of plain values always has a JSON text.
    let mut text = serde_json::to_vec(&answer).unwrap_or_default();
    text.push(b'\n');
    (line, text, wrong)
}

/// The caller's own id, whatever that is, and the claim.
fn read(bytes: &[u8]) -> (Value, Result<Claim, String>) {
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return (Value::Null, Err("is not UTF-8".to_owned()));
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(mut object)) => {
            let claim = Claim::from_json(&object);
            (object.remove("id").unwrap_or_default(), claim)
        }
        Ok(_) => (Value::Null, Err("is not an object".to_owned())),
        Err(error) => (Value::Null, Err(format!("is not JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_answer_and_a_wrong_one_stops_nobody() {
        let claims = "\u{FEFF}{\"id\":7,\"name\":null}\n\nnonsense\n{\"id\":\"b\",\"email\":[1]}\n{\"id\":\"c\",\"registration_number\":123456}";
        let mut bytes = claims.as_bytes().to_vec();
        bytes.extend(b"\n{\"id\":\"\xFF\"}\r\n");
        let mut out = Vec::new();
        let report =
            match_lines(Vec::new(), &HashMap::new(), bytes.as_slice(), &mut out, NaiveDate::default()).unwrap();
        assert_eq!((report.lines, report.wrong), (5, 3));
        assert_eq!(report.first_wrong.as_ref().map(|(line, _)| *line), Some(3));
        let out = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[0], r#"{"id":7,"grade":"none","account":null,"candidates":[]}"#);
        assert!(lines[1].contains(r#""line":3,"error":"is not JSON"#), "{}", lines[1]);
        assert!(lines[2].starts_with(r#"{"id":"b","grade":"none""#) && lines[2].contains("email is not a text"));
        assert_eq!(lines[3], r#"{"id":"c","grade":"none","account":null,"candidates":[]}"#);
        assert!(lines[4].contains("is not UTF-8"));
    }
}
