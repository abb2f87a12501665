//! What of the desk is data in files.

use std::path::Path;

use super::AppError;
use crate::config::{Settings, rules};
use crate::desk::calendar::{self, Calendar};
use crate::desk::inquiry::{self, Catalogue, KindFault, queues};
use crate::desk::policy::{Office, Policy, TableFault};
use crate::desk::reply::canned;

/// Rules, kinds of inquiry and the business calendar, put in their places once.
///
/// # Errors
/// The first file that is wrong, with its line.
pub fn desk_data(settings: &Settings) -> Result<(), AppError> {
    desk_rules(settings)?;
    inquiry::install(&catalogue(settings)?);
    if !settings.desk.calendar.is_empty() {
        calendar::install(Calendar::read(&settings.desk.calendar)?);
    }
    Ok(())
}

/// The files of rules, put in their places and looked through.
///
/// # Errors
/// The first file that is wrong, with its line.
pub fn desk_rules(settings: &Settings) -> Result<(), AppError> {
    if !settings.desk.rules.is_empty() {
        rules::install(Path::new(&settings.desk.rules))?;
    }
    let of_table = |fault: TableFault| AppError::Rules(fault.to_string());
    Policy::embedded().map_err(of_table)?;
    Office::check().map_err(of_table)?;
    canned::embedded().map_err(|fault| AppError::Rules(format!("canned.toml: {fault}")))?;
    queues::check().map_err(|fault| AppError::Rules(format!("queues.toml: {fault}")))
}

/// The kinds that come with the program, with the files of `desk.kinds` in their place.
pub(super) fn catalogue(settings: &Settings) -> Result<Catalogue, KindFault> {
    match settings.desk.kinds.as_str() {
        "" => Catalogue::embedded(),
        folder => Catalogue::with_folder(Path::new(folder)),
    }
}
