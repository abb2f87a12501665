//! The 19 basic specialties (基本領域) and what depends on the specialty: `config/specialties.toml`.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use toml::Spanned;

use super::fault::{Source, TableFault};
use crate::desk::Lang;
use crate::platform::text::fold;
use crate::word_enum;

word_enum! {
    /// How training records of a specialty come in (F42).
    Records {
        /// The trainee enters them.
        Entry = "entry",
        /// By data linkage with the society.
        Linkage = "linkage",
    }
}

/// A basic specialty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specialty {
    /// 内科
    pub name: String,
    /// Internal medicine
    pub name_en: String,
    /// How records come in.
    pub records: Records,
    /// First day (month, day) of the fiscal year of entry that counts as half a year late (F53).
    pub half_year_from: (u32, u32),
}

/// All of them, in the official order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specialties {
    all: Vec<Specialty>,
    keys: HashMap<String, usize>,
    half_year_from: (u32, u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    half_year_from: Spanned<String>,
    specialty: Vec<RawSpecialty>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSpecialty {
    name: Spanned<String>,
    name_en: Spanned<String>,
    also: Vec<Spanned<String>>,
    records: Spanned<String>,
    half_year_from: Option<Spanned<String>>,
}

impl Specialty {
    /// Its name.
    pub fn label(&self, lang: Lang) -> &str {
        lang.t(&self.name, &self.name_en)
    }
}

impl Specialties {
    /// Reads the file.
    ///
    /// # Errors
    /// The first wrong line: an unknown word, a day that is none, a name that two specialties claim.
    pub fn parse(file: &str, text: &str) -> Result<Self, TableFault> {
        let source = Source { file, text };
        let raw: RawFile = source.parse()?;
        let half_year_from = month_day(&source, &raw.half_year_from)?;
        let mut this = Self { all: Vec::new(), keys: HashMap::new(), half_year_from };
        for specialty in raw.specialty {
            let records = Records::parse(specialty.records.as_ref()).ok_or_else(|| {
                let reason = format!("records is entry or linkage, not {:?}", specialty.records.as_ref());
                source.fault(specialty.records.span(), reason)
            })?;
            let own = specialty.half_year_from.as_ref();
            let half_year_from = own.map_or(Ok(half_year_from), |day| month_day(&source, day))?;
            for name in [&specialty.name, &specialty.name_en].into_iter().chain(&specialty.also) {
                let key = key(name.as_ref());
                if key.is_empty() {
                    return Err(source.fault(name.span(), "a name is empty"));
                }
                // A name may say the same twice (病理, 病理科), but not for two specialties.
                if this.keys.insert(key, this.all.len()).is_some_and(|other| other != this.all.len()) {
                    let reason = format!("{:?} stands for another specialty already", name.as_ref());
                    return Err(source.fault(name.span(), reason));
                }
            }
            let (name, name_en) = (specialty.name.into_inner(), specialty.name_en.into_inner());
            this.all.push(Specialty { name, name_en, records, half_year_from });
        }
        if this.all.is_empty() {
            return Err(TableFault::whole(file, "there is no specialty"));
        }
        Ok(this)
    }

    /// All, in the official order.
    pub fn all(&self) -> &[Specialty] {
        &self.all
    }

    /// Reads a name as a person types it: 内科, 内科領域, `ﾘﾊﾋﾞﾘ科`, "Internal medicine". A subspecialty (循環器内科) is none.
    pub fn find(&self, typed: &str) -> Option<usize> {
        self.keys.get(&key(typed)).copied()
    }

    /// First day of a fiscal year of entry that counts as half a year late, for a specialty or in general.
    pub fn half_year_from(&self, specialty: Option<usize>, entry_year: i32) -> Option<NaiveDate> {
        let own = specialty.and_then(|index| self.all.get(index));
        let (month, day) = own.map_or(self.half_year_from, |specialty| specialty.half_year_from);
        NaiveDate::from_ymd_opt(if month >= 4 { entry_year } else { entry_year + 1 }, month, day)
    }
}

/// Month and day after 1 April, within the fiscal year.
fn month_day(source: &Source<'_>, typed: &Spanned<String>) -> Result<(u32, u32), TableFault> {
    let day = NaiveDate::parse_from_str(&format!("2001-{}", typed.as_ref()), "%Y-%m-%d").ok();
    day.filter(|day| (day.month(), day.day()) != (4, 1)).map(|day| (day.month(), day.day())).ok_or_else(|| {
        let reason = format!("{:?} is no month and day such as 10-01, after 04-01", typed.as_ref());
        source.fault(typed.span(), reason)
    })
}

/// What stays of a name: no width, case, space, bracket or dot; neither 領域, 専門医 and the like nor a last 科 behind it.
fn key(name: &str) -> String {
    let folded: String = fold(name).chars().filter(|c| c.is_alphanumeric() || *c == 'ー').collect();
    let mut key = folded.as_str();
    for end in ["プログラム", "専門研修", "専攻医", "専門医", "専攻", "基本領域", "領域"].map(fold)
    {
        key = key.strip_suffix(end.as_str()).filter(|rest| !rest.is_empty()).unwrap_or(key);
    }
    let short = key.strip_suffix('科').filter(|rest| rest.chars().count() >= 2);
    short.unwrap_or(key).to_owned()
}
