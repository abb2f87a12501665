//! Tokens of programs: made on the command line, printed once, stored as a hash.

mod store;

use chrono::{DateTime, Utc};

use crate::platform::crypto::{Random, sha256_hex};
use crate::platform::db::{DbError, Tx};
use crate::word_enum;

word_enum! {
    /// What a program may do.
    Scope {
        /// Open inquiries: `POST /api/v1/inquiries`.
        Inquiries = "inquiries",
        /// Bring the account mirror up to date: `PUT /api/v1/accounts`.
        Accounts = "accounts",
    }
}

/// A program that has shown its token.
#[derive(Debug, Clone)]
pub struct Program {
    /// Key of the token.
    pub id: i64,
    /// The name it was given.
    pub name: String,
    scopes: String,
}

impl Program {
    /// Whether it may do this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.split(' ').any(|word| word == scope.as_str())
    }
}

/// What every token begins with, so that a leaked one is recognised.
const PREFIX: &str = "mdg_";

/// Makes a token; `None` when the name is taken. The returned text is shown once and stored nowhere.
///
/// # Errors
/// When the database refuses.
pub async fn add(
    tx: &mut Tx,
    name: &str,
    scopes: &[Scope],
    random: &Random,
    now: DateTime<Utc>,
) -> Result<Option<String>, DbError> {
    let token = format!("{PREFIX}{}{}", random.token(), random.token());
    let scopes = scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" ");
    Ok(store::insert(tx, name, &sha256_hex(token.as_bytes()), &scopes, now).await?.then_some(token))
}

/// The program of a token. The look-up is by hash, so comparing it leaks nothing of the token.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, token: &str) -> Result<Option<Program>, DbError> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    let row = store::find(tx, &sha256_hex(token.as_bytes())).await?;
    Ok(row.map(|(id, name, scopes)| Program { id, name, scopes }))
}
