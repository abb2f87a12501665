//! `madoguchi mail parse` and `mail ingest` as an operator's script sees them: lines, exit codes, kill -9.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

/// The command in a folder of its own, with settings.
fn madoguchi(folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (key, value) in settings {
        command.env(key, value);
    }
    command
}

fn with_input(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn mail(n: usize) -> String {
    format!(
        "From: p{n}@x.example\r\nTo: desk@desk.example.jp\r\nSubject: question {n}\r\nMessage-ID: <m{n}@x.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nbody {n}\r\n--b\r\n\
         Content-Type: text/plain; name=f.txt\r\nContent-Disposition: attachment\r\n\r\nfile {n}\r\n--b--\r\n"
    )
}

#[test]
fn ingest_takes_a_directory_in_order_a_file_and_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("in/sub")).unwrap();
    for (name, n) in [("in/b.eml", 2), ("in/a.eml", 1), ("in/sub/c.eml", 3)] {
        std::fs::write(folder.path().join(name), mail(n)).unwrap();
    }
    let mut command = madoguchi(folder.path(), &[]);
    command.args(["mail", "ingest", "in", "-", "in/a.eml"]);
    let output = with_input(command, mail(4).as_bytes());
    assert!(output.status.success(), "{output:?}");
    let told = lines(&output);
    let files: Vec<_> = told.iter().map(|l| l["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["in/a.eml", "in/b.eml", "in/sub/c.eml", "-", "in/a.eml"]);
    let outcomes: Vec<_> = told.iter().map(|l| l["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["opened", "opened", "opened", "opened", "duplicate"]);
    assert_eq!(told[4]["ticket"], told[0]["ticket"]);
    assert_eq!(told[0]["cause"], Value::Null);
    let list = madoguchi(folder.path(), &[]).args(["tickets", "list"]).output().unwrap();
    assert_eq!(lines(&list).len(), 4);
}

#[test]
fn a_path_that_cannot_be_read_exits_1_and_the_others_are_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.eml"), mail(1)).unwrap();
    let output = madoguchi(folder.path(), &[]).args(["mail", "ingest", "missing.eml", "a.eml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output).len(), 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("missing.eml"));
}

#[test]
fn rel_006_a_mail_that_cannot_be_stored_now_exits_75() {
    let folder = tempfile::tempdir().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let database = format!("postgres://desk@{closed}/desk");
    let mut command = madoguchi(folder.path(), &[("MADOGUCHI__DATABASE__URL", &database)]);
    command.args(["mail", "ingest", "-"]);
    let output = with_input(command, mail(1).as_bytes());
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(output.stdout.is_empty());
    // The folder of the blobs is a file: the disk refuses.
    std::fs::write(folder.path().join("blobs"), "").unwrap();
    let storage = format!("file://{}/blobs", folder.path().display());
    let mut command = madoguchi(folder.path(), &[("MADOGUCHI__STORAGE__URL", &storage)]);
    command.args(["mail", "ingest", "-"]);
    assert_eq!(with_input(command, mail(1).as_bytes()).status.code(), Some(75));
}

#[test]
fn parse_prints_one_line_and_needs_no_settings() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = madoguchi(folder.path(), &[("MADOGUCHI__DATABASE__URL", "nonsense")]);
    command.args(["mail", "parse"]);
    let output = with_input(command, mail(7).as_bytes());
    assert!(output.status.success(), "{output:?}");
    let told = lines(&output);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0]["subject"].as_str(), told[0]["from"].as_str()), (Some("question 7"), Some("p7@x.example")));
    let mut command = madoguchi(folder.path(), &[]);
    command.args(["mail", "parse"]);
    assert_eq!(with_input(command, b"").status.code(), Some(1));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it wrote something");
}

/// Kills the intake at random moments, starts it again over the same files, and counts what is there in the end.
fn kill_and_count(settings: &[(&str, &str)], kills: u64, mails: usize) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("in")).unwrap();
    for n in 0..mails {
        std::fs::write(folder.path().join(format!("in/{n:05}.eml")), mail(n)).unwrap();
    }
    let mut told: HashMap<String, String> = HashMap::new();
    let mut note = |output: &[u8]| {
        for line in String::from_utf8_lossy(output).lines() {
            // The last line may have been cut by the kill.
            let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
            let ticket = line["ticket"].as_str().unwrap().to_owned();
            let known = told.entry(line["file"].as_str().unwrap().to_owned()).or_insert_with(|| ticket.clone());
            assert_eq!(*known, ticket, "a mail was told two tickets");
        }
    };
    for kill in 0..kills {
        let mut child = madoguchi(folder.path(), settings).args(["mail", "ingest", "in"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(30 + kill * 37 % 400));
        let _ = child.kill();
        note(&child.wait_with_output().unwrap().stdout);
    }
    let last = madoguchi(folder.path(), settings).args(["mail", "ingest", "in"]).output().unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    note(&last.stdout);
    assert_eq!(told.len(), mails, "0 lost");
    let list = madoguchi(folder.path(), settings).args(["tickets", "list", "--limit", "100000"]).output().unwrap();
    let listed = lines(&list);
    assert_eq!(listed.len(), mails, "0 doubled");
    let one = listed[0]["number"].as_str().unwrap();
    let shown = madoguchi(folder.path(), settings).args(["tickets", "show", one]).output().unwrap();
    let shown = &lines(&shown)[0];
    assert_eq!(shown["messages"].as_array().unwrap().len(), 1);
    assert_eq!(shown["attachments"].as_array().unwrap().len(), 1);
    eprintln!("REL-038: {kills} kills, {mails} mails: 0 lost, 0 doubled");
}

#[test]
fn rel_038_intake_killed_at_random_loses_and_doubles_nothing() {
    kill_and_count(&[], 20, 400);
}

#[tokio::test]
async fn rel_038_intake_killed_at_random_loses_and_doubles_nothing_on_postgresql() {
    crate::support::on_postgres_url(async |url: String| {
        let key = "ab".repeat(32);
        kill_and_count(&[("MADOGUCHI__DATABASE__URL", &url), ("MADOGUCHI__SECRETS__MASTER_KEY", &key)], 12, 300);
    })
    .await;
}
