//! Mail out to a real mail server: Postfix from Debian on a private port, with a Maildir behind it.

use std::path::{Path, PathBuf};
use std::process::Command;

use madoguchi::platform::clock::Clock;
use madoguchi::platform::db::Db;
use madoguchi::platform::outbox::MailState;

use crate::mail_out::{all, mailer, queue, reply};
use crate::support::some_morning;

/// A running Postfix, stopped when dropped.
struct Postfix {
    folder: tempfile::TempDir,
    port: u16,
}

impl Postfix {
    /// Starts one that takes mail for taro@x.example. `None` without the right to start it, and where there is no Postfix
    /// unless `tests/run` asked for everything.
    fn start() -> Option<Self> {
        let needs_all = std::env::var_os("MADOGUCHI_TEST_NEEDS_ALL").is_some();
        if !Path::new("/usr/sbin/postfix").exists() {
            assert!(!needs_all, "Postfix is not installed");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("madoguchi-postfix").tempdir_in("/tmp").unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["etc", "spool", "data", "mail"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        let run = |command: &str, rest: &[&Path]| Command::new(command).args(rest).status().is_ok_and(|s| s.success());
        let open = run("chmod", &[Path::new("755"), folder.path()])
            && run("chmod", &[Path::new("1777"), &at("mail")])
            && run("chown", &[Path::new("postfix"), &at("data")]);
        if !open {
            return None;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = folder.path().display();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {root}/spool\ndata_directory = {root}/data\nmail_owner = postfix\n\
             myhostname = peer.example\nmydestination =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             virtual_mailbox_domains = x.example\nvirtual_mailbox_base = {root}/mail\n\
             virtual_mailbox_maps = inline:{{taro@x.example=taro/}}\nvirtual_uid_maps = static:65534\n\
             virtual_gid_maps = static:65534\nmynetworks = 127.0.0.0/8\nmaillog_file = {root}/log\n\
             maillog_file_prefixes = /tmp\nalias_maps =\n"
        );
        let master = format!(
            "{port} inet n - n - - smtpd\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
             rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n\
             proxymap unix - - n - - proxymap\nvirtual unix - n n - - virtual\nerror unix - - n - - error\n\
             retry unix - - n - - error\nanvil unix - - n - 1 anvil\npostlog unix-dgram n - n - 1 postlogd\n"
        );
        std::fs::write(at("etc/main.cf"), main).unwrap();
        std::fs::write(at("etc/master.cf"), master).unwrap();
        let started = Command::new("/usr/sbin/postfix").arg("-c").arg(at("etc")).arg("start").output();
        let runs = started.as_ref().is_ok_and(|output| output.status.success());
        assert!(runs || !needs_all, "Postfix does not start: {started:?}");
        runs.then_some(Self { folder, port })
    }

    /// The mails that were delivered, once there are `n`.
    async fn delivered(&self, n: usize) -> Vec<Vec<u8>> {
        let new = self.folder.path().join("mail/taro/new");
        for _ in 0..200 {
            let files: Vec<PathBuf> =
                std::fs::read_dir(&new).into_iter().flatten().map(|e| e.unwrap().path()).collect();
            if files.len() >= n {
                return files.iter().map(|f| std::fs::read(f).unwrap()).collect();
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!(
            "Postfix did not deliver: {}",
            std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
        );
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = Command::new("/usr/sbin/postfix").arg("-c").arg(self.folder.path().join("etc")).arg("stop").output();
    }
}

#[tokio::test]
async fn sec_017_postfix_delivers_every_text_as_it_was_and_refuses_the_unknown() {
    let Some(postfix) = Postfix::start() else {
        eprintln!("Postfix is not there or may not be started: left out");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    let clock = Clock::manual(some_morning());
    let long = "長い行".repeat(5_000);
    let texts = ["ご回答します。\n.\nMAIL FROM:<evil@x.example>", "a\r\n.\r\nb", "..", "From here\n.\n", long.as_str()];
    let mut mails: Vec<_> = texts.iter().enumerate().map(|(n, text)| reply(n, text)).collect();
    let mut unknown = reply(99, "本文");
    "nobody@x.example".clone_into(&mut unknown.to_address);
    mails.push(unknown);
    queue(&db, &clock, mails).await;
    let summary = mailer(&format!("smtp://127.0.0.1:{}", postfix.port)).deliver_due(&db, &clock).await.unwrap();
    assert_eq!((summary.sent, summary.failed), (texts.len(), 1));
    let refused: Vec<_> = all(&db).await.into_iter().filter(|d| d.state == MailState::Failed).collect();
    assert!(refused[0].last_error.contains("550"), "{}", refused[0].last_error);
    let delivered = postfix.delivered(texts.len()).await;
    assert_eq!(delivered.len(), texts.len());
    for bytes in delivered {
        let mail = madoguchi::mail::parse::parse(&bytes).unwrap();
        let n: usize = mail.message_id.unwrap().split(['.', '@']).nth(1).unwrap().parse().unwrap();
        let text = texts[n].replace("\r\n", "\n");
        assert_eq!(mail.text.trim_end(), text.trim_end());
        assert_eq!(mail.return_path.unwrap(), mail.reply_to[0].address);
        assert_eq!(mail.subject, "お問い合わせへの回答 26-K7QM-3XPA");
    }
}
