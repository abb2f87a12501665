//! Reviews that were asked for.

use chrono::{DateTime, NaiveDate, Utc};

use crate::desk::policy::Topic;
use crate::platform::db::{DbError, Tx, query};

pub(super) async fn is_told(tx: &mut Tx, topic: Topic, holds_until: NaiveDate) -> Result<bool, DbError> {
    let row: Option<(String,)> = query("SELECT topic FROM rule_reviews WHERE topic = $1 AND holds_until = $2")
        .bind(topic)
        .bind(holds_until)
        .fetch_optional(tx)
        .await?;
    Ok(row.is_some())
}

pub(super) async fn insert(
    tx: &mut Tx,
    topic: Topic,
    holds_until: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query("INSERT INTO rule_reviews (topic, holds_until, told_at) VALUES ($1, $2, $3)")
        .bind(topic)
        .bind(holds_until)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}
