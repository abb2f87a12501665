//! API tokens in SQL.

use chrono::{DateTime, Utc};

use crate::platform::db::{DbError, Tx, query};

/// Inserts a token; false when the name is taken.
pub(super) async fn insert(
    tx: &mut Tx,
    name: &str,
    hash: &str,
    scope: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql =
        "INSERT INTO api_tokens (name, token_hash, scope, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    Ok(query(sql).bind(name).bind(hash).bind(scope).bind(now).execute(tx).await? == 1)
}

/// A token that is not revoked: id, name, scopes.
pub(super) async fn find(tx: &mut Tx, hash: &str) -> Result<Option<(i64, String, String)>, DbError> {
    let sql = "SELECT id, name, scope FROM api_tokens WHERE token_hash = $1 AND revoked_at IS NULL";
    query(sql).bind(hash).fetch_optional(tx).await
}
