//! `madoguchi policy explain|topics`. Needs neither settings nor database: the rules are in the program.

use std::io::Read;

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{Failure, line};
use crate::app;
use crate::config::Settings;
use crate::desk::policy::{self, Policy, Topic};

/// Arguments of `madoguchi policy`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// What the rules of a day say about facts: one JSON object on standard input, one answer on standard output.
    Explain {
        /// records, late_start, start_date, apply, transfer, ceiling, curriculum or profile
        #[arg(value_parser = topic)]
        topic: Topic,
        /// The day, in Japan: 2026-11-25, or an instant as RFC 3339
        #[arg(long, value_parser = day)]
        at: NaiveDate,
    },
    /// The topics with their facts and verdicts, a line each.
    Topics,
}

/// The most a JSON object of facts may have; far more than all facts of all topics.
const FACTS_BYTES: u64 = 1 << 20;

fn topic(typed: &str) -> Result<Topic, String> {
    Topic::parse(typed.trim()).ok_or_else(|| {
        let all: Vec<_> = Topic::ALL.iter().map(|topic| topic.as_str()).collect();
        format!("the topics are {}", all.join(", "))
    })
}

fn day(typed: &str) -> Result<NaiveDate, String> {
    policy::day(typed).ok_or_else(|| "write a day such as 2026-11-25, or 2026-11-25T12:00:00+09:00".to_owned())
}

/// Runs the command.
///
/// # Errors
/// When the facts are no JSON object.
pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    app::desk_rules(settings)?;
    let policy = Policy::embedded().map_err(|fault| Failure::new(fault.to_string()))?;
    match args.act {
        Act::Explain { topic, at } => explain(policy, topic, at),
        Act::Topics => topics(policy),
    }
}

fn explain(policy: &Policy, topic: Topic, at: NaiveDate) -> Result<(), Failure> {
    let facts = facts()?;
    let given = policy.given(topic, facts.iter().map(|(name, value)| (name.as_str(), value)));
    for name in &given.foreign {
        eprintln!("madoguchi: {name:?} is no fact of the topic {topic} and was not looked at");
    }
    line(&policy.explain_whole(topic, at, &given))
}

fn facts() -> Result<Map<String, Value>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(FACTS_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FACTS_BYTES {
        return Err(Failure::new("the facts on standard input are more than 1 MiB"));
    }
    // Spreadsheets and editors put a byte order mark in front.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match serde_json::from_slice(text) {
        Ok(Value::Object(facts)) => Ok(facts),
        Ok(_) => {
            Err(Failure::new("the facts on standard input are to be one JSON object, such as {\"specialty\":\"内科\"}"))
        }
        Err(error) => Err(Failure::new(format!("the facts on standard input are no JSON object: {error}"))),
    }
}

fn topics(policy: &Policy) -> Result<(), Failure> {
    for table in policy.tables() {
        let facts: Vec<_> = table.facts.iter().map(|fact| fact.name.as_str()).collect();
        let versions: Vec<_> = table.versions.iter().map(|version| version.from).collect();
        line(&json!({
            "topic": table.topic, "facts": facts, "verdicts": table.topic.verdicts(), "versions": versions,
        }))?;
    }
    Ok(())
}
