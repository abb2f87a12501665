//! SMTP by lettre, verb by verb, because what an error means depends on where it came: before the final dot nothing was
//! handed over, after it nobody knows (RFC 1047, REL-034).

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, OwnedMutexGuard};
use url::Url;

use super::{Letter, MailSettingsError};
use crate::platform::outbox::Outcome;

/// The longest an attempt may take, from the first packet to the last answer (REL-031).
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a polite end may take.
const GOODBYE: Duration = Duration::from_secs(3);
/// How long a mail waits for its turn to end its data. A server that answers quickly then never has more than one mail
/// between its answer and our note of it, and a killed process repeats at most one (REL-030); a slow one gets several.
const TURN: Duration = Duration::from_secs(1);
/// Mails over one connection; servers limit it.
const MAILS_PER_SESSION: u32 = 100;

/// A mail server.
#[derive(Debug, Clone)]
pub(super) struct Smtp {
    server: Arc<Server>,
    /// The longest an attempt may take.
    patience: Duration,
}

struct Server {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
}

enum Security {
    /// No encryption: a server on the same machine or in the same rack.
    None,
    /// TLS from the first byte (`smtps://`).
    Tls(TlsParameters),
    /// STARTTLS, and nothing is said without it (`smtp+starttls://`, RFC 3207).
    StartTls(TlsParameters),
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// An open connection of one round of delivery. None is kept between rounds, so none is ever idle for long (lettre
/// issue 743).
#[derive(Default)]
pub(super) struct Session {
    connection: Option<AsyncSmtpConnection>,
    sent: u32,
    turns: Turns,
    turn: Option<OwnedMutexGuard<()>>,
}

/// Whose turn it is to end its data, among the sessions of one round.
pub(super) type Turns = Arc<Mutex<()>>;

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[repr(u8)]
enum Stage {
    Connect,
    MailFrom,
    RcptTo,
    Data,
    /// The whole content is written: the final dot is on its way or out.
    Dot,
}

impl Stage {
    const ALL: [Self; 5] = [Self::Connect, Self::MailFrom, Self::RcptTo, Self::Data, Self::Dot];

    fn name(self) -> &'static str {
        match self {
            Self::Connect => "connection",
            Self::MailFrom => "MAIL FROM",
            Self::RcptTo => "RCPT TO",
            Self::Data => "DATA",
            Self::Dot => "end of data",
        }
    }
}

/// Where an attempt stands, readable after the attempt was cut off by its time limit.
struct Progress(AtomicU8);

impl Progress {
    fn set(&self, stage: Stage) {
        self.0.store(stage as u8, Ordering::Relaxed);
    }

    fn stage(&self) -> Stage {
        Stage::ALL.get(usize::from(self.0.load(Ordering::Relaxed))).copied().unwrap_or(Stage::Dot)
    }
}

impl Smtp {
    /// A server by its URL. Certificates are verified against the system's roots (`SSL_CERT_FILE` names others).
    pub(super) fn from_url(url: &str) -> Result<Self, MailSettingsError> {
        let wrong = |why: &str| MailSettingsError(format!("mail.outbound_url: {why}"));
        let parsed = Url::parse(url).map_err(|e| wrong(&format!("it is no URL ({e})")))?;
        let host = parsed.host_str().filter(|h| !h.is_empty()).ok_or_else(|| wrong("the host is missing"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let tls = || TlsParameters::new(host.clone()).map_err(|e| wrong(&format!("TLS cannot be used: {e}")));
        let (security, default_port) = match parsed.scheme() {
            "smtp" => (Security::None, 25),
            "smtps" => (Security::Tls(tls()?), 465),
            "smtp+starttls" => (Security::StartTls(tls()?), 587),
            other => return Err(wrong(&format!("{other}:// is not known"))),
        };
        let credentials = credentials(&parsed).map_err(wrong)?;
        if credentials.is_some() && matches!(security, Security::None) && !is_loopback(&host) {
            return Err(wrong("a password would travel unencrypted; use smtps:// or smtp+starttls://"));
        }
        let port = parsed.port().unwrap_or(default_port);
        let server = Server { host, port, security, credentials, hello: ClientId::default() };
        Ok(Self { server: Arc::new(server), patience: PATIENCE })
    }

    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// One attempt. A connection that was closed while it waited for its next mail is replaced once (REL-032).
    pub(super) async fn send(&self, session: &mut Session, letter: &Letter) -> Outcome {
        let was_used = session.connection.is_some();
        let progress = Progress(AtomicU8::new(Stage::Connect as u8));
        match self.attempt(session, letter, &progress).await {
            Ok(()) => Outcome::Sent,
            Err(refusal) if was_used && progress.stage() == Stage::MailFrom && refusal.is_about_the_connection() => {
                progress.set(Stage::Connect);
                match self.attempt(session, letter, &progress).await {
                    Ok(()) => Outcome::Sent,
                    Err(refusal) => refusal.outcome(progress.stage()),
                }
            }
            Err(refusal) => refusal.outcome(progress.stage()),
        }
    }

    async fn attempt(&self, session: &mut Session, letter: &Letter, progress: &Progress) -> Result<(), Refusal> {
        // Taken out and put back only after a mail that went well: a refused or cut off connection is not used again.
        let open = session.connection.take();
        let (turns, turn) = (&session.turns, &mut session.turn);
        let attempt = async {
            let mut connection = match open {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            say(&mut connection, letter, progress, turns, turn).await?;
            Ok::<_, Fault>(connection)
        };
        match tokio::time::timeout(self.patience, attempt).await {
            Ok(Ok(connection)) => {
                session.sent += 1;
                session.connection = Some(connection);
                if session.sent >= MAILS_PER_SESSION {
                    session.end().await;
                }
                Ok(())
            }
            Ok(Err(error)) => {
                session.sent = 0;
                Err(Refusal::Said(error))
            }
            Err(_elapsed) => {
                session.sent = 0;
                Err(Refusal::Silent(self.patience))
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Fault> {
        let server = &*self.server;
        let place = (server.host.as_str(), server.port);
        let mut connection = match &server.security {
            Security::Tls(tls) => {
                let tls = Some(tls.clone());
                AsyncSmtpConnection::connect_tokio1(place, Some(self.patience), &server.hello, tls, None).await?
            }
            Security::None | Security::StartTls(_) => {
                let stream = TcpStream::connect(place).await.map_err(Fault::Connect)?;
                // The final dot is a small write behind a large one: without this it waits for a late acknowledgement.
                let _ = stream.set_nodelay(true);
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), &server.hello).await?
            }
        };
        if let Security::StartTls(tls) = &server.security {
            connection.starttls(tls.clone(), &server.hello).await?;
        }
        if let Some(credentials) = &server.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

async fn say(
    connection: &mut AsyncSmtpConnection,
    letter: &Letter,
    progress: &Progress,
    turns: &Turns,
    turn: &mut Option<OwnedMutexGuard<()>>,
) -> Result<(), Error> {
    progress.set(Stage::MailFrom);
    connection.command(Mail::new(letter.envelope.from().cloned(), Vec::new())).await?;
    progress.set(Stage::RcptTo);
    for to in letter.envelope.to() {
        connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
    }
    progress.set(Stage::Data);
    connection.command(Data).await?;
    *turn = tokio::time::timeout(TURN, Arc::clone(turns).lock_owned()).await.ok();
    // The iterator is asked for more only once everything before is written; then the dot follows.
    let content = std::iter::once(letter.bytes.as_slice()).chain(std::iter::from_fn(|| {
        progress.set(Stage::Dot);
        None
    }));
    connection.message_iter(content).await?;
    Ok(())
}

impl Session {
    /// A session that takes turns with others.
    pub(super) fn among(turns: &Turns) -> Self {
        Self { turns: Arc::clone(turns), ..Self::default() }
    }

    /// The fate of the last mail is noted: another session may end its data.
    pub(super) fn noted(&mut self) {
        self.turn = None;
    }

    /// Says goodbye. The mails are handed over already, so nothing depends on the answer.
    pub(super) async fn end(&mut self) {
        self.sent = 0;
        if let Some(mut connection) = self.connection.take() {
            let _ = tokio::time::timeout(GOODBYE, connection.quit()).await;
        }
    }
}

/// What went wrong between us and the server.
#[derive(Debug, thiserror::Error)]
enum Fault {
    /// No connection.
    #[error("{0}")]
    Connect(std::io::Error),
    /// An answer that refuses, or an error of the connection.
    #[error("{0}")]
    Smtp(#[from] Error),
}

impl Fault {
    /// The code of the answer, if there was one.
    fn code(&self) -> Option<u16> {
        match self {
            Self::Connect(_) => None,
            Self::Smtp(error) => error.status().map(u16::from),
        }
    }
}

/// Why an attempt did not end well.
enum Refusal {
    /// An answer, or an error of the connection.
    Said(Fault),
    /// The time limit passed.
    Silent(Duration),
}

impl Refusal {
    /// Whether it says something about the connection rather than about the mail.
    fn is_about_the_connection(&self) -> bool {
        match self {
            Self::Said(fault) => fault.code().is_none_or(|code| code == 421),
            Self::Silent(_) => false,
        }
    }

    fn outcome(self, stage: Stage) -> Outcome {
        let error = match self {
            Self::Said(error) => error,
            Self::Silent(patience) => {
                let text = format!("{}: no answer within {} seconds", stage.name(), patience.as_secs());
                return if stage == Stage::Dot { Outcome::Unknown(text) } else { Outcome::Passing(text) };
            }
        };
        let text = format!("{}: {error}", stage.name());
        match error.code() {
            // What is said about the connection or our sign-in is for the operator to mend; the mail waits.
            _ if stage == Stage::Connect => Outcome::Passing(text),
            Some(530 | 534 | 535 | 538) => Outcome::Passing(text),
            Some(code) if code >= 500 => Outcome::Permanent(text),
            Some(_) => Outcome::Passing(text),
            None if stage == Stage::Dot => Outcome::Unknown(text),
            None => Outcome::Passing(text),
        }
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, &'static str> {
    let decode = |text: &str| {
        let pair = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
        form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() => Ok(Some(Credentials::new(decode(user), decode(password)))),
        _ => Err("it must hold both a user and a password, or neither"),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
