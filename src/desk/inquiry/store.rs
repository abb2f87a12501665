//! The forms in the database: each version that was ever in use, so that an old ticket shows the form it came with.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::spec::Form;
use super::{Catalogue, InquiryKind};
use crate::platform::db::{DbError, Tx, query};

/// Stores the forms that differ from the latest version of their kind, and gives the catalogue with all versions.
///
/// # Errors
/// When the database refuses.
pub async fn register(tx: &mut Tx, catalogue: &Catalogue, now: DateTime<Utc>) -> Result<Catalogue, DbError> {
    let latest: Vec<(i64, String, String)> = query(
        "SELECT id, kind, fingerprint FROM forms WHERE id IN (SELECT MAX(id) FROM forms GROUP BY kind) ORDER BY id",
    )
    .fetch_all(tx)
    .await?;
    let mut current = BTreeMap::new();
    for spec in catalogue.all() {
        let fingerprint = spec.form.fingerprint();
        let known = latest.iter().find(|(_, kind, known)| kind == spec.kind.as_str() && *known == fingerprint);
        let id = match known {
            Some((id, _, _)) => *id,
            None => insert(tx, spec.kind, &spec.form, &fingerprint, now).await?,
        };
        current.insert(spec.kind, id);
    }
    let rows: Vec<(i64, InquiryKind, sqlx::types::Json<serde_json::Value>)> =
        query("SELECT id, kind, form FROM forms ORDER BY id").fetch_all(tx).await?;
    let mut forms = BTreeMap::new();
    for (id, kind, form) in rows {
        // A form this program can no longer read shows its tickets by the names of their fields.
        match serde_json::from_value::<Form>(form.0) {
            Ok(form) => drop(forms.insert(id, (kind, form))),
            Err(error) => tracing::warn!(form = id, %error, "a stored form cannot be read"),
        }
    }
    Ok(catalogue.with_versions(&current, forms))
}

async fn insert(
    tx: &mut Tx,
    kind: InquiryKind,
    form: &Form,
    fingerprint: &str,
    now: DateTime<Utc>,
) -> Result<i64, DbError> {
    let (id,): (i64,) =
        query("INSERT INTO forms (kind, fingerprint, form, created_at) VALUES ($1, $2, $3, $4) RETURNING id")
            .bind(kind)
            .bind(fingerprint)
            .bind(form.to_json())
            .bind(now)
            .fetch_one(tx)
            .await?;
    Ok(id)
}

/// Before the id of an entry of the FAQ, where answers that helped are counted.
pub const OF_FAQ: &str = "faq:";

/// Counts a reader whom an answer before the form helped. No person stands behind the number.
///
/// # Errors
/// When the database refuses.
pub async fn count_helped(tx: &mut Tx, kind: InquiryKind, answer: &str, day: chrono::NaiveDate) -> Result<(), DbError> {
    query(
        "INSERT INTO answers_helped (kind, answer, day, count) VALUES ($1, $2, $3, CAST(1 AS BIGINT)) \
         ON CONFLICT (kind, answer, day) DO UPDATE SET count = answers_helped.count + 1",
    )
    .bind(kind)
    .bind(answer)
    .bind(day)
    .execute(tx)
    .await?;
    Ok(())
}

/// How many readers the answers of each kind helped since a day.
///
/// # Errors
/// When the database refuses.
pub async fn helped_since(tx: &mut Tx, day: chrono::NaiveDate) -> Result<Vec<(InquiryKind, String, i64)>, DbError> {
    query(
        "SELECT kind, answer, CAST(SUM(count) AS BIGINT) FROM answers_helped WHERE day >= $1 \
         GROUP BY kind, answer ORDER BY kind, answer",
    )
    .bind(day)
    .fetch_all(tx)
    .await
}
