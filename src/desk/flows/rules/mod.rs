//! Rules that are known to hold until a day (config/policy, `holds_until`): before it, those who lead the desk are asked to
//! look at them again, since the board's rules change from year to year (domain.md §2.18). Rooms: policy, staff.

mod store;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::desk::account::EmailAddress;
use crate::desk::policy::{Policy, Table};
use crate::desk::staff::{Role, Staff, people};
use crate::desk::ticket::mails::outward;
use crate::desk::{Context, Lang};
use crate::platform::clock::jst;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// How long before the day a review is asked for.
const AHEAD: Days = Days::new(60);

/// Asks for the reviews that are due: one mail for each lead and table. Returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn ask_for_reviews(tx: &mut Tx, ctx: &Context) -> Result<i64, DbError> {
    let now = ctx.now();
    let due = due(tx, now).await?;
    let leads = reviewers(tx).await?;
    for (table, holds_until) in &due {
        store::insert(tx, table.topic, *holds_until, now).await?;
        for lead in &leads {
            let Ok(to) = EmailAddress::parse(&lead.email) else { continue };
            let (topic, title) = (table.topic.as_str(), table.title.of(Lang::Ja));
            let mail = outward::rules_review(ctx, topic, title, *holds_until, lead.id.0, &to.value);
            outbox::enqueue_automatic(tx, &mail, now, ctx.settings.limits.mails_per_address_per_day).await?;
        }
    }
    Ok(i64::try_from(due.len() * leads.len()).unwrap_or(i64::MAX))
}

/// How many mails would leave at an instant.
///
/// # Errors
/// When the database refuses.
pub async fn count_due(tx: &mut Tx, at: DateTime<Utc>) -> Result<i64, DbError> {
    let (due, leads) = (due(tx, at).await?.len(), reviewers(tx).await?.len());
    Ok(i64::try_from(due * leads).unwrap_or(i64::MAX))
}

/// Who is asked.
///
/// # Errors
/// When the database refuses.
pub async fn reviewers(tx: &mut Tx) -> Result<Vec<Staff>, DbError> {
    Ok(people::list(tx).await?.into_iter().filter(|person| person.role.includes(Role::Lead)).collect())
}

/// Tables that would be asked about at an instant, with the last day each is known to hold.
///
/// # Errors
/// When the database refuses.
pub async fn due(tx: &mut Tx, at: DateTime<Utc>) -> Result<Vec<(&'static Table, NaiveDate)>, DbError> {
    let today = at.with_timezone(&jst()).date_naive();
    let Ok(policy) = Policy::embedded() else { return Ok(Vec::new()) };
    let mut due = Vec::new();
    for table in policy.tables() {
        // The newest version says until when the table is known to hold.
        let Some(holds_until) = table.versions.last().and_then(|version| version.holds_until) else { continue };
        let is_near = today.checked_add_days(AHEAD).is_some_and(|ahead| ahead >= holds_until);
        if is_near && !store::is_told(tx, table.topic, holds_until).await? {
            due.push((table, holds_until));
        }
    }
    Ok(due)
}
