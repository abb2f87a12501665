//! What was written and mailed about a ticket before: the same form sent once more, the mail that a mail answers.

pub(super) mod store;
