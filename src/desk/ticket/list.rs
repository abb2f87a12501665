//! The queue: keyset pages on the queue's indexes, what is due first in front or the newest, and counts that are cached until something happens.

use chrono::{DateTime, Utc};

use super::{Channel, Grade, SeenBy, Status, Ticket, TicketId};
use crate::desk::account::AccountId;
use crate::desk::staff::StaffId;
use crate::platform::db::{Builder, DbError, Tx, query};
use crate::platform::index::plain_numbers;

/// Rows on one page.
pub const PAGE: i64 = 50;

/// What a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum View {
    /// Everything that needs somebody here: new and open.
    NeedsStaff,
    /// The same, of one member of staff.
    Mine(StaffId),
    /// The same, without an assignee.
    Unassigned,
    /// One status.
    Status(Status),
    /// Marked as spam.
    Spam,
    /// Everything but spam.
    All,
}

/// Narrows a view. Empty fields do not narrow, but for `seen_by`: whoever names nobody sees nothing confidential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Kind of inquiry.
    pub kind: Option<String>,
    /// One of these kinds: a queue.
    pub kinds: Option<Vec<&'static str>>,
    /// Grade of the match.
    pub grade: Option<Grade>,
    /// Of one member of staff, or of nobody.
    pub assignee: Option<Option<StaffId>>,
    /// Linked to this account.
    pub account: Option<AccountId>,
    /// Only these tickets (hits of a search), best first.
    pub ids: Option<Vec<i64>>,
    /// Who looks (SEC-056).
    pub seen_by: SeenBy,
}

impl Filter {
    /// Everything that somebody may see.
    pub fn seen_by(seen_by: SeenBy) -> Self {
        Self { seen_by, ..Self::default() }
    }
}

/// Leaves out confidential tickets (`t`) that are not for whoever looks (SEC-056): the one place that says so in SQL.
pub fn visible(builder: Builder, seen_by: SeenBy) -> Builder {
    match seen_by {
        SeenBy::Everything => builder,
        SeenBy::Anyone => builder.push(" AND t.is_confidential = FALSE"),
        SeenBy::Person(id) => builder.with(
            " AND (t.is_confidential = FALSE OR EXISTS (SELECT 1 FROM ticket_readers r WHERE r.ticket_id = t.id AND r.staff_id = ?))",
            id,
        ),
    }
}

const SELECT: &str = "SELECT t.id, t.number, t.kind, t.status, t.channel, t.subject, t.requester_name, t.grade, \
     a.account_id AS account, t.assignee_id, s.name AS assignee_name, t.is_spam, t.received_at, t.updated_at, t.edge_at, t.is_late, \
     t.answer_by, t.due_at \
     FROM tickets t LEFT JOIN staff s ON s.id = t.assignee_id LEFT JOIN accounts a ON a.id = t.account_id";

/// One row of the queue.
#[derive(Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql")]
pub struct Line {
    pub id: TicketId,
    pub number: String,
    pub kind: String,
    pub status: Status,
    pub channel: Channel,
    pub subject: String,
    pub requester_name: String,
    pub grade: Grade,
    pub account: Option<String>,
    pub assignee_id: Option<i64>,
    pub assignee_name: Option<String>,
    pub is_spam: bool,
    pub received_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub edge_at: Option<DateTime<Utc>>,
    pub is_late: bool,
    pub answer_by: Option<DateTime<Utc>>,
    pub due_at: DateTime<Utc>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("number", &self.number).finish_non_exhaustive()
    }
}

fn narrowed(select: &'static str, view: &View, filter: &Filter) -> Builder {
    let builder = Builder::new(select);
    let builder = match view {
        View::NeedsStaff => builder.push(" WHERE t.needs_staff = 1 AND t.is_spam = FALSE"),
        View::Mine(staff) => {
            builder.with(" WHERE t.assignee_id = ? AND t.needs_staff = 1 AND t.is_spam = FALSE", *staff)
        }
        View::Unassigned => builder.push(" WHERE t.needs_staff = 1 AND t.is_spam = FALSE AND t.assignee_id IS NULL"),
        View::Status(status) => builder.with(" WHERE t.status = ? AND t.is_spam = FALSE", *status),
        View::Spam => builder.push(" WHERE t.is_spam = TRUE"),
        View::All => builder.push(" WHERE t.is_spam = FALSE"),
    };
    let builder = builder
        .with_opt(" AND t.kind = ?", filter.kind.as_deref())
        .with_opt(" AND t.grade = ?", filter.grade)
        .with_opt(" AND t.account_id = ?", filter.account);
    let builder = match &filter.kinds {
        Some(kinds) if kinds.is_empty() => builder.push(" AND 1 = 0"),
        Some(kinds) => builder.with_list(" AND t.kind IN (", kinds.iter().copied(), ")"),
        None => builder,
    };
    let builder = match filter.assignee {
        Some(Some(staff)) => builder.with(" AND t.assignee_id = ?", staff),
        Some(None) => builder.push(" AND t.assignee_id IS NULL"),
        None => builder,
    };
    let builder = visible(builder, filter.seen_by);
    match &filter.ids {
        Some(ids) if ids.is_empty() => builder.push(" AND 1 = 0"),
        Some(ids) => builder.with_list(" AND t.id IN (", ids.iter().copied(), ")"),
        None => builder,
    }
}

/// A page of a view: tickets with an id below `before` (or from the newest), newest first.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    tx: &mut Tx,
    view: &View,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Line>, DbError> {
    narrowed(SELECT, view, filter)
        .with_opt(" AND t.id < ?", before)
        .with(" ORDER BY t.id DESC LIMIT ?", limit)
        .build()
        .fetch_all(tx)
        .await
}

/// A place in the list that is sorted by what is due: the due instant and the id of the last line seen.
pub type Place = (DateTime<Utc>, i64);

/// A page of a view behind a place (or from the front), what is due first in front. Meant for the views of what needs
/// somebody here: the others have no due instants to sort by.
///
/// # Errors
/// When the database refuses.
pub async fn page_by_due(
    tx: &mut Tx,
    view: &View,
    filter: &Filter,
    behind: Option<Place>,
    limit: i64,
) -> Result<Vec<Line>, DbError> {
    let lines = narrowed(SELECT, view, filter);
    let lines = match behind {
        // A row value: one range of the index, not two joined by OR.
        Some((due_at, id)) => lines.with(" AND (t.due_at, t.id) > (?", due_at).with(", ?)", id),
        None => lines,
    };
    lines.with(" ORDER BY t.due_at, t.id LIMIT ?", limit).build().fetch_all(tx).await
}

/// How many tickets a view holds.
///
/// # Errors
/// When the database refuses.
pub async fn count(tx: &mut Tx, view: &View, filter: &Filter) -> Result<i64, DbError> {
    let (n,): (i64,) = narrowed("SELECT COUNT(*) FROM tickets t", view, filter).build().fetch_one(tx).await?;
    Ok(n)
}

/// The numbers beside the names of the views.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the views")]
pub struct Counts {
    pub needs_staff: i64,
    pub unassigned: i64,
    pub waiting_on_requester: i64,
    pub waiting_on_third_party: i64,
    pub resolved: i64,
    pub closed: i64,
    pub spam: i64,
}

/// Counts all views in one walk over the status index.
///
/// # Errors
/// When the database refuses.
pub async fn counts(tx: &mut Tx, seen_by: SeenBy) -> Result<Counts, DbError> {
    let select = "SELECT t.status, t.is_spam, t.assignee_id IS NULL, COUNT(*) FROM tickets t WHERE 1 = 1";
    let rows: Vec<(Status, bool, bool, i64)> = visible(Builder::new(select), seen_by)
        .push(" GROUP BY t.status, t.is_spam, t.assignee_id IS NULL")
        .build()
        .fetch_all(tx)
        .await?;
    let mut counts = Counts::default();
    for (status, is_spam, unassigned, n) in rows {
        if is_spam {
            counts.spam += n;
            continue;
        }
        if status.needs_staff() {
            counts.needs_staff += n;
            counts.unassigned += if unassigned { n } else { 0 };
        }
        match status {
            Status::WaitingOnRequester => counts.waiting_on_requester += n,
            Status::WaitingOnThirdParty => counts.waiting_on_third_party += n,
            Status::Resolved => counts.resolved += n,
            Status::Closed => counts.closed += n,
            Status::New | Status::Open => {}
        }
    }
    Ok(counts)
}

/// How many inquiries of each kind came since an instant, spam left out.
///
/// # Errors
/// When the database refuses.
pub async fn count_by_kind_since(
    tx: &mut Tx,
    since: DateTime<Utc>,
    seen_by: SeenBy,
) -> Result<Vec<(String, i64)>, DbError> {
    let counted = Builder::new("SELECT t.kind, COUNT(*) FROM tickets t WHERE t.is_spam = FALSE")
        .with(" AND t.received_at >= ?", since);
    visible(counted, seen_by).push(" GROUP BY t.kind").build().fetch_all(tx).await
}

/// Other tickets of the same person: of the same account, or from the same address; newest first.
///
/// # Errors
/// When the database refuses.
pub async fn others(tx: &mut Tx, ticket: &Ticket, seen_by: SeenBy, limit: i64) -> Result<Vec<Line>, DbError> {
    let same = Builder::new(SELECT)
        .with(" WHERE (t.account_id = ?", ticket.account_id)
        .with(" OR (t.requester_email_key <> '' AND t.requester_email_key = ?))", &ticket.requester_email_key)
        .with(" AND t.id <> ? AND t.is_spam = FALSE", ticket.id);
    visible(same, seen_by).with(" ORDER BY t.id DESC LIMIT ?", limit).build().fetch_all(tx).await
}

/// The row of one ticket.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, id: TicketId, seen_by: SeenBy) -> Result<Option<Line>, DbError> {
    visible(Builder::new(SELECT).with(" WHERE t.id = ?", id), seen_by).build().fetch_optional(tx).await
}

/// Which of these tickets somebody may see.
///
/// # Errors
/// When the database refuses.
pub async fn visible_among(tx: &mut Tx, ids: &[i64], seen_by: SeenBy) -> Result<Vec<i64>, DbError> {
    if ids.is_empty() || seen_by == SeenBy::Everything {
        return Ok(ids.to_vec());
    }
    let among = Builder::new("SELECT t.id FROM tickets t").with_list(" WHERE t.id IN (", ids.iter().copied(), ")");
    let rows: Vec<(i64,)> = visible(among, seen_by).push(" ORDER BY t.id").build().fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many tickets there are of which an event up to this one speaks.
///
/// # Errors
/// When the database refuses.
pub(super) async fn count_with_events(tx: &mut Tx, until: i64) -> Result<i64, DbError> {
    let (count,): (i64,) = query(
        "SELECT COUNT(*) FROM tickets t WHERE EXISTS (SELECT 1 FROM events e WHERE e.ticket_id = t.id AND e.id <= $1)",
    )
    .bind(until)
    .fetch_one(tx)
    .await?;
    Ok(count)
}

/// The slow way to find: subject, name and address contain the words as they are written.
pub(super) async fn find_by_words(
    tx: &mut Tx,
    words: &str,
    seen_by: SeenBy,
    limit: i64,
) -> Result<(Vec<i64>, i64), DbError> {
    let plain = plain_numbers(words);
    // As it was written, unless it is a number.
    let plain = if plain.chars().all(|c| c.is_ascii_digit()) { plain.as_str() } else { words.trim() };
    let escaped = plain.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let like = format!("%{escaped}%");
    let wanted = |select: &'static str| {
        let found = Builder::new(select)
            .with(" FROM tickets t WHERE t.is_spam = FALSE AND (t.subject LIKE ? ESCAPE '\\'", like.clone())
            .with(" OR t.requester_name LIKE ? ESCAPE '\\'", like.clone())
            .with(" OR t.requester_email LIKE ? ESCAPE '\\'", like.clone())
            .with(" OR t.registration_number_raw LIKE ? ESCAPE '\\')", like.clone());
        visible(found, seen_by)
    };
    let ids: Vec<(i64,)> =
        wanted("SELECT t.id").with(" ORDER BY t.id DESC LIMIT ?", limit).build().fetch_all(tx).await?;
    let (total,): (i64,) = wanted("SELECT COUNT(*)").build().fetch_one(tx).await?;
    Ok((ids.into_iter().map(|(id,)| id).collect(), total))
}
