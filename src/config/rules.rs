//! The files of rules (`config/policy/*.toml`, the directory of offices, canned replies, queues): those of the program, or
//! in their place those of the folder that `desk.rules` names, so that a new year's rules need no new program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The files a folder may hold, by their place in it.
pub const NAMES: [&str; 13] = [
    "policy/records.toml",
    "policy/late_start.toml",
    "policy/start_date.toml",
    "policy/apply.toml",
    "policy/transfer.toml",
    "policy/ceiling.toml",
    "policy/curriculum.toml",
    "policy/profile.toml",
    "specialties.toml",
    "societies.toml",
    "prefectures.toml",
    "canned.toml",
    "queues.toml",
];

static INSTALLED: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// A folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesFault {
    /// It cannot be read.
    #[error("{0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// It holds a file that is none of [`NAMES`]: a slip of the name would leave the old rule in force.
    #[error("{0}: is no file of rules; the names are {names}", names = NAMES.join(", "))]
    Unknown(PathBuf),
}

/// Puts the files of a folder in place of the program's, once at the start and before any is asked for.
///
/// # Errors
/// When the folder cannot be read or holds a file that is none. What stands in the files is looked at by their readers.
pub fn install(folder: &Path) -> Result<(), RulesFault> {
    let mut files = BTreeMap::new();
    for (path, name) in listed(folder)? {
        if !NAMES.contains(&name.as_str()) {
            return Err(RulesFault::Unknown(path));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| RulesFault::Unreadable(path, error))?;
        files.insert(name, text.trim_start_matches('\u{FEFF}').to_owned());
    }
    // A second time, in the tests' one process, changes nothing.
    let _ = INSTALLED.set(files);
    Ok(())
}

/// The `.toml` files of a folder and of its folder `policy`.
fn listed(folder: &Path) -> Result<Vec<(PathBuf, String)>, RulesFault> {
    let mut found = Vec::new();
    for (inside, before) in [(folder.to_owned(), ""), (folder.join("policy"), "policy/")] {
        if !before.is_empty() && !inside.exists() {
            continue;
        }
        let broken = |error| RulesFault::Unreadable(inside.clone(), error);
        for entry in std::fs::read_dir(&inside).map_err(broken)? {
            let path = entry.map_err(broken)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.extension().is_some_and(|extension| extension == "toml") {
                found.push((path, format!("{before}{name}")));
            }
        }
    }
    Ok(found)
}

/// A file of rules: the desk's, or `embedded`, which comes with the program.
pub fn text(name: &str, embedded: &'static str) -> &'static str {
    INSTALLED.get().and_then(|files| files.get(name)).map_or(embedded, String::as_str)
}
