//! `/staff/linkage`: the grid of data linkage, 19 specialties by year of entry.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::layout::{At, Nav};
use crate::desk::flows::linkage::{self, Cell, LinkageState};
use crate::desk::inquiry::lists::{self, Named};
use crate::desk::ticket::actions::ActError;
use crate::platform::db::Tx;
use crate::web::{PageError, Posted};

#[derive(Template)]
#[template(path = "staff/linkage.html")]
struct LinkagePage {
    at: At,
    years: Vec<i64>,
    cells: Vec<Cell>,
    /// How many are told by the next run of the job.
    waiting: i64,
}

impl LinkagePage {
    fn specialties(&self) -> &'static [Named] {
        lists::specialties()
    }

    fn cell(&self, specialty: &Named, year: &i64) -> LinkageState {
        let found = self.cells.iter().find(|c| c.specialty == specialty.value() && c.entry_fiscal_year == *year);
        found.map_or(LinkageState::None, |cell| cell.state)
    }
}

/// `GET /staff/linkage`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let title = desk.t("データ連携", "Data linkage");
    let at = At::load(&mut tx, &desk, title, Nav::Linkage).await?;
    let years = linkage::years(desk.state().clock.today());
    let page = LinkagePage { at, years, cells: linkage::list(&mut tx).await?, waiting: linkage::count(&mut tx).await? };
    desk.ctx.page(StatusCode::OK, &page)
}

/// `POST /staff/linkage`: one cell.
///
/// # Errors
/// 404 no such cell; or when the database is away.
pub async fn set(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["specialty", "year", "state"])?;
    let wrong = || PageError::UnknownField("state".to_owned());
    let state = LinkageState::parse(form.get("state")).ok_or_else(wrong)?;
    let year = form.get("year").parse().map_err(|_| PageError::UnknownField("year".to_owned()))?;
    let (by, now, specialty) = (desk.id(), desk.now(), form.get("specialty").to_owned());
    let write = async move |tx: &mut Tx| linkage::set(tx, by, &specialty, year, state, now).await;
    desk.state().db.write::<_, ActError, _>(write).await?;
    Ok(Redirect::to("/staff/linkage").into_response())
}
