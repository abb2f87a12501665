//! The domain: what the product is about. Knows nothing of HTTP, SMTP or cron. In the order of who may use whom.

pub mod audit;
pub mod period;
pub mod staff;
pub mod account;
pub mod policy;
pub mod faq;
pub mod licence;
pub mod inquiry;
pub mod reply;
pub mod ticket;
pub mod flows;
