//! What the mirror as a whole needs: imports one after the other, and a number that grows with each change, so that whoever
//! has looked at it can tell whether it is still what they saw.

mod store;

pub(super) use store::{has_changed, was_read};
pub use store::{last_read, version};

use crate::platform::db::{DbError, Tx, dialect};

/// Lets imports, and those who record what they found in the mirror, go one after the other, until their commit.
///
/// # Errors
/// When the database refuses.
pub async fn wait_in_line(tx: &mut Tx) -> Result<(), DbError> {
    dialect::wait_in_line(tx, "accounts", "mirror").await
}
