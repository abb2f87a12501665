//! Mail out: an outbox row becomes a letter ([`letter`]), goes to a folder ([`folder`]) or to a mail server ([`smtp`]),
//! and is finished with what the other side said ([`delivery`]). Nothing else in the house sends mail (design rule 5).

mod delivery;
mod folder;
mod letter;
mod smtp;

pub use delivery::DeliverySummary;
pub use letter::{Letter, Sender, Unsendable};

use crate::config::Settings;
use crate::platform::outbox::{Claimed, Outcome};
use folder::Folder;
use smtp::Smtp;

/// Sends what lies in the outbox. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mailer {
    sender: Sender,
    transport: Transport,
}

/// Where mail goes (`mail.outbound_url`).
#[derive(Debug, Clone)]
enum Transport {
    Folder(Folder),
    Smtp(Smtp),
}

/// The mail settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MailSettingsError(String);

impl Mailer {
    /// A mailer for `mail.outbound_url`: `dir:PATH`, `smtp://`, `smtps://` or `smtp+starttls://`.
    ///
    /// # Errors
    /// With a sentence that names the setting.
    pub fn new(settings: &Settings) -> Result<Self, MailSettingsError> {
        let url = &settings.mail.outbound_url;
        let transport = match url.strip_prefix("dir:") {
            Some(path) => Transport::Folder(Folder::new(path)),
            None => Transport::Smtp(Smtp::from_url(url)?),
        };
        Ok(Self { sender: Sender::new(&settings.desk.name, &settings.mail)?, transport })
    }

    /// The same mailer with another limit on the time of an attempt over SMTP (60 seconds unless changed).
    #[must_use]
    pub fn with_patience(mut self, patience: std::time::Duration) -> Self {
        if let Transport::Smtp(smtp) = self.transport {
            self.transport = Transport::Smtp(smtp.with_patience(patience));
        }
        self
    }

    /// One attempt at one mail, without a trace in the outbox.
    pub async fn send_once(&self, mail: &Claimed) -> Outcome {
        let mut session = smtp::Session::default();
        let outcome = self.send(&mut session, mail).await;
        session.end().await;
        outcome
    }

    async fn send(&self, session: &mut smtp::Session, mail: &Claimed) -> Outcome {
        match self.sender.letter(mail) {
            Err(unsendable) => Outcome::Permanent(unsendable.0),
            Ok(letter) => match &self.transport {
                Transport::Folder(folder) => folder.send(mail, letter).await,
                Transport::Smtp(smtp) => smtp.send(session, &letter).await,
            },
        }
    }
}
