//! The desk behind the counter: what staff see. [`permissions`] says who may open what, [`guard`] holds to it.

mod account;
mod acts;
mod answers;
mod approvals;
mod audit;
mod canned;
mod care;
mod case;
mod changes;
mod counts;
mod dry_run;
mod duplicates;
mod edge;
mod events;
mod facts;
mod files;
mod gate;
mod guard;
mod held;
mod image_acts;
mod images;
mod jobs;
mod layout;
mod link;
mod linkage;
mod login;
mod match_panel;
mod new_ticket;
mod outbox;
mod people;
mod periods;
pub mod permissions;
mod phone;
mod queue;
mod review;
mod settings;
mod suggest;
mod thread;
mod ticket;
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
        // Tickets.
        .route("/staff/tickets", get(queue::page))
        .route("/staff/tickets/new", get(new_ticket::form).post(new_ticket::submit))
        .route("/staff/tickets/{number}", get(ticket::page))
        .route("/staff/tickets/{number}/open", post(ticket::open))
        .route("/staff/tickets/{number}/reply", post(acts::reply))
        .route("/staff/tickets/{number}/note", post(acts::note))
        .route("/staff/tickets/{number}/change", post(acts::change))
        .route("/staff/tickets/{number}/take", post(acts::take))
        .route("/staff/tickets/{number}/spam", post(acts::spam))
        .route("/staff/tickets/{number}/link", post(match_panel::decide))
        .route("/staff/tickets/{number}/elsewhere", post(care::ask_elsewhere))
        .route("/staff/tickets/{number}/login-help", post(care::login_help))
        .route("/staff/tickets/{number}/confidential", post(care::confidential))
        .route("/staff/tickets/{number}/step", post(case::step))
        .route("/staff/tickets/{number}/nudge", post(case::nudge))
        .route("/staff/tickets/{number}/files/{id}", get(files::attachment))
        .route("/staff/tickets/{number}/messages/{seq}/html", get(files::html))
        .route("/staff/tickets/{number}/messages/{seq}/raw", get(files::raw))
        .route("/staff/events", get(events::stream))
        // Mail.
        .route("/staff/mail/held", get(held::page))
        .route("/staff/mail/held/{id}/raw", get(held::raw))
        .route("/staff/mail/held/{id}/open", post(held::open))
        .route("/staff/mail/held/{id}/dismiss", post(held::dismiss))
        .route("/staff/mail/outbox", get(outbox::page))
        .route("/staff/mail/outbox/{id}/retry", post(outbox::retry))
        .route("/staff/phone", get(phone::form).post(phone::submit))
        // Images.
        .route("/staff/images", get(images::page))
        .route("/staff/images/{id}", get(review::page))
        .route("/staff/images/{id}/open", post(review::open))
        .route("/staff/images/{id}/view", get(images::view))
        .route("/staff/images/{id}/thumb", get(images::thumb))
        .route("/staff/images/{id}/decide", post(review::decide))
        .route("/staff/tickets/{number}/upload-link", post(image_acts::send_link))
        .route("/staff/tickets/{number}/upload-link/revoke", post(image_acts::revoke_link))
        .route("/staff/accounts/{account_id}/image", post(image_acts::add))
        // The rest of the desk.
        .route("/staff/answers", get(answers::page))
        .route("/staff/linkage", get(linkage::page).post(linkage::set))
        .route("/staff/accounts/{account_id}", get(account::page))
        .route("/staff/accounts/{account_id}/open", post(account::open))
        .route("/staff/duplicates", get(duplicates::list))
        .route("/staff/duplicates/{account_id}/{other_id}", get(duplicates::pair_page).post(duplicates::decide))
        .route("/staff/duplicates/{account_id}/{other_id}/open", post(duplicates::open))
        .route("/staff/repairs/{id}/undo", post(duplicates::undo))
        .route("/staff/approvals", get(approvals::page))
        .route("/staff/approvals/{id}/decide", post(approvals::decide))
        .route("/staff/approvals/{id}/withdraw", post(approvals::withdraw))
        .route("/staff/changes", get(changes::page))
        .route("/staff/changes.csv", get(changes::csv))
        .route("/staff/changes.json", get(changes::json))
        .route("/staff/changes/handed-over", post(changes::hand_over))
        .route("/staff/periods", get(periods::page))
        .route("/staff/periods/edit", get(periods::change::form))
        .route("/staff/periods/preview", post(periods::change::preview))
        .route("/staff/periods/apply", post(periods::change::apply))
        .route("/staff/periods/moment", get(periods::moment::page))
        .route("/staff/jobs", get(jobs::page))
        .route("/staff/jobs/{id}/retry", post(jobs::retry))
        .route("/staff/schedules/{name}", get(dry_run::page).post(jobs::steer))
        .route("/staff/audit", get(audit::page))
        .route("/staff/people", get(people::page).post(people::add))
        .route("/staff/people/{id}", post(people::change))
        // Oneself.
        .route("/staff/settings", get(settings::page).post(settings::save))
        .route("/staff/settings/feed", post(settings::feed))
        .route("/staff/settings/password", post(settings::change_password))
        .route_layer(axum::middleware::from_fn(guard::guard))
}
