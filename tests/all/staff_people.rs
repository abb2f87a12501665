//! Who belongs to the desk, and what the audit remembers of it.

use chrono::Duration;
use madoguchi::desk::Lang;
use madoguchi::desk::audit::{self, act};
use madoguchi::desk::staff::people::{self, NewPerson};
use madoguchi::desk::staff::{Role, StaffError, StaffId, session};
use madoguchi::platform::crypto::Random;
use madoguchi::platform::db::{Db, Tx};

use super::support::{on_each_database, some_morning};

pub fn person(name: &str, role: Role) -> NewPerson {
    NewPerson { name: name.to_owned(), email: format!("{name}@desk.example.jp"), role }
}

pub async fn add(db: &Db, name: &str, role: Role) -> StaffId {
    let new = person(name, role);
    db.write(async move |tx: &mut Tx| people::add(tx, None, &new, some_morning()).await).await.unwrap()
}

async fn session_lives(db: &Db, token: &str) -> bool {
    session::find(&mut db.read().await.unwrap(), token, some_morning()).await.unwrap().is_some()
}

async fn open(db: &Db, id: StaffId) -> String {
    let open = async move |tx: &mut Tx| session::open(tx, id, some_morning(), &Random::from_os()).await;
    db.write(open).await.unwrap().token
}

#[tokio::test]
async fn an_address_belongs_to_one_person_however_it_is_typed() {
    on_each_database(async |db| {
        add(&db, "sato", Role::Agent).await;
        let again = NewPerson { email: " SATO@desk.example.jp".into(), ..person("other", Role::Viewer) };
        let refused = db.write(async move |tx: &mut Tx| people::add(tx, None, &again, some_morning()).await).await;
        assert!(matches!(refused, Err(StaffError::EmailTaken)), "{refused:?}");
        let found =
            people::find_by_email(&mut db.read().await.unwrap(), "Sato@Desk.example.jp").await.unwrap().unwrap();
        assert_eq!((found.role, found.lang, found.has_password), (Role::Agent, Lang::Ja, false));
    })
    .await;
}

#[tokio::test]
async fn a_name_or_address_that_is_none_is_refused() {
    on_each_database(async |db| {
        for (name, email, fault) in [
            ("", "a@b.jp", "BadName"),
            ("a\nb", "a@b.jp", "BadName"),
            ("a", "no address", "BadEmail"),
            (&"長".repeat(101), "a@b.jp", "BadName"),
        ] {
            let new = NewPerson { name: name.into(), email: email.into(), role: Role::Viewer };
            let refused = db.write(async move |tx: &mut Tx| people::add(tx, None, &new, some_morning()).await).await;
            assert_eq!(format!("{:?}", refused.unwrap_err()), fault);
        }
        assert!(people::list(&mut db.read().await.unwrap()).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn sec_054_sessions_die_with_a_change_of_role_and_with_access() {
    on_each_database(async |db| {
        let admin = add(&db, "admin", Role::Admin).await;
        let id = add(&db, "sato", Role::Agent).await;
        let token = open(&db, id).await;
        db.write(async move |tx: &mut Tx| people::set_role(tx, Some(admin), id, Role::Lead, some_morning()).await)
            .await
            .unwrap();
        assert!(!session_lives(&db, &token).await, "the role changed");

        let token = open(&db, id).await;
        db.write(async move |tx: &mut Tx| people::disable(tx, Some(admin), id, some_morning()).await).await.unwrap();
        assert!(!session_lives(&db, &token).await, "access was taken away");
        assert!(!session_lives(&db, &open(&db, id).await).await, "and a session opened afterwards is worth nothing");

        let mut tx = db.read().await.unwrap();
        let told: Vec<_> = audit::of_object(&mut tx, &people::object(id)).await.unwrap();
        let acts: Vec<_> = told.iter().map(|line| (line.act.as_str(), line.staff_name.as_deref())).collect();
        assert_eq!(
            acts,
            [(act::STAFF_ADDED, None), (act::ROLE_CHANGED, Some("admin")), (act::STAFF_DISABLED, Some("admin"))]
        );
        assert_eq!(told[1].detail, "agent → lead");
    })
    .await;
}

#[tokio::test]
async fn the_last_admin_stays() {
    on_each_database(async |db| {
        let first = add(&db, "first", Role::Admin).await;
        let refused =
            db.write(async move |tx: &mut Tx| people::disable(tx, Some(first), first, some_morning()).await).await;
        assert!(matches!(refused, Err(StaffError::LastAdmin)));
        let second = add(&db, "second", Role::Admin).await;
        db.write(async move |tx: &mut Tx| people::disable(tx, Some(second), first, some_morning()).await)
            .await
            .unwrap();
        let refused = db
            .write(async move |tx: &mut Tx| {
                people::set_role(tx, Some(second), second, Role::Lead, some_morning()).await
            })
            .await;
        assert!(matches!(refused, Err(StaffError::LastAdmin)), "an admin without access does not count");
        db.write(async move |tx: &mut Tx| people::enable(tx, Some(second), first, some_morning()).await).await.unwrap();
        db.write(async move |tx: &mut Tx| people::set_role(tx, Some(second), second, Role::Lead, some_morning()).await)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn only_agents_with_access_can_be_given_tickets() {
    on_each_database(async |db| {
        add(&db, "viewer", Role::Viewer).await;
        add(&db, "agent", Role::Agent).await;
        add(&db, "lead", Role::Lead).await;
        let gone = add(&db, "gone", Role::Agent).await;
        db.write(async move |tx: &mut Tx| people::disable(tx, None, gone, some_morning()).await).await.unwrap();
        let names: Vec<_> =
            people::assignable(&mut db.read().await.unwrap()).await.unwrap().into_iter().map(|p| p.name).collect();
        assert_eq!(names, ["agent", "lead"]);
    })
    .await;
}

#[tokio::test]
async fn a_person_chooses_name_language_and_shortcuts() {
    on_each_database(async |db| {
        let id = add(&db, "sato", Role::Viewer).await;
        db.write(async move |tx: &mut Tx| people::update_settings(tx, id, " 佐藤 由美 ", Lang::En, false).await)
            .await
            .unwrap();
        let person = people::find(&mut db.read().await.unwrap(), id).await.unwrap().unwrap();
        assert_eq!((person.name.as_str(), person.lang, person.shortcuts), ("佐藤 由美", Lang::En, false));
        assert_eq!(person.role, Role::Viewer);
    })
    .await;
}

#[tokio::test]
async fn the_audit_is_read_newest_first_page_by_page() {
    on_each_database(async |db| {
        for n in 0..7 {
            let at = some_morning() + Duration::seconds(n);
            db.write(async move |tx: &mut Tx| {
                audit::append(tx, None, act::FILE_DOWNLOADED, &format!("file:{n}"), "", at).await
            })
            .await
            .unwrap();
        }
        let mut tx = db.read().await.unwrap();
        let first = audit::list(&mut tx, None, 4).await.unwrap();
        let rest = audit::list(&mut tx, first.last().map(|line| line.id), 4).await.unwrap();
        let objects: Vec<_> = first.iter().chain(&rest).map(|line| line.object.as_str()).collect();
        assert_eq!(objects, ["file:6", "file:5", "file:4", "file:3", "file:2", "file:1", "file:0"]);
    })
    .await;
}
