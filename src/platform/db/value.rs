//! What can be bound to a statement: a closed list, the same on both databases. A NULL keeps its type, since sqlx
//! prepares one statement per SQL text.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};

/// One bound value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// INTEGER / BIGINT
    I64(Option<i64>),
    /// REAL / DOUBLE PRECISION
    F64(Option<f64>),
    /// BOOLEAN
    Bool(Option<bool>),
    /// TEXT
    Text(Option<String>),
    /// BLOB / BYTEA
    Bytes(Option<Vec<u8>>),
    /// TEXT (SQLite) / TIMESTAMPTZ, truncated to microseconds
    Time(Option<DateTime<Utc>>),
    /// TEXT (SQLite) / DATE
    Date(Option<NaiveDate>),
    /// TEXT (SQLite) / JSONB
    Json(Option<serde_json::Value>),
}

macro_rules! from {
    ($($type:ty => $variant:ident, $value:ident => $made:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self { Self::$variant(Some($made)) }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self { Self::$variant(value.map(|$value| $made)) }
        }
    )*};
}

from! {
    i64 => I64, v => v;
    i32 => I64, v => i64::from(v);
    u32 => I64, v => i64::from(v);
    f64 => F64, v => v;
    bool => Bool, v => v;
    String => Text, v => v;
    &str => Text, v => v.to_owned();
    &String => Text, v => v.clone();
    Vec<u8> => Bytes, v => v;
    DateTime<Utc> => Time, v => v.trunc_subsecs(6);
    NaiveDate => Date, v => v;
    serde_json::Value => Json, v => v;
}

/// An id type: transparent over `i64` on both databases and bindable.
#[macro_export]
macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type, serde::Serialize, serde::Deserialize)]
        #[sqlx(transparent)]
        pub struct $name(pub i64);

        impl From<$name> for $crate::platform::db::Value {
            fn from(id: $name) -> Self { Self::I64(Some(id.0)) }
        }
        impl From<Option<$name>> for $crate::platform::db::Value {
            fn from(id: Option<$name>) -> Self { Self::I64(id.map(|id| id.0)) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
    };
}

/// An enum stored as a word: `as_str`, `parse`, `ALL`, bindable, readable from TEXT on both databases. A word that is
/// not in the list is a decode error naming the enum, never a panic (design rule 13).
#[macro_export]
macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The stored word.
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// The value of a stored word.
            pub fn parse(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)+ _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl From<$name> for $crate::platform::db::Value {
            fn from(value: $name) -> Self { Self::Text(Some(value.as_str().to_owned())) }
        }
        impl From<Option<$name>> for $crate::platform::db::Value {
            fn from(value: Option<$name>) -> Self { Self::Text(value.map(|v| v.as_str().to_owned())) }
        }
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name where String: sqlx::Type<DB> {
            fn type_info() -> DB::TypeInfo { <String as sqlx::Type<DB>>::type_info() }
            fn compatible(ty: &DB::TypeInfo) -> bool { <String as sqlx::Type<DB>>::compatible(ty) }
        }
        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name where String: sqlx::Decode<'r, DB> {
            fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let word = <String as sqlx::Decode<'r, DB>>::decode(value)?;
                Self::parse(&word).ok_or_else(|| format!("{:?} is no {}", word, stringify!($name)).into())
            }
        }
    };
}
