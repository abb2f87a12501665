//! `madoguchi periods` and `madoguchi jobs`, as an operator calls them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/periods/2024_2025.csv");

/// Runs the binary on a database in `folder`, with the server's zone as given.
fn madoguchi(folder: &Path, zone: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    command
        .current_dir(folder)
        .args(arguments)
        .env_remove("TZ")
        .env("MADOGUCHI__DATABASE__URL", format!("sqlite://{}/desk.db", folder.display()));
    if let Some(zone) = zone {
        command.env("TZ", zone);
    }
    command.output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn rel_018_the_zone_of_the_server_moves_no_edge_and_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let zones = [None, Some("UTC"), Some("America/New_York"), Some("Asia/Tokyo"), Some("Nowhere/Nothing")];
    assert_eq!(lines(&madoguchi(folder.path(), None, &["periods", "import", EXAMPLE])).last().unwrap()["new"], 22);
    let ask = |zone| {
        let at = |time| lines(&madoguchi(folder.path(), zone, &["periods", "at", time]));
        let preview = ["jobs", "preview", "--from", "2024-12-31 00:00", "--until", "2025-01-02 00:00"];
        (at("2024-11-15 11:59"), at("2024-11-15 12:00"), lines(&madoguchi(folder.path(), zone, &preview)))
    };
    let first = ask(zones[0]);
    assert_eq!(first.0[0]["open"][0]["closes_at"], "2024-11-15T12:00:00+09:00");
    assert_eq!(first.1[0]["open"], serde_json::json!([]));
    assert_eq!(first.2.len(), 30);
    assert_eq!(first.2[0]["due_at"], "2024-12-31T02:30:00+09:00");
    for zone in &zones[1..] {
        assert_eq!(ask(*zone), first, "{zone:?}");
    }
}

#[test]
fn a_wrong_file_is_refused_whole_with_line_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.csv");
    let text = std::fs::read_to_string(EXAMPLE).unwrap() + "2026,1,1次募集,apply,2025-11-14 12:00,2025-11-04 12:00\n";
    std::fs::write(&file, text).unwrap();
    let refused = madoguchi(folder.path(), None, &["periods", "import", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("line 24: it ends before it starts"), "{told}");
    let state = lines(&madoguchi(folder.path(), None, &["periods", "at", "2024-11-05T12:00:00+09:00"]));
    assert_eq!(state[0], serde_json::json!({ "open": [], "next_edge": null, "all_closed": false }));
    assert_eq!(madoguchi(folder.path(), None, &["periods", "at", "noon"]).status.code(), Some(2));
}

#[test]
fn jobs_are_listed_and_run_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let run = lines(&madoguchi(folder.path(), None, &["jobs", "run", "remind_waiting"]));
    assert_eq!((&run[0]["state"], &run[0]["effects"]), (&Value::from("done"), &Value::from(0)));
    let listed = lines(&madoguchi(folder.path(), None, &["jobs", "list"]));
    let names: Vec<_> = listed.iter().filter_map(|line| line["job"].as_str()).collect();
    let all = "backup sweep erase_images find_duplicates index_check edges auto_close remind_waiting remind_provisional \
               follow_withdrawals review_rules remind_deadlines tell_linked";
    assert_eq!(names.join(" "), all);
    assert_eq!(listed[7]["last"]["state"], "done");
    let unknown = madoguchi(folder.path(), None, &["jobs", "run", "nothing"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("madoguchi jobs list"));
}
