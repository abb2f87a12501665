//! Tickets: intake, actions, lists, the thread. Read [`intake`] first: web, mail, phone and API all come through it.

pub mod actions;
pub mod by_job;
pub mod caller;
pub mod confidential;
pub mod due;
mod earlier;
pub mod elsewhere;
pub mod intake;
pub mod link;
pub mod list;
pub mod mails;
pub mod memo;
mod number;
pub mod pace;
pub mod search;
pub mod store;
pub mod thread;
pub mod token;
pub mod totals;
mod types;
pub mod undelivered;
pub mod upload_word;

pub use crate::platform::index::SeenBy;
pub use number::TicketNumber;
pub use types::{Actor, Attachment, Channel, Event, Grade, Message, MessageId, MessageKind, Status, Ticket, TicketId};
