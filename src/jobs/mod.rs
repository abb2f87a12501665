//! Door 3: the clock. The schedule table, the dispatcher, one file per job.
