//! Door 2: HTTP. [`routes`] is the whole URL map, [`server`] the accept loop. Every request passes [`frame`], which
//! makes its [`Ctx`], turns a [`PageError`] into a page with a way back, and lays the security headers.
//!
//! A page is three files: a handler here, a page struct beside it, a template under `templates/`.

pub mod api;
pub mod assets;
pub mod cookies;
pub mod csrf;
mod ctx;
pub mod error;
pub mod form_body;
pub mod form_key;
mod frame;
pub mod headers;
pub mod health;
mod host;
mod ical;
pub mod layout;
pub mod limits;
mod pictures;
pub mod public;
mod qr;
pub mod requester;
pub mod routes;
pub mod server;
pub mod signed;
pub mod staff;
pub mod state;
mod upload;
pub mod when;

pub use ctx::Ctx;
pub use error::{Kept, PageError};
pub use form_body::{Form, Posted};
pub use state::{Parts, State, in_time};
