//! Sign-in by password, and what becomes of a session.

use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use madoguchi::desk::staff::{Role, StaffError, StaffId, password, people, session, sign_in};
use madoguchi::platform::crypto::Random;
use madoguchi::platform::db::{Db, Tx};

use super::staff_people::add;
use super::support::{on_each_database, some_morning};

async fn with_password(db: &Db, name: &str) -> StaffId {
    let id = add(db, name, Role::Agent).await;
    let hash = password::hash("kumo-ame-kaze", &Random::from_os()).await.unwrap();
    db.write(async move |tx: &mut Tx| people::store_password(tx, id, &hash).await).await.unwrap();
    id
}

/// One sign-in as the page does it.
async fn try_in(db: &Db, email: &str, ip: &str, pass: &str, at: DateTime<Utc>) -> Result<session::Opened, StaffError> {
    let (email, ip) = (email.to_owned(), ip.to_owned());
    let attempt = db.write(async move |tx: &mut Tx| sign_in::begin(tx, &email, &ip, at).await).await?;
    if !password::verify(pass, attempt.hash.clone()).await {
        return Err(StaffError::WrongPassword);
    }
    db.write(async move |tx: &mut Tx| sign_in::succeed(tx, &attempt, at, &Random::from_os()).await).await
}

#[tokio::test]
async fn the_right_password_signs_in_and_nothing_else_does() {
    on_each_database(async |db| {
        let id = with_password(&db, "sato").await;
        add(&db, "suzuki", Role::Agent).await;
        let now = some_morning();
        let ok = try_in(&db, " Sato@DESK.example.jp ", "192.0.2.1", "kumo-ame-kaze", now).await.unwrap();
        assert_eq!(ok.staff, id);
        for (email, pass) in [
            ("sato@desk.example.jp", "kumo-ame-kazE"),
            ("sato@desk.example.jp", ""),
            ("suzuki@desk.example.jp", "kumo-ame-kaze"),
            ("nobody@desk.example.jp", "kumo-ame-kaze"),
            ("", "kumo-ame-kaze"),
        ] {
            let refused = try_in(&db, email, "192.0.2.2", pass, now).await;
            assert!(matches!(refused, Err(StaffError::WrongPassword)), "{email} {refused:?}");
        }
        db.write(async move |tx: &mut Tx| people::disable(tx, None, id, now).await).await.unwrap();
        let refused = try_in(&db, "sato@desk.example.jp", "192.0.2.1", "kumo-ame-kaze", now).await;
        assert!(matches!(refused, Err(StaffError::WrongPassword)), "a person without access");
    })
    .await;
}

#[tokio::test]
async fn sec_072_guesses_at_one_address_are_delayed_ever_longer_from_wherever_they_come() {
    on_each_database(async |db| {
        with_password(&db, "sato").await;
        let mut now = some_morning();
        for guess in 0..5 {
            let ip = format!("192.0.2.{guess}");
            assert!(matches!(
                try_in(&db, "sato@desk.example.jp", &ip, "wrong", now).await,
                Err(StaffError::WrongPassword)
            ));
        }
        let mut waits = Vec::new();
        for guess in 10..14 {
            let ip = format!("192.0.2.{guess}");
            let refused = try_in(&db, "sato@desk.example.jp", &ip, "kumo-ame-kaze", now).await;
            let Err(StaffError::TooSoon(until)) = refused else { panic!("not delayed: {refused:?}") };
            waits.push((until - now).num_seconds());
            now = until;
            assert!(matches!(
                try_in(&db, "sato@desk.example.jp", &ip, "wrong", now).await,
                Err(StaffError::WrongPassword)
            ));
        }
        assert_eq!(waits, [1, 2, 4, 8]);
        now += Duration::minutes(5);
        try_in(&db, "sato@desk.example.jp", "192.0.2.99", "kumo-ame-kaze", now)
            .await
            .expect("the owner gets in after the wait");
        try_in(&db, "sato@desk.example.jp", "192.0.2.98", "wrong", now)
            .await
            .expect_err("and is then no longer delayed");
        try_in(&db, "sato@desk.example.jp", "192.0.2.99", "kumo-ame-kaze", now).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn sec_072_guesses_from_one_client_are_delayed_whomever_they_are_at() {
    on_each_database(async |db| {
        with_password(&db, "sato").await;
        let now = some_morning();
        for guess in 0..20 {
            let email = format!("guess{guess}@desk.example.jp");
            assert!(matches!(try_in(&db, &email, "192.0.2.7", "wrong", now).await, Err(StaffError::WrongPassword)));
        }
        let refused = try_in(&db, "sato@desk.example.jp", "192.0.2.7", "kumo-ame-kaze", now).await;
        assert!(matches!(refused, Err(StaffError::TooSoon(_))));
        try_in(&db, "sato@desk.example.jp", "192.0.2.8", "kumo-ame-kaze", now).await.expect("others are not");
    })
    .await;
}

#[tokio::test]
async fn an_office_that_signs_in_often_is_not_delayed() {
    on_each_database(async |db| {
        with_password(&db, "sato").await;
        for _ in 0..25 {
            try_in(&db, "sato@desk.example.jp", "192.0.2.7", "kumo-ame-kaze", some_morning()).await.expect("signs in");
        }
    })
    .await;
}

#[tokio::test]
async fn sec_071_the_password_is_hashed_for_nobody_too() {
    on_each_database(async |db| {
        let id = with_password(&db, "sato").await;
        with_password(&db, "gone").await;
        let gone =
            people::find_by_email(&mut db.read().await.unwrap(), "gone@desk.example.jp").await.unwrap().unwrap().id;
        db.write(async move |tx: &mut Tx| people::disable(tx, None, gone, some_morning()).await).await.unwrap();
        let emails = ["sato@desk.example.jp", "nobody@desk.example.jp", "gone@desk.example.jp"];
        let mut best = [std::time::Duration::MAX; 3];
        // In turns, so that a moment when the machine is busy meets all three.
        for ip in 0..4 {
            for (email, fastest) in emails.iter().zip(&mut best) {
                let start = Instant::now();
                let _ = try_in(&db, email, &format!("192.0.2.{ip}"), "wrong password", some_morning()).await;
                *fastest = (*fastest).min(start.elapsed());
            }
        }
        println!("SEC-071 known {:?}, unknown {:?}, disabled {:?} ({id})", best[0], best[1], best[2]);
        // Loose, for a shared machine: without the hash the last two would take a hundredth.
        assert!(best[1] * 2 > best[0] && best[2] * 2 > best[0], "{best:?}");
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_idle_after_a_week_and_by_signing_out() {
    on_each_database(async |db| {
        let id = with_password(&db, "sato").await;
        let start = some_morning();
        let opened = try_in(&db, "sato@desk.example.jp", "192.0.2.1", "kumo-ame-kaze", start).await.unwrap();
        let at = async |token: &str, after: Duration| {
            session::find(&mut db.read().await.unwrap(), token, start + after).await.unwrap()
        };
        assert!(!at(&opened.token, Duration::minutes(4)).await.unwrap().is_stale, "touched at most every 5 minutes");
        let living = at(&opened.token, Duration::minutes(5)).await.unwrap();
        assert!(living.is_stale && living.staff.id == id);
        assert!(at(&opened.token, Duration::hours(12)).await.is_none(), "idle for 12 hours");

        let mut hours = 0;
        while hours < 160 {
            hours += 11;
            let now = start + Duration::hours(hours);
            let living = at(&opened.token, Duration::hours(hours)).await.expect("in use");
            db.write(async move |tx: &mut Tx| session::touch(tx, &living, now).await).await.unwrap();
        }
        assert!(at(&opened.token, Duration::hours(167)).await.is_some());
        assert!(at(&opened.token, Duration::hours(168)).await.is_none(), "7 days at most");

        let opened = try_in(&db, "sato@desk.example.jp", "192.0.2.1", "kumo-ame-kaze", start).await.unwrap();
        let living = at(&opened.token, Duration::zero()).await.unwrap();
        db.write(async move |tx: &mut Tx| session::close(tx, &living, some_morning()).await).await.unwrap();
        assert!(at(&opened.token, Duration::zero()).await.is_none(), "signed out");
        assert!(at("", Duration::zero()).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn sec_070_a_new_password_ends_every_other_session() {
    on_each_database(async |db| {
        let id = with_password(&db, "sato").await;
        let now = some_morning();
        let old = try_in(&db, "sato@desk.example.jp", "192.0.2.1", "kumo-ame-kaze", now).await.unwrap();
        let hash = password::hash("tsuki-to-hoshi", &Random::from_os()).await.unwrap();
        let new = db
            .write(async move |tx: &mut Tx| session::change_password(tx, id, &hash, now, &Random::from_os()).await)
            .await
            .unwrap();
        let mut tx = db.read().await.unwrap();
        assert!(session::find(&mut tx, &old.token, now).await.unwrap().is_none());
        assert!(session::find(&mut tx, &new.token, now).await.unwrap().is_some());
        drop(tx);
        try_in(&db, "sato@desk.example.jp", "192.0.2.1", "kumo-ame-kaze", now).await.expect_err("the old one");
        try_in(&db, "sato@desk.example.jp", "192.0.2.1", "tsuki-to-hoshi", now).await.expect("the new one");
    })
    .await;
}
