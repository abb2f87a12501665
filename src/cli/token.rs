//! `madoguchi token add`.

use clap::Subcommand;
use serde_json::json;

use super::{Failure, line, open};
use crate::config::Settings;
use crate::desk::staff::api_token::{self, Scope};
use crate::platform::db::{DbError, Tx};

/// Arguments of `madoguchi token`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Makes a token for a program and prints it, once.
    Add {
        /// What the program is called.
        name: String,
        /// inquiries, accounts; several separated by commas.
        #[arg(long, required = true, value_delimiter = ',', value_parser = scope)]
        scope: Vec<Scope>,
    },
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::parse(word).ok_or_else(|| "one of: inquiries, accounts".to_owned())
}

/// Runs the command.
///
/// # Errors
/// When the name is taken or the database refuses.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    let app = open(settings).await?;
    let Act::Add { name, scope } = args.act;
    let (now, random, shown) = (app.ctx.now(), app.ctx.random.clone(), name.clone());
    let add = async move |tx: &mut Tx| api_token::add(tx, &name, &scope, &random, now).await;
    match app.db.write::<_, DbError, _>(add).await? {
        Some(token) => line(&json!({ "name": shown, "token": token })),
        None => Err(Failure::new(format!("there is a token named {shown} already"))),
    }
}
