//! `madoguchi staff`: people of the desk from the command line.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::{Failure, line, open};
use crate::app::App;
use crate::config::Settings;
use crate::desk::staff::people::{self, NewPerson};
use crate::desk::staff::{Role, StaffError, link, password};
use crate::platform::db::Tx;

/// Arguments of `madoguchi staff`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Adds a person; prints a one-time link, or sets the password of a file.
    Add {
        /// As colleagues know them.
        name: String,
        /// Mail address to sign in with.
        email: String,
        /// viewer, agent, lead or admin.
        #[arg(long, value_parser = role)]
        role: Role,
        /// A file whose first line is the password.
        #[arg(long, value_name = "F")]
        password_file: Option<PathBuf>,
    },
    /// Prints a new one-time link for somebody who is there already.
    Link {
        /// Mail address they sign in with.
        email: String,
    },
    /// Lists everyone.
    List,
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| format!("{word} is not a role; known: viewer, agent, lead, admin"))
}

impl From<StaffError> for Failure {
    fn from(error: StaffError) -> Self {
        Self::new(error.to_string())
    }
}

/// Runs the command.
///
/// # Errors
/// When the person cannot be added, or the database refuses.
pub async fn run(args: Args, settings: Settings) -> Result<(), Failure> {
    let app = open(settings).await?;
    match args.act {
        Act::Add { name, email, role, password_file } => {
            add(&app, NewPerson { name, email, role }, password_file.as_deref()).await
        }
        Act::Link { email } => {
            let found = people::find_by_email(&mut app.db.read().await?, &email).await?;
            let person = found.ok_or(StaffError::NoSuchPerson)?;
            let (now, random) = (app.ctx.now(), app.ctx.random.clone());
            let issue = async move |tx: &mut Tx| link::issue(tx, None, person.id, now, &random).await;
            print_link(&app, &person.email, app.db.write(issue).await?)
        }
        Act::List => {
            for p in people::list(&mut app.db.read().await?).await? {
                line(&json!({
                    "id": p.id, "name": p.name, "email": p.email, "role": p.role,
                    "has_password": p.has_password, "disabled_at": p.disabled_at,
                }))?;
            }
            Ok(())
        }
    }
}

async fn add(app: &App, new: NewPerson, password_file: Option<&Path>) -> Result<(), Failure> {
    let (now, random) = (app.ctx.now(), app.ctx.random.clone());
    let email = new.email.clone();
    let Some(file) = password_file else {
        let added = async move |tx: &mut Tx| {
            let id = people::add(tx, None, &new, now).await?;
            link::issue(tx, None, id, now, &random).await
        };
        return print_link(app, &email, app.db.write(added).await?);
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("the password file {} cannot be read: {error}", file.display())))?;
    let chosen = text.lines().next().unwrap_or_default();
    password::check(chosen, &new.email, &new.name).map_err(StaffError::from)?;
    let hash = password::hash(chosen, &app.ctx.random).await.map_err(StaffError::from)?;
    let role = new.role;
    let id = app
        .db
        .write(async move |tx: &mut Tx| {
            let id = people::add(tx, None, &new, now).await?;
            people::store_password(tx, id, &hash).await?;
            Ok::<_, StaffError>(id)
        })
        .await?;
    line(&json!({ "id": id, "email": email, "role": role, "password": "set" }))
}

fn print_link(app: &App, email: &str, link: link::FreshLink) -> Result<(), Failure> {
    let url = link.url(&app.ctx.settings.server.base_url);
    line(&json!({ "email": email, "link": url, "expires_at": link.expires_at }))
}
