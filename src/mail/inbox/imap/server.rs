//! Who is asked for mail and how: the entry of `mail.inbox`, the way there, TLS, and the sign-in.

use std::sync::Arc;
use std::time::Duration;

use async_imap::types::Mailbox;
use async_imap::{Client, Session};
use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

use super::ImapError;

/// How long the way to an open folder may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection, plain or inside TLS.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Wire for T {}

/// A signed-in connection.
pub(super) type Signed = Session<Box<dyn Wire>>;

/// How much is said in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// Everything: a server on the same machine or in the same rack (`imap://`).
    None,
    /// TLS from the first byte (`imaps://`).
    Tls,
    /// STARTTLS, and nothing is said without it (`imap+starttls://`).
    StartTls,
}

/// One IMAP entry of `mail.inbox`.
#[derive(Clone)]
pub(super) struct Server {
    /// The entry without the password, for people and as the name of the inbox.
    pub(super) name: String,
    host: String,
    port: u16,
    security: Security,
    user: String,
    password: String,
    folder: String,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Server").field(&self.name).finish()
    }
}

impl Server {
    /// Reads an entry that the configuration has checked; `None` for other kinds of inbox.
    pub(super) fn of_entry(entry: &str) -> Option<Self> {
        let url = Url::parse(entry).ok()?;
        let (security, port) = match url.scheme() {
            "imap" => (Security::None, 143),
            "imap+starttls" => (Security::StartTls, 143),
            "imaps" => (Security::Tls, 993),
            _ => return None,
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let folder = decoded(url.path().trim_matches('/'));
        let mut shown = url.clone();
        let _ = shown.set_password(None);
        Some(Self {
            name: shown.to_string(),
            host: url.host_str()?.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            security,
            user: decoded(url.username()),
            password: decoded(url.password().unwrap_or_default()),
            folder: if folder.is_empty() { "INBOX".to_owned() } else { folder },
        })
    }

    /// Connects, signs in and opens the folder.
    pub(super) async fn open(&self) -> Result<(Signed, Mailbox), ImapError> {
        let opening = tokio::time::timeout(PATIENCE, self.open_slowly());
        opening.await.unwrap_or_else(|_| Err(self.away(format!("no answer within {} s", PATIENCE.as_secs()))))
    }

    async fn open_slowly(&self) -> Result<(Signed, Mailbox), ImapError> {
        let client = self.greeted().await?;
        let signed = client.login(&self.user, &self.password).await;
        let mut session = signed.map_err(|(error, _)| match error {
            async_imap::error::Error::No(_) | async_imap::error::Error::Bad(_) => {
                ImapError::Refused { inbox: self.name.clone(), why: error.to_string() }
            }
            error => self.away(error),
        })?;
        let folder = session.select(mailbox_name(&self.folder)).await;
        let folder = folder.map_err(|error| ImapError::Folder { inbox: self.name.clone(), why: error.to_string() })?;
        Ok((session, folder))
    }

    /// A connection whose greeting was read, encrypted as far as the entry asks for it.
    async fn greeted(&self) -> Result<Client<Box<dyn Wire>>, ImapError> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(|e| self.away(e))?;
        let _ = tcp.set_nodelay(true);
        let wire: Box<dyn Wire> = match self.security {
            Security::Tls => Box::new(self.encrypt(tcp).await?),
            Security::None => Box::new(tcp),
            Security::StartTls => {
                let mut client = Client::new(tcp);
                self.read_greeting(&mut client).await?;
                // What the server said before TLS began is thrown away with the client (CVE-2011-0411 and its like).
                client.run_command_and_check_ok("STARTTLS", None).await.map_err(|e| self.away(e))?;
                return Ok(Client::new(Box::new(self.encrypt(client.into_inner()).await?)));
            }
        };
        let mut client = Client::new(wire);
        self.read_greeting(&mut client).await?;
        Ok(client)
    }

    async fn read_greeting<T: Wire>(&self, client: &mut Client<T>) -> Result<(), ImapError> {
        match client.read_response().await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(self.away("it closed the connection")),
            Err(error) => Err(self.away(error)),
        }
    }

    /// TLS with the certificates this machine trusts; another name, an expired or a home-made certificate is refused
    /// (SEC-018).
    async fn encrypt(&self, tcp: TcpStream) -> Result<impl Wire + use<>, ImapError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| self.away(e))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(self.host.clone()).map_err(|e| self.away(e))?;
        TlsConnector::from(Arc::new(config)).connect(name, tcp).await.map_err(|e| self.away(e))
    }

    fn away(&self, why: impl std::fmt::Display) -> ImapError {
        ImapError::Away { inbox: self.name.clone(), why: why.to_string() }
    }
}

/// A folder's name as it travels: what is not ASCII in the modified UTF-7 of RFC 3501 §5.1.3.
fn mailbox_name(name: &str) -> String {
    let engine = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);
    let mut out = String::with_capacity(name.len());
    let mut wide: Vec<u8> = Vec::new();
    let close = |wide: &mut Vec<u8>, out: &mut String| {
        if !wide.is_empty() {
            out.push('&');
            out.push_str(&engine.encode(&wide));
            out.push('-');
            wide.clear();
        }
    };
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            close(&mut wide, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            wide.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    close(&mut wide, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_names_server_user_and_folder_and_never_shows_its_password() {
        let server = Server::of_entry("imaps://desk%40board.jp:p%2Cw@mail.board.jp/%E5%8F%97%E4%BB%98").unwrap();
        assert_eq!((server.user.as_str(), server.password.as_str()), ("desk@board.jp", "p,w"));
        assert_eq!((server.host.as_str(), server.port, server.folder.as_str()), ("mail.board.jp", 993, "受付"));
        assert_eq!(server.name, "imaps://desk%40board.jp@mail.board.jp/%E5%8F%97%E4%BB%98");
        assert!(!format!("{server:?}").contains("p,w") && !format!("{server:?}").contains("p%2Cw"));
        let plain = Server::of_entry("imap://a:b@127.0.0.1:1143").unwrap();
        assert_eq!((plain.port, plain.folder.as_str(), plain.security), (1143, "INBOX", Security::None));
        assert!(Server::of_entry("maildir:/var/mail").is_none());
    }

    #[test]
    fn a_japanese_folder_travels_in_modified_utf_7() {
        assert_eq!(mailbox_name("INBOX"), "INBOX");
        assert_eq!(mailbox_name("受信 & 済"), "&U9dP4Q- &- &bgg-");
        assert_eq!(mailbox_name("台北"), "&U,BTFw-");
    }
}
