//! Signing in, people, settings and audit, through the router.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::Duration;
use madoguchi::desk::audit::{self, act};
use madoguchi::desk::staff::{Role, link};
use madoguchi::platform::db::{Tx, query};
use madoguchi::platform::queue::store as queue;
use madoguchi::platform::queue::{CatchUp, RunState};

use super::staff_browser::{Browser, TestDesk};
use super::support::on_each_database;

const PASSWORD: &str = "kumo-ame-kaze";

async fn sign_in(browser: &mut Browser, email: &str, password: &str) -> super::staff_browser::Page {
    browser.post("/staff/login", &[("email", email), ("password", password)]).await
}

#[tokio::test]
async fn the_first_link_makes_an_admin_who_adds_an_agent_who_signs_in_by_link_and_by_password() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (now, random) = (desk.state.clock.now(), desk.state.random.clone());
        let first = db.write(async move |tx: &mut Tx| link::first_link(tx, now, &random).await).await.unwrap().unwrap();
        let path = format!("/staff/link/{}", first.token);

        let mut admin = desk.browser();
        let page = admin.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        let typed = [("name", "伊藤 花"), ("email", "ito@desk.example.jp")];
        let weak = admin.post(&path, &[typed[0], typed[1], ("password", "short"), ("password_again", "short")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(weak.has("12文字以上") && weak.has("value=\"伊藤 花\"") && !weak.has("short"));
        let done = admin.post(&path, &[typed[0], typed[1], ("password", PASSWORD), ("password_again", PASSWORD)]).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/staff/tickets"));
        assert_eq!(admin.get(&path).await.status, StatusCode::NOT_FOUND, "used up");

        let fields = [("name", "佐藤 由美"), ("email", "sato@desk.example.jp"), ("role", "agent")];
        let added = admin.post("/staff/people", &fields).await;
        let url = added.text.split("/staff/link/").nth(1).unwrap().split('<').next().unwrap();
        assert!(!admin.get("/staff/people").await.has("/staff/link/"), "shown once");
        let again = admin.post("/staff/people", &fields).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.has("もう登録されています"));

        let mut agent = desk.browser();
        let fields = [("password", PASSWORD), ("password_again", PASSWORD)];
        let done = agent.post(&format!("/staff/link/{url}"), &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert_eq!(agent.get("/staff/settings").await.status, StatusCode::OK);
        let out = agent.post("/staff/logout", &[]).await;
        assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, "/staff/login"));
        assert_eq!(agent.get("/staff/settings").await.location(), "/staff/login?next=%2Fstaff%2Fsettings");

        let wrong = sign_in(&mut agent, "sato@desk.example.jp", "wrong").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.has("value=\"sato@desk.example.jp\"") && !wrong.has("value=\"wrong\""));
        let nobody = sign_in(&mut agent, "nobody@desk.example.jp", "wrong").await;
        assert_eq!(nobody.status, wrong.status);
        let right = sign_in(&mut agent, "sato@desk.example.jp", PASSWORD).await;
        assert_eq!((right.status, right.location()), (StatusCode::SEE_OTHER, "/staff/tickets"));
    })
    .await;
}

#[tokio::test]
async fn sec_054_a_person_who_lost_access_or_role_is_stopped_at_the_next_request() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, mut admin) = desk.signed_in("admin", Role::Admin).await;
        let (id, mut lead) = desk.signed_in("lead", Role::Lead).await;
        assert_eq!(lead.get("/staff/audit").await.status, StatusCode::OK);
        let path = format!("/staff/people/{id}");
        let done = admin.post(&path, &[("act", "disable")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert_eq!(lead.get("/staff/audit").await.status, StatusCode::SEE_OTHER, "to the sign-in page");
        assert_eq!(
            admin.post(&path, &[("act", "role"), ("role", "nonsense")]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(admin.post("/staff/people/999", &[("act", "disable")]).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_outlives_a_session_that_ended() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let token = agent.get("/staff/settings").await.csrf();
        desk.state.clock.advance(Duration::hours(13));
        let fields = [("csrf_token", token.as_str()), ("name", "新しい名前"), ("lang", "ja"), ("body", "長い文章")];
        let page = agent.post_as_is("/staff/settings", &fields).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.has("長い文章"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn rel_006_with_the_database_away_what_staff_typed_stays_in_the_page() {
    on_each_database(async |db| {
        if !db.is_postgres() {
            // Closing only the readers leaves the writer of SQLite at work.
            return;
        }
        let desk = TestDesk::new(db.clone());
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let token = agent.get("/staff/settings").await.csrf();
        db.close().await;
        let fields = [("csrf_token", token.as_str()), ("body", "長い返事"), ("mode", "reply")];
        let page = agent.post_as_is("/staff/tickets/26-AAAA-AAAA/reply", &fields).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.has("長い返事") && page.has("まだ受け付けていません"), "{}", page.text);
        let page = agent.get("/staff/tickets").await;
        assert!(page.has("いまページを表示できません") && !page.has("受け付け"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn the_pages_before_the_sign_in_speak_the_language_of_the_browser_and_tell_all_faults_at_once() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (now, random) = (desk.state.clock.now(), desk.state.random.clone());
        let first = async move |tx: &mut Tx| madoguchi::desk::staff::link::first_link(tx, now, &random).await;
        let token = db.write(first).await.unwrap().unwrap().token;
        let mut browser = desk.browser();
        for (accepted, title) in [("en-GB,en;q=0.9,ja;q=0.5", "Set a password"), ("ja,en;q=0.8", "パスワードを決める")]
        {
            let request = Request::get(format!("/staff/link/{token}")).header("accept-language", accepted);
            let page = browser.request(request.body(Body::empty()).unwrap()).await;
            assert!(page.has(title), "{accepted}: {}", page.text);
        }
        let csrf = browser.get(&format!("/staff/link/{token}")).await.csrf();
        let fields = [("csrf_token", csrf.as_str()), ("email", "no address"), ("password", "short")];
        let page = browser.post_as_is(&format!("/staff/link/{token}"), &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["name", "email", "password"] {
            assert!(page.has(&format!("href=\"#{field}\"")), "{field}: {}", page.text);
        }
    })
    .await;
}

#[tokio::test]
async fn no_post_is_taken_without_its_token() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, mut admin) = desk.signed_in("admin", Role::Admin).await;
        let (_, mut other) = desk.signed_in("other", Role::Admin).await;
        let foreign = other.get("/staff/settings").await.csrf();
        for token in ["", "0", &foreign] {
            let fields = [("csrf_token", token), ("name", "x"), ("email", "x@desk.example.jp"), ("role", "admin")];
            let page = admin.post_as_is("/staff/people", &fields).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{token}");
        }
        assert!(!admin.get("/staff/people").await.has("x@desk.example.jp"));
    })
    .await;
}

#[tokio::test]
async fn sec_060_fields_that_are_not_in_the_form_are_refused() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let page = viewer.post("/staff/settings", &[("name", "v"), ("lang", "ja"), ("role", "admin")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(viewer.get("/staff/people").await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn the_pages_speak_the_language_a_person_chose() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, mut person) = desk.signed_in("smith", Role::Viewer).await;
        assert!(person.get("/staff/settings").await.has("<html lang=\"ja\">"));
        let saved = person.post("/staff/settings", &[("name", "J. Smith"), ("lang", "en")]).await;
        assert_eq!(saved.location(), "/staff/settings?saved=1");
        let page = person.get("/staff/settings?saved=1").await;
        assert!(page.has("<html lang=\"en\">") && page.has("Saved.") && page.has("J. Smith"));
        assert!(!page.has("data-shortcuts"), "turned off with the box");
    })
    .await;
}

#[tokio::test]
async fn sec_074_the_password_changes_only_with_the_current_one() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (_, mut admin) = desk.signed_in("admin", Role::Admin).await;
        let (id, mut person) = desk.signed_in("sato", Role::Agent).await;
        let made = admin.post(&format!("/staff/people/{id}"), &[("act", "link")]).await;
        let token = made.text.split("/staff/link/").nth(1).unwrap().split('<').next().unwrap();
        let fields = [("password", PASSWORD), ("password_again", PASSWORD)];
        let mut elsewhere = desk.browser();
        elsewhere.post(&format!("/staff/link/{token}"), &fields).await;
        assert_eq!(person.get("/staff/settings").await.status, StatusCode::SEE_OTHER, "the link ended it");

        let change = |current| {
            [
                ("current_password", current),
                ("new_password", "tsuki-to-hoshi"),
                ("new_password_again", "tsuki-to-hoshi"),
            ]
        };
        let wrong = elsewhere.post("/staff/settings/password", &change("wrong")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.has("現在のパスワードが違います") && !wrong.has("tsuki-to-hoshi"));
        let old = elsewhere.cookies["session"].clone();
        let right = elsewhere.post("/staff/settings/password", &change(PASSWORD)).await;
        assert_eq!(right.status, StatusCode::SEE_OTHER);
        assert_ne!(elsewhere.cookies["session"], old, "SEC-069");
        assert_eq!(elsewhere.get("/staff/settings").await.status, StatusCode::OK);
        let lines = audit::of_object(&mut db.read().await.unwrap(), &format!("staff:{id}")).await.unwrap();
        assert!(lines.iter().any(|line| line.act == act::PASSWORD_CHANGED));
    })
    .await;
}

#[tokio::test]
async fn a_job_that_failed_shows_on_every_page_and_a_lead_runs_it_again() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let now = desk.state.clock.now();
        let fail = async move |tx: &mut Tx| {
            query("INSERT INTO schedules (name, cron, catch_up, is_enabled, walked_to) VALUES ('remind_waiting', '0 0 9 * * *', 'each', TRUE, $1)")
                .bind(now)
                .execute(tx)
                .await?;
            query("INSERT INTO runs (schedule, due_at, state, ready_at, attempts, started_at, finished_at, note) VALUES ('remind_waiting', $1, 'failed', $1, 5, $1, $1, 'the disk is full')")
                .bind(now)
                .execute(tx)
                .await
        };
        db.write::<_, madoguchi::platform::db::DbError, _>(fail).await.unwrap();
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        assert!(viewer.get("/staff/settings").await.has("ジョブの失敗 1件"));
        let page = viewer.get("/staff/jobs").await;
        assert!(page.has("the disk is full") && page.has("回答待ちの督促") && !page.has("もう一度実行する"), "{}", page.text);
        let page = lead.get("/staff/jobs").await;
        let path = page.text.split("action=\"").find(|part| part.contains("/retry\"")).unwrap().split('"').next().unwrap();
        assert_eq!(lead.post(path, &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(lead.post(path, &[]).await.status, StatusCode::NOT_FOUND, "it is due already");
        assert!(!viewer.get("/staff/settings").await.has("ジョブの失敗"));
    })
    .await;
}

#[tokio::test]
async fn a_lead_pauses_a_job_lets_it_go_on_and_runs_it_now() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let now = desk.state.clock.now();
        let register = async move |tx: &mut Tx| queue::register(tx, "sweep", "0 10 3 * * *", CatchUp::Last, now).await;
        db.write::<_, madoguchi::platform::db::DbError, _>(register).await.unwrap();
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let path = "/staff/schedules/sweep";
        assert_eq!(agent.post(path, &[("act", "pause")]).await.status, StatusCode::FORBIDDEN);
        assert!(!agent.get("/staff/jobs").await.has("今すぐ実行"));
        assert_eq!(lead.post(path, &[("act", "pause")]).await.status, StatusCode::SEE_OTHER);
        assert!(lead.get("/staff/jobs").await.has("停止中"));
        assert_eq!(lead.post(path, &[("act", "resume")]).await.status, StatusCode::SEE_OTHER);
        assert!(!lead.get("/staff/jobs").await.has("停止中"));
        assert_eq!(lead.post(path, &[("act", "run")]).await.status, StatusCode::SEE_OTHER);
        let runs = queue::recent(&mut db.read().await.unwrap(), 10).await.unwrap();
        assert_eq!((runs.len(), runs[0].state, runs[0].due_at), (1, RunState::Due, now));
        for (path, act) in [("/staff/schedules/nonsense", "run"), (path, "burn")] {
            assert_eq!(lead.post(path, &[("act", act)]).await.status, StatusCode::NOT_FOUND);
        }
        let lines = audit::of_object(&mut db.read().await.unwrap(), "job:sweep").await.unwrap();
        assert_eq!(lines.len(), 3);
    })
    .await;
}
