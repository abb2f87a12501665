//! `madoguchi tickets list|show|search`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Failure, line, open};
use crate::app::App;
use crate::config::Settings;
use crate::desk::licence::store as images;
use crate::desk::ticket::list::{self, Filter, Line, View};
use crate::desk::ticket::search::{self, Follower};
use crate::desk::ticket::{SeenBy, Status, TicketId, TicketNumber, store};
use crate::platform::db::Tx;
use crate::platform::index::TicketIndex;

/// Arguments of `madoguchi tickets`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// A ticket a line, newest first.
    List {
        /// new, open, waiting_on_requester, waiting_on_third_party, resolved, closed
        #[arg(long, value_parser = status)]
        status: Option<Status>,
        /// How many at most.
        #[arg(long, default_value_t = 1000)]
        limit: i64,
    },
    /// Tickets that hold the words, or the one of that number; newest first.
    Search {
        /// Words, a name, an address, a number.
        #[arg(required = true)]
        words: Vec<String>,
        /// How many at most.
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    /// One ticket with its thread.
    Show {
        /// 受付番号
        number: String,
    },
}

fn status(word: &str) -> Result<Status, String> {
    let known = || Status::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
    Status::parse(word).ok_or_else(|| format!("one of: {}", known()))
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be read or there is no such ticket.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    let app = open(settings).await?;
    let mut tx = app.db.read().await?;
    match args.act {
        Act::List { status, limit } => {
            let view = status.map_or(View::All, View::Status);
            let everything = Filter::seen_by(SeenBy::Everything);
            for ticket in list::page(&mut tx, &view, &everything, None, limit).await? {
                line(&summary(&ticket))?;
            }
            Ok(())
        }
        Act::Search { words, limit } => {
            let index = index(&app).await;
            let found = search::find(&mut tx, index.as_ref(), &words.join(" "), SeenBy::Everything, limit).await?;
            for id in found.ids {
                if let Some(ticket) = list::find(&mut tx, TicketId(id), SeenBy::Everything).await? {
                    line(&summary(&ticket))?;
                }
            }
            Ok(())
        }
        Act::Show { number } => show(&mut tx, &number).await,
    }
}

/// The search index, up to the newest event: while `serve` runs it holds the writer and keeps it so, else it is done
/// here. Without an index SQL finds, slower and not in the threads.
async fn index(app: &App) -> Option<TicketIndex> {
    let index = TicketIndex::open(&app.ctx.settings.index.path).ok()?;
    if let Ok(mut follower) = Follower::new(index.clone())
        && let Err(error) = follower.catch_up(&app.db).await
    {
        eprintln!("the search index is behind: {error}");
    }
    Some(index)
}

fn summary(ticket: &Line) -> Value {
    json!({
        "number": ticket.number, "kind": ticket.kind, "status": ticket.status, "subject": ticket.subject,
        "requester": ticket.requester_name, "account": ticket.account, "grade": ticket.grade,
        "created_at": ticket.received_at, "assignee": ticket.assignee_name,
        "edge_at": ticket.edge_at, "is_late": ticket.is_late,
    })
}

async fn show(tx: &mut Tx, number: &str) -> Result<(), Failure> {
    let none = || Failure::new(format!("there is no ticket {number}"));
    let parsed = TicketNumber::parse(number).ok_or_else(none)?;
    let ticket = store::find_by_number(tx, &parsed).await?.ok_or_else(none)?;
    let mut shown = summary(&list::find(tx, ticket.id, SeenBy::Everything).await?.ok_or_else(none)?);
    let messages: Vec<Value> = store::messages(tx, ticket.id)
        .await?
        .into_iter()
        .map(|m| json!({ "seq": m.seq, "kind": m.kind, "channel": m.channel, "staff": m.staff_name, "address": m.address, "body": m.body, "at": m.created_at }))
        .collect();
    let events: Vec<Value> = store::events(tx, ticket.id)
        .await?
        .into_iter()
        .map(|e| json!({ "kind": e.kind, "actor": e.actor, "staff": e.staff_name, "data": e.data.0, "at": e.at }))
        .collect();
    let images: Vec<Value> = images::of_ticket(tx, ticket.id.0)
        .await?
        .into_iter()
        .map(|i| json!({ "state": i.state, "kind": i.kind, "type": i.file_type, "size": i.file_bytes, "width": i.width, "height": i.height, "hints": i.hints.0, "received_at": i.received_at }))
        .collect();
    let attachments: Vec<Value> = store::attachments(tx, ticket.id)
        .await?
        .into_iter()
        .map(|a| json!({ "name": a.name, "mime": a.mime, "size": a.size, "sha256": a.sha256 }))
        .collect();
    shown["messages"] = messages.into();
    shown["events"] = events.into();
    shown["attachments"] = attachments.into();
    shown["images"] = images.into();
    line(&shown)
}
