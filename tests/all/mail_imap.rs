//! Mail in by IMAP, from a real server: Dovecot from Debian on a private port, with a Maildir behind it.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use madoguchi::config::Settings;
use madoguchi::desk::Context;
use madoguchi::mail::inbox::{ImapFolder, Inbox, PollSummary};
use madoguchi::platform::blob::Blobs;
use madoguchi::platform::clock::Clock;
use madoguchi::platform::crypto::{Keys, Random};
use madoguchi::platform::db::{Db, query};
use madoguchi::platform::queue::services;

use crate::support::{on_each_database, some_morning};

/// A running Dovecot whose only user is `desk`, password `se,cret`; stopped when dropped.
struct Dovecot {
    folder: tempfile::TempDir,
    server: Child,
    port: u16,
    tls_port: u16,
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> bool {
    Command::new(program).args(arguments).current_dir(folder).output().is_ok_and(|o| o.status.success())
}

impl Dovecot {
    /// Starts one. `None` where there is no Dovecot, which fails where every part is asked for.
    fn start() -> Option<Self> {
        if !Path::new("/usr/sbin/dovecot").exists() {
            assert!(std::env::var_os("MADOGUCHI_TEST_NEEDS_ALL").is_none(), "Dovecot (dovecot-imapd) is missing");
            eprintln!("Dovecot is not there: left out");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("madoguchi-dovecot").tempdir_in("/tmp").unwrap();
        let root = folder.path();
        for name in ["run", "state", "mail", "mail/desk", "mail/desk/new", "mail/desk/cur", "mail/desk/tmp", "home"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        let made = run(
            "openssl",
            &[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem",
            ],
            root,
        );
        assert!(made, "openssl makes no certificate");
        // Its processes for mail never run as root; as another user everything runs as that user.
        let (mut uid, mut gid) = {
            let owner = std::fs::metadata(root).unwrap();
            (owner.uid(), owner.gid())
        };
        let mut users = String::new();
        if uid == 0 {
            (uid, gid) = (65_534, 65_534);
            assert!(run("chown", &["-R", "65534:65534", "mail", "home"], root) && run("chmod", &["755", "."], root));
        } else {
            let name = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
            let group = String::from_utf8(Command::new("id").arg("-gn").output().unwrap().stdout).unwrap();
            users =
                format!("default_internal_user = {name}default_login_user = {name}default_internal_group = {group}");
        }
        let (port, tls_port, at) = (free_port(), free_port(), root.display());
        let config = format!(
            "{users}base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
             ssl = yes\nssl_cert = <{at}/cert.pem\nssl_key = <{at}/key.pem\ndisable_plaintext_auth = no\n\
             mail_location = maildir:{at}/mail/%u\nfirst_valid_uid = 1\n\
             passdb {{\n driver = static\n args = password=se,cret\n}}\n\
             userdb {{\n driver = static\n args = uid={uid} gid={gid} home={at}/home/%u\n}}\n\
             service anvil {{\n chroot =\n}}\nservice imap-login {{\n chroot =\n\
             inet_listener imap {{\n port = {port}\n }}\n inet_listener imaps {{\n port = {tls_port}\n ssl = yes\n }}\n}}\n"
        );
        std::fs::write(root.join("dovecot.conf"), config).unwrap();
        let server = Self::server(root);
        let dovecot = Self { folder, server, port, tls_port };
        dovecot.answers();
        Some(dovecot)
    }

    fn server(root: &Path) -> Child {
        let mut command = Command::new("/usr/sbin/dovecot");
        command.arg("-F").arg("-c").arg(root.join("dovecot.conf")).stdout(Stdio::null()).stderr(Stdio::null());
        command.process_group(0).spawn().unwrap()
    }

    fn answers(&self) {
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!(
            "Dovecot did not start: {}",
            std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
        );
    }

    fn stop(&mut self) {
        // The whole group: a process that serves a connection would serve it to its end.
        let _ = run("kill", &["--", &format!("-{}", self.server.id())], Path::new("/"));
        self.server.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.server = Self::server(self.folder.path());
        self.answers();
    }

    fn entry(&self) -> String {
        format!("imap://desk:se%2Ccret@127.0.0.1:{}/INBOX", self.port)
    }

    fn mailbox(&self, name: &str) -> PathBuf {
        self.folder.path().join("mail/desk").join(name)
    }

    /// Puts a mail into the folder.
    fn deliver(&self, n: usize, mail: &str) {
        std::fs::write(self.mailbox("new").join(format!("{:010}.{n}.x", 1_700_000_000 + n)), mail).unwrap();
    }

    /// Mails that are marked as read.
    fn seen(&self) -> usize {
        let names = std::fs::read_dir(self.mailbox("cur")).unwrap().map(|e| e.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().split(":2,").nth(1).is_some_and(|flags| flags.contains('S'))).count()
    }

    /// Marks everything as read and leaves the UIDs, as a person with a mail program does.
    fn read_all(&self) {
        for entry in std::fs::read_dir(self.mailbox("new")).unwrap().map(|e| e.unwrap()) {
            let name = format!("{}:2,S", entry.file_name().to_string_lossy());
            std::fs::rename(entry.path(), self.mailbox("cur").join(name)).unwrap();
        }
    }

    /// Gives the UIDs anew, as a server does that was restored.
    fn give_uids_anew(&self, uid_validity: u32) {
        for entry in std::fs::read_dir(self.mailbox(".")).unwrap().map(|e| e.unwrap()) {
            if entry.file_name().to_string_lossy().starts_with("dovecot") {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        std::fs::write(
            self.mailbox("dovecot-uidlist"),
            format!("3 V{uid_validity} N1 G0123456789abcdef0123456789abcdef\n"),
        )
        .unwrap();
        assert!(run("chown", &["--reference=cur", "dovecot-uidlist"], &self.mailbox(".")));
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
    }
}

fn mail(n: usize) -> String {
    format!(
        "From: p{n}@x.example\r\nTo: desk@desk.example.jp\r\nSubject: question {n}\r\nMessage-ID: <m{n}@x.example>\r\n\r\nbody {n}\r\n"
    )
}

/// A desk whose only inbox is an IMAP folder.
struct Desk {
    _folder: tempfile::TempDir,
    db: Db,
    imap: ImapFolder,
}

impl Desk {
    fn new(db: Db, entry: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pairs = [
            ("MADOGUCHI__MAIL__INBOX".to_owned(), entry.to_owned()),
            ("MADOGUCHI__LIMITS__MAIL_BYTES".to_owned(), "12000000".to_owned()),
        ];
        let ctx = Context {
            clock: Clock::manual(some_morning()),
            random: Random::from_os(),
            keys: Keys::new([5; 32]),
            settings: Arc::new(Settings::from_parts(None, pairs.into_iter()).unwrap()),
        };
        let blobs = Blobs::open(&folder.path().join("blobs"), ctx.random.clone()).unwrap();
        let imap = Inbox::new(db.clone(), blobs, ctx).imap_folders().remove(0);
        Self { _folder: folder, db, imap }
    }

    async fn poll(&self) -> PollSummary {
        self.imap.poll().await.unwrap()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let (n,): (i64,) = query(sql).fetch_one(&mut self.db.read().await.unwrap()).await.unwrap();
        n
    }

    async fn tickets(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM tickets").await
    }
}

#[tokio::test]
async fn mails_of_an_imap_folder_are_taken_in_once_in_order_and_marked_as_read() {
    let Some(dovecot) = Dovecot::start() else { return };
    on_each_database(async |db: Db| {
        for name in ["new", "cur"] {
            std::fs::read_dir(dovecot.mailbox(name))
                .unwrap()
                .for_each(|e| std::fs::remove_file(e.unwrap().path()).unwrap());
        }
        let desk = Desk::new(db, &dovecot.entry());
        assert_eq!(desk.poll().await, PollSummary::default());
        (1..=150).for_each(|n| dovecot.deliver(n, &mail(n)));
        assert_eq!(desk.poll().await.taken, 150);
        assert_eq!((desk.tickets().await, dovecot.seen()), (150, 150));
        assert_eq!(desk.poll().await, PollSummary::default());
        let (first,): (String,) = query("SELECT subject FROM raw_mails ORDER BY id LIMIT 1")
            .fetch_one(&mut desk.db.read().await.unwrap())
            .await
            .unwrap();
        assert_eq!(first, "question 1");
        // The same mail again, as a copy that somebody moved back.
        dovecot.deliver(151, &mail(7));
        assert_eq!(desk.poll().await, PollSummary { ignored: 1, ..PollSummary::default() });
        assert_eq!(desk.tickets().await, 150);
    })
    .await;
}

#[tokio::test]
async fn the_first_look_takes_what_is_unread_and_later_ones_what_is_new_even_when_somebody_read_it() {
    let Some(dovecot) = Dovecot::start() else { return };
    dovecot.deliver(1, &mail(1));
    dovecot.read_all();
    dovecot.deliver(2, &mail(2));
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    let desk = Desk::new(db, &dovecot.entry());
    assert_eq!(desk.poll().await.taken, 1);
    dovecot.deliver(3, &mail(3));
    dovecot.read_all();
    assert_eq!(desk.poll().await.taken, 1);
    assert_eq!(desk.count("SELECT COUNT(*) FROM raw_mails WHERE message_id = 'm1@x.example'").await, 0);
    assert_eq!(desk.count("SELECT COUNT(*) FROM raw_mails WHERE message_id = 'm3@x.example'").await, 1);
}

#[tokio::test]
async fn rel_037_uids_given_anew_double_nothing_and_lose_nothing() {
    let Some(mut dovecot) = Dovecot::start() else { return };
    dovecot.give_uids_anew(1111);
    (1..=20).for_each(|n| dovecot.deliver(n, &mail(n)));
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    let desk = Desk::new(db, &dovecot.entry());
    assert_eq!(desk.poll().await.taken, 20);
    assert_eq!(desk.count("SELECT uid_validity FROM inbox_positions").await, 1111);
    dovecot.stop();
    dovecot.give_uids_anew(2222);
    dovecot.deliver(21, &mail(21));
    dovecot.start_again();
    let summary = desk.poll().await;
    assert_eq!(summary.taken, 1, "{summary:?}");
    assert_eq!(desk.tickets().await, 21);
    assert_eq!(desk.count("SELECT uid_validity FROM inbox_positions").await, 2222);
    assert_eq!(desk.poll().await, PollSummary::default());
}

#[tokio::test]
async fn rel_039_a_mail_of_many_megabytes_comes_in_pieces_and_one_above_the_limit_is_held_whole() {
    let Some(dovecot) = Dovecot::start() else { return };
    let big = |n: usize, lines: usize| format!("{}{}", mail(n), "0123456789abcdef0123456789abcdef\r\n".repeat(lines));
    dovecot.deliver(1, &big(1, 280_000));
    dovecot.deliver(2, &big(2, 400_000));
    dovecot.deliver(3, &mail(3));
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    let desk = Desk::new(db, &dovecot.entry());
    assert_eq!(desk.poll().await, PollSummary { taken: 2, held: 1, ..PollSummary::default() });
    assert_eq!(
        desk.count("SELECT size FROM raw_mails WHERE message_id = 'm1@x.example'").await,
        big(1, 280_000).len() as i64
    );
    let held = "SELECT size FROM raw_mails WHERE message_id = 'm2@x.example' AND cause = 'too_large'";
    assert_eq!(desk.count(held).await, big(2, 400_000).len() as i64);
}

#[tokio::test]
async fn a_server_that_is_away_or_refuses_is_told_without_the_password_and_asked_again() {
    let Some(mut dovecot) = Dovecot::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    let desk = Desk::new(db.clone(), &dovecot.entry());
    dovecot.deliver(1, &mail(1));
    assert_eq!(desk.poll().await.taken, 1);
    dovecot.stop();
    dovecot.deliver(2, &mail(2));
    let away = desk.imap.poll().await.unwrap_err().to_string();
    assert!(away.contains("cannot be reached") && away.contains("127.0.0.1") && !away.contains("cret"), "{away}");
    dovecot.start_again();
    assert_eq!(desk.poll().await.taken, 1);
    let wrong = Desk::new(db.clone(), &dovecot.entry().replace("se%2Ccret", "wrong"));
    let refused = wrong.imap.poll().await.unwrap_err().to_string();
    assert!(refused.contains("refuses the user or the password") && !refused.contains("wrong"), "{refused}");
    let nowhere = Desk::new(db, &dovecot.entry().replace("INBOX", "%E5%8F%97%E4%BB%98"));
    let no_folder = nowhere.imap.poll().await.unwrap_err().to_string();
    assert!(no_folder.contains("the folder cannot be opened"), "{no_folder}");
}

/// A desk that only works, in a process of its own.
fn worker(folder: &Path, entry: &str, certificates: Option<&Path>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    command
        .current_dir(folder)
        .args(["serve", "--role", "worker"])
        .env("MADOGUCHI__DATABASE__URL", format!("sqlite://{}/desk.db", folder.display()))
        .env("MADOGUCHI__MAIL__INBOX", entry)
        .env("MADOGUCHI__MAIL__POLL_SECONDS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(path) = certificates {
        command.env("SSL_CERT_FILE", path);
    }
    command.spawn().unwrap()
}

async fn count(db: &Db, sql: &'static str) -> i64 {
    let (n,): (i64,) = query(sql).fetch_one(&mut db.read().await.unwrap()).await.unwrap();
    n
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rel_038_a_fetcher_killed_at_random_loses_no_mail_and_doubles_none() {
    const KILLS: usize = 10;
    const MAILS: usize = 120;
    let Some(dovecot) = Dovecot::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    let mut delivered = 0;
    for round in 0..=KILLS {
        if round < KILLS {
            (delivered..delivered + MAILS).for_each(|n| dovecot.deliver(n, &mail(n)));
            delivered += MAILS;
        }
        let before = count(&db, "SELECT COUNT(*) FROM raw_mails").await;
        let mut child = worker(folder.path(), &dovecot.entry(), None);
        if round < KILLS {
            // Killed between the first bytes stored and the last mark set.
            for _ in 0..1000 {
                if count(&db, "SELECT COUNT(*) FROM raw_mails").await > before {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::sleep(Duration::from_millis((round as u64 * 17) % 120)).await;
        } else {
            for _ in 0..600 {
                let settled = count(&db, "SELECT COUNT(*) FROM raw_mails WHERE outcome <> 'received'").await;
                if settled as usize == delivered && dovecot.seen() == delivered {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (raw, tickets) = (
        count(&db, "SELECT COUNT(*) FROM raw_mails WHERE outcome = 'opened'").await,
        count(&db, "SELECT COUNT(*) FROM tickets").await,
    );
    eprintln!("REL-038: {KILLS} kills, {delivered} mails: {raw} taken in, {tickets} tickets");
    assert_eq!((raw as usize, tickets as usize), (delivered, delivered));
    assert_eq!(dovecot.seen(), delivered);
}

#[tokio::test]
async fn sec_018_a_certificate_nobody_vouches_for_is_refused_and_staff_see_why() {
    let Some(dovecot) = Dovecot::start() else { return };
    dovecot.deliver(1, &mail(1));
    let entry = format!("imaps://desk:se%2Ccret@127.0.0.1:{}/INBOX", dovecot.tls_port);
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    let mut child = worker(folder.path(), &entry, None);
    let mut told = None;
    for _ in 0..400 {
        let services = services::list(&mut db.read().await.unwrap()).await.unwrap();
        told = services.into_iter().find(|s| s.name.starts_with("inbox imaps://") && s.is_failing());
        if told.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let told = told.expect("the jobs page tells of the failure");
    assert!(told.last_error.contains("certificate") && !told.last_error.contains("cret@"), "{}", told.last_error);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM raw_mails").await, 0);
    // With the certificate among those this machine trusts it goes through.
    for entry in [entry, dovecot.entry().replace("imap://", "imap+starttls://")] {
        dovecot
            .deliver(usize::from(entry.contains("starttls")) + 1, &mail(usize::from(entry.contains("starttls")) + 1));
        let before = count(&db, "SELECT COUNT(*) FROM tickets").await;
        let mut child = worker(folder.path(), &entry, Some(&dovecot.folder.path().join("cert.pem")));
        for _ in 0..400 {
            if count(&db, "SELECT COUNT(*) FROM tickets").await > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(count(&db, "SELECT COUNT(*) FROM tickets").await, before + 1, "{entry}");
    }
}
