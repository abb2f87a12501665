//! The desk behind the counter: what staff see.

use axum::Router;

use super::State;

/// The routes under `/staff`.
pub fn routes() -> Router<State> {
    Router::new()
}
