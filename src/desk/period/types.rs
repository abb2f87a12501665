//! The words of a period.

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};

use crate::desk::Lang;
use crate::platform::clock::jst;
use crate::{id_type, word_enum};

id_type! {
    /// Key of a period inside the database; outside it is (fiscal year, round, kind).
    PeriodId
}

word_enum! {
    /// What a window is for.
    PeriodKind {
        /// 応募: residents apply, and may change programme and specialty.
        Apply = "apply",
        /// 採用調整: directors decide.
        Decide = "decide",
        /// 募集実施確認: programmes confirm that they recruit in the next round.
        Confirm = "confirm",
        /// 採用結果通知: results are told, usually an instant.
        Result = "result",
        /// その他締切: any other cutoff, usually an instant.
        Deadline = "deadline",
    }
}

impl PeriodKind {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Apply => lang.t("応募", "Applications"),
            Self::Decide => lang.t("採用調整", "Selection"),
            Self::Confirm => lang.t("募集実施確認", "Confirmation of recruitment"),
            Self::Result => lang.t("採用結果通知", "Notice of results"),
            Self::Deadline => lang.t("その他締切", "Other deadline"),
        }
    }

    /// Whether a window of length 0, an instant, makes sense.
    pub fn may_be_an_instant(self) -> bool {
        matches!(self, Self::Result | Self::Deadline)
    }
}

/// A period as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPeriod {
    /// The year in which training starts (研修開始年度).
    pub fiscal_year: i32,
    /// 1, 2, final, …: a word of the board's, no number.
    pub round: String,
    /// What people read: 「1次募集」.
    pub name: String,
    /// What it is for.
    pub kind: PeriodKind,
    /// First instant inside.
    pub opens_at: DateTime<Utc>,
    /// First instant outside; equal to `opens_at` for an instant.
    pub closes_at: DateTime<Utc>,
}

/// A stored period.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql and 0006_clock.sql")]
pub struct Period {
    pub id: PeriodId,
    pub fiscal_year: i64,
    pub round: String,
    pub name: String,
    pub kind: PeriodKind,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub is_published: bool,
    pub updated_at: DateTime<Utc>,
    pub sequence: i64,
}

impl Period {
    /// Whether the instant lies inside: 11:59:59.999999 of a window that ends at noon does, 12:00:00 does not.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.opens_at <= at && at < self.closes_at
    }

    /// What the round is called. The board names its rounds in Japanese; in English a round of the usual sort is called
    /// after its word (`1`, `final`). `None` where only the Japanese name is known.
    pub fn round_in_english(&self) -> Option<String> {
        round_in_english(&self.name).or_else(|| match self.round.as_str() {
            "" => None,
            round if round.chars().all(|c| c.is_ascii_digit()) => Some(format!("round {round}")),
            round => round.is_ascii().then(|| format!("the {round} round")),
        })
    }

    /// The same in a language, the Japanese name where there is no other.
    pub fn called(&self, lang: Lang) -> String {
        let english = if lang.is_ja() { None } else { self.round_in_english() };
        english.unwrap_or_else(|| self.name.clone())
    }

    /// Whether it stands for an instant.
    pub fn is_instant(&self) -> bool {
        self.opens_at == self.closes_at
    }

    pub(super) fn says_the_same(&self, new: &NewPeriod, is_published: bool) -> bool {
        self.name == new.name
            && self.opens_at == new.opens_at
            && self.closes_at == new.closes_at
            && self.is_published == is_published
    }
}

/// What a round with one of the usual names (1次募集, 二次募集, 最終調整) is called in English.
pub fn round_in_english(name: &str) -> Option<String> {
    if name == "最終調整" {
        return Some("the final round".to_owned());
    }
    let number = name.strip_suffix("次募集")?;
    let digit =
        |c: char| c.to_digit(10).or_else(|| "０１２３４５６７８９".chars().position(|d| d == c).map(|n| n as u32));
    let kanji = "一二三四五六七八九".chars().position(|d| number.chars().eq([d])).map(|n| n as u32 + 1);
    let arabic = number.chars().try_fold(0_u32, |n, c| n.checked_mul(10)?.checked_add(digit(c)?));
    kanji.or(arabic).filter(|n| *n > 0).map(|n| format!("round {n}"))
}

/// Reads an instant as a person or a script writes it: RFC 3339, or a date and a time taken as Japan Standard Time
/// (`2024-11-15 12:00`, with seconds or slashes too, as spreadsheets save them).
pub fn parse_instant(typed: &str) -> Option<DateTime<Utc>> {
    let text = typed.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    const NOTATIONS: [&str; 3] = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let text = text.replace('/', "-");
    let local = NOTATIONS.iter().find_map(|notation| NaiveDateTime::parse_from_str(&text, notation).ok())?;
    Some(jst().from_local_datetime(&local).single()?.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_of_a_usual_name_has_an_english_one() {
        for (name, english) in
            [("1次募集", "round 1"), ("２次募集", "round 2"), ("三次募集", "round 3"), ("最終調整", "the final round")]
        {
            assert_eq!(round_in_english(name).as_deref(), Some(english), "{name}");
        }
        for name in ["", "次募集", "追加募集", "A次募集", "99999999999次募集"] {
            assert_eq!(round_in_english(name), None, "{name}");
        }
    }

    #[test]
    fn a_time_without_zone_is_japan_standard_time() {
        let noon = Utc.with_ymd_and_hms(2024, 11, 15, 3, 0, 0).unwrap();
        for typed in [
            "2024-11-15 12:00",
            "2024-11-15T12:00:00+09:00",
            "2024-11-15T03:00:00Z",
            "2024/11/15 12:00",
            " 2024-11-15 12:00:00 ",
        ] {
            assert_eq!(parse_instant(typed), Some(noon), "{typed}");
        }
        for typed in ["2024-11-31 12:00", "2024-11-15", "12:00", "", "2024-11-15 25:00", "正午"] {
            assert_eq!(parse_instant(typed), None, "{typed}");
        }
    }
}
