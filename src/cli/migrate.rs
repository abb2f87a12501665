//! `madoguchi migrate`.

use serde_json::json;

use super::{Failure, line};
use crate::app::{App, Schema};
use crate::config::Settings;

/// Brings the schema up to date and loads what an empty database starts with.
///
/// # Errors
/// When the database cannot be opened or migrated.
pub async fn run(settings: Settings) -> Result<(), Failure> {
    let app = App::open(settings, Schema::Migrate).await?;
    app.db.close().await;
    line(&json!({ "ok": true }))
}
