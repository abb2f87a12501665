//! Who did what, and who saw what. Lines are only ever appended, in the transaction of the act they tell of.

pub mod seal;
mod store;

use chrono::{DateTime, Utc};

use crate::id_type;
use crate::platform::db::{DbError, Tx};

id_type! {
    /// Key of a member of staff. It stands here because the audit is the first room that names people.
    StaffId
}

/// What an audit line tells of: the stored words.
pub mod act {
    /// Signed in with a password.
    pub const SIGNED_IN: &str = "signed_in";
    /// Signed in by a one-time link and set a password.
    pub const LINK_USED: &str = "link_used";
    /// Signed out.
    pub const SIGNED_OUT: &str = "signed_out";
    /// Changed the own password.
    pub const PASSWORD_CHANGED: &str = "password_changed";
    /// Added a member of staff.
    pub const STAFF_ADDED: &str = "staff_added";
    /// Gave a member of staff another role.
    pub const ROLE_CHANGED: &str = "role_changed";
    /// Made a one-time link for a member of staff.
    pub const LINK_MADE: &str = "link_made";
    /// Took a member of staff's access away.
    pub const STAFF_DISABLED: &str = "staff_disabled";
    /// Gave a member of staff access again.
    pub const STAFF_ENABLED: &str = "staff_enabled";
    /// Opened personal data that a page shows masked.
    pub const PERSONAL_DATA_OPENED: &str = "personal_data_opened";
    /// Downloaded a file of a ticket or a mail as it came.
    pub const FILE_DOWNLOADED: &str = "file_downloaded";
    /// Made a run that was given up due again.
    pub const RUN_RETRIED: &str = "run_retried";
    /// Asked for a run of a job, now.
    pub const RUN_ASKED: &str = "run_asked";
    /// Paused a job.
    pub const JOB_PAUSED: &str = "job_paused";
    /// Let a paused job go on.
    pub const JOB_RESUMED: &str = "job_resumed";
    /// Asked for a second person.
    pub const APPROVAL_ASKED: &str = "approval_asked";
    /// Approved what another person asked for.
    pub const APPROVED: &str = "approved";
    /// Refused what another person asked for.
    pub const APPROVAL_REFUSED: &str = "approval_refused";
    /// Took an own request back.
    pub const APPROVAL_WITHDRAWN: &str = "approval_withdrawn";
    /// Made two registrations one.
    pub const REPAIR_APPLIED: &str = "repair_applied";
    /// Took a repair back.
    pub const REPAIR_UNDONE: &str = "repair_undone";
    /// Said that two registrations are two persons.
    pub const SAID_DISTINCT: &str = "said_distinct";
    /// Downloaded the change set for the online system.
    pub const CHANGES_EXPORTED: &str = "changes_exported";
    /// Noted that the change set was handed over to the online system.
    pub const CHANGES_HANDED_OVER: &str = "changes_handed_over";
    /// Let reminders go to an address again from which a mail had come back.
    pub const SUPPRESSION_RELEASED: &str = "suppression_released";
    /// Looked at a licence image: which, for what.
    pub const IMAGE_VIEWED: &str = "image_viewed";
    /// Approved a licence image.
    pub const IMAGE_APPROVED: &str = "image_approved";
    /// Returned a licence image.
    pub const IMAGE_RETURNED: &str = "image_returned";
    /// Found another name on a licence image than on file.
    pub const NAME_DIFFERS: &str = "name_differs";
    /// Took an image over from the online system.
    pub const IMAGE_ADDED: &str = "image_added";
    /// The bytes of an image were erased.
    pub const IMAGE_ERASED: &str = "image_erased";
    /// Made a one-time link for sending an image.
    pub const UPLOAD_LINK_MADE: &str = "upload_link_made";
    /// Ended such a link.
    pub const UPLOAD_LINK_REVOKED: &str = "upload_link_revoked";
    /// Changed the recruitment periods.
    pub const SEASON_CHANGED: &str = "season_changed";
    /// Asked for something the role does not allow.
    pub const REFUSED: &str = "refused";
}

/// One line, as the audit page shows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Line {
    /// Key, newest highest.
    pub id: i64,
    /// Who; `None` for the command line and for jobs.
    pub staff_name: Option<String>,
    /// What, one of [`act`].
    pub act: String,
    /// To what, as `kind:id`.
    pub object: String,
    /// More words, never personal data of a requester.
    pub detail: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Appends a line. `staff` is `None` for the command line and for jobs; `object` is `kind:id`.
///
/// # Errors
/// When the database refuses; the act must then not happen either.
pub async fn append(
    tx: &mut Tx,
    staff: Option<StaffId>,
    act: &str,
    object: &str,
    detail: &str,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    store::insert(tx, staff, act, object, detail, at).await
}

/// The newest `limit` lines before the line `before`, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut Tx, before: Option<i64>, limit: i64) -> Result<Vec<Line>, DbError> {
    store::list(tx, before.unwrap_or(i64::MAX), limit).await
}

/// The lines about one object, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_object(tx: &mut Tx, object: &str) -> Result<Vec<Line>, DbError> {
    store::of_object(tx, object).await
}
