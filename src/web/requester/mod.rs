//! The page of the person who asked.

use axum::Router;

use super::State;

/// The requester's routes under a language prefix (`""` or `"/en"`).
pub fn routes(_lang: &str) -> Router<State> {
    Router::new()
}
