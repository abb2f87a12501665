//! The outbox on both databases: queued once, claimed by one, finished by the one who claimed.

use chrono::{DateTime, Duration, Utc};
use madoguchi::platform::db::{Db, DbError, Tx};
use madoguchi::platform::outbox::{self, Claimed, MailState, NewMail, OutboxId, Outcome};

use crate::support::{on_each_database, some_morning};

fn mail(name: &str, to: &str) -> NewMail {
    NewMail {
        kind: "acknowledgement",
        dedupe_key: format!("test:{name}"),
        ticket_id: None,
        message_id: None,
        mail_id: format!("{name}@desk.example.jp"),
        in_reply_to: String::new(),
        to_address: to.to_owned(),
        to_key: to.to_owned(),
        reply_token: String::new(),
        subject: "受け付けました".to_owned(),
        body: "本文".to_owned(),
        is_automatic: true,
    }
}

async fn enqueue(db: &Db, mail: NewMail, now: DateTime<Utc>) -> Option<OutboxId> {
    db.write(async move |tx: &mut Tx| outbox::enqueue(tx, &mail, now).await).await.unwrap()
}

async fn enqueue_capped(db: &Db, mail: NewMail, now: DateTime<Utc>, cap: u32) -> Option<OutboxId> {
    db.write(async move |tx: &mut Tx| outbox::enqueue_automatic(tx, &mail, now, cap).await).await.unwrap()
}

async fn claim(db: &Db, now: DateTime<Utc>) -> Vec<Claimed> {
    db.write(async move |tx: &mut Tx| outbox::claim_due(tx, now, Duration::minutes(2), 10).await).await.unwrap()
}

async fn finish(db: &Db, claim: &Claimed, outcome: Outcome, now: DateTime<Utc>) -> Option<MailState> {
    let claim = claim.clone();
    db.write(async move |tx: &mut Tx| outbox::finish(tx, &claim, outcome, now).await).await.unwrap()
}

#[tokio::test]
async fn a_mail_of_one_cause_is_queued_once_and_sent_once() {
    on_each_database(async |db: Db| {
        let now = some_morning();
        let id = enqueue(&db, mail("a", "a@x.example"), now).await.unwrap();
        let again = NewMail { mail_id: "other@desk.example.jp".into(), ..mail("a", "a@x.example") };
        assert_eq!(enqueue(&db, again, now).await, None);
        let claimed = claim(&db, now).await;
        assert_eq!(claimed.iter().map(|c| (c.id, c.attempts)).collect::<Vec<_>>(), [(id, 1)]);
        assert!(claim(&db, now).await.is_empty(), "claimed twice");
        assert_eq!(finish(&db, &claimed[0], Outcome::Sent, now).await, Some(MailState::Sent));
        assert!(claim(&db, now + Duration::days(9)).await.is_empty(), "sent twice");
    })
    .await;
}

#[tokio::test]
async fn rel_015_a_late_finish_with_an_old_number_is_refused() {
    on_each_database(async |db: Db| {
        let now = some_morning();
        enqueue(&db, mail("a", "a@x.example"), now).await.unwrap();
        let stale = claim(&db, now).await.remove(0);
        let later = now + Duration::minutes(2);
        let fresh = claim(&db, later).await.remove(0);
        assert_eq!(finish(&db, &stale, Outcome::Permanent("550".into()), later).await, None);
        assert_eq!(finish(&db, &fresh, Outcome::Sent, later).await, Some(MailState::Sent));
        assert_eq!(finish(&db, &fresh, Outcome::Sent, later).await, None, "finished twice");
    })
    .await;
}

#[tokio::test]
async fn rel_032_a_passing_refusal_waits_and_is_tried_again_and_a_lasting_one_is_not() {
    on_each_database(async |db: Db| {
        let now = some_morning();
        enqueue(&db, mail("a", "a@x.example"), now).await.unwrap();
        let first = claim(&db, now).await.remove(0);
        assert_eq!(finish(&db, &first, Outcome::Passing("451 later".into()), now).await, Some(MailState::Queued));
        assert!(claim(&db, now + Duration::seconds(59)).await.is_empty());
        let second = claim(&db, now + Duration::seconds(60)).await.remove(0);
        assert_eq!((second.mail_id.as_str(), second.attempts), ("a@desk.example.jp", 2));
        let refused = finish(&db, &second, Outcome::Permanent("550 no such user".into()), now).await;
        assert_eq!(refused, Some(MailState::Failed));
        assert!(claim(&db, now + Duration::days(1)).await.is_empty());
        let mut tx = db.read().await.unwrap();
        let failed = outbox::list(&mut tx, MailState::Failed, None, 10).await.unwrap();
        assert_eq!(failed[0].last_error, "550 no such user");
        assert_eq!(outbox::counts(&mut tx).await.unwrap().failed, 1);
        drop(tx);
        let id = failed[0].id;
        let retried = db.write(async move |tx: &mut Tx| outbox::retry(tx, id, now).await).await;
        assert!(Result::<bool, DbError>::unwrap(retried));
        assert_eq!(claim(&db, now).await.len(), 1, "staff may try again");
    })
    .await;
}

#[tokio::test]
async fn rel_034_a_lost_answer_is_tried_once_more_and_then_left_to_people() {
    on_each_database(async |db: Db| {
        let now = some_morning();
        enqueue(&db, mail("a", "a@x.example"), now).await.unwrap();
        let first = claim(&db, now).await.remove(0);
        assert_eq!(finish(&db, &first, Outcome::Unknown("cut".into()), now).await, Some(MailState::Unknown));
        let second = claim(&db, now + Duration::minutes(5)).await.remove(0);
        assert_eq!(second.mail_id, first.mail_id);
        let end = finish(&db, &second, Outcome::Unknown("cut".into()), now).await;
        assert_eq!(end, Some(MailState::Unknown));
        assert!(claim(&db, now + Duration::days(9)).await.is_empty());
        let mut tx = db.read().await.unwrap();
        assert_eq!(outbox::counts(&mut tx).await.unwrap().unknown, 1);
    })
    .await;
}

#[tokio::test]
async fn sec_008_one_address_gets_at_most_three_automatic_mails_a_day_even_when_all_ask_at_once() {
    on_each_database(async |db: Db| {
        let now = some_morning();
        let all = (0..40).map(|n| {
            let db = db.clone();
            tokio::spawn(async move { enqueue_capped(&db, mail(&format!("m{n}"), "victim@x.example"), now, 3).await })
        });
        let mut queued = 0;
        for task in all.collect::<Vec<_>>() {
            queued += usize::from(task.await.unwrap().is_some());
        }
        assert_eq!(queued, 3);
        assert!(enqueue_capped(&db, mail("other", "other@x.example"), now, 3).await.is_some());
        let tomorrow = now + Duration::hours(24);
        assert!(enqueue_capped(&db, mail("next", "victim@x.example"), tomorrow, 3).await.is_some());
        let unlimited = (0..5).map(|n| mail(&format!("u{n}"), "victim@x.example"));
        for mail in unlimited {
            assert!(enqueue_capped(&db, mail, now, 0).await.is_some(), "0 turns the cap off");
        }
    })
    .await;
}

#[tokio::test]
async fn rel_012_several_senders_share_the_queue_without_taking_one_mail_twice() {
    on_each_database(async |db: Db| {
        let now = some_morning();
        for n in 0..60 {
            enqueue(&db, mail(&format!("m{n}"), "a@x.example"), now).await.unwrap();
        }
        let senders = (0..6).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { claim(&db, now).await })
        });
        let mut ids = Vec::new();
        for sender in senders.collect::<Vec<_>>() {
            ids.extend(sender.await.unwrap().into_iter().map(|c| c.id));
        }
        ids.sort();
        let taken = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), taken, "one mail was taken twice");
        assert_eq!(taken, 60);
    })
    .await;
}
