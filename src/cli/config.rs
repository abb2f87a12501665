//! `madoguchi config default`, `config check`.

use std::path::Path;

use clap::Subcommand;
use serde_json::json;

use super::{Failure, line};
use crate::app;
use crate::config::{DEFAULT, Settings};

/// Arguments of `madoguchi config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Prints every key with its default and a comment.
    Default,
    /// Checks the configuration in use and tells all mistakes at once.
    Check,
}

/// Runs the command.
///
/// # Errors
/// When the configuration has mistakes.
pub fn run(args: &Args, file: Option<&Path>) -> Result<(), Failure> {
    match args.act {
        Act::Default => {
            print!("{DEFAULT}");
            Ok(())
        }
        Act::Check => {
            let settings = Settings::load(file)?;
            app::desk_data(&settings)?;
            line(&json!({ "ok": true, "base_url": settings.server.base_url }))
        }
    }
}
