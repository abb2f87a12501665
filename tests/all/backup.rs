//! REL-028, REL-029: copies of the desk that are whole or not there, desks made from them that send nothing by themselves and
//! hold nothing that was erased; and the nightly jobs that make copies and look after the search index.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use madoguchi::config::Settings;
use madoguchi::desk::Context;
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::licence::vault;
use madoguchi::desk::ticket::search::{self, Follower};
use madoguchi::jobs::index_check::IndexCheck;
use madoguchi::jobs::{Dispatcher, Schedule, stop};
use madoguchi::platform::db::{Db, DbError, Tx, query};
use madoguchi::platform::index::TicketIndex;
use madoguchi::platform::queue::CatchUp;
use serde_json::Value;

use super::edges::received;
use super::staff_browser::TestDesk;
use super::support::desk::Desk;
use super::support::{on_each_database, on_postgres_url, some_morning};

/// A desk with everything in it.
fn filled(database: Option<&str>) -> Desk {
    let mut desk = Desk::new(database);
    desk.set("CLOCK__NOW", "2026-12-08T10:24:00+09:00");
    desk.run(&["demo", "--tickets", "30", "--accounts", "60"]);
    desk
}

fn empty() -> Desk {
    let mut desk = Desk::new(None);
    desk.set("CLOCK__NOW", "2026-12-09T10:24:00+09:00");
    desk
}

fn said(desk: &Desk, arguments: &[&str]) -> (Option<i32>, String) {
    let output = desk.command(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every file below a folder, by its path within.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

fn story(database: Option<&str>) {
    let (desk, place) = (filled(database), tempfile::tempdir().unwrap());
    let copy = place.path().join("copy");
    let told = desk.run(&["backup", text(&copy)]).pop().unwrap();
    let tickets = desk.run(&["tickets", "list", "--limit", "1000"]);
    // Those put away as spam are in the copy too.
    assert_eq!((told["tickets"].as_u64(), told["accounts"].as_u64()), (Some(30), Some(60)));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&copy).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o700, "nobody else reads it");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2, "the copy and the journal, nothing half-made");
    // The copy of the database holds no key of an image, not even on a page that was freed.
    let database_file = std::fs::read(copy.join("desk.db")).unwrap();
    let keys: Value = serde_json::from_slice(&std::fs::read(copy.join("keys.json")).unwrap()).unwrap();
    assert!(!keys.as_array().unwrap().is_empty());
    for key in keys.as_array().unwrap() {
        let wrapped = hex::decode(key["wrapped"].as_str().unwrap()).unwrap();
        assert!(!database_file.windows(wrapped.len()).any(|window| window == wrapped), "a key lies in the database");
    }
    // Never over another one.
    let (code, why) = said(&desk, &["backup", text(&copy)]);
    assert!(code == Some(1) && why.contains("is there already"), "{why}");

    let other = empty();
    let restored = other.run(&["restore", text(&copy)]).pop().unwrap();
    assert_eq!((restored["tickets"].as_u64(), restored["keys"].as_bool()), (Some(30), Some(true)));
    assert_eq!(other.run(&["tickets", "list", "--limit", "1000"]), tickets, "ticket for ticket");
    let checked = other.run(&["verify"]).pop().unwrap();
    assert_eq!(checked["wrong"], 0, "{checked}");
    assert!(checked["sealed"].as_u64().unwrap() > 0, "images open under the key of the copy: {checked}");
    // A copy sends nothing by itself.
    assert!(restored["held_mails"].as_u64().unwrap() > 0, "{restored}");
    let waiting = |desk: &Desk| {
        let file = desk.folder().join("var/madoguchi.db");
        sqlite(&file, "SELECT COUNT(*) FROM outbox WHERE state IN ('queued', 'sending', 'unknown')")
    };
    assert_eq!(waiting(&other), 0);
    // Only into an empty desk, and never a damaged one.
    let (code, why) = said(&other, &["restore", text(&copy)]);
    assert!(code == Some(1) && why.contains("an empty one only"), "{why}");
    let blob = files(&copy.join("files")).pop().unwrap();
    let whole = std::fs::read(&blob).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    std::fs::write(&blob, flipped).unwrap();
    let fresh = empty();
    let (code, why) = said(&fresh, &["restore", text(&copy)]);
    assert!(code == Some(1) && why.contains(text(blob.file_name().unwrap().as_ref())), "{why}");
    assert!(!fresh.folder().join("var/madoguchi.db").exists(), "nothing was begun");
    std::fs::write(&blob, whole).unwrap();
    // Without the keys, taken away after their time, all but the images comes back.
    std::fs::remove_file(copy.join("keys.json")).unwrap();
    let restored = fresh.run(&["restore", text(&copy)]).pop().unwrap();
    assert_eq!((restored["tickets"].as_u64(), restored["keys"].as_bool()), (Some(30), Some(false)));
}

/// A number out of a database that nobody else has open.
fn sqlite(file: &Path, sql: &'static str) -> i64 {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let db = Db::open(&format!("sqlite://{}", file.display()), 1).await.unwrap();
        let (n,): (i64,) = query(sql).fetch_one(&mut db.read().await.unwrap()).await.unwrap();
        db.close().await;
        n
    })
}

#[test]
fn rel_028_a_copy_of_either_database_becomes_the_same_desk_again_and_sends_nothing() {
    story(None);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(on_postgres_url(async |url: String| {
        tokio::task::spawn_blocking(move || story(Some(&url))).await.unwrap();
    }));
}

#[test]
fn rel_029_what_was_erased_after_a_copy_was_made_does_not_come_back_with_it() {
    let (desk, place) = (filled(None), tempfile::tempdir().unwrap());
    let older = place.path().join("older");
    desk.run(&["backup", text(&older)]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let file = desk.folder().join("var/madoguchi.db");
    let blob = runtime.block_on(async {
        let db = Db::open(&format!("sqlite://{}", file.display()), 1).await.unwrap();
        let sql = "SELECT view_blob FROM images WHERE view_blob IS NOT NULL AND state <> 'erased' ORDER BY id LIMIT 1";
        let (blob,): (String,) = query(sql).fetch_one(&mut db.read().await.unwrap()).await.unwrap();
        let name = blob.clone();
        let erase = async move |tx: &mut Tx| vault::forget(tx, &name, "requested", some_morning()).await;
        db.write::<_, DbError, _>(erase).await.unwrap();
        db.close().await;
        blob
    });
    let lies = |desk: &Desk| files(&desk.folder().join("var/blobs")).iter().any(|path| path.ends_with(&blob));
    // The journal goes on with the next copy, and an older one obeys it.
    assert!(older.join("files").join(&blob[..2]).join(&blob).exists());
    desk.run(&["backup", text(&place.path().join("newer"))]);
    let restored = empty();
    let told = restored.run(&["restore", text(&older)]).pop().unwrap();
    assert_eq!(told["erased"], 2, "the image and its small view: {told}");
    assert!(!lies(&restored));
    let file = restored.folder().join("var/madoguchi.db");
    assert_eq!(sqlite(&file, "SELECT COUNT(*) FROM erasures WHERE why = 'requested'"), 2);
    const ERASED: &str = "SELECT COUNT(*) FROM images WHERE state = 'erased' AND view_blob IS NULL";
    let before = sqlite(&desk.folder().join("var/madoguchi.db"), ERASED);
    assert_eq!(sqlite(&file, ERASED), before + 1, "the row says so too");
    // The same by a journal that lies elsewhere; without any it would have come back, which is what the journal is for.
    let journal = place.path().join("erased.json");
    let elsewhere = place.path().join("elsewhere.json");
    std::fs::rename(&journal, &elsewhere).unwrap();
    let without = empty();
    without.run(&["restore", text(&older)]);
    assert!(lies(&without));
    let with = empty();
    with.run(&["restore", text(&older), "--erased", text(&elsewhere)]);
    assert!(!lies(&with));
}

#[test]
fn the_nightly_copy_keeps_so_many_takes_the_keys_out_of_old_ones_and_says_when_it_fails() {
    let mut desk = filled(None);
    assert!(desk.run(&["jobs", "run", "backup"])[0]["note"].as_str().unwrap().contains("no folder is set"));
    let folder = desk.folder().join("copies");
    desk.set("BACKUP__FOLDER", text(&folder.clone()));
    desk.set("BACKUP__KEEP", "3");
    desk.set("BACKUP__KEEP_KEYS_DAYS", "2");
    std::fs::create_dir_all(folder.join("of-somebody-else")).unwrap();
    for day in 10..=14 {
        desk.set("CLOCK__NOW", &format!("2026-12-{day}T02:{}:00+09:00", day + 20));
        let run = desk.run(&["jobs", "run", "backup"]).remove(0);
        assert!(run["state"] == "done" && run["effects"].as_u64().unwrap() > 3, "{run}");
    }
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(
        names[0].starts_with("20261212-")
            && names[2].starts_with("20261214-")
            && names[3..] == ["erased.json", "of-somebody-else"],
        "{names:?}"
    );
    let with_keys: Vec<_> = names[..3].iter().map(|name| folder.join(name).join("keys.json").exists()).collect();
    assert_eq!(with_keys, [false, true, true]);
    // A disk that is not there is told, and the copy does not exist.
    std::fs::write(desk.folder().join("no-folder"), b"a file").unwrap();
    desk.set("BACKUP__FOLDER", text(&desk.folder().join("no-folder").clone()));
    let (code, why) = said(&desk, &["jobs", "run", "backup"]);
    assert!(code == Some(1) && why.contains("no-folder"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rel_051_an_index_that_differs_from_the_database_is_found_at_night_and_filled_anew() {
    on_each_database(|db| async move {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let desk = TestDesk::new(db.clone());
        let lost = received(&desk, InquiryKind::Apply, desk.state.clock.now()).await;
        for n in 1..3 {
            received(&desk, InquiryKind::Apply, desk.state.clock.now() - chrono::Duration::minutes(n)).await;
        }
        let mut settings = Settings::from_parts(None, std::iter::empty()).unwrap();
        settings.index.path = path.clone();
        let ctx = Context { settings: Arc::new(settings), ..desk.state.context() };
        let check = async || {
            let (_stopper, stop) = stop::pair();
            let job = Arc::new(IndexCheck(ctx.clone()));
            let schedule = Schedule::new("index_check", "0 0 4 * * *", CatchUp::Last, job).unwrap();
            desk.state.clock.advance(chrono::Duration::minutes(1));
            let dispatcher = Dispatcher::new(db.clone(), ctx.clock.clone(), "test", vec![schedule], stop);
            dispatcher.register().await.unwrap();
            dispatcher.run_now("index_check", "asked for in a test").await.unwrap()
        };
        assert!(check().await.note.contains("there is no search index here"));
        let mut follower = Follower::new(TicketIndex::open(&path).unwrap()).unwrap();
        follower.catch_up(&db).await.unwrap();
        let run = check().await;
        assert_eq!((run.effects, run.note.as_str()), (0, "3 ticket(s), as in the database"));
        // A ticket is lost in it.
        let last = follower.index().last_event_id().unwrap().unwrap();
        drop(follower);
        let index = TicketIndex::open(&path).unwrap();
        let mut writer = index.writer().unwrap();
        writer.remove(lost.id.0);
        writer.commit(last).unwrap();
        drop(writer);
        let run = check().await;
        assert_eq!((run.effects, run.note.as_str()), (1, "the index held 2 of 3 ticket(s): it is filled anew"));
        let run = check().await;
        assert!(run.note.contains("nobody fills it anew"), "{}", run.note);
        // Whoever follows the events does so.
        let mut follower = Follower::new(index).unwrap();
        assert!(search::is_asked_to_start_over(&path) && !search::is_asked_to_start_over(&path));
        follower.start_over().unwrap();
        assert_eq!(follower.catch_up(&db).await.unwrap(), 3);
        assert!(!search::compare(&db, &path).await.unwrap().unwrap().differs());
    })
    .await;
}
