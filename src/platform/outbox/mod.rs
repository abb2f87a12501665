//! Mail waiting to leave, queued in the transaction of its cause.
