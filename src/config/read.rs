//! From defaults, a file and the environment to one table.

use toml::{Table, Value};

use super::{DEFAULT, PREFIX, Settings};

pub(super) fn defaults() -> Table {
    // The embedded file is read by a test; an empty table would be refused key by key below.
    DEFAULT.parse().unwrap_or_default()
}

/// The table with the default in place of each value that cannot be read, so that one mistake hides no other.
pub(super) fn keep_readable(table: Table, mistakes: &mut Vec<String>) -> Table {
    let mut kept = defaults();
    for (section, values) in table {
        let Value::Table(values) = values else { continue };
        for (key, value) in values {
            let Some(Value::Table(known)) = kept.get_mut(&section) else { continue };
            let Some(default) = known.insert(key.clone(), value) else { continue };
            if let Err(error) = Value::Table(kept.clone()).try_into::<Settings>() {
                mistakes.push(format!("{section}.{key} cannot be read: {}", error.message().trim()));
                if let Some(Value::Table(known)) = kept.get_mut(&section) {
                    known.insert(key, default);
                }
            }
        }
    }
    kept
}

/// Lays `given` over the defaults; unknown keys and wrong types are mistakes.
pub(super) fn overlay(table: &mut Table, given: Table, mistakes: &mut Vec<String>) {
    for (section, value) in given {
        match (table.get_mut(&section), value) {
            (Some(Value::Table(known)), Value::Table(given)) => {
                for (key, value) in given {
                    match known.get_mut(&key) {
                        None => mistakes.push(unknown(&format!("{section}.{key}"), known.keys())),
                        Some(default) if default.type_str() == value.type_str() => *default = value,
                        Some(default) => mistakes.push(format!(
                            "{section}.{key} must be {}, not {}",
                            kind_of(default),
                            kind_of(&value)
                        )),
                    }
                }
            }
            (Some(_), _) => mistakes.push(format!("[{section}] must be a section")),
            (None, _) => mistakes.push(unknown(&section, table.keys())),
        }
    }
}

pub(super) fn from_environment(table: &mut Table, name: &str, value: String, mistakes: &mut Vec<String>) {
    let Some((section, key)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once("__")) else {
        mistakes.push(format!("the environment variable {name} must look like MADOGUCHI__SECTION__KEY"));
        return;
    };
    let (section, mut key) = (section.to_lowercase(), key.to_lowercase());
    let Some(Value::Table(known)) = table.get_mut(&section) else {
        mistakes.push(format!("the environment variable {name} names no section"));
        return;
    };
    let mut value = value;
    if !known.contains_key(&key)
        && let Some(base) = key.strip_suffix("_file").filter(|base| known.contains_key(*base))
    {
        match std::fs::read_to_string(&value) {
            Ok(text) => value = text.trim().to_owned(),
            Err(e) => mistakes.push(format!("the file {value} of {name} cannot be read: {e}")),
        }
        key = base.to_owned();
    }
    let Some(default) = known.get_mut(&key) else {
        mistakes.push(unknown(&format!("{section}.{key} ({name})"), known.keys()));
        return;
    };
    let parsed = match default {
        Value::Integer(_) => value.trim().parse().map(Value::Integer).ok(),
        Value::Boolean(_) => value.trim().parse().map(Value::Boolean).ok(),
        Value::Array(_) => Some(Value::Array(
            value.split(',').map(str::trim).filter(|v| !v.is_empty()).map(|v| Value::String(v.to_owned())).collect(),
        )),
        _ => Some(Value::String(value.clone())),
    };
    match parsed {
        Some(parsed) => *default = parsed,
        None => mistakes.push(format!("{name} must be {}", kind_of(default))),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) => "a whole number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
        Value::Float(_) => "a number",
        Value::Datetime(_) => "an instant",
        Value::String(_) => "a text",
    }
}

fn unknown<'k>(key: &str, known: impl Iterator<Item = &'k String>) -> String {
    let known: Vec<_> = known.map(String::as_str).collect();
    format!("{key} is not a setting; known here: {}", known.join(", "))
}
