//! The page of the person who asked: opened by number and passcode, or by a link that was mailed. What is shown is
//! decided in `desk::ticket::thread` and `desk::reply::disclosure`, never here.

mod grants;
mod link;
mod look_up;
mod reminder;
mod ticket;
mod upload;

use axum::Router;
use axum::routing::{get, post};

use super::State;

/// The requester's routes under a language prefix (`""` or `"/en"`).
pub fn routes(lang: &str) -> Router<State> {
    let at = |path: &str| format!("{lang}{path}");
    Router::new()
        .route(&at("/t/{token}"), get(link::get).post(link::post))
        .route(&at("/upload"), get(upload::form).post(upload::take))
        .route(&at("/upload/{token}"), get(upload::get).post(upload::exchange))
        .route(&at("/status"), get(look_up::get).post(look_up::post))
        .route(&at("/status/{number}"), get(ticket::get))
        .route(&at("/status/{number}/reply"), post(ticket::reply))
        .route(&at("/status/{number}/reminder"), post(reminder::set))
        .route(&at("/status/{number}/withdraw"), get(ticket::ask_withdraw).post(ticket::withdraw))
}
