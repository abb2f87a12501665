//! The configuration: `config/default.toml` holds every key with its default and a comment and is embedded. A file and
//! the environment lie over it. All mistakes are told at once. This is the only place that reads the environment.

mod read;
pub mod rules;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use read::{defaults, from_environment, keep_readable, overlay};
use serde::Deserialize;
use toml::{Table, Value};

use crate::platform::blob::BucketSettings;
use crate::platform::clock::Clock;

mod work;

pub use work::{Backup, ClockSetting, Jobs, Log};

/// The embedded defaults, as `madoguchi config default` prints them.
pub const DEFAULT: &str = include_str!("../config/default.toml");
const PREFIX: &str = "MADOGUCHI__";

/// All settings, checked.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Settings {
    pub server: Server,
    pub database: Database,
    pub storage: Storage,
    pub index: Index,
    pub secrets: Secrets,
    pub desk: Desk,
    pub mail: Mail,
    pub limits: Limits,
    pub images: Images,
    pub jobs: Jobs,
    pub backup: Backup,
    pub clock: ClockSetting,
    pub log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Server {
    pub listen: SocketAddr,
    pub base_url: String,
    pub trust_forwarded_for: bool,
    pub max_connections: usize,
}

#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Database {
    pub url: String,
    pub connections: u32,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("url", &without_password(&self.url))
            .field("connections", &self.connections)
            .finish()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Storage {
    pub url: String,
    pub endpoint: String,
    pub region: String,
    pub scratch: PathBuf,
    pub orphan_hours: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Index {
    pub path: PathBuf,
}

#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Secrets {
    pub master_key: String,
    pub s3_access_key_id: String,
    pub s3_secret_access_key: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Desk {
    pub name: String,
    pub name_en: String,
    pub hours: String,
    pub hours_en: String,
    pub kinds: String,
    /// A folder with files of rules in place of those that come with the program, or empty.
    pub rules: String,
    /// A file with the business calendar, or empty for the one that comes with the program.
    pub calendar: String,
}

#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Mail {
    pub address: String,
    pub reply_address: String,
    pub outbound_url: String,
    pub inbox: Vec<String>,
    pub poll_seconds: u64,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail")
            .field("address", &self.address)
            .field("outbound_url", &without_password(&self.outbound_url))
            .field("inbox", &self.inbox.iter().map(|i| without_password(i)).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Limits {
    pub inquiries_per_ip_per_minute: u32,
    pub inquiries_per_address_per_day: u32,
    pub mails_per_address_per_day: u32,
    pub mail_bytes: u64,
    pub image_bytes: u64,
    pub subject_chars: usize,
    pub body_chars: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Images {
    pub link_days: u32,
    pub keep_replaced_days: u32,
    pub remind_provisional_days: Vec<u32>,
    pub remind_before_close_days: u32,
}

/// Everything that is wrong with the configuration, a sentence each.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} mistake(s):\n  - {}", .0.len(), .0.join("\n  - "))]
pub struct ConfigError(pub Vec<String>);

impl Settings {
    /// Reads the defaults, the file (when given) and the environment of this process.
    ///
    /// # Errors
    /// All mistakes at once, each naming its key.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX));
        Self::from_parts(file, environment)
    }

    /// As [`Settings::load`], with the environment passed in.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn from_parts(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut mistakes = Vec::new();
        let mut table = defaults();
        if let Some(path) = file {
            match std::fs::read_to_string(path) {
                Err(e) => mistakes.push(format!("the file {} cannot be read: {e}", path.display())),
                Ok(text) => match text.parse::<Table>() {
                    Err(e) => {
                        mistakes.push(format!("the file {} is not TOML: {}", path.display(), e.to_string().trim()))
                    }
                    Ok(given) => overlay(&mut table, given, &mut mistakes),
                },
            }
        }
        let mut environment: Vec<_> = environment.collect();
        environment.sort();
        for (name, value) in environment {
            from_environment(&mut table, &name, value, &mut mistakes);
        }
        let settings: Result<Self, _> = Value::Table(keep_readable(table, &mut mistakes)).try_into();
        match settings {
            Ok(mut settings) => {
                if settings.server.base_url.is_empty() {
                    settings.server.base_url = format!("http://{}", settings.server.listen);
                }
                settings.check(&mut mistakes);
                if mistakes.is_empty() { Ok(settings) } else { Err(ConfigError(mistakes)) }
            }
            Err(e) => {
                mistakes.push(e.to_string().trim().to_owned());
                Err(ConfigError(mistakes))
            }
        }
    }

    fn check(&mut self, mistakes: &mut Vec<String>) {
        let mut must = |good: bool, sentence: &str| {
            if !good {
                mistakes.push(sentence.to_owned());
            }
        };
        while self.server.base_url.ends_with('/') {
            self.server.base_url.pop();
        }
        let url = url::Url::parse(&self.server.base_url);
        must(
            url.is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.host().is_some() && u.path() == "/"),
            "server.base_url must be http://HOST or https://HOST, without a path",
        );
        must(self.server.max_connections > 0, "server.max_connections must be at least 1");
        let known_database =
            ["sqlite://", "postgres://", "postgresql://"].iter().any(|p| self.database.url.starts_with(p));
        must(known_database, "database.url must begin with sqlite:// or postgres://");
        must((1..=200).contains(&self.database.connections), "database.connections must be between 1 and 200");
        must(
            self.storage.url.starts_with("file://") || self.bucket().is_some(),
            "storage.url must be file://PATH or s3://BUCKET/PREFIX",
        );
        must(
            self.storage.endpoint.is_empty()
                || url::Url::parse(&self.storage.endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https")),
            "storage.endpoint must be http://HOST:PORT or https://HOST",
        );
        must(self.storage.orphan_hours > 0, "storage.orphan_hours must be at least 1");
        must(
            self.secrets.s3_access_key_id.is_empty() == self.secrets.s3_secret_access_key.is_empty(),
            "secrets.s3_access_key_id and secrets.s3_secret_access_key go together",
        );
        let key = &self.secrets.master_key;
        must(
            key.is_empty() || hex::decode(key.trim()).is_ok_and(|k| k.len() == 32),
            "secrets.master_key must be 64 hexadecimal digits (make one with `openssl rand -hex 32`)",
        );
        must(self.mail.address.matches('@').count() == 1, "mail.address must be a mail address");
        must(
            self.mail.reply_address.matches('@').count() == 1 && self.mail.reply_address.contains("{token}"),
            "mail.reply_address must be a mail address that contains {token}, such as desk+{token}@example.jp",
        );
        let known_transport =
            ["dir:", "smtp://", "smtps://", "smtp+starttls://"].iter().any(|p| self.mail.outbound_url.starts_with(p));
        must(known_transport, "mail.outbound_url must begin with dir:, smtp://, smtps:// or smtp+starttls://");
        for inbox in &self.mail.inbox {
            must(is_inbox(inbox), INBOX_SHAPE);
        }
        must(self.mail.poll_seconds > 0, "mail.poll_seconds must be at least 1");
        must(
            self.jobs.close_after_days > self.jobs.remind_after_days,
            "jobs.close_after_days must be more than jobs.remind_after_days",
        );
        must(
            self.clock.now.is_empty() || DateTime::parse_from_rfc3339(&self.clock.now).is_ok(),
            "clock.now must be an instant such as 2026-12-08T10:24:00+09:00",
        );
        must(matches!(self.log.format.as_str(), "text" | "json"), "log.format must be text or json");
        must(
            is_log_level(&self.log.level),
            "log.level must be error, warn, info, debug or trace, or a filter such as info,sqlx=warn",
        );
        let kinds = &self.desk.kinds;
        must(
            kinds.is_empty() || Path::new(kinds).is_dir(),
            "desk.kinds must be a folder, or empty for the kinds that come with the program",
        );
        let rules = &self.desk.rules;
        must(
            rules.is_empty() || Path::new(rules).is_dir(),
            "desk.rules must be a folder, or empty for the rules that come with the program",
        );
        let calendar = &self.desk.calendar;
        must(
            calendar.is_empty() || Path::new(calendar).is_file(),
            "desk.calendar must be a file, or empty for the calendar that comes with the program",
        );
    }

    /// The clock these settings ask for.
    pub fn clock(&self) -> Clock {
        match DateTime::parse_from_rfc3339(&self.clock.now) {
            Ok(start) => Clock::starting_at(start.with_timezone(&Utc)),
            Err(_) => Clock::system(),
        }
    }

    /// Whether people reach the desk over https: cookies then carry `__Host-` and Secure.
    pub fn is_https(&self) -> bool {
        self.server.base_url.starts_with("https://")
    }

    /// The folder of `storage.url`.
    pub fn storage_folder(&self) -> PathBuf {
        PathBuf::from(self.storage.url.strip_prefix("file://").unwrap_or(&self.storage.url))
    }

    /// The bucket of `storage.url`, when it names one.
    pub fn bucket(&self) -> Option<BucketSettings> {
        let (bucket, prefix) = match self.storage.url.strip_prefix("s3://")?.split_once('/') {
            Some((bucket, prefix)) => (bucket, prefix.trim_matches('/')),
            None => (self.storage.url.strip_prefix("s3://")?, ""),
        };
        (!bucket.is_empty()).then(|| BucketSettings {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: self.storage.endpoint.trim_end_matches('/').to_owned(),
            region: self.storage.region.clone(),
            access_key_id: self.secrets.s3_access_key_id.clone(),
            secret_access_key: self.secrets.s3_secret_access_key.clone(),
        })
    }

    /// Where the master key lies when it is not given: beside an embedded database, else under `./var`.
    pub fn master_key_file(&self) -> PathBuf {
        match self.database.url.strip_prefix("sqlite://") {
            Some(path) => Path::new(path).with_file_name("master.key"),
            None => PathBuf::from("var/master.key"),
        }
    }
}

const INBOX_SHAPE: &str = "mail.inbox: each entry must be maildir:PATH, or imaps://USER:PASSWORD@HOST/FOLDER (also \
    imap+starttls:// and imap://; signs such as @ or , in user and password as %40, %2C)";

fn is_inbox(entry: &str) -> bool {
    if let Some(path) = entry.strip_prefix("maildir:") {
        return !path.is_empty();
    }
    url::Url::parse(entry).is_ok_and(|url| {
        matches!(url.scheme(), "imap" | "imaps" | "imap+starttls")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && !url.username().is_empty()
            && url.password().is_some()
    })
}

/// A level, or levels by target: `info`, `info,sqlx=warn`.
fn is_log_level(text: &str) -> bool {
    let is_level = |word: &str| matches!(word.trim(), "off" | "error" | "warn" | "info" | "debug" | "trace");
    !text.is_empty() && text.split(',').all(|part| is_level(part.rsplit('=').next().unwrap_or_default()))
}

/// A URL for logs: the password, if any, replaced by stars.
pub fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            let _ = parsed.set_password(Some("***"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::from_parts(None, pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_embedded_defaults_are_valid() {
        let settings = load(&[]).unwrap();
        assert_eq!(settings.server.base_url, "http://127.0.0.1:8080");
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let error = load(&[
            ("MADOGUCHI__SERVER__PORT", "1"),
            ("MADOGUCHI__LIMITS__MAIL_BYTES", "many"),
            ("MADOGUCHI__MAIL__REPLY_ADDRESS", "desk@x.example"),
        ])
        .unwrap_err();
        assert_eq!(error.0.len(), 3, "{error}");
        let error = load(&[
            ("MADOGUCHI__SERVER__LISTEN", "foo"),
            ("MADOGUCHI__DATABASE__URL", "mysql://x"),
            ("MADOGUCHI__LOG__LEVEL", "shout"),
            ("MADOGUCHI__DESK__KINDS", "/nowhere/at/all"),
        ])
        .unwrap_err();
        assert_eq!(error.0.len(), 4, "one that cannot be read hides no other: {error}");
    }

    #[test]
    fn a_secret_can_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, format!("{}\n", "ab".repeat(32))).unwrap();
        let settings = load(&[("MADOGUCHI__SECRETS__MASTER_KEY_FILE", path.to_str().unwrap())]).unwrap();
        assert_eq!(settings.secrets.master_key, "ab".repeat(32));
    }

    #[test]
    fn settings_print_without_passwords() {
        let settings = load(&[
            ("MADOGUCHI__DATABASE__URL", "postgres://desk:geheim@localhost/desk"),
            ("MADOGUCHI__MAIL__INBOX", "maildir:/var/mail/desk,imaps://desk:geheim@mail.example/INBOX"),
        ])
        .unwrap();
        assert!(!format!("{settings:?}").contains("geheim"));
    }

    #[test]
    fn an_inbox_is_a_maildir_or_an_imap_folder_with_user_and_password() {
        for wrong in
            ["/var/mail", "maildir:", "pop3://a:b@host", "imaps://mail.example/INBOX", "imaps://desk@host/INBOX"]
        {
            let error = load(&[("MADOGUCHI__MAIL__INBOX", wrong)]).unwrap_err();
            assert!(error.to_string().contains("imaps://USER:PASSWORD@HOST/FOLDER"), "{wrong}: {error}");
        }
        assert!(load(&[("MADOGUCHI__MAIL__INBOX", "imap://a:b@127.0.0.1:1143,imap+starttls://a:b@h")]).is_ok());
    }
}
