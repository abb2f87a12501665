//! Door 4: mail in (inbox, parse, classify, thread) and mail out (render, transport, delivery).

/// What sort of mail it is: bounce, auto, list, person.
pub mod classify;
/// Foreign HTML, cleaned and read as text.
pub mod html;
/// Mail out: from the outbox to a folder or a mail server.
pub mod out;
/// Raw bytes to a mail that intake understands.
pub mod parse;
/// What the person wrote now, without what they answered to.
pub mod reply_text;
