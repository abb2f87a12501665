//! Tickets are matched again when the mirror changes: in the transaction of the import, and never against a mirror of
//! yesterday. On both databases.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use madoguchi::desk::account::{AccountId, ImportOptions, ImportReport, import_csv, mirror, store as accounts};
use madoguchi::desk::flows::mirrored;
use madoguchi::desk::ticket::{Grade, Ticket, TicketId, link, store as tickets};
use madoguchi::platform::db::{Db, DbError, Tx};
use tokio::sync::oneshot;

use super::staff_browser::TestDesk;
use super::staff_tickets::a_ticket;
use super::support::{on_each_database, some_morning};

const CSV: &str = "account_id,registration_number,birthdate,family_name,given_name,email\n\
                   A-1,612048,1996-04-21,渡辺,一郎,ichiro@hospital.example.jp\n";

async fn import(db: Db, options: ImportOptions) -> Result<ImportReport, DbError> {
    import_csv(&db, CSV.as_bytes(), "accounts.csv", options, some_morning()).await
}

fn again(desk: &TestDesk) -> ImportOptions {
    ImportOptions { after: Some(mirrored::after_import(&desk.state.context())), ..ImportOptions::default() }
}

async fn ticket(db: &Db, id: TicketId) -> Ticket {
    tickets::get(&mut db.read().await.unwrap(), id).await.unwrap()
}

#[tokio::test]
async fn an_import_has_tickets_matched_again_in_its_own_transaction() {
    fn fails(_: &mut Tx, _: Vec<AccountId>) -> BoxFuture<'_, Result<(), DbError>> {
        async { Err(DbError::Unusable("the machine stopped here".into())) }.boxed()
    }
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (id, _) = a_ticket(&desk).await;
        link::match_pending(&db, some_morning()).await.unwrap();
        assert_eq!(ticket(&db, id).await.grade, Grade::None);
        let stopped = import(db.clone(), ImportOptions { after: Some(Arc::new(fails)), ..again(&desk) }).await;
        assert!(stopped.is_err(), "{stopped:?}");
        assert_eq!(accounts::count(&mut db.read().await.unwrap()).await.unwrap().0, 0, "both or neither");
        let dry = import(db.clone(), ImportOptions { dry_run: true, ..again(&desk) }).await.unwrap();
        assert_eq!((dry.new, ticket(&db, id).await.grade), (1, Grade::None), "a dry run changes nothing");
        assert_eq!(import(db.clone(), again(&desk)).await.unwrap().written, 1);
        assert_eq!(ticket(&db, id).await.grade, Grade::Stale, "marked before anybody could stop the machine");
        assert_eq!(link::match_pending(&db, some_morning()).await.unwrap(), 1);
        assert_eq!(ticket(&db, id).await.grade, Grade::Exact);
        assert_eq!(import(db.clone(), again(&desk)).await.unwrap().written, 0);
        assert_eq!(ticket(&db, id).await.grade, Grade::Exact, "the same file again disturbs nobody");
    })
    .await;
}

#[tokio::test]
async fn what_was_found_before_an_import_is_not_recorded_after_it() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (id, _) = a_ticket(&desk).await;
        // Somebody stands first in line; the import waits behind them, the matching behind the import.
        let ((held, is_held), (go, may_go)) = (oneshot::channel(), oneshot::channel::<()>());
        let first = db.clone();
        let first = tokio::spawn(async move {
            let hold = async move |tx: &mut Tx| {
                mirror::wait_in_line(tx).await?;
                let _ = held.send(());
                let _ = may_go.await;
                Ok::<(), DbError>(())
            };
            first.write(hold).await
        });
        is_held.await.unwrap();
        let waits = Duration::from_millis(200);
        let mut importing = tokio::spawn(import(db.clone(), again(&desk)));
        assert!(tokio::time::timeout(waits, &mut importing).await.is_err(), "the import waits");
        let other = db.clone();
        let mut matching = tokio::spawn(async move { link::match_pending(&other, some_morning()).await });
        assert!(tokio::time::timeout(waits, &mut matching).await.is_err(), "the matching waits");
        go.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(importing.await.unwrap().unwrap().new, 1);
        assert_eq!(matching.await.unwrap().unwrap(), 0, "it had looked at a mirror without this person");
        assert_eq!(ticket(&db, id).await.grade, Grade::Pending);
        assert_eq!(link::match_pending(&db, some_morning()).await.unwrap(), 1);
        assert_eq!(ticket(&db, id).await.grade, Grade::Exact);
    })
    .await;
}
