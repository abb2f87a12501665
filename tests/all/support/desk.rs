//! The real binary: a desk in a folder of its own, started, spoken to, stopped or killed. Shared with `benches/desk.rs`.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A desk: its folder, its settings, and the process while it serves.
pub struct Desk {
    folder: TempDir,
    settings: Vec<(String, String)>,
    pub address: SocketAddr,
    serving: Option<(Child, BufReader<ChildStdout>)>,
    /// The one-time sign-in link, once printed.
    pub link: Option<String>,
}

impl Desk {
    /// A desk on SQLite, or on the database of a URL; nothing runs yet.
    pub fn new(database: Option<&str>) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut desk =
            Self { folder: tempfile::tempdir().unwrap(), settings: Vec::new(), address, serving: None, link: None };
        let listen = desk.address.to_string();
        desk.set("SERVER__LISTEN", &listen);
        for limit in ["INQUIRIES_PER_IP_PER_MINUTE", "INQUIRIES_PER_ADDRESS_PER_DAY", "MAILS_PER_ADDRESS_PER_DAY"] {
            desk.set(&format!("LIMITS__{limit}"), "0");
        }
        if let Some(url) = database {
            desk.set("DATABASE__URL", url);
        }
        desk
    }

    /// Sets `MADOGUCHI__{key}` for what starts from now on.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.push((format!("MADOGUCHI__{key}"), value.to_owned()));
    }

    /// The folder it works in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command of the binary in the desk's folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command.envs(self.settings.iter().map(|(key, value)| (key, value)));
        command
    }

    /// Runs a command and gives what it printed, a JSON value a line.
    pub fn run(&self, arguments: &[&str]) -> Vec<Value> {
        lines(&self.command(arguments).output().unwrap())
    }

    /// `mail ingest` of one mail.
    pub fn ingest(&self, mail: &[u8]) -> Value {
        let mut command = self.command(&["mail", "ingest", "-"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(mail).unwrap();
        lines(&child.wait_with_output().unwrap()).pop().unwrap()
    }

    /// Starts serving and waits for the line that says so. Returns the time from start to that line.
    pub fn start(&mut self) -> Duration {
        let begun = Instant::now();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut child = self.command(&["serve"]).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        loop {
            line.clear();
            if out.read_line(&mut line).unwrap() == 0 {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
                panic!("the desk ended before it was ready: {:?}\n{log}", child.wait());
            }
            if let Some((_, link)) = line.split_once("sign-in link: ") {
                self.link = Some(link.trim().to_owned());
            }
            if line.contains("is listening on") {
                break;
            }
        }
        let took = begun.elapsed();
        self.serving = Some((child, out));
        took
    }

    /// The process that serves.
    pub fn pid(&self) -> u32 {
        self.serving.as_ref().unwrap().0.id()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        if let Some((mut child, _)) = self.serving.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM, and waits for the end, which must be a good one.
    pub fn stop(&mut self) {
        let (mut child, _) = self.serving.take().unwrap();
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let status = child.wait().unwrap();
        assert!(status.success(), "the desk did not stop well: {status}");
    }

    /// The mails that have left, oldest first, once there are at least `at_least` (or 20 s have passed).
    pub fn outgoing(&self, at_least: usize) -> Vec<String> {
        let folder = self.folder.path().join("var/mail/out");
        let begun = Instant::now();
        loop {
            let mut files: Vec<_> = std::fs::read_dir(&folder)
                .map(|entries| {
                    entries.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "eml")).collect()
                })
                .unwrap_or_default();
            if files.len() >= at_least || begun.elapsed() > Duration::from_secs(20) {
                files.sort_by_key(|path| std::fs::metadata(path).unwrap().modified().unwrap());
                return files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.kill();
    }
}

fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
