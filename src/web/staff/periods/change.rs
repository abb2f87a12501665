//! Changing the season: one period, a pasted timetable, a file, a copy of a year, a removal, the drafts of a year made
//! public. Every one of them shows first what it would do; only the button on that page does it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Duration, Utc};

use super::boxes;
use super::forms::{self, Fault};
use crate::desk::audit::{self, act};
use crate::desk::flows::reminders::STEPS;
use crate::desk::flows::season::{self, Effect, Wish};
use crate::desk::period::change;
use crate::desk::period::check::Wanted;
use crate::desk::period::{Period, PeriodKind, import, store};
use crate::desk::ticket::actions::ActError;
use crate::platform::db::Tx;
use crate::web::form_body::query_value;
use crate::web::staff::Desk;
use crate::web::staff::layout::{At, Nav};
use crate::web::{Form, PageError, Posted};

#[derive(Template)]
#[template(path = "staff/period_form.html")]
struct FormPage {
    at: At,
    form: Form,
    faults: Vec<Fault>,
    years: Vec<i64>,
    /// The period that is edited, for its button of removal.
    old: Option<Period>,
}

impl FormPage {
    fn value(&self, name: &str) -> &str {
        self.form.get(name)
    }

    fn fault(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|fault| fault.field == name).map(|fault| fault.text.as_str())
    }

    fn is_kind(&self, kind: &PeriodKind) -> bool {
        self.form.get("kind") == kind.as_str()
    }
}

#[derive(Template)]
#[template(path = "staff/period_effect.html")]
struct EffectPage {
    at: At,
    effect: Effect,
    wish: Wish,
    periods: String,
    remove: String,
    /// Something was changed by somebody else since it was worked out.
    is_stale: bool,
}

impl EffectPage {
    fn has_hints(&self) -> bool {
        self.effect.findings.iter().any(|finding| !finding.refuses)
    }

    fn dates(&self, opens_at: &DateTime<Utc>, closes_at: &DateTime<Utc>) -> String {
        let (from, to) = (self.at.stamp(opens_at), self.at.stamp(closes_at));
        if from == to { to } else { format!("{from} – {to}") }
    }

    fn before(&self, one: &Wanted) -> String {
        one.before
            .as_ref()
            .map_or_else(|| self.at.t("(新規)", "(new)").to_owned(), |old| self.dates(&old.opens_at, &old.closes_at))
    }

    /// When people are told before a close, as far as that is to come.
    fn notices(&self, close: &Option<DateTime<Utc>>) -> String {
        let Some(close) = close else { return self.at.t("なし", "none").to_owned() };
        let ahead = STEPS.iter().map(|hours| *close - Duration::hours(*hours)).filter(|at| *at > self.at.now());
        let said: Vec<_> = ahead.map(|at| self.at.short(&at)).collect();
        if said.is_empty() {
            self.at.t("残りなし", "none left").to_owned()
        } else {
            said.join(self.at.t("、", ", "))
        }
    }
}

/// `GET /staff/periods/edit?id=` or `?year=`: the form of one period, and below it the other ways.
///
/// # Errors
/// When the database is away.
pub async fn form(desk: Desk) -> Result<Response, PageError> {
    let query = desk.ctx.query();
    let old = match change::id(&query_value(query, "id")) {
        Some(id) => Some(store::by_id(&mut desk.read().await?, id).await?.ok_or(PageError::NotFound)?),
        None => None,
    };
    let mut fields = vec![("fiscal_year", query_value(query, "year")), ("to_year", query_value(query, "year"))];
    match &old {
        Some(old) => {
            let ((opens_on, opens_time), (closes_on, closes_time)) = (boxes(old.opens_at), boxes(old.closes_at));
            fields = vec![
                ("fiscal_year", old.fiscal_year.to_string()),
                ("round", old.round.clone()),
                ("name", old.name.clone()),
                ("kind", old.kind.to_string()),
                ("opens_on", opens_on),
                ("opens_time", opens_time),
                ("closes_on", closes_on),
                ("closes_time", closes_time),
                ("publish", if old.is_published { "1".into() } else { String::new() }),
            ];
        }
        None => fields.extend([("opens_time", "12:00".to_owned()), ("closes_time", "12:00".to_owned())]),
    }
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    show(&desk, Form::from_fields(fields), Vec::new(), old).await
}

async fn show(desk: &Desk, form: Form, faults: Vec<Fault>, old: Option<Period>) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let title = match old {
        Some(_) => desk.t("募集期間を直す", "Change a period"),
        None => desk.t("募集期間を加える", "Add periods"),
    };
    let mut at = At::load(&mut tx, desk, title, Nav::Periods).await?;
    at.is_error = !faults.is_empty();
    let mut years: Vec<i64> = store::list(&mut tx).await?.iter().map(|period| period.fiscal_year).collect();
    years.dedup();
    let status = if at.is_error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    desk.ctx.page(status, &FormPage { at, form, faults, years, old })
}

/// `POST /staff/periods/preview` with `source`: `one`, `timetable`, `copy`, `publish`, `remove`. Changes nothing.
///
/// # Errors
/// When the database is away.
pub async fn preview(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    let file = form.files().first().filter(|file| file.field == "file").map(|file| file.bytes.to_vec());
    let form = Form::from_fields(form.fields().to_vec());
    let mut known = forms::ONE.to_vec();
    known.extend(["timetable", "from_year", "to_year", "days", "remove", "file"]);
    form.only(&known)?;
    let all = store::list(&mut desk.read().await?).await?;
    let wish = match form.get("source") {
        "one" => forms::one(&form, desk.lang()),
        "timetable" => forms::timetable(&form, file.as_deref(), desk.lang()),
        "copy" => forms::copy(&form, &all, desk.lang()),
        "publish" => Ok(drafts(&all, form.get("fiscal_year"))),
        "remove" => Ok(Wish { remove: change::id(form.get("remove")).into_iter().collect(), ..Wish::default() }),
        _ => return Err(PageError::NotFound),
    };
    match wish {
        Ok(wish) => show_effect(&desk, wish, None).await,
        Err(faults) => show(&desk, form, faults, None).await,
    }
}

/// The drafts of a year, made public.
fn drafts(all: &[Period], year: &str) -> Wish {
    let is_draft = |period: &&Period| period.fiscal_year.to_string() == year && !period.is_published;
    let drafts: Vec<Period> = all.iter().filter(is_draft).cloned().collect();
    let year = year.parse().unwrap_or_default();
    Wish { put: change::shifted(&drafts, year, 0), is_published: true, remove: Vec::new() }
}

/// The page that says what would happen. `seen`: the season it was worked out from before.
async fn show_effect(desk: &Desk, wish: Wish, seen: Option<&str>) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let title = desk.t("この変更で起きること", "What this change would do");
    let mut at = At::load(&mut tx, desk, title, Nav::Periods).await?;
    let effect = season::effect(&mut tx, &wish, desk.now()).await?;
    at.is_error = effect.is_refused();
    let is_stale = seen.is_some_and(|seen| seen != effect.seen);
    let status = match () {
        () if effect.is_refused() => StatusCode::UNPROCESSABLE_ENTITY,
        () if is_stale => StatusCode::CONFLICT,
        () => StatusCode::OK,
    };
    let remove = wish.remove.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let periods = if wish.put.is_empty() { String::new() } else { import::write(&wish.put) };
    desk.ctx.page(status, &EffectPage { at, effect, wish, periods, remove, is_stale })
}

/// `POST /staff/periods/apply`: does what the page said, unless the season is another one by now.
///
/// # Errors
/// When the database is away; what was asked for is then on the error page.
pub async fn apply(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["periods", "publish", "remove", "seen", "correct"])?;
    let wish = forms::carried(&form).ok_or_else(|| PageError::UnknownField("periods".to_owned()))?;
    let (ctx, by, seen, correct) = (desk.context(), desk.id(), form.get("seen").to_owned(), form.get("correct") == "1");
    let (asked, last_seen) = (wish.clone(), seen.clone());
    let write = async move |tx: &mut Tx| {
        let effect = season::effect(tx, &asked, ctx.now()).await?;
        if effect.is_refused() || effect.seen != seen {
            return Ok::<_, ActError>(None);
        }
        let year = effect.put.first().map(|one| i64::from(one.after.fiscal_year));
        let year = year.or(effect.removed.first().map(|period| period.fiscal_year));
        season::apply(tx, &ctx, &effect, Some(by), correct).await?;
        let changed = format!("put {}, removed {}", effect.put.len(), effect.removed.len());
        audit::append(
            tx,
            Some(by),
            act::SEASON_CHANGED,
            &format!("season:{}", year.unwrap_or_default()),
            &changed,
            ctx.now(),
        )
        .await?;
        Ok(Some(year))
    };
    let Some(year) = desk.state().db.write(write).await? else {
        return show_effect(&desk, wish, Some(&last_seen)).await;
    };
    desk.state().forget_season();
    desk.state().wake.notify_waiters();
    let path = year.map_or("/staff/periods".to_owned(), |year| format!("/staff/periods?year={year}"));
    Ok(Redirect::to(&path).into_response())
}
