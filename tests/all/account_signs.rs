//! What a third sign is worth where two doctors are much alike: Latin letters (Yuki is ユキ and ユウキ, Ono 小野 and 大野), names of
//! one sound, an address that twins share, a former name in brackets. Nobody is linked to the twin whose number was typed, and
//! whom a claim names is among the candidates whatever number and birthdate say.

use chrono::NaiveDate;
use madoguchi::desk::account::{
    AccountIndex, AccountKeys, AccountRecord, Birthdate, Claim, ClaimKeys, Grade, MatchOutcome, RegistrationNumber,
    find_duplicates,
};

fn account(number: i64, (family, given): (&str, &str), (family_kana, given_kana): (&str, &str)) -> AccountRecord {
    let born = Birthdate::new(NaiveDate::from_ymd_opt(1991, 5, 6).unwrap());
    let mut record = AccountRecord::new("", RegistrationNumber::new(number).unwrap(), born, family, given);
    (record.family_kana, record.given_kana) = (family_kana.to_owned(), given_kana.to_owned());
    record.email = format!("d{number}@example.jp");
    record
}

fn ask(accounts: &[AccountRecord], number: &str, birthdate: &str, name: &str, kana: &str) -> MatchOutcome<u32> {
    ask_from(accounts, number, birthdate, name, kana, "")
}

fn ask_from(
    accounts: &[AccountRecord],
    number: &str,
    birthdate: &str,
    name: &str,
    kana: &str,
    email: &str,
) -> MatchOutcome<u32> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let claim = Claim {
        registration_number: text(number),
        birthdate: text(birthdate),
        name: text(name),
        kana: text(kana),
        email: text(email),
        phone: None,
    };
    let today = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    AccountIndex::new(accounts.iter().map(AccountKeys::of)).match_claim(&ClaimKeys::read(&claim, today))
}

#[test]
fn a_twin_whose_name_is_the_same_in_latin_letters_is_never_linked() {
    let pairs = [
        (("鈴木", "由紀"), ("スズキ", "ユキ"), ("鈴木", "優希"), ("スズキ", "ユウキ"), "SUZUKI YUKI"),
        (("森", "由佳"), ("モリ", "ユカ"), ("森", "優香"), ("モリ", "ユウカ"), "Mori Yuka"),
        (("小野", "陽子"), ("オノ", "ヨウコ"), ("大野", "葉子"), ("オオノ", "ヨウコ"), "Ono Yoko"),
        (("林", "浩二"), ("ハヤシ", "コウジ"), ("林", "古慈"), ("ハヤシ", "コジ"), "hayashi koji"),
    ];
    for (name, kana, other_name, other_kana, latin) in pairs {
        let accounts = [account(512_346, name, kana), account(512_347, other_name, other_kana)];
        let (written, read) = (format!("{} {}", name.0, name.1), format!("{} {}", kana.0, kana.1));
        for (in_name, in_kana) in [(latin, read.as_str()), (written.as_str(), latin), (latin, ""), ("", latin)] {
            // The other's number.
            let outcome = ask(&accounts, "512347", "1991-05-06", in_name, in_kana);
            assert_eq!((outcome.grade, outcome.linked), (Grade::Conflict, None), "{in_name} {in_kana}");
        }
        // Their own number: kanji or kana settle it, Latin letters alone do not.
        for (in_name, in_kana) in [(written.as_str(), ""), ("", read.as_str()), (latin, read.as_str())] {
            let outcome = ask(&accounts, "512346", "1991-05-06", in_name, in_kana);
            assert_eq!((outcome.grade, outcome.linked), (Grade::Exact, Some(0)), "{in_name} {in_kana}");
        }
        let outcome = ask(&accounts, "512346", "1991-05-06", latin, "");
        assert_eq!(outcome.linked, None, "two people are named {latin}");
        // Where nobody else has the name, they do.
        let outcome = ask(&accounts[..1], "512346", "1991-05-06", latin, "");
        assert_eq!((outcome.grade, outcome.linked), (Grade::Exact, Some(0)), "{latin}");
    }
}

#[test]
fn whom_a_claim_names_is_among_the_candidates_though_number_and_birthdate_are_wrong() {
    let mut accounts = vec![account(512_345, ("山田", "太郎"), ("ヤマダ", "タロウ"))];
    accounts.push(account(733_333, ("佐藤", "花子"), ("サトウ", "ハナコ")));
    for (number, birthdate, name, kana) in [
        ("999111", "1950-12-25", "山田太郎", "ヤマダタロウ"),
        ("", "1950-12-25", "山田太郎", "ヤマダタロウ"),
        ("999111", "", "山田太郎", ""),
        ("733333", "1950-12-25", "山田太郎", "ヤマダタロウ"),
    ] {
        let outcome = ask(&accounts, number, birthdate, name, kana);
        assert!(outcome.candidates.iter().any(|candidate| candidate.id == 0), "{number} {birthdate} {name} {kana}");
        assert_eq!(outcome.linked, None);
    }
}

#[test]
fn of_two_whose_names_sound_alike_the_one_who_is_written_and_writes_is_not_taken_for_the_other() {
    let accounts = [
        account(512_800, ("小林", "愛"), ("コバヤシ", "アイ")),
        account(512_801, ("小林", "藍"), ("コバヤシ", "アイ")),
    ];
    for name in ["小林 愛", "Kobayashi Ai"] {
        let outcome = ask_from(&accounts, "512801", "1991-05-06", name, "コバヤシ アイ", "d512800@example.jp");
        assert_eq!((outcome.grade, outcome.linked), (Grade::Conflict, None), "{name}");
    }
    for (number, name, place) in [("512800", "小林愛", 0), ("512801", "小林藍", 1)] {
        let outcome = ask(&accounts, number, "1991-05-06", name, "コバヤシ アイ");
        assert_eq!((outcome.grade, outcome.linked), (Grade::Exact, Some(place)), "{name}");
    }
}

#[test]
fn a_namesake_of_the_same_day_is_not_taken_for_the_owner_of_the_number_when_the_address_is_the_namesakes() {
    let accounts = [
        account(512_810, ("今井", "麻衣"), ("イマイ", "マイ")),
        account(733_001, ("今井", "麻衣"), ("イマイ", "マイ")),
    ];
    let ask = |number, email| ask_from(&accounts, number, "1991-05-06", "今井 麻衣", "イマイ マイ", email);
    assert_eq!(ask("733001", "d512810@example.jp").grade, Grade::Conflict);
    assert_eq!(ask("733001", "d733001@example.jp").linked, Some(1));
    assert_eq!(ask("733001", "new@example.jp").linked, Some(1));
}

#[test]
fn twins_who_share_an_address_are_told_apart_by_the_given_name() {
    let mut accounts = [
        account(512_900, ("鈴木", "由紀"), ("スズキ", "ユキ")),
        account(512_901, ("鈴木", "美咲"), ("スズキ", "ミサキ")),
    ];
    for twin in &mut accounts {
        twin.email = "family@example.jp".to_owned();
    }
    let ask = |number, name, kana| ask_from(&accounts, number, "1991-05-06", name, kana, "family@example.jp");
    // Married, with her own number and given name.
    assert_eq!(ask("512900", "田中 由紀", "タナカ ユキ").linked, Some(0));
    // With the sister's number.
    assert_eq!(ask("512901", "田中 由紀", "タナカ ユキ").grade, Grade::Conflict);
    // Without a name the address says nothing.
    assert_eq!(ask("512900", "", "").grade, Grade::Conflict);
}

#[test]
fn a_former_name_in_brackets_links_nobody_whose_reading_is_another() {
    let accounts = [account(512_345, ("山田", "太郎"), ("ヤマダ", "タロウ"))];
    let cut = "高橋健太郎(旧姓山田)";
    assert_eq!(ask(&accounts, "512345", "1991-05-06", cut, "タカハシ ケンタロウ").linked, None);
    assert_eq!(ask(&accounts, "512345", "1991-05-06", "高橋太郎(旧姓山田)", "").linked, Some(0));
    assert_eq!(ask(&accounts, "512345", "1991-05-06", "高橋太郎(旧姓山田)", "ヤマダ タロウ").linked, Some(0));
}

#[test]
fn namesakes_by_sound_and_twins_are_no_double_registrations() {
    let pairs =
        |accounts: &[AccountRecord]| find_duplicates(&AccountIndex::new(accounts.iter().map(AccountKeys::of))).len();
    let with = |record: AccountRecord, email: &str, phone: &str| AccountRecord {
        email: email.to_owned(),
        phone: phone.to_owned(),
        ..record
    };
    let ai = account(700_001, ("佐藤", "愛"), ("サトウ", "アイ"));
    assert_eq!(pairs(&[ai.clone(), account(700_002, ("佐藤", "藍"), ("サトウ", "アイ"))]), 0, "one sound");
    let megumi = with(account(720_001, ("佐藤", "恵"), ("サトウ", "メグミ")), "a@example.jp", "03-1234-5678");
    let other = with(account(720_002, ("鈴木", "恵"), ("スズキ", "メグミ")), "b@example.jp", "03-1234-5678");
    assert_eq!(pairs(&[megumi, other]), 0, "one hospital");
    let yuka = with(account(600_001, ("木村", "優花"), ("キムラ", "ユウカ")), "family@example.jp", "");
    let twin = with(account(600_001, ("木村", "由香"), ("キムラ", "ユカ")), "family@example.jp", "");
    assert_eq!(pairs(&[yuka, twin]), 0, "a twin with the other's number");
    // One person: the writing of the given name, a slip of the birthdate with a family name changed by marriage.
    let kana_only = account(700_002, ("佐藤", "アイ"), ("サトウ", "アイ"));
    assert_eq!(pairs(&[ai.clone(), kana_only]), 1);
    let mut married = account(700_001, ("高橋", "愛"), ("タカハシ", "アイ"));
    married.birthdate = Birthdate::new(NaiveDate::from_ymd_opt(1991, 5, 7).unwrap());
    assert_eq!(pairs(&[ai, married]), 1);
}
