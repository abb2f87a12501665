//! Sign-in by address and password (SEC-071, SEC-072). An attempt is counted before it is checked, so that guesses
//! sent side by side cannot slip past the delay; known, unknown and disabled people cost the same work.

use chrono::{DateTime, Duration, Utc};

use super::{StaffError, StaffId, email_key, people, session, store};
use crate::desk::audit::{self, act};
use crate::platform::crypto::Random;
use crate::platform::db::{DbError, Tx};

/// Attempts without delay, on one address and from one client (an office shares one).
const FREE_PER_ADDRESS: i64 = 5;
const FREE_PER_CLIENT: i64 = 20;
/// The delay doubles from a second up to this. Short enough that nobody is locked out for long by a stranger.
const LONGEST_DELAY_SECONDS: i64 = 300;
/// Counts begin anew after this long without an attempt.
const FORGET: Duration = Duration::hours(24);

/// An attempt that may be checked now.
#[derive(Clone)]
pub struct Attempt {
    /// What to verify the password against; `None` for nobody, nobody any more, and no password yet.
    pub hash: Option<String>,
    staff: Option<StaffId>,
    email: String,
    client: String,
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

/// Counts an attempt and hands out what to verify. `client` is the client's network address.
///
/// # Errors
/// [`StaffError::TooSoon`] while the delay runs (the attempt is then not counted), or the database refuses.
pub async fn begin(tx: &mut Tx, typed_email: &str, client: &str, now: DateTime<Utc>) -> Result<Attempt, StaffError> {
    // What is no address is counted and answered like an unknown one; cut, so that no megabyte becomes a key.
    let email = email_key(typed_email).unwrap_or_else(|| typed_email.chars().take(64).collect());
    let client = format!("ip:{client}");
    store::forget_failures(tx, now - FORGET).await?;
    let counts = store::lock_failures(tx, &email, &client).await?;
    let free = |subject: &str| if subject == client { FREE_PER_CLIENT } else { FREE_PER_ADDRESS };
    let wait_until = counts.iter().map(|c| c.last_at + delay(c.count, free(&c.subject))).max();
    if let Some(until) = wait_until.filter(|until| *until > now) {
        return Err(StaffError::TooSoon(until));
    }
    store::count_failure(tx, &email, now).await?;
    store::count_failure(tx, &client, now).await?;
    let (staff, hash) = match store::find_credentials(tx, &email).await? {
        Some((id, hash)) => (Some(id), hash),
        None => (None, None),
    };
    Ok(Attempt { hash, staff, email, client })
}

/// The delay after `count` attempts of which the first `free` cost nothing.
fn delay(count: i64, free: i64) -> Duration {
    match count - free {
        ..0 => Duration::zero(),
        over => Duration::seconds((1 << over.min(16)).min(LONGEST_DELAY_SECONDS)),
    }
}

/// The password was right: forgets the failures of the address and opens a session. Of the client's own count only this
/// attempt goes: else a guesser with an account of their own could reset it, or an office that signs in often be delayed.
///
/// # Errors
/// [`StaffError::WrongPassword`] when the person lost access meanwhile, or the database refuses.
pub async fn succeed(
    tx: &mut Tx,
    attempt: &Attempt,
    now: DateTime<Utc>,
    random: &Random,
) -> Result<session::Opened, StaffError> {
    let still = store::find_credentials(tx, &attempt.email).await?;
    let Some(staff) = attempt.staff.filter(|id| still.is_some_and(|(now_id, _)| now_id == *id)) else {
        return Err(StaffError::WrongPassword);
    };
    forgive(tx, attempt).await?;
    audit::append(tx, Some(staff), act::SIGNED_IN, &people::object(staff), "", now).await?;
    Ok(session::open(tx, staff, now, random).await?)
}

/// The password was right, for another purpose than signing in: forgets the failures of the address, and of the client
/// this attempt, which was none.
///
/// # Errors
/// When the database refuses.
pub async fn forgive(tx: &mut Tx, attempt: &Attempt) -> Result<(), StaffError> {
    store::clear_failures(tx, &attempt.email).await?;
    Ok(store::uncount_failure(tx, &attempt.client).await?)
}

/// Sweeps out what no longer counts: old failures, ended sessions, dead links.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), DbError> {
    store::forget_failures(tx, now - FORGET).await?;
    store::delete_ended_sessions(tx, now, now - session::IDLE).await?;
    store::delete_dead_links(tx, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_and_stays_bounded() {
        assert_eq!(delay(4, 5), Duration::zero());
        assert_eq!(delay(5, 5), Duration::seconds(1));
        assert_eq!(delay(8, 5), Duration::seconds(8));
        assert_eq!(delay(i64::MAX, 5), Duration::seconds(300));
    }
}
