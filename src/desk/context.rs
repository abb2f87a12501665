//! What an act of the desk needs beside the database.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::config::Settings;
use crate::platform::clock::Clock;
use crate::platform::crypto::{Keys, Random};

/// Clock, randomness, keys and settings. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// Business instants.
    pub clock: Clock,
    /// Fresh numbers and keys.
    pub random: Random,
    /// The master key and what is derived from it.
    pub keys: Keys,
    /// The checked settings.
    pub settings: Arc<Settings>,
}

impl Context {
    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
