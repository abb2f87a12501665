//! Work that is claimed with a lease: schedules, runs, background tasks.
