//! What any service needs and knows nothing of the desk.

pub mod archive;
pub mod blob;
pub mod clock;
pub mod crypto;
pub mod db;
pub mod index;
pub mod outbox;
pub mod picture;
pub mod queue;
pub mod seal;
pub mod text;
