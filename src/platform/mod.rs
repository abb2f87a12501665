//! What any service needs and knows nothing of the desk.

pub mod blob;
pub mod clock;
pub mod crypto;
pub mod db;
pub mod index;
pub mod outbox;
pub mod queue;
pub mod text;
