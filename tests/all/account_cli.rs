//! `madoguchi accounts import|match|duplicates` as an operator's script sees them: lines, exit codes, files that are none.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const HEADER: &str = "アカウントID,医籍登録番号,生年月日,姓,名,セイ,メイ,メールアドレス,電話番号";
const TARO: &str = "A1,第５１２３４５号,平成8年4月9日,渡邉,太郎,ワタナベ,タロウ,taro@example.jp,090-1234-5678";
const TWICE: &str = "A2,512345,1996-04-09,渡辺,太郎,ﾜﾀﾅﾍﾞ,ﾀﾛｳ,again@example.jp,";
const TWIN: &str = "A3,512346,1996/4/9,渡邉,次郎,ワタナベ,ジロウ,jiro@example.jp,";

fn madoguchi(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .current_dir(folder)
        .args(arguments)
        .env("MADOGUCHI__CLOCK__NOW", "2026-11-25T12:00:00+09:00")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn import(folder: &Path, bytes: &[u8], more: &[&str]) -> (Option<i32>, Value) {
    std::fs::write(folder.join("accounts.csv"), bytes).unwrap();
    let output = madoguchi(folder, &[&["accounts", "import", "accounts.csv"], more].concat(), b"");
    (output.status.code(), lines(&output).pop().unwrap())
}

fn counts(report: &Value) -> [i64; 4] {
    ["new", "changed", "same", "refused"].map(|name| report[name].as_i64().unwrap())
}

#[test]
fn a_file_is_imported_matched_and_searched_for_doubles() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("\u{FEFF}{HEADER}\r\n{TARO}\r\n{TWICE}\r\n{TWIN}\r\n");
    assert_eq!(import(folder.path(), file.as_bytes(), &["--dry-run"]).0, Some(0));
    assert_eq!(counts(&import(folder.path(), file.as_bytes(), &[]).1), [3, 0, 0, 0]);
    assert_eq!(counts(&import(folder.path(), file.as_bytes(), &[]).1), [0, 0, 3, 0]);

    let claims = [
        json!({ "id": 1, "registration_number": 512345, "birthdate": "H8.4.9", "name": "わたなべ たろう" }),
        json!({ "id": "two", "registration_number": "512346", "birthdate": "19960409", "name": "渡辺太郎" }),
        json!({ "id": "three", "email": "taro@example.jp", "phone": null, "favourite_colour": "blue" }),
    ];
    let mut input: Vec<u8> = claims.iter().flat_map(|claim| format!("{claim}\n").into_bytes()).collect();
    input.extend(b"{ \"id\": \"four\", \n");
    let output = madoguchi(folder.path(), &["accounts", "match"], &input);
    assert_eq!(output.status.code(), Some(1), "a line is no claim");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(complaint.contains("1 of 4 line(s)") && complaint.contains("line 4"), "{complaint}");
    let answers = lines(&output);
    assert_eq!(answers.len(), 4);
    assert_eq!((&answers[0]["id"], &answers[0]["grade"]), (&json!(1), &json!("exact")));
    assert!(["A1", "A2"].contains(&answers[0]["account"].as_str().unwrap()));
    // His brother's number.
    assert_eq!((&answers[1]["grade"], &answers[1]["account"]), (&json!("conflict"), &Value::Null));
    assert_eq!(answers[2]["candidates"][0]["account"], "A1");
    assert_eq!(answers[2]["candidates"][0]["reasons"][4], json!({ "field": "email", "mark": "agree" }));
    assert!(answers[3]["error"].as_str().unwrap().starts_with("is not JSON"));

    let output = madoguchi(folder.path(), &["accounts", "duplicates"], b"");
    let pairs: Vec<_> = lines(&output).iter().map(|pair| (pair["a"].clone(), pair["b"].clone())).collect();
    assert_eq!(pairs, [(json!("A1"), json!("A2"))]);
}

#[test]
fn what_is_wrong_with_a_file_is_named_by_line_and_nothing_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    let row = |cells: &str| format!("{HEADER}\n{TARO}\n{cells}\n").into_bytes();
    let cases: Vec<(&str, Vec<u8>, u64, &str)> = vec![
        (
            "one cell to the left",
            row("A2,1996-04-09,512346,渡邉,次郎,ワタナベ,ジロウ,j@example.jp,"),
            3,
            "registration_number",
        ),
        (
            "names moved on",
            row("A2,512346,1996-04-09,次郎,ワタナベ,ジロウ,j@example.jp,,x"),
            3,
            "given_kana: is not kana",
        ),
        (
            "mail in the phone",
            row("A2,512346,1996-04-09,渡邉,次郎,ワタナベ,ジロウ,,j@example.jp"),
            3,
            "phone: is no phone number",
        ),
        (
            "a cell too many",
            row("A2,512346,1996-04-09,渡邉,次郎,ワタナベ,ジロウ,j@example.jp,,"),
            3,
            "10 cells where the header has 9",
        ),
        (
            "the id again",
            row("A1,512346,1996-04-09,渡邉,次郎,ワタナベ,ジロウ,,"),
            3,
            "account_id: the file has this id",
        ),
        ("a formula", row("A2,512346,1996-04-09,\"=HYPERLINK(\"\"x\"\")\",次郎,,,,"), 3, "family_name: a formula"),
        ("a formula in the phone", row("A2,512346,1996-04-09,渡邉,次郎,,,,+1+cmd|'/c calc'!A0"), 3, "phone: a formula"),
        ("NUL", row("A2,512346,1996-04-09,渡\0邉,次郎,,,,"), 3, "family_name: holds control characters"),
        (
            "an open quotation mark",
            row(&format!("A2,512346,1996-04-09,\"渡邉,次郎\n{}", "A9,1,2,3,4,5,6,7,8\n".repeat(200))),
            3,
            "cells where the header has 9",
        ),
        ("no header", format!("{TARO}\n").into_bytes(), 1, "unknown column \"A1\""),
        (
            "a missing column",
            "アカウントID,医籍登録番号,姓,名\nA1,1,林,次郎\n".as_bytes().to_vec(),
            1,
            "the column birthdate (生年月日) is missing",
        ),
        ("UTF-16", vec![0xFE, 0xFF, 0, 0x41], 1, "UTF-16"),
        (
            "neither encoding",
            [HEADER.as_bytes(), b"\nA1,1,1996-04-09,\xFF\xFE,x,,,,\n"].concat(),
            2,
            "neither UTF-8 nor CP932",
        ),
        ("2月30日", row("A2,512346,1996年2月30日,渡邉,次郎,,,,"), 3, "birthdate: there is no such day"),
        ("平成95年", row("A2,512346,平成95年1月1日,渡邉,次郎,,,,"), 3, "birthdate: the era has no such year"),
        ("04/05/1996", row("A2,512346,04/05/1996,渡邉,次郎,,,,"), 3, "birthdate: the birthdate reads in 2 ways"),
        (
            "names one to the left",
            row("A2,512346,1996-04-09,次郎,ワタナベ,ジロウ,,j@example.jp,"),
            3,
            "given_name: is a reading beside a name in kanji",
        ),
        ("a name in the phone", row("A2,512346,1996-04-09,渡邉,次郎,,,,山田"), 3, "phone: is no phone number"),
        (
            "EUC-JP",
            [
                &b"account_id,registration_number,birthdate,family_name,given_name,family_kana\nA1,1,1996-04-09,A,B,"[..],
                &encoding_rs::EUC_JP.encode("サトウ\n").0,
            ]
            .concat(),
            2,
            "EUC-JP",
        ),
        ("several faults", row("A2,x,y,渡邉,次郎,,,z,"), 3, "; email: "),
    ];
    for (what, bytes, line, reason) in cases {
        let (code, report) = import(folder.path(), &bytes, &[]);
        assert_eq!(code, Some(1), "{what}: {report}");
        assert!(report["refused"].as_i64() >= Some(1), "{what}");
        assert_eq!(report["errors"][0]["line"], line, "{what}: {report}");
        assert!(report["errors"][0]["reason"].as_str().unwrap().contains(reason), "{what}: {report}");
    }
    // As Excel writes lines, as old Macs did, and with lines that somebody left empty.
    for (end, more) in [("\n", 0), ("\r\n", 0), ("\r", 0), ("\r\n\r\n\r\n", 4)] {
        let file = [HEADER, TARO, "A2,512346,1996年2月30日,渡邉,次郎,,,,", "A3,,,,,,,,", "A4,\"x"].join(end);
        let (_, report) = import(folder.path(), file.as_bytes(), &[]);
        let lines: Vec<i64> = (0..3).filter_map(|n| report["errors"][n]["line"].as_i64()).collect();
        assert_eq!(lines, [3 + more, 4 + more + more / 2, 5 + 2 * more], "{end:?}: {report}");
    }
    let good = format!("{HEADER}\n{TARO}\n");
    assert_eq!(counts(&import(folder.path(), good.as_bytes(), &["--dry-run"]).1), [1, 0, 0, 0], "nothing was applied");
    let bad = row("A2,512346,04/05/1996,渡邉,次郎,,,,");
    let (code, report) = import(folder.path(), &bad, &["--skip-refused"]);
    assert_eq!((code, counts(&report)), (Some(0), [1, 0, 0, 1]));
    let (cp932, _, broken) = encoding_rs::SHIFT_JIS.encode(&good);
    assert!(!broken);
    assert_eq!(counts(&import(folder.path(), &cp932, &[]).1), [0, 0, 1, 0], "CP932 says the same");
    assert_eq!(madoguchi(folder.path(), &["accounts", "import", "nowhere.csv"], b"").status.code(), Some(1));
}

#[test]
fn a_file_without_some_columns_keeps_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), format!("{HEADER}\n{TARO}\n").as_bytes(), &[]);
    let few = "account_id,birthdate,registration_number,given_name,family_name\nA1,1996-04-09,512345,太郎,渡邉\n";
    assert_eq!(counts(&import(folder.path(), few.as_bytes(), &[]).1), [0, 0, 1, 0]);
    let married = few.replace("渡邉", "佐藤");
    assert_eq!(counts(&import(folder.path(), married.as_bytes(), &[]).1), [0, 1, 0, 0]);
    let claim = b"{\"email\":\"taro@example.jp\"}";
    let answer = lines(&madoguchi(folder.path(), &["accounts", "match"], claim)).remove(0);
    assert_eq!(answer["candidates"][0]["account"], "A1", "the address was kept");
}
