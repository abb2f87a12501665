//! The application: wires the parts, runs them, stops them.

mod data;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;

pub use data::{desk_data, desk_rules};

use crate::config::Settings;
use crate::config::rules::RulesFault;
use crate::desk::Context;
use crate::desk::account;
use crate::desk::audit::seal;
use crate::desk::calendar::CalendarFault;
use crate::desk::faq::{self, Library};
use crate::desk::flows::storage;
use crate::desk::inquiry::{self, Catalogue, KindFault};
use crate::desk::staff;
use crate::desk::ticket::link;
use crate::desk::ticket::search::{self, FollowError, Follower};
use crate::jobs::service::{self, Pace};
use crate::jobs::{self, stop};
use crate::mail::inbox::{ImapError, ImapFolder, Inbox, TakeError};
use crate::mail::out::Mailer;
use crate::platform::blob::Blobs;
use crate::platform::clock::Clock;
use crate::platform::crypto::{Keys, Random};
use crate::platform::db::{Db, DbError, Tx};
use crate::platform::index::{IndexError, TicketIndex};
use crate::web;

/// How often lines of the audit are added to its chain, in milliseconds, and how many in one transaction.
const SEAL_EVERY: u64 = 30_000;
const SEALED_AT_ONCE: i64 = 500;

/// The parts every door uses. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// Clock, randomness, keys, settings.
    pub ctx: Context,
    /// Attachments and raw mails.
    pub blobs: Blobs,
    /// Rung when something was written that a service waits for (outbox, matching, index).
    pub wake: Arc<tokio::sync::Notify>,
}

/// The desk could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The storage folder.
    #[error("the storage folder cannot be used: {0}")]
    Blob(#[from] crate::platform::blob::BlobError),
    /// The FAQ.
    #[error("the FAQ cannot be loaded: {0}")]
    Faq(#[from] faq::store::LoadError),
    /// The kinds of inquiry.
    #[error("a kind of inquiry cannot be loaded: {0}")]
    Kinds(#[from] KindFault),
    /// The folder of rules.
    #[error(transparent)]
    RulesFolder(#[from] RulesFault),
    /// A file of rules.
    #[error("{0}")]
    Rules(String),
    /// The business calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarFault),
    /// A schedule of the code is wrong.
    #[error(transparent)]
    Cron(#[from] crate::platform::queue::CronFault),
    /// `mail.outbound_url`.
    #[error(transparent)]
    Mail(#[from] crate::mail::out::MailSettingsError),
    /// The address to listen on.
    #[error("{address} cannot be listened on: {why}")]
    Listen {
        /// `server.listen`.
        address: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// The master key.
    #[error("the master key {path} cannot be used: {why}")]
    MasterKey {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
}

/// Whether a command may bring a server's schema up to date (design: only `serve` and `migrate` do).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Create and migrate.
    Migrate,
    /// Expect it to be current.
    Expect,
}

impl App {
    /// Opens everything the settings name.
    ///
    /// # Errors
    /// When a part cannot be opened, with a sentence that names it.
    pub async fn open(settings: Settings, schema: Schema) -> Result<Self, AppError> {
        desk_data(&settings)?;
        let random = Random::from_os();
        let url = &settings.database.url;
        let connections = settings.database.connections;
        let db = match schema {
            Schema::Migrate => Db::open_and_migrate(url, connections).await?,
            Schema::Expect => Db::open(url, connections).await?,
        };
        let blobs = storage::open(&settings, &random)?;
        let keys = master_key(&settings, &random)?;
        let ctx = Context { clock: settings.clock(), random, keys, settings: Arc::new(settings) };
        Ok(Self { db, ctx, blobs, wake: Arc::new(tokio::sync::Notify::new()) })
    }
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Answers HTTP.
    pub web: bool,
    /// Runs jobs and services.
    pub worker: bool,
}

impl App {
    /// The FAQ of the database; the embedded one fills an empty table first.
    ///
    /// # Errors
    /// When the database or the index refuses.
    pub async fn library(&self) -> Result<Library, AppError> {
        let embedded = Library::embedded().map_err(faq::store::LoadError::from)?;
        let (synonyms, now) = (embedded.synonyms().clone(), self.ctx.now());
        let fill = async move |tx: &mut Tx| faq::store::fill_if_empty(tx, &embedded, now).await;
        self.db.write::<(), DbError, _>(fill).await?;
        Ok(faq::store::library(&mut self.db.read().await?, synonyms).await?)
    }

    /// The kinds of inquiry: those that come with the program, with the files of `desk.kinds` in their place. Their forms
    /// are registered, so that tickets keep the version they were sent with.
    ///
    /// # Errors
    /// A file that is wrong, with its line; or when the database refuses.
    pub async fn kinds(&self) -> Result<Catalogue, AppError> {
        let catalogue = data::catalogue(&self.ctx.settings)?;
        let now = self.ctx.now();
        let register = async move |tx: &mut Tx| inquiry::store::register(tx, &catalogue, now).await;
        Ok(self.db.write::<_, DbError, _>(register).await?)
    }

    /// Matches every ticket that waits for it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn match_all(&self) -> Result<(), AppError> {
        while link::match_pending(&self.db, self.ctx.now()).await? > 0 {}
        Ok(())
    }

    /// After an upgrade: writes the keys of the mirror anew when they are made otherwise now, and has tickets matched again
    /// that another rule matched. Does nothing when neither has changed.
    async fn follow_new_rules(&self) -> Result<(), AppError> {
        if account::renew_keys(&self.db).await? {
            tracing::info!("the keys of the account mirror were written anew");
        }
        self.db.write::<_, DbError, _>(async move |tx: &mut Tx| link::match_again_under_new_rule(tx).await).await?;
        Ok(())
    }

    /// Runs the desk until `until` returns, then lets what is running end.
    ///
    /// # Errors
    /// When it cannot start.
    pub async fn serve(self, roles: Roles, until: impl Future<Output = ()>) -> Result<(), AppError> {
        self.follow_new_rules().await?;
        let (stopper, stop) = stop::pair();
        let mut work = Vec::new();
        // Opened once, before anybody writes; a desk without it finds by SQL, slower (REL-051).
        let tickets = TicketIndex::open(&self.ctx.settings.index.path)
            .inspect_err(|error| tracing::warn!(%error, "the search index of tickets does not open"))
            .ok();
        if roles.worker {
            work.push(tokio::spawn(self.clone().clock(stop.clone())?));
            work.push(tokio::spawn(self.clone().index(tickets.clone(), stop.clone())));
            let mailer = Mailer::new(&self.ctx.settings)?;
            work.push(tokio::spawn(self.clone().delivery(mailer, stop.clone())));
            work.push(tokio::spawn(self.clone().inbox(stop.clone())));
            let inbox = Inbox::new(self.db.clone(), self.blobs.clone(), self.ctx.clone());
            for folder in inbox.imap_folders() {
                work.push(tokio::spawn(self.clone().imap(folder, stop.clone())));
            }
            work.push(tokio::spawn(self.clone().matching(stop.clone())));
            work.push(tokio::spawn(self.clone().storage(stop.clone())));
            work.push(tokio::spawn(self.clone().sealing(stop.clone())));
        } else if tickets.is_some() {
            // Somebody searches here too: the index is followed, and written by whoever comes first.
            work.push(tokio::spawn(self.clone().index(tickets.clone(), stop.clone())));
        }
        if roles.web {
            self.web(tickets, until).await?;
        } else {
            eprintln!("madoguchi is working");
            until.await;
        }
        stopper.stop();
        for task in work {
            // A service ends within its own step; one that hangs is left behind, its lease runs out.
            let _ = tokio::time::timeout(Duration::from_secs(25), task).await;
        }
        self.db.close().await;
        Ok(())
    }

    async fn web(&self, tickets: Option<TicketIndex>, until: impl Future<Output = ()>) -> Result<(), AppError> {
        let ctx = &self.ctx;
        let address = ctx.settings.server.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|why| AppError::Listen { address: address.to_string(), why })?;
        let (now, random) = (ctx.now(), ctx.random.clone());
        let first = self
            .db
            .write::<_, DbError, _>(async move |tx: &mut Tx| staff::link::first_link(tx, now, &random).await)
            .await?;
        if let Some(link) = first {
            println!("one-time staff sign-in link: {}", link.url(&ctx.settings.server.base_url));
        }
        let library = self.library().await?;
        let kinds = self.kinds().await?;
        let warm = library.clone();
        tokio::task::spawn_blocking(move || warm.warm());
        let (db, blobs, wake) = (self.db.clone(), self.blobs.clone(), Arc::clone(&self.wake));
        let state = web::state::Parts::new(ctx.clone(), db, blobs, library, wake);
        let _ = state.catalogue.set(kinds);
        if let Some(tickets) = tickets {
            let _ = state.tickets.set(tickets);
        }
        println!("madoguchi is listening on {}", ctx.settings.server.base_url);
        web::server::serve(listener, state, until)
            .await
            .map_err(|why| AppError::Listen { address: address.to_string(), why })
    }

    fn clock(self, stop: stop::Stop) -> Result<impl Future<Output = ()>, AppError> {
        let owner = format!("{}-{}", std::process::id(), &self.ctx.random.token()[..8]);
        let (db, schedules) = (self.db.clone(), jobs::schedules(&self.ctx)?);
        let dispatcher = jobs::Dispatcher::new(db, self.ctx.clock.clone(), &owner, schedules, stop.clone());
        Ok(jobs::bell::run(self.db, self.ctx.clock, dispatcher, stop))
    }

    fn means(&self, stop: stop::Stop) -> service::Means {
        service::Means { db: self.db.clone(), clock: self.ctx.clock.clone(), wake: Arc::clone(&self.wake), stop }
    }

    /// Sends what waits in the outbox.
    async fn delivery(self, mailer: Mailer, stop: stop::Stop) {
        let (db, clock) = (self.db.clone(), self.ctx.clock.clone());
        service::run(self.means(stop), "outbox", pace(1_000, 100), || async {
            mailer.deliver_due(&db, &clock).await.map(|summary| summary.total() as u64)
        })
        .await;
    }

    /// Takes in what lies in the inboxes.
    async fn inbox(self, stop: stop::Stop) {
        let inbox = Inbox::new(self.db.clone(), self.blobs.clone(), self.ctx.clone());
        let pace = Pace {
            interval: Duration::from_secs(self.ctx.settings.mail.poll_seconds),
            rest: Duration::ZERO,
            rest_per_turn: 0,
        };
        service::run(self.means(stop), "inbox", pace, || async {
            let settled = inbox.poll().await?.settled();
            if settled > 0 {
                self.wake.notify_waiters();
            }
            Ok::<u64, TakeError>(settled)
        })
        .await;
    }

    /// Takes in what is new in an IMAP folder: a service each, so that a server that is away holds up nothing else.
    async fn imap(self, folder: ImapFolder, stop: stop::Stop) {
        let pace = Pace {
            interval: Duration::from_secs(self.ctx.settings.mail.poll_seconds),
            rest: Duration::ZERO,
            rest_per_turn: 0,
        };
        service::run(self.means(stop), format!("inbox {}", folder.name()), pace, || async {
            let settled = folder.poll().await?.settled();
            if settled > 0 {
                self.wake.notify_waiters();
            }
            Ok::<u64, ImapError>(settled)
        })
        .await;
    }

    /// Finds out which account a ticket is about.
    async fn matching(self, stop: stop::Stop) {
        let (db, clock) = (self.db.clone(), self.ctx.clock.clone());
        service::run(self.means(stop), "match", pace(1_000, 100), || link::match_pending(&db, clock.now())).await;
    }

    /// Removes stored files that nothing names any more.
    async fn storage(self, stop: stop::Stop) {
        let grace = Duration::from_secs(3_600 * u64::from(self.ctx.settings.storage.orphan_hours));
        // Storage stamps files with the machine's time, whatever the desk's clock says.
        let machine = Clock::system();
        // Looked through once an hour, and not because somebody wrote something.
        let means = service::Means { wake: Arc::new(tokio::sync::Notify::new()), ..self.means(stop) };
        service::run(means, "storage", pace(3_600_000, 3_600_000), || {
            storage::sweep(&self.db, &self.blobs, grace, machine.now())
        })
        .await;
    }

    /// Adds lines of the audit to its chain.
    async fn sealing(self, stop: stop::Stop) {
        let means = service::Means { wake: Arc::new(tokio::sync::Notify::new()), ..self.means(stop) };
        service::run(means, "audit", pace(SEAL_EVERY, 100), || {
            let keys = self.ctx.keys.clone();
            self.db.write::<_, DbError, _>(async move |tx: &mut Tx| seal::seal(tx, &keys, SEALED_AT_ONCE).await)
        })
        .await;
    }

    /// Keeps the search index up with the events. Of the processes of one folder one writes, the others look at what it
    /// has written.
    async fn index(self, opened: Option<TicketIndex>, stop: stop::Stop) {
        let opened = std::sync::Mutex::new(opened);
        let follower = tokio::sync::Mutex::new(None::<Follower>);
        let (path, db) = (self.ctx.settings.index.path.clone(), self.db.clone());
        // A commit of the index costs some ten milliseconds however little it holds, and each makes a segment that is
        // merged later: one a second is enough, and under load it takes a twentieth of one processor.
        let pace = Pace { rest_per_turn: 20, ..pace(1_000, 1_000) };
        service::run(self.means(stop), "index", pace, || async {
            let mut follower = follower.lock().await;
            let current = match follower.take() {
                Some(current) => current,
                None => {
                    let known = opened.lock().unwrap_or_else(PoisonError::into_inner).take();
                    let index = match known {
                        Some(index) => index,
                        None => TicketIndex::open(&path)?,
                    };
                    match Follower::new(index.clone()) {
                        Err(FollowError::Index(IndexError::Busy { .. })) => {
                            index.refresh()?;
                            *opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(index);
                            return Ok(0);
                        }
                        follower => follower?,
                    }
                }
            };
            // Put back only when it went well: after a fault the next turn takes a new writer.
            let mut current = current;
            if search::is_asked_to_start_over(&path) {
                tracing::warn!("the search index of tickets is filled anew: it differed from the database");
                current.start_over()?;
            }
            let written = current.catch_up(&db).await?;
            *follower = Some(current);
            Ok::<u64, FollowError>(written as u64)
        })
        .await;
    }
}

/// A service's pace, in milliseconds: how often it looks, how long it rests.
fn pace(interval: u64, rest: u64) -> Pace {
    Pace { interval: Duration::from_millis(interval), rest: Duration::from_millis(rest), rest_per_turn: 0 }
}

/// The master key of the settings, or of the file beside the database, made there on first use.
fn master_key(settings: &Settings, random: &Random) -> Result<Keys, AppError> {
    let path = settings.master_key_file();
    let failed = |why: String| AppError::MasterKey { path: path.display().to_string(), why };
    let text = if settings.secrets.master_key.is_empty() {
        match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let text = hex::encode(random.bytes::<32>());
                write_key(&path, &text).map_err(|e| failed(e.to_string()))?;
                // Another process may have made it at the same moment: what lies there is the key.
                std::fs::read_to_string(&path).map_err(|e| failed(e.to_string()))?
            }
            Err(e) => return Err(failed(e.to_string())),
        }
    } else {
        settings.secrets.master_key.clone()
    };
    let bytes = hex::decode(text.trim()).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
    Ok(Keys::new(bytes.ok_or_else(|| failed("it must hold 64 hexadecimal digits".into()))?))
}

fn write_key(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Written whole under another name and linked into place, so that nobody ever reads half a key.
    let temporary = path.with_extension(format!("key.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&temporary, path);
    std::fs::remove_file(&temporary)?;
    match linked {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}
