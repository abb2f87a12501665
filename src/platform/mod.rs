//! What any service needs and knows nothing of the desk.

pub mod clock;
pub mod crypto;
pub mod text;
pub mod db;
pub mod blob;
pub mod queue;
pub mod outbox;
pub mod index;
