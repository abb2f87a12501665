//! Door 4: mail in (inbox, parse, classify, thread) and mail out (render, transport, delivery).

// What sort of mail it is: bounce, auto, list, person.
pub mod classify;
// A person's mail as an inquiry.
mod draft;
// Foreign HTML, cleaned and read as text.
pub mod html;
// Mail in: stored, registered, held.
pub mod inbox;
// From bytes to a settled mail.
pub mod ingest;
// Mail out: from the outbox to a folder or a mail server.
pub mod out;
// Raw bytes to a mail that intake understands.
pub mod parse;
// What the person wrote now, without what they answered to.
pub mod reply_text;
// Where a mail belongs.
pub mod thread;
