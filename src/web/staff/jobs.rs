//! `/staff/jobs`: the schedule, the last runs, what failed, and the services that work all the time.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Duration, Utc};

use super::Desk;
use super::layout::{At, Nav};
use crate::desk::Lang;
use crate::desk::audit::{self, act};
use crate::desk::staff::Role;
use crate::platform::db::{DbError, Tx};
use crate::platform::queue::services::{self, ServiceRow};
use crate::platform::queue::store::{self, Run, ScheduleRow};
use crate::platform::queue::{Cron, RunId, RunState};
use crate::web::{PageError, Posted, when};

/// Runs listed.
const RUNS: i64 = 50;
/// How far the agenda looks ahead, and how many runs of one schedule it shows: those that run every few minutes would
/// hide the others.
const AHEAD: Duration = Duration::days(14);
const EACH: usize = 3;

/// A schedule with what it did last.
struct Shown {
    row: ScheduleRow,
    next: Option<DateTime<Utc>>,
    last: Option<Run>,
}

#[derive(Template)]
#[template(path = "staff/jobs.html")]
struct JobsPage {
    at: At,
    schedules: Vec<Shown>,
    agenda: Vec<(DateTime<Utc>, String)>,
    runs: Vec<Run>,
    services: Vec<ServiceRow>,
    may_steer: bool,
}

impl JobsPage {
    fn failed(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| run.state == RunState::Failed)
    }

    fn state(&self, run: &Run) -> (&'static str, &'static str) {
        state(run.state, self.at.lang())
    }

    fn took(&self, run: &Run) -> String {
        match (run.started_at, run.finished_at) {
            (Some(start), Some(end)) => when::span(self.at.lang(), end - start),
            _ => String::new(),
        }
    }

    fn name(&self, word: &str) -> String {
        name(word, self.at.lang())
    }

    fn note(&self, run: &Run) -> String {
        note(&run.note, self.at.lang())
    }
}

fn state(state: RunState, lang: Lang) -> (&'static str, &'static str) {
    match state {
        RunState::Due => ("", lang.t("これから", "Due")),
        RunState::Running => ("key", lang.t("実行中", "Running")),
        RunState::Done => ("green", lang.t("成功", "Done")),
        RunState::Failed => ("red", lang.t("失敗", "Failed")),
        RunState::Skipped => ("yellow", lang.t("見送り", "Skipped")),
    }
}

/// What a job or service is called; one of another version by its own word.
pub(super) fn name(word: &str, lang: Lang) -> String {
    // A mailbox is a service of its own, named after where it lies.
    if let Some(mailbox) = word.strip_prefix("inbox ") {
        return format!("{} ({mailbox})", lang.t("メールの受信", "Inbox"));
    }
    let name = match word {
        "clock" => lang.t("時計", "Clock"),
        "outbox" => lang.t("メールの送信", "Delivery of mail"),
        "inbox" => lang.t("メールの受信", "Inbox"),
        "match" => lang.t("本人照合", "Matching"),
        "audit" => lang.t("監査の記録の封印", "Sealing of the audit"),
        "index" => lang.t("検索の索引", "Search index"),
        "backup" => lang.t("バックアップ", "Backup"),
        "index_check" => lang.t("索引の点検", "Check of the search index"),
        "sweep" => lang.t("片付け", "Housekeeping"),
        "erase_images" => lang.t("画像の消去", "Erasing of images"),
        "find_duplicates" => lang.t("二重登録の検出", "Finding duplicates"),
        "auto_close" => lang.t("回答がない受付の完了", "Closing what was not answered"),
        "remind_waiting" => lang.t("回答待ちの督促", "Reminders to requesters"),
        "remind_provisional" => lang.t("仮の画像の差し替えのお願い", "Reminders about provisional images"),
        "follow_withdrawals" => {
            lang.t("採用辞退の進み具合と統括責任者への連絡", "Withdrawals and letters to directors")
        }
        "remind_deadlines" => lang.t("締切のお知らせ", "Notices of deadlines"),
        "review_rules" => lang.t("規則の見直しの依頼", "Reviews of the rules"),
        "edges" => lang.t("募集期間の節目", "Edges of the season"),
        "tell_linked" => lang.t("データ連携の完了のお知らせ", "Telling that the linkage is done"),
        other => other,
    };
    name.to_owned()
}

/// What jobs note beside a run, in both languages; `#` is a number.
const NOTES: [[&str; 2]; 11] = [
    [
        "バックアップ先(backup.folder)の設定がないため、写しは作っていません",
        "no folder is set (backup.folder): nothing is copied",
    ],
    ["# 個のファイル、# バイト", "# file(s), # byte(s)"],
    ["検索の索引はまだありません", "there is no search index here"],
    ["# 件、データベースと同じです", "# ticket(s), as in the database"],
    [
        "索引には # 件(データベースでは # 件)ありました。作り直します",
        "the index held # of # ticket(s): it is filled anew",
    ],
    [
        "保留：#件に及びます。普段は多くて#件です。正しければ、このページから「やり直す」を押してください",
        "held: it would reach # where at most # are usual; try it again from the page of the jobs if that is right",
    ],
    ["職員の確認待ち # 組、新しく # 組、なくなった # 組", "# pair(s) wait for staff, # new, # gone"],
    [
        "募集期間の締切が近いため、何も完了にしませんでした",
        "an edge of a recruitment period is near: nothing is closed",
    ],
    ["画面から実行", "asked for on the staff page"],
    ["一回の処理に時間がかかりすぎました", "a step took longer than it may"],
    ["ほかのプロセスが引き継ぎました", "another process took this run over"],
];

/// A note in the language of the reader; one that is not known as it is (the words of an error).
fn note(said: &str, lang: Lang) -> String {
    let (mut shape, mut numbers) = (String::new(), Vec::<String>::new());
    for c in said.chars() {
        match (c.is_ascii_digit(), shape.ends_with('#')) {
            (true, true) => numbers.last_mut().into_iter().for_each(|number| number.push(c)),
            (true, false) => {
                shape.push('#');
                numbers.push(c.to_string());
            }
            (false, _) => shape.push(c),
        }
    }
    let Some([ja, en]) = NOTES.iter().find(|note| note.contains(&shape.as_str())) else { return said.to_owned() };
    numbers.iter().fold(lang.t(ja, en).to_owned(), |text, number| text.replacen('#', number, 1))
}

/// `GET /staff/jobs`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let at = At::load(&mut tx, &desk, desk.t("ジョブ", "Jobs"), Nav::Jobs).await?;
    let rows = store::schedules(&mut tx).await?;
    let mut last = store::last_of_each(&mut tx).await?;
    let runs = store::recent(&mut tx, RUNS).await?;
    let services = services::list(&mut tx).await?;
    let agenda = agenda(&rows, desk.now());
    let schedules = rows
        .into_iter()
        .map(|row| Shown {
            next: Cron::parse(&row.cron).ok().filter(|_| row.is_enabled).and_then(|cron| cron.next(desk.now())),
            last: last.iter().position(|run| run.schedule == row.name).map(|at| last.swap_remove(at)),
            row,
        })
        .collect();
    desk.ctx.page(StatusCode::OK, &JobsPage { at, schedules, agenda, runs, services, may_steer: desk.may(Role::Lead) })
}

/// `POST /staff/jobs/{id}/retry`: a run that was given up is due again.
///
/// # Errors
/// 404 when it was not given up, or when the database is away.
pub async fn retry(desk: Desk, Path(id): Path<i64>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let (me, now) = (desk.id(), desk.now());
    let again = async move |tx: &mut Tx| {
        let is_due = store::retry(tx, RunId(id), now).await?;
        if is_due {
            audit::append(tx, Some(me), act::RUN_RETRIED, &format!("run:{id}"), "", now).await?;
        }
        Ok(is_due)
    };
    if !desk.state().db.write::<_, DbError, _>(again).await? {
        return Err(PageError::NotFound);
    }
    Ok(Redirect::to("/staff/jobs").into_response())
}

/// `POST /staff/schedules/{name}` with `act`: `run` (now; the clock takes it up within a second), `pause`, `resume`.
///
/// # Errors
/// 404 no such job or act, or when the database is away.
pub async fn steer(desk: Desk, Path(name): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["act"])?;
    let done = match form.get("act") {
        "run" => act::RUN_ASKED,
        "pause" => act::JOB_PAUSED,
        "resume" => act::JOB_RESUMED,
        _ => return Err(PageError::NotFound),
    };
    let (me, now, by) = (desk.id(), desk.now(), desk.t("画面から実行", "asked for on the staff page"));
    let steer = async move |tx: &mut Tx| {
        let is_known = store::schedules(tx).await?.iter().any(|row| row.name == name);
        match done {
            _ if !is_known => return Ok(false),
            // A run that is due at this very instant already is the run that was asked for.
            act::RUN_ASKED => drop(store::insert_asked(tx, &name, now, by).await?),
            _ => drop(store::update_enabled(tx, &name, done == act::JOB_RESUMED).await?),
        }
        audit::append(tx, Some(me), done, &format!("job:{name}"), "", now).await?;
        Ok(true)
    };
    if !desk.state().db.write::<_, DbError, _>(steer).await? {
        return Err(PageError::NotFound);
    }
    desk.state().wake.notify_waiters();
    Ok(Redirect::to("/staff/jobs").into_response())
}

fn agenda(rows: &[ScheduleRow], now: DateTime<Utc>) -> Vec<(DateTime<Utc>, String)> {
    let mut agenda: Vec<_> = rows
        .iter()
        .filter(|row| row.is_enabled)
        .filter_map(|row| Some((row, Cron::parse(&row.cron).ok()?)))
        .flat_map(|(row, cron)| {
            cron.between(now, now + AHEAD).take(EACH).map(|due| (due, row.name.clone())).collect::<Vec<_>>()
        })
        .collect();
    agenda.sort();
    agenda
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::table::TABLE;
    use crate::web::staff::words::tests::{has_words, literals_after};

    #[test]
    fn every_job_and_service_has_a_name_in_both_languages() {
        let services = literals_after(concat!("service::run(", "self.means(stop), "));
        assert!(services.contains("outbox"), "the services were not found in the sources: {services:?}");
        let jobs = TABLE.iter().map(|entry| entry.name.to_owned());
        for word in jobs.chain(services).chain([crate::jobs::bell::SERVICE.to_owned()]) {
            has_words(&word, |lang| name(&word, lang));
        }
        assert_eq!(name("inbox maildir:/var/mail", Lang::En), "Inbox (maildir:/var/mail)");
    }

    #[test]
    fn a_note_of_a_job_is_read_in_both_languages() {
        let written = "12 pair(s) wait for staff, 3 new, 0 gone";
        assert_eq!(note(written, Lang::Ja), "職員の確認待ち 12 組、新しく 3 組、なくなった 0 組");
        assert_eq!(note(written, Lang::En), written);
        assert_eq!(note("connection refused", Lang::Ja), "connection refused");
    }
}
