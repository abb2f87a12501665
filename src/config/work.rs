//! Settings of what goes on by itself: jobs, copies, the clock, the log.

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Jobs {
    pub remind_after_days: u32,
    pub close_after_days: u32,
    pub close_guard_hours: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Backup {
    pub folder: String,
    pub keep: u32,
    pub keep_keys_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct ClockSetting {
    pub now: String,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Log {
    pub level: String,
    pub format: String,
}
