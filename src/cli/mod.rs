//! Door 1: the command line, one file per subcommand. Results are JSON Lines on stdout, notes go to stderr.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde::Serialize;

use crate::app::{App, AppError, Schema};
use crate::config::{ConfigError, Settings};
use crate::platform::db::DbError;

mod accounts;
mod backup;
mod config;
mod demo;
mod faq;
mod jobs;
mod mail;
mod migrate;
mod periods;
mod policy;
mod rehearse;
mod serve;
mod staff;
mod tickets;
mod token;
mod verify;

/// 専攻医お問い合わせ窓口: the inquiry desk. Without a subcommand it serves.
#[derive(Debug, Parser)]
#[command(name = "madoguchi", version, about, long_about = None)]
pub struct Cli {
    /// Configuration file (TOML); every key also as MADOGUCHI__SECTION__KEY.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the desk (what happens without a subcommand).
    Serve(serve::Args),
    /// Imports the account mirror, grades claims against it, finds duplicate registrations.
    Accounts(accounts::Args),
    /// Fills a desk with invented people and tickets.
    Demo(demo::Args),
    /// Imports, exports, checks, searches and measures the FAQ.
    Faq(faq::Args),
    /// Reads and takes in mail.
    Mail(mail::Args),
    /// Lists, shows and searches tickets.
    Tickets(tickets::Args),
    /// Adds people of the desk, makes their sign-in links, lists them.
    Staff(staff::Args),
    /// Makes API tokens.
    Token(token::Args),
    /// Imports the recruitment periods, or tells what is open at an instant.
    Periods(periods::Args),
    /// Explains what the dated rules say about facts, with reason, source and who decides.
    Policy(policy::Args),
    /// Lists, previews and runs the scheduled jobs.
    Jobs(jobs::Args),
    /// Plays a span of time on a copy, with outgoing mail captured: what would be sent, missed or done twice.
    Rehearse(rehearse::Args),
    /// Checks the database and every stored file; names what is wrong.
    Verify,
    /// Writes a copy of the whole desk, with the hash of every file; the desk may be at work.
    Backup(backup::BackupArgs),
    /// Makes an empty desk from such a copy; erased images stay erased, mails that had not left wait for people.
    Restore(backup::RestoreArgs),
    /// Brings the database's schema up to date.
    Migrate,
    /// Prints the default configuration, or checks the one in use.
    Config(config::Args),
    /// Prints a completion script for a shell.
    Completions {
        /// bash, zsh, fish, …
        shell: clap_complete::Shell,
    },
}

/// A command that did not succeed: one clear line and an exit code.
#[derive(Debug)]
pub struct Failure {
    /// 1 failure, 2 wrong use, 75 cannot store now, try again.
    pub exit: u8,
    /// What went wrong and what to do.
    pub sentence: String,
}

impl Failure {
    /// A failure (exit 1).
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { exit: 1, sentence: sentence.into() }
    }

    /// "Cannot store now, try again" (exit 75, EX_TEMPFAIL of sysexits.h).
    pub fn try_again(sentence: impl Into<String>) -> Self {
        Self { exit: 75, sentence: sentence.into() }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::new(error.to_string())
    }
}
impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::new(error.to_string())
    }
}
impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.to_string())
    }
}
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// Prints one result as a line of JSON.
///
/// # Errors
/// When it cannot be written as JSON, or nobody reads stdout any more.
pub fn line(result: &impl Serialize) -> Result<(), Failure> {
    use std::io::Write;
    let text = serde_json::to_string(result).map_err(|e| Failure::new(e.to_string()))?;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Opens the desk for a command other than `serve` and `migrate`.
async fn open(settings: Settings) -> Result<App, Failure> {
    Ok(App::open(settings, Schema::Expect).await?)
}

/// Parses the command line and runs it.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("madoguchi: {}", failure.sentence);
            ExitCode::from(failure.exit)
        }
    }
}

fn execute(cli: Cli) -> Result<(), Failure> {
    // What needs no settings comes first: it must work when they are wrong.
    match &cli.command {
        Some(Command::Completions { shell }) => {
            use clap::CommandFactory;
            // Into memory first: the generator panics when a reader such as `head` has seen enough.
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "madoguchi", &mut script);
            let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
            return Ok(());
        }
        Some(Command::Config(args)) => return config::run(args, cli.config.as_deref()),
        Some(Command::Policy(args)) => return policy::run(args, &Settings::load(cli.config.as_deref())?),
        Some(Command::Mail(mail::Args { command: mail::Command::Parse })) => return mail::parse(),
        _ => {}
    }
    let settings = Settings::load(cli.config.as_deref())?;
    log(&settings, matches!(cli.command, None | Some(Command::Serve(_))));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve(serve::Args::default())) {
            Command::Serve(args) => serve::run(args, settings).await,
            Command::Accounts(args) => accounts::run(args, settings).await,
            Command::Demo(args) => demo::run(args, settings).await,
            Command::Faq(args) => faq::run(args, settings).await,
            Command::Mail(args) => match args.command {
                mail::Command::Parse => mail::parse(),
                mail::Command::Ingest { paths } => mail::ingest(paths, settings).await,
            },
            Command::Tickets(args) => tickets::run(args, settings).await,
            Command::Periods(args) => periods::run(args, settings).await,
            Command::Jobs(args) => jobs::run(args, settings).await,
            Command::Rehearse(args) => rehearse::run(args, settings).await,
            Command::Staff(args) => staff::run(args, settings).await,
            Command::Token(args) => token::run(args, settings).await,
            Command::Verify => verify::run(settings).await,
            Command::Backup(args) => backup::backup(args, settings).await,
            Command::Restore(args) => backup::restore(args, settings).await,
            Command::Migrate => migrate::run(settings).await,
            Command::Config(_) | Command::Policy(_) | Command::Completions { .. } => Ok(()),
        }
    })
}

/// Structured logs on stderr; what they may hold is decided by the types that are logged (design rule 14). Commands
/// other than `serve` only warn.
fn log(settings: &Settings, serves: bool) {
    use tracing_subscriber::EnvFilter;
    let level = if serves {
        format!(
            "{},tokio_cron_scheduler=warn,tantivy=warn,sqlx::query=error,sqlx::postgres::notice=warn",
            settings.log.level
        )
    } else {
        "warn,sqlx::query=error".to_owned()
    };
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber (a test in the same process) is refused, which is fine.
    let _ = if settings.log.format == "json" { builder.json().try_init() } else { builder.with_ansi(false).try_init() };
}
