//! The desk behind the counter: what staff see. [`permissions`] says who may open what, [`guard`] holds to it.

mod audit;
mod counts;
mod gate;
mod guard;
mod layout;
mod link;
mod login;
mod people;
pub mod permissions;
mod settings;
mod words;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

pub use guard::Desk;

use super::State;

/// The routes under `/staff`.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/staff", get(|| async { Redirect::to("/staff/tickets") }))
        // Signing in.
        .route("/staff/login", get(login::form).post(login::submit))
        .route("/staff/link/{token}", get(link::form).post(link::submit))
        .route("/staff/logout", post(login::out))
        // The rest of the desk.
        .route("/staff/audit", get(audit::page))
        .route("/staff/people", get(people::page).post(people::add))
        .route("/staff/people/{id}", post(people::change))
        // Oneself.
        .route("/staff/settings", get(settings::page).post(settings::save))
        .route("/staff/settings/password", post(settings::change_password))
        .route_layer(axum::middleware::from_fn(guard::guard))
}
