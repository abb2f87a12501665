//! The nightly look for double registrations, on both databases: what it keeps, what staff dismiss.

use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use madoguchi::desk::account::pairs::{self, Found};
use madoguchi::desk::account::{
    AccountRecord, Birthdate, Columns, ImportRow, RegistrationNumber, import_records, match_lines, nested, store, twins,
};
use madoguchi::desk::staff::people::{self, NewPerson};
use madoguchi::desk::staff::{Role, StaffError, StaffId};
use madoguchi::platform::db::{Db, DbError, Tx};

use crate::support::on_each_database;

fn night() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 18, 40, 0).unwrap()
}

fn account(id: &str, number: i64, day: u32, given: (&str, &str), email: &str) -> AccountRecord {
    let born = Birthdate::new(NaiveDate::from_ymd_opt(1996, 4, day).unwrap());
    let mut record = AccountRecord::new(id, RegistrationNumber::new(number).unwrap(), born, "渡邉", given.0);
    record.family_kana = "ワタナベ".to_owned();
    record.given_kana = given.1.to_owned();
    record.email = email.to_owned();
    record
}

const TARO: (&str, &str) = ("太郎", "タロウ");
const JIRO: (&str, &str) = ("次郎", "ジロウ");

async fn import(db: &Db, records: Vec<AccountRecord>) {
    let rows = records.into_iter().map(ImportRow::whole).collect();
    import_records(db, rows, "accounts.csv", false, night()).await.unwrap();
}

async fn find(db: &Db, at: DateTime<Utc>) -> Found {
    db.write::<_, DbError, _>(async move |tx: &mut Tx| pairs::find(tx, at).await).await.unwrap()
}

#[tokio::test]
async fn each_pair_is_kept_once_until_it_is_none_any_more_and_a_dismissed_one_stays_dismissed() {
    on_each_database(|db| async move {
        import(
            &db,
            vec![
                account("A1", 512_345, 9, TARO, "taro@example.jp"),
                account("A2", 512_345, 9, TARO, "taro2@example.jp"),
                account("A3", 512_354, 9, TARO, "taro3@example.jp"),
                // His twin, one number further, and a namesake of another day.
                account("B1", 512_346, 9, JIRO, "jiro@example.jp"),
                account("C1", 512_347, 21, TARO, "taro4@example.jp"),
            ],
        )
        .await;
        assert_eq!(find(&db, night()).await, Found { new: 3, gone: 0, open: 3 });
        assert_eq!(find(&db, night() + Duration::days(1)).await, Found { new: 0, gone: 0, open: 3 });
        let mut tx = db.read().await.unwrap();
        let id = async |tx: &mut Tx, name: &str| store::find_by_account_id(tx, name).await.unwrap().unwrap().id;
        let (a1, a2, b1) = (id(&mut tx, "A1").await, id(&mut tx, "A2").await, id(&mut tx, "B1").await);
        let open = pairs::store::list_open(&mut tx, 10, 0).await.unwrap();
        assert!(open.iter().all(|pair| pair.a < pair.b && pair.found_at == night() && !pair.reasons.is_empty()));
        assert_eq!(pairs::store::of_account(&mut tx, a1).await.unwrap().len(), 2);
        assert!(pairs::store::of_account(&mut tx, b1).await.unwrap().is_empty());
        drop(tx);

        let staff: StaffId = db
            .write::<_, StaffError, _>(async move |tx: &mut Tx| {
                let new = NewPerson { name: "長 花子".into(), email: "cho@example.jp".into(), role: Role::Lead };
                people::add(tx, None, &new, night()).await
            })
            .await
            .unwrap();
        // The order of the two does not matter.
        let dismiss = async move |tx: &mut Tx| pairs::dismiss(tx, a2, a1, staff, "本人に確認した", night()).await;
        assert!(db.write::<_, DbError, _>(dismiss).await.unwrap());
        let nobody = async move |tx: &mut Tx| pairs::dismiss(tx, a1, b1, staff, "", night()).await;
        assert!(!db.write::<_, DbError, _>(nobody).await.unwrap());
        assert_eq!(find(&db, night() + Duration::days(2)).await, Found { new: 0, gone: 0, open: 2 });
        // A number is put right: its pairs are none any more.
        import(&db, vec![account("A3", 498_001, 2, JIRO, "taro3@example.jp")]).await;
        assert_eq!(find(&db, night() + Duration::days(3)).await, Found { new: 0, gone: 2, open: 0 });
        let mut tx = db.read().await.unwrap();
        let dismissed = pairs::store::list_dismissed(&mut tx, 10, 0).await.unwrap();
        assert_eq!(dismissed.len(), 1);
        let dismissal = dismissed[0].dismissed.as_ref().unwrap();
        assert_eq!((dismissal.by, dismissal.why.as_str()), (staff, "本人に確認した"));
        drop(tx);
        let again = async move |tx: &mut Tx| pairs::take_up_again(tx, a1, a2).await;
        assert!(db.write::<_, DbError, _>(again).await.unwrap());
        assert_eq!(find(&db, night() + Duration::days(4)).await, Found { new: 0, gone: 0, open: 1 });
    })
    .await;
}

#[tokio::test]
async fn the_commands_know_what_a_repair_put_away_and_whom_staff_called_two_people() {
    on_each_database(|db| async move {
        import(
            &db,
            vec![
                account("A1", 512_345, 9, TARO, "taro@example.jp"),
                account("A2", 512_354, 9, TARO, "taro2@example.jp"),
                account("A3", 512_345, 9, TARO, "taro3@example.jp"),
            ],
        )
        .await;
        let mut tx = db.read().await.unwrap();
        let open = pairs::look_open(&mut tx).await.unwrap();
        assert_eq!(open.len(), 3);
        let id = async |tx: &mut Tx, name: &str| store::find_by_account_id(tx, name).await.unwrap().unwrap().id;
        let (a1, a2, a3) = (id(&mut tx, "A1").await, id(&mut tx, "A2").await, id(&mut tx, "A3").await);
        drop(tx);
        let staff: StaffId = db
            .write::<_, StaffError, _>(async move |tx: &mut Tx| {
                let new = NewPerson { name: "長 花子".into(), email: "cho@example.jp".into(), role: Role::Lead };
                people::add(tx, None, &new, night()).await
            })
            .await
            .unwrap();
        let settle = async move |tx: &mut Tx| {
            twins::retire(tx, a2, a1, staff, "repair:1", night()).await?;
            twins::dismiss(tx, (a3, a1), Vec::new(), staff, "本人に確認した", night()).await
        };
        db.write::<_, DbError, _>(settle).await.unwrap();
        // The nightly finder proposes nothing of them either.
        assert_eq!(find(&db, night()).await.open, 0);
        let mut tx = db.read().await.unwrap();
        assert_eq!(pairs::look_open(&mut tx).await.unwrap(), []);

        let survivors = twins::store::survivors(&mut tx).await.unwrap();
        let all = store::all_keys(&mut tx).await.unwrap();
        let claim = r#"{"id":1,"registration_number":"512354","birthdate":"1996-04-09","name":"渡邉太郎","email":"taro2@example.jp"}"#;
        let mut out = Vec::new();
        match_lines(all, &survivors, claim.as_bytes(), &mut out, night().date_naive()).unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let accounts: Vec<&str> =
            answer["candidates"].as_array().unwrap().iter().map(|c| c["account"].as_str().unwrap()).collect();
        assert!(accounts.contains(&"A1") && !accounts.contains(&"A2"), "{answer}");
        // Number, birthdate and address of the one that was put away: the survivor's number is another one, so a person looks.
        assert_ne!(answer["account"], "A2");
    })
    .await;
}

#[tokio::test]
async fn a_row_without_some_columns_keeps_what_was_known_and_never_touches_nested_data() {
    on_each_database(|db| async move {
        let mut taro = account("A1", 512_345, 9, TARO, "taro@example.jp");
        taro.phone = "090-1234-5678".to_owned();
        let mut row = ImportRow::whole(taro.clone());
        row.nested.former_emails = Some(vec!["old@example.jp".to_owned()]);
        row.nested.records = Some(vec![nested::TrainingRecord {
            from: NaiveDate::from_ymd_opt(2024, 4, 1).unwrap(),
            to: None,
            status: "研修中".to_owned(),
            site: "青葉病院".to_owned(),
            interruption_reason: String::new(),
            note: String::new(),
        }]);
        let report = import_records(&db, vec![row.clone()], "api:online", false, night()).await.unwrap();
        assert_eq!((report.new, report.written), (1, 1));
        let report = import_records(&db, vec![row], "api:online", false, night()).await.unwrap();
        assert_eq!((report.same, report.changed), (1, 0));
        // The CSV knows nothing of nested data, and this one has no phone either.
        let mut bare = ImportRow::whole(account("A1", 512_345, 9, TARO, "new@example.jp"));
        bare.given = Columns::default();
        let report = import_records(&db, vec![bare], "accounts.csv", false, night()).await.unwrap();
        assert_eq!((report.same, report.changed), (1, 0), "nothing was given, so nothing changed");
        let changed = account("A1", 512_345, 9, TARO, "new@example.jp");
        let report =
            import_records(&db, vec![ImportRow::whole(changed)], "accounts.csv", false, night()).await.unwrap();
        assert_eq!((report.same, report.changed), (0, 1));
        let mut tx = db.read().await.unwrap();
        let known = store::find_by_account_id(&mut tx, "A1").await.unwrap().unwrap();
        assert_eq!(known.record.email, "new@example.jp");
        assert_eq!(known.record.phone, "", "a whole row empties what it leaves empty");
        assert_eq!(known.record.former_emails, ["old@example.jp"]);
        assert_eq!(known.source, "accounts.csv");
        assert_eq!(nested::store::training_records(&mut tx, known.id).await.unwrap().len(), 1);
    })
    .await;
}
