//! Door 4: mail in (inbox, parse, classify, thread) and mail out (render, transport, delivery).

/// Mail out: from the outbox to a folder or a mail server.
pub mod out;
