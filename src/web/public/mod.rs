//! The front of the counter: pages anyone may open, without JavaScript.

use axum::Router;

use super::State;

/// The public routes under a language prefix (`""` or `"/en"`).
pub fn routes(_lang: &str) -> Router<State> {
    Router::new()
}
