//! `madoguchi verify`

use super::{Failure, line, open};
use crate::config::Settings;
use crate::desk::flows::storage;

/// Checks the database and every stored file: a fault a line, then what was looked at. Exits 1 when anything is wrong.
///
/// # Errors
/// When something is wrong, naming it; when it cannot be looked at.
pub async fn run(settings: Settings) -> Result<(), Failure> {
    let app = open(settings).await?;
    let mut faults = Vec::new();
    let checked = storage::verify(&app.db, &app.blobs, &app.ctx.keys, |fault| faults.push(fault)).await;
    let checked = checked.map_err(|error| Failure::new(error.to_string()))?;
    for fault in &faults {
        line(fault)?;
    }
    line(&checked)?;
    match faults.first() {
        None => Ok(()),
        Some(first) => {
            let more = match faults.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            Err(Failure::new(format!("{}: {}{more}; restore it from a backup", first.what, first.problem)))
        }
    }
}
