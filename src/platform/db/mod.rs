//! The one database layer: `Db`, `Tx`, `query`, `Db::write` with group commit.
