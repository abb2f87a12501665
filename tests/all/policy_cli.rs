//! `madoguchi policy explain`, as a script calls it, and the loader of the tables.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use madoguchi::desk::policy::{Policy, Specialties, Topic, Verdict};
use serde_json::{Value, json};

fn madoguchi(arguments: &[&str], facts: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .current_dir(folder.path())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(facts);
    let output = child.wait_with_output().unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "rules need no database");
    output
}

fn explain(topic: &str, at: &str, facts: &Value) -> Value {
    let output = madoguchi(&["policy", "explain", topic, "--at", at], facts.to_string().as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn an_answer_is_one_line_with_verdict_reason_entries_and_rule() {
    let facts = json!({"specialty": "内科　領域", "entry_fiscal_year": "２０１８"});
    let answer = explain("records", "2026-11-25", &facts);
    assert_eq!(answer["verdict"], "entry_required");
    assert_eq!(answer["rule"], "records@2018-04-01/internal-medicine-2018");
    assert_eq!(answer["faq"], json!(["record-exceptions-by-year", "record-required-specialties"]));
    assert!(answer["reason"].as_str().unwrap().contains("2018年度"), "{answer}");
    assert!(answer["reason_en"].as_str().unwrap().contains("FY2018"), "{answer}");
    let asked = explain("records", "2026-11-25", &json!({}));
    assert_eq!((&asked["verdict"], &asked["missing"]), (&json!("ask"), &json!(["specialty", "entry_fiscal_year"])));
}

#[test]
fn a_fact_that_is_left_out_is_asked_for_though_it_would_change_nothing() {
    for (topic, facts, missing) in [
        ("records", json!({"specialty": "小児科"}), json!(["entry_fiscal_year"])),
        (
            "ceiling",
            json!({"trains_in_shortage_area": false, "jichi_graduate": true}),
            json!(["contract_with_prefecture", "university_quota_only"]),
        ),
        ("curriculum", json!({"withdrawn": true, "ground": null}), json!(["left_hospital"])),
    ] {
        let answer = explain(topic, "2026-11-25", &facts);
        assert_eq!((&answer["verdict"], &answer["missing"]), (&json!("ask"), &missing), "{answer}");
        for name in missing.as_array().unwrap() {
            assert!(answer["reason"].as_str().unwrap().contains(name.as_str().unwrap()), "{answer}");
        }
    }
}

#[test]
fn the_day_is_a_date_or_an_instant_and_counts_in_japan() {
    let facts = json!({"phase": "trainee", "window_open": false});
    for (at, earliest) in [
        ("2027-03-31", "2027-04-01"),
        ("2027-04-01", "2028-04-01"),
        ("2027-03-31T14:59:59Z", "2027-04-01"),
        ("2027-03-31T15:00:00Z", "2028-04-01"),
        ("2027-03-31T23:59:59+09:00", "2027-04-01"),
        ("2027/04/01", "2028-04-01"),
    ] {
        assert_eq!(explain("transfer", at, &facts)["starts_earliest_on"], earliest, "{at}");
    }
}

#[test]
fn a_byte_order_mark_is_no_fault_and_a_foreign_name_is_told() {
    let output = madoguchi(
        &["policy", "explain", "profile", "--at", "2026-11-25"],
        "\u{feff}{\"field\": \"phone\", \"colour\": \"blue\"}".as_bytes(),
    );
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["verdict"], "self_service");
    assert!(String::from_utf8(output.stderr).unwrap().contains("\"colour\" is no fact"));
}

#[test]
fn wrong_use_is_told_in_a_line() {
    let at = ["--at", "2026-11-25"];
    for facts in ["", "[]", "3", "{\"specialty\":", "{} {}", "null", "\u{0}"] {
        let output = madoguchi(&["policy", "explain", "records", at[0], at[1]], facts.as_bytes());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{facts}");
        assert_eq!(String::from_utf8(output.stderr).unwrap().trim_end().lines().count(), 1, "{facts}");
    }
    for arguments in [
        &["policy", "explain", "weather", "--at", "2026-11-25"][..],
        &["policy", "explain", "records", "--at", "soon"],
        &["policy", "explain", "records"],
    ] {
        assert_eq!(madoguchi(arguments, b"{}").status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn the_topics_are_listed_with_their_facts() {
    let output = madoguchi(&["policy", "topics"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    let topics: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(topics.len(), Topic::ALL.len());
    assert_eq!(topics[0]["facts"], json!(["specialty", "entry_fiscal_year"]));
}

#[test]
fn a_folder_of_rules_takes_the_place_of_the_programs_and_a_wrong_one_is_refused_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("policy")).unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |arguments: &[&str], facts: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
            .current_dir(folder.path())
            .args(arguments)
            .env("MADOGUCHI__DESK__RULES", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(facts.as_bytes());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), told)
    };
    let explain = || run(&["policy", "explain", "profile", "--at", "2026-11-25"], r#"{"field":"phone"}"#);
    assert!(explain().1.contains("\"self_service\""), "an empty folder changes nothing");

    let profile = TABLES[7].1;
    assert!(profile.contains("verdict = \"self_service\""));
    std::fs::write(at("policy/profile.toml"), profile.replace("verdict = \"self_service\"", "verdict = \"perhaps\""))
        .unwrap();
    let line = profile.lines().position(|line| line == "verdict = \"self_service\"").unwrap() + 1;
    for command in [explain(), run(&["config", "check"], "")] {
        assert_eq!((command.0, command.1.as_str()), (Some(1), ""));
        assert!(command.2.contains(&format!("policy/profile.toml: line {line}:")), "{}", command.2);
    }
    std::fs::write(at("policy/profile.toml"), profile.replace("verdict = \"self_service\"", "verdict = \"desk\""))
        .unwrap();
    assert!(explain().1.contains("\"verdict\":\"desk\""), "{:?}", explain());

    for (name, text, told) in [
        ("canned.toml", "[[reply]]\nid = 1\n", "canned.toml: "),
        ("societies.toml", "[[society]]\nspecialty = \"内科\"\n", "societies.toml: line 1: missing field"),
        ("queues.toml", "queue = 3\n", "queues.toml: "),
        ("policy/profil.toml", "", "is no file of rules; the names are policy/records.toml"),
    ] {
        std::fs::write(at(name), text).unwrap();
        let (code, _, complaint) = run(&["config", "check"], "");
        assert_eq!(code, Some(1), "{name}");
        assert!(complaint.contains(told), "{name}: {complaint}");
        std::fs::remove_file(at(name)).unwrap();
    }
    assert_eq!(run(&["config", "check"], "").0, Some(0));
}

// The loader.

const SPECIALTIES: &str = include_str!("../../config/specialties.toml");

const TABLES: [(&str, &str); 8] = [
    ("records.toml", include_str!("../../config/policy/records.toml")),
    ("late_start.toml", include_str!("../../config/policy/late_start.toml")),
    ("start_date.toml", include_str!("../../config/policy/start_date.toml")),
    ("apply.toml", include_str!("../../config/policy/apply.toml")),
    ("transfer.toml", include_str!("../../config/policy/transfer.toml")),
    ("ceiling.toml", include_str!("../../config/policy/ceiling.toml")),
    ("curriculum.toml", include_str!("../../config/policy/curriculum.toml")),
    ("profile.toml", include_str!("../../config/policy/profile.toml")),
];

/// The rules with one text of the records' table replaced.
fn changed(from: &str, to: &str) -> Result<Policy, String> {
    let records = TABLES[0].1;
    assert!(records.contains(from), "{from}");
    let records = records.replacen(from, to, 1);
    let mut tables = TABLES;
    tables[0].1 = &records;
    Policy::from_files(("specialties.toml", SPECIALTIES), &tables).map_err(|fault| fault.to_string())
}

#[test]
fn a_wrong_table_is_refused_with_line_and_reason() {
    let line = |text: &str| TABLES[0].1.lines().position(|line| line.contains(text)).unwrap() + 1;
    for (from, to, at, reason) in [
        (
            "verdict = \"not_required\"",
            "verdict = \"perhaps\"",
            "verdict = \"not_required\"",
            "no verdict of the topic",
        ),
        ("verdict = \"not_required\"", "verdict = \"closed\"", "verdict = \"not_required\"", "no verdict of the topic"),
        ("specialty = \"内科\"", "specialty = \"宇宙科\"", "specialty = \"内科\"", "\"宇宙科\" is unknown"),
        ("specialty = \"内科\"", "speciality = \"内科\"", "specialty = \"内科\"", "no fact of this table"),
        ("\"2018..2019\"", "\"2019..2018\"", "2018..2019", "entry_fiscal_year"),
        ("\"2018..2019\"", "true", "2018..2019", "a year or a range"),
        ("cites = [\"F42\", \"F43\"]", "cites = [\"F67\"]", "cites = [\"F42\", \"F43\"]", "no fact from F01"),
        ("decides = [\"board\"]", "decides = [\"nobody\"]", "decides = [\"board\"]", "\"nobody\" is unknown"),
        (
            "reason = \"{specialty}は、学会",
            "reason = \"{speciality}は、学会",
            "reason = \"{specialty}は、学会",
            "nothing is known as",
        ),
        ("from = \"2018-04-01\"", "from = \"2018-04-31\"", "from = \"2018-04-01\"", "from is a date"),
        ("topic = \"records\"", "topic = \"weather\"", "topic = \"records\"", "no topic"),
        ("kind = \"year\"", "kind = \"decade\"", "kind = \"year\"", "the kinds are"),
        ("id = \"linkage\"", "id = \"linkage\"\ncolour = \"blue\"", "id = \"linkage\"", "unknown field"),
    ] {
        let fault = changed(from, to).unwrap_err();
        assert!(fault.contains(reason), "{from} → {to}: {fault}");
        let at = line(at);
        let near = (at..=at + 1).any(|line| fault.starts_with(&format!("records.toml: line {line}: ")));
        assert!(near, "line {at} is wrong, told was: {fault}");
    }
}

#[test]
fn a_table_with_a_gap_or_a_row_that_is_never_reached_is_refused() {
    let gap = changed("when = { records = \"entry\" }", "when = { records = \"entry\", entry_fiscal_year = 2018 }");
    assert!(gap.unwrap_err().contains("no row fits"));
    let dead =
        changed("when = { records = \"linkage\" }", "when = { records = \"linkage\", entry_fiscal_year = \"..1900\" }");
    assert!(dead.is_err());
    let hidden = changed("when = { specialty = \"内科\", entry_fiscal_year = 2018 }", "");
    assert!(hidden.unwrap_err().contains("never reached"));
}

#[test]
fn wrong_specialties_are_refused_with_line_and_reason() {
    for (from, to, reason) in [
        ("records = \"linkage\"", "records = \"perhaps\"", "entry or linkage"),
        ("half_year_from = \"10-02\"", "half_year_from = \"10-32\"", "no month and day"),
        ("half_year_from = \"10-02\"", "half_year_from = \"04-01\"", "no month and day"),
        ("name = \"皮膚科\"", "name = \"内科 領域\"", "another specialty already"),
        ("name = \"皮膚科\"", "name = \"・\"", "a name is empty"),
    ] {
        let fault = Specialties::parse("specialties.toml", &SPECIALTIES.replacen(from, to, 1)).unwrap_err();
        assert!(fault.line > 1 && fault.reason.contains(reason), "{from} → {to}: {fault}");
    }
}

#[test]
fn the_version_in_force_on_the_day_answers() {
    let second = TABLES[0].1.split("[[version]]").nth(1).unwrap();
    let second = second.replace("from = \"2018-04-01\"", "from = \"2028-04-01\"");
    // From 2028 on, say, internal medicine enters as well.
    let second = second.replace("specialty = \"内科\", entry_fiscal_year = 2018", "specialty = \"内科\"");
    let records = format!("{}\n[[version]]{second}", TABLES[0].1);
    let mut tables = TABLES;
    tables[0].1 = &records;
    let policy = Policy::from_files(("specialties.toml", SPECIALTIES), &tables).unwrap();
    let facts = json!({"specialty": "内科", "entry_fiscal_year": 2020});
    let given = policy.given(Topic::Records, facts.as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v)));
    let on = |day: &str| {
        let answer = policy.explain(Topic::Records, day.parse().unwrap(), &given);
        (answer.verdict, answer.rule)
    };
    assert_eq!(on("2028-03-31"), (Verdict::NotRequired, "records@2018-04-01/linkage".to_owned()));
    assert_eq!(on("2028-04-01"), (Verdict::EntryRequired, "records@2028-04-01/internal-medicine-2018".to_owned()));
    assert_eq!(on("2010-01-01").0, Verdict::NotRequired, "the first version holds for earlier days too");
    let backwards = records.replace("from = \"2028-04-01\"", "from = \"2018-04-01\"");
    tables[0].1 = &backwards;
    let fault = Policy::from_files(("specialties.toml", SPECIALTIES), &tables).unwrap_err();
    assert!(fault.reason.contains("begins after"), "{fault}");
}
