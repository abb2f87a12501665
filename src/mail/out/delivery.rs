//! One round of delivery: claim, send outside any transaction, finish with the fencing number (design rule 3).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::sync::Mutex;

use super::{Mailer, smtp};
use crate::desk::ticket::{TicketId, undelivered};
use crate::platform::clock::Clock;
use crate::platform::db::{Db, DbError, Tx, dialect};
use crate::platform::outbox::{self, Claimed, MailState, Outcome};

/// How long a claim lasts. Longer than an attempt may take (60 s) and short enough that the mails of a sender that died
/// are sent by another within 90 s (REL-012).
const LEASE: Duration = Duration::from_secs(75);
/// An attempt must begin this soon after its claim to end within the lease; later, the mail is handed back.
const FRESH: Duration = Duration::from_secs(10);
/// Mails claimed at a time, and connections that send them side by side.
const BATCH: i64 = 32;
const CONNECTIONS: usize = 4;
/// Batches of one round; what is left is taken by the next.
const BATCHES: usize = 64;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliverySummary {
    /// Taken over by the next server.
    pub sent: usize,
    /// Refused for now.
    pub waiting: usize,
    /// Refused for good, or for too long.
    pub failed: usize,
    /// Answer lost.
    pub unknown: usize,
}

impl DeliverySummary {
    /// Mails that were tried.
    pub fn total(&self) -> usize {
        self.sent + self.waiting + self.failed + self.unknown
    }

    fn count(&mut self, state: MailState) {
        match state {
            MailState::Sent => self.sent += 1,
            MailState::Queued | MailState::Sending => self.waiting += 1,
            MailState::Failed => self.failed += 1,
            MailState::Unknown => self.unknown += 1,
        }
    }
}

impl Mailer {
    /// Sends what is due. A mail that cannot be sent never stands in the way of others. Safe to run in several
    /// processes at once.
    ///
    /// # Errors
    /// When the database refuses; what was claimed is taken again when its lease has passed.
    pub async fn deliver_due(&self, db: &Db, clock: &Clock) -> Result<DeliverySummary, DbError> {
        let mut summary = DeliverySummary::default();
        for _ in 0..BATCHES {
            let ticking = clock.clone();
            let claim = async move |tx: &mut Tx| {
                let now = dialect::db_now(tx, &ticking).await?;
                let lease = chrono::Duration::from_std(LEASE).unwrap_or_default();
                outbox::claim_due(tx, now, lease, BATCH).await
            };
            let claimed: Vec<Claimed> = db.write(claim).await?;
            if claimed.is_empty() {
                break;
            }
            let senders = claimed.len().min(CONNECTIONS);
            let (queue, turns) = (Mutex::new(claimed.into()), smtp::Turns::default());
            let round = Round { mailer: self, db, clock, claimed_at: Instant::now(), queue, turns };
            for states in join_all((0..senders).map(|_| round.send_all())).await {
                states?.into_iter().for_each(|state| summary.count(state));
            }
        }
        Ok(summary)
    }
}

/// A batch in hand.
struct Round<'a> {
    mailer: &'a Mailer,
    db: &'a Db,
    clock: &'a Clock,
    claimed_at: Instant,
    queue: Mutex<VecDeque<Claimed>>,
    turns: smtp::Turns,
}

impl Round<'_> {
    async fn send_all(&self) -> Result<Vec<MailState>, DbError> {
        let mut session = smtp::Session::among(&self.turns);
        let mut states = Vec::new();
        loop {
            let next = self.queue.lock().await.pop_front();
            let Some(mail) = next else { break };
            if self.claimed_at.elapsed() > FRESH {
                self.give_back(mail).await?;
                continue;
            }
            let outcome = self.mailer.send(&mut session, &mail).await;
            states.extend(self.finish(mail, outcome).await?);
            session.noted();
        }
        session.end().await;
        Ok(states)
    }

    async fn give_back(&self, mail: Claimed) -> Result<(), DbError> {
        let clock = self.clock.clone();
        let write = async move |tx: &mut Tx| {
            let now = dialect::db_now(tx, &clock).await?;
            outbox::give_back(tx, &mail, now).await
        };
        self.db.write(write).await
    }

    /// The one short write after the attempt. It is tried again while the lease lasts: a mail that was sent and not
    /// noted would be sent twice (REL-030).
    async fn finish(&self, mail: Claimed, outcome: Outcome) -> Result<Option<MailState>, DbError> {
        let mut wait = Duration::from_millis(100);
        loop {
            let (clock, mail, outcome) = (self.clock.clone(), mail.clone(), outcome.clone());
            let write = async move |tx: &mut Tx| finish(tx, &clock, &mail, outcome).await;
            match self.db.write(write).await {
                Err(error) if error.is_passing() && self.claimed_at.elapsed() + wait < LEASE => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                result => return result,
            }
        }
    }
}

async fn finish(tx: &mut Tx, clock: &Clock, mail: &Claimed, outcome: Outcome) -> Result<Option<MailState>, DbError> {
    let now = dialect::db_now(tx, clock).await?;
    let why = match &outcome {
        Outcome::Sent => String::new(),
        Outcome::Passing(why) | Outcome::Permanent(why) | Outcome::Unknown(why) => why.clone(),
    };
    let is_repeat = mail.lost_answers > 0;
    let state = outbox::finish(tx, mail, outcome, now).await?;
    let given_up = match state {
        Some(MailState::Failed) => true,
        Some(MailState::Unknown) => is_repeat,
        _ => false,
    };
    if given_up && let Some(ticket) = mail.ticket_id {
        undelivered::note(tx, TicketId(ticket), &mail.kind, &why, clock.now()).await?;
    }
    Ok(state)
}
