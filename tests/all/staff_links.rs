//! One-time links.

use chrono::Duration;
use madoguchi::desk::staff::link::{self, FreshLink, LinkFor};
use madoguchi::desk::staff::people::{self, NewPerson};
use madoguchi::desk::staff::{Role, StaffError, StaffId, password, session};
use madoguchi::platform::crypto::Random;
use madoguchi::platform::db::{Db, Tx};

use super::staff_people::{add, person};
use super::support::{on_each_database, some_morning};

async fn issue(db: &Db, id: StaffId) -> FreshLink {
    let issue = async move |tx: &mut Tx| link::issue(tx, None, id, some_morning(), &Random::from_os()).await;
    db.write(issue).await.unwrap()
}

async fn redeem(db: &Db, token: &str, after: Duration) -> Result<session::Opened, StaffError> {
    let hash = password::hash("kumo-ame-kaze", &Random::from_os()).await.unwrap();
    let (token, at) = (token.to_owned(), some_morning() + after);
    db.write(async move |tx: &mut Tx| link::redeem(tx, &token, &hash, at, &Random::from_os()).await).await
}

async fn lives(db: &Db, token: &str) -> bool {
    link::find(&mut db.read().await.unwrap(), token, some_morning()).await.unwrap().is_some()
}

#[tokio::test]
async fn sec_065_a_link_works_once_within_a_day_and_dies_with_a_newer_one_or_a_new_password() {
    on_each_database(async |db| {
        let id = add(&db, "sato", Role::Agent).await;
        let link = issue(&db, id).await;
        assert!(lives(&db, &link.token).await && lives(&db, &link.token).await, "looking uses nothing up");
        let late = redeem(&db, &link.token, Duration::hours(24)).await;
        assert!(matches!(late, Err(StaffError::DeadLink)), "after 24 hours");

        let newer = issue(&db, id).await;
        assert!(!lives(&db, &link.token).await, "a newer one was made");
        let opened = redeem(&db, &newer.token, Duration::hours(23)).await.unwrap();
        assert_eq!(opened.staff, id);
        assert!(matches!(redeem(&db, &newer.token, Duration::hours(23)).await, Err(StaffError::DeadLink)), "twice");

        let unused = issue(&db, id).await;
        let hash = password::hash("tsuki-to-hoshi", &Random::from_os()).await.unwrap();
        let change =
            async move |tx: &mut Tx| session::change_password(tx, id, &hash, some_morning(), &Random::from_os()).await;
        db.write(change).await.unwrap();
        assert!(!lives(&db, &unused.token).await, "the password was changed");

        let unused = issue(&db, id).await;
        db.write(async move |tx: &mut Tx| people::disable(tx, None, id, some_morning()).await).await.unwrap();
        assert!(!lives(&db, &unused.token).await, "access was taken away");
    })
    .await;
}

#[tokio::test]
async fn sec_066_nothing_but_the_exact_token_opens() {
    on_each_database(async |db| {
        let id = add(&db, "sato", Role::Agent).await;
        let token = issue(&db, id).await.token;
        redeem(&db, &token, Duration::zero()).await.unwrap();
        let token = issue(&db, id).await.token;
        let upper = token.to_uppercase();
        let long = "a".repeat(10_000_000);
        let padded = format!("{token}=");
        let wide: String = token.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
        for wrong in
            ["", "%20", "%", "_", "*", "null", "0", "[]", "\0", " ", &upper, &long, &padded, &wide, &token[..25]]
        {
            assert!(!lives(&db, wrong).await, "{:.40}", wrong);
        }
        assert!(lives(&db, &token).await);
    })
    .await;
}

#[tokio::test]
async fn a_link_used_by_two_at_once_works_for_one() {
    on_each_database(async |db| {
        let id = add(&db, "sato", Role::Agent).await;
        let token = issue(&db, id).await.token;
        let (a, b, c) = tokio::join!(
            redeem(&db, &token, Duration::zero()),
            redeem(&db, &token, Duration::zero()),
            redeem(&db, &token, Duration::zero())
        );
        assert_eq!([a, b, c].iter().filter(|result| result.is_ok()).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_desk_where_nobody_can_sign_in_gives_one_link_that_makes_the_first_admin() {
    on_each_database(async |db| {
        // Somebody without a password, as the demo invents them, opens no door.
        let invented = person("sato", Role::Lead);
        let add = async move |tx: &mut Tx| people::add(tx, None, &invented, some_morning()).await;
        db.write(add).await.unwrap();
        let make = async |tx: &mut Tx| link::first_link(tx, some_morning(), &Random::from_os()).await;
        let old = db.write(make).await.unwrap().unwrap();
        let link = db.write(make).await.unwrap().unwrap();
        assert!(!lives(&db, &old.token).await, "each start prints a new one");
        let found = link::find(&mut db.read().await.unwrap(), &link.token, some_morning()).await.unwrap();
        assert_eq!(found, Some(LinkFor::FirstAdmin));

        let hash = password::hash("kumo-ame-kaze", &Random::from_os()).await.unwrap();
        let new = NewPerson { role: Role::Viewer, ..person("ito", Role::Admin) };
        let token = link.token.clone();
        let opened = db
            .write(async move |tx: &mut Tx| {
                link::redeem_first(tx, &token, &new, &hash, some_morning(), &Random::from_os()).await
            })
            .await
            .unwrap();
        let admin = people::find(&mut db.read().await.unwrap(), opened.staff).await.unwrap().unwrap();
        assert_eq!((admin.role, admin.has_password), (Role::Admin, true));
        assert!(!lives(&db, &link.token).await);
        assert!(db.write(make).await.unwrap().is_none(), "and never again");
    })
    .await;
}
