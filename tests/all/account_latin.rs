//! Names in Latin letters say less than they seem: Yuki is ユキ and ユウキ, Ono 小野 and 大野. They never link a doctor to the
//! twin whose number was typed, and whom a claim names is among the candidates whatever number and birthdate say.

use chrono::NaiveDate;
use madoguchi::desk::account::{
    AccountIndex, AccountKeys, AccountRecord, Birthdate, Claim, ClaimKeys, Grade, MatchOutcome, RegistrationNumber,
};

fn account(number: i64, (family, given): (&str, &str), (family_kana, given_kana): (&str, &str)) -> AccountRecord {
    let born = Birthdate::new(NaiveDate::from_ymd_opt(1991, 5, 6).unwrap());
    let mut record = AccountRecord::new("", RegistrationNumber::new(number).unwrap(), born, family, given);
    (record.family_kana, record.given_kana) = (family_kana.to_owned(), given_kana.to_owned());
    record.email = format!("d{number}@example.jp");
    record
}

fn ask(accounts: &[AccountRecord], number: &str, birthdate: &str, name: &str, kana: &str) -> MatchOutcome<u32> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let claim = Claim {
        registration_number: text(number),
        birthdate: text(birthdate),
        name: text(name),
        kana: text(kana),
        ..Claim::default()
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
