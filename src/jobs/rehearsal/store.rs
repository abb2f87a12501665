//! What a rehearsal has left in its copy.

use crate::platform::db::{DbError, Tx, query};

/// How far mails and events had come at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    mail: i64,
    event: i64,
}

pub(super) async fn marks(tx: &mut Tx) -> Result<Marks, DbError> {
    let (mail, event): (i64, i64) = query(
        "SELECT CAST((SELECT COALESCE(MAX(id), 0) FROM outbox) AS BIGINT), \
         CAST((SELECT COALESCE(MAX(id), 0) FROM events) AS BIGINT)",
    )
    .fetch_one(tx)
    .await?;
    Ok(Marks { mail, event })
}

/// Mails queued since.
pub(super) async fn mails_since(tx: &mut Tx, since: Marks) -> Result<i64, DbError> {
    let (count,): (i64,) =
        query("SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE id > $1").bind(since.mail).fetch_one(tx).await?;
    Ok(count)
}

/// Effects that a ticket or a person got more than once since: mails of one kind about one ticket to one address, and
/// events of one kind that jobs left on one ticket. Nobody acts in a rehearsal, so there is no second cause for any, but for
/// mails that have several: a provisional image, of which a person is told step by step (14, 30, 60 days), a close that
/// comes near step by step or moves, a director who stays silent. There the key of the mail tells causes apart. A job that doubled shows in both;
/// the larger count is told.
pub(super) async fn doubled(tx: &mut Tx, since: Marks) -> Result<i64, DbError> {
    let (mails,): (i64,) = query(
        "SELECT CAST(COALESCE(SUM(n - 1), 0) AS BIGINT) FROM (SELECT COUNT(*) AS n FROM outbox WHERE id > $1 \
         GROUP BY kind, COALESCE(ticket_id, 0), to_key, CASE WHEN kind IN ('provisional_image', 'deadline_reminder', 'director_nudge', 'edge_digest', 'edge_moved') THEN dedupe_key ELSE '' END HAVING COUNT(*) > 1) AS twice",
    )
    .bind(since.mail)
    .fetch_one(tx)
    .await?;
    let (events,): (i64,) = query(
        "SELECT CAST(COALESCE(SUM(n - 1), 0) AS BIGINT) FROM (SELECT COUNT(*) AS n FROM events \
         WHERE id > $1 AND actor = 'job' AND ticket_id IS NOT NULL AND kind NOT IN ('matched', 'deadline_reminded', 'director_nudged') \
         GROUP BY kind, ticket_id HAVING COUNT(*) > 1) AS twice",
    )
    .bind(since.event)
    .fetch_one(tx)
    .await?;
    Ok(mails.max(events))
}
