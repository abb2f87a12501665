//! Importing `accounts.csv` and finding candidates in the database, on both databases.

use std::time::Instant;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use madoguchi::desk::account::synth::Synth;
use madoguchi::desk::account::{
    AccountIndex, AccountRecord, Claim, ClaimKeys, Grade, ImportOptions, ImportReport, ImportRow, import_csv,
    import_records, match_claim, store,
};
use madoguchi::platform::db::Db;

use crate::support::on_each_database;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 25, 3, 0, 0).unwrap()
}

fn today() -> NaiveDate {
    now().date_naive()
}

const SIZE: usize = 1_500;
const HEADER: &str = "アカウントID,医籍登録番号,生年月日,姓,名,セイ,メイ,旧姓,メールアドレス,電話番号,区分,研修開始年度,基本領域,プログラム,統括責任者,統括責任者メール,応募状態,登録日時,ログインURL送信日時,ログインURL状態,一時パスワード発行日時,免許証画像";
const TARO: &str = "A1,第５１２３４５号,平成8年4月9日,山田,太郎,ヤマダ,タロウ,,taro@example.jp,090-1234-5678,研修中,令和6年度,内科,青葉プログラム,長 一郎,cho@example.jp,採用,2026-10-01 09:30,2026/10/01 9:32,開封,,免許証";
const HANAKO: &str = "A2,512399,1995/1/2,佐藤,花子,サトウ,ハナコ,鈴木;田中,hanako@example.jp,,応募者,,,,,,未応募,2026-10-02T00:00:00+09:00,,,,仮";

async fn import(db: &Db, text: &str, options: ImportOptions) -> ImportReport {
    import_csv(db, text.as_bytes(), "accounts.csv", options, now()).await.unwrap()
}

fn counts(report: &ImportReport) -> (usize, usize, usize, usize) {
    (report.new, report.changed, report.same, report.refused)
}

#[tokio::test]
async fn a_file_is_new_once_then_the_same_and_a_changed_row_is_changed() {
    on_each_database(|db| async move {
        let file = format!("\u{FEFF}{HEADER}\r\n{TARO}\r\n{HANAKO}\r\n");
        let dry = import(&db, &file, ImportOptions { dry_run: true, ..ImportOptions::default() }).await;
        assert_eq!(counts(&dry), (2, 0, 0, 0));
        assert_eq!(counts(&import(&db, &file, ImportOptions::default()).await), (2, 0, 0, 0));
        assert_eq!(counts(&import(&db, &file, ImportOptions::default()).await), (0, 0, 2, 0));
        let changed = file.replace("hanako@", "hana@");
        assert_eq!(counts(&import(&db, &changed, ImportOptions::default()).await), (0, 1, 1, 0));

        let mut tx = db.read().await.unwrap();
        let account = store::find_by_account_id(&mut tx, "A2").await.unwrap().unwrap();
        assert_eq!(account.record.email, "hana@example.jp");
        assert_eq!(account.record.former_names, ["鈴木", "田中"]);
        let taro = store::find_by_account_id(&mut tx, "A1").await.unwrap().unwrap().record;
        assert_eq!((taro.registration_number.value(), taro.entry_fiscal_year), (512_345, Some(2024)));
        assert_eq!(taro.registered_at, Utc.with_ymd_and_hms(2026, 10, 1, 0, 30, 0).single());
        assert_eq!(store::count(&mut tx).await.unwrap().0, 2);
        // The old address is no key any more.
        let claim =
            |email: &str| ClaimKeys::read(&Claim { email: Some(email.to_owned()), ..Claim::default() }, today());
        assert_eq!(store::find_candidates(&mut tx, &claim("hanako@example.jp")).await.unwrap().len(), 0);
        assert_eq!(store::find_candidates(&mut tx, &claim("HANA@example.jp")).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_refused_row_is_named_by_line_and_nothing_is_applied_unless_asked() {
    on_each_database(|db| async move {
        let bad = [
            ("A3,512400,1995年2月30日,林,次郎,ハヤシ,ジロウ", "birthdate: there is no such day in the calendar"),
            ("A4,512401,平成95年1月1日,林,次郎,ハヤシ,ジロウ", "birthdate: the era has no such year"),
            ("A5,512402,04/05/1996,林,次郎,ハヤシ,ジロウ", "birthdate: the birthdate reads in 2 ways"),
            ("A6,abc,1995-01-02,林,次郎,ハヤシ,ジロウ", "registration_number: the registration number is not made of digits"),
            ("A7,512403,1995-01-02,=1+1,次郎,ハヤシ,ジロウ", "family_name: a formula is not taken"),
            ("A8,512404,1995-01-02,林,次郎,林,ジロウ", "family_kana: is not kana (are the columns shifted?)"),
            ("A1,512405,1995-01-02,林,次郎,ハヤシ,ジロウ", "account_id: the file has this id on an earlier line"),
            (",512406,1995-01-02,林,次郎,ハヤシ,ジロウ", "account_id: is empty"),
            ("A9,512407,1995-01-02,林,次郎,ハヤシ", "6 cells where the header has 7"),
        ];
        let mut file = "account_id,registration_number,birthdate,family_name,given_name,family_kana,given_kana\nA1,512345,1996-04-09,山田,太郎,ヤマダ,タロウ\n".to_owned();
        for (row, _) in bad {
            file.push_str(row);
            file.push('\n');
        }
        let refused = import(&db, &file, ImportOptions::default()).await;
        assert!(!refused.accepted);
        assert_eq!(refused.refused, bad.len());
        for (n, (error, (_, reason))) in refused.errors.iter().zip(bad).enumerate() {
            assert_eq!((error.line, error.reason.as_str()), (3 + n as u64, reason));
        }
        assert_eq!(store::count(&mut db.read().await.unwrap()).await.unwrap().0, 0);
        let skipped = import(&db, &file, ImportOptions { skip_refused: true, ..ImportOptions::default() }).await;
        assert_eq!((skipped.accepted, skipped.new, skipped.refused), (true, 1, bad.len()));
        assert_eq!(store::count(&mut db.read().await.unwrap()).await.unwrap().0, 1);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_as_a_whole_says_where_and_why() {
    on_each_database(|db| async move {
        let short = "account_id,registration_number,birthdate,family_name,given_name";
        let (cp932, _, _) =
            encoding_rs::SHIFT_JIS.encode("アカウントID,医籍登録番号,生年月日,姓,名\nA1,512345,1996-04-09,髙橋,太郎\n");
        assert_eq!(
            import_csv(&db, &cp932, "cp932.csv", ImportOptions { dry_run: true, ..ImportOptions::default() }, now())
                .await
                .unwrap()
                .new,
            1
        );
        for (bytes, line, reason) in [
            (b"".to_vec(), 1, "the file is empty"),
            (
                b"account_id,registration_number,birthdate,family_name\n".to_vec(),
                1,
                "the column given_name (名) is missing",
            ),
            (format!("{short},shoe_size\n").into_bytes(), 1, "unknown column \"shoe_size\""),
            (format!("{short},姓\n").into_bytes(), 1, "the column family_name stands twice in the header"),
            (
                [short.as_bytes(), b"\nA1,512345,1996-04-09,\xFF\xFE\xFD,x\n"].concat(),
                2,
                "the text is neither UTF-8 nor CP932 (Shift_JIS)",
            ),
            (vec![0xFF, 0xFE, 0x41, 0x00], 1, "the file is UTF-16; save it as \"CSV UTF-8\""),
        ] {
            let report = import_csv(&db, &bytes, "bad.csv", ImportOptions::default(), now()).await.unwrap();
            assert!(!report.accepted);
            assert_eq!((report.errors[0].line, report.errors[0].reason.as_str()), (line, reason));
        }
    })
    .await;
}

#[tokio::test]
async fn the_database_finds_the_same_candidates_as_the_batch() {
    on_each_database(|db| async move {
        let population = Synth::new(3).population(SIZE, today());
        let records: Vec<AccountRecord> = population.accounts.clone();
        let rows = records.iter().cloned().map(ImportRow::whole).collect::<Vec<_>>();
        let started = Instant::now();
        let report = import_records(&db, rows, "invented", false, now()).await.unwrap();
        eprintln!("{} rows in {:?}", report.new, started.elapsed());
        let mut tx = db.read().await.unwrap();
        let all = store::all_keys(&mut tx).await.unwrap();
        let index = AccountIndex::new(all.iter().map(|account| account.keys.clone()));
        let mut exact = 0;
        for (n, record) in records.iter().enumerate().step_by(60) {
            let near = record.registration_number.one_slip_away();
            let number = if n % 120 == 0 { near[n % near.len()] } else { record.registration_number };
            let claim = Claim {
                registration_number: Some(format!("第{}号", number.value())),
                birthdate: Some(record.birthdate.ja()),
                name: Some(record.full_name()),
                kana: (n % 180 == 0).then(|| record.full_kana()),
                email: Some(record.email.clone()),
                phone: None,
            };
            let keys = ClaimKeys::read(&claim, today());
            let found = store::find_candidates(&mut tx, &keys).await.unwrap();
            let outcome = match_claim(&keys, found.iter().map(|(id, keys)| (*id, keys)));
            let batch = index.match_claim(&keys);
            assert_eq!(outcome.grade, batch.grade);
            assert_eq!(outcome.linked, batch.linked.map(|at| all[at as usize].id));
            assert_eq!(outcome.candidates.len(), batch.candidates.len());
            exact += usize::from(outcome.grade == Grade::Exact);
        }
        assert!(exact >= 10, "{exact}");
    })
    .await;
}
