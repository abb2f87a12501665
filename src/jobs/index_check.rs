//! Compares the search index with the database every night, and has it filled anew when they differ.

use std::path::Path;
use std::time::Duration;

use futures::future::BoxFuture;

use super::{Job, JobFault, Step, Turn};
use crate::desk::Context;
use crate::desk::ticket::search::{self, Compared};
use crate::platform::db::{Db, DbError, Tx};

/// Looks before a difference is believed: between two reads a ticket may have come.
const LOOKS: u32 = 3;
/// Between two looks.
const BREATH: Duration = Duration::from_secs(1);

/// See the module. It looks at the index of the process that works it.
#[derive(Debug)]
pub struct IndexCheck(pub Context);

impl Job for IndexCheck {
    fn step<'t>(&'t self, _: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::done(0)) })
    }

    fn outside(&self, db: &Db, _: Turn) -> Option<BoxFuture<'static, Result<Step, JobFault>>> {
        let (db, folder) = (db.clone(), self.0.settings.index.path.clone());
        Some(Box::pin(async move {
            match look(&db, &folder).await? {
                None => Ok(Step::done(0).with_note("there is no search index here")),
                Some(same) if !same.differs() => {
                    Ok(Step::done(0).with_note(format!("{} ticket(s), as in the database", same.indexed)))
                }
                Some(other) => {
                    let asked = search::ask_to_start_over(&folder);
                    match asked.map_err(|error| JobFault::Refused(format!("{}: {error}", folder.display())))? {
                        true => Ok(Step::done(1).with_note(format!(
                            "the index held {} of {} ticket(s): it is filled anew",
                            other.indexed, other.expected
                        ))),
                        // Asked for before, and nobody has: somebody has to look.
                        false => Err(JobFault::Refused(
                            "the search index differs from the database and nobody fills it anew".into(),
                        )),
                    }
                }
            }
        }))
    }
}

async fn look(db: &Db, folder: &Path) -> Result<Option<Compared>, DbError> {
    let mut found = search::compare(db, folder).await?;
    for _ in 1..LOOKS {
        if !found.is_some_and(|compared| compared.differs()) {
            break;
        }
        tokio::time::sleep(BREATH).await;
        found = search::compare(db, folder).await?;
    }
    Ok(found)
}
