//! The five modern eras: when each began, and its names.

use chrono::{Datelike, NaiveDate};

/// An era of the Japanese calendar since 1868.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Era {
    /// 明治, to 29 July 1912.
    Meiji,
    /// 大正, from 30 July 1912.
    Taisho,
    /// 昭和, from 25 December 1926.
    Showa,
    /// 平成, from 8 January 1989.
    Heisei,
    /// 令和, from 1 May 2019.
    Reiwa,
}

impl Era {
    /// All eras, the oldest first.
    pub const ALL: [Self; 5] = [Self::Meiji, Self::Taisho, Self::Showa, Self::Heisei, Self::Reiwa];

    /// First day as year, month, day. The civil calendar is taken as Gregorian from the start of Meiji.
    fn start(self) -> (i32, u32, u32) {
        match self {
            Self::Meiji => (1868, 1, 25),
            Self::Taisho => (1912, 7, 30),
            Self::Showa => (1926, 12, 25),
            Self::Heisei => (1989, 1, 8),
            Self::Reiwa => (2019, 5, 1),
        }
    }

    /// The western year of this era's year 1.
    pub fn first_year(self) -> i32 {
        self.start().0
    }

    /// The era a day lies in; `None` before Meiji.
    pub fn of(day: NaiveDate) -> Option<Self> {
        let key = (day.year(), day.month(), day.day());
        Self::ALL.into_iter().rev().find(|era| era.start() <= key)
    }

    /// 平成.
    pub fn ja(self) -> &'static str {
        match self {
            Self::Meiji => "明治",
            Self::Taisho => "大正",
            Self::Showa => "昭和",
            Self::Heisei => "平成",
            Self::Reiwa => "令和",
        }
    }

    /// Heisei.
    pub fn en(self) -> &'static str {
        match self {
            Self::Meiji => "Meiji",
            Self::Taisho => "Taisho",
            Self::Showa => "Showa",
            Self::Heisei => "Heisei",
            Self::Reiwa => "Reiwa",
        }
    }
}

/// The era select of a form: `seireki` (the western calendar, preset) or an era.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EraChoice {
    /// 西暦.
    #[default]
    Seireki,
    /// One of the eras.
    Era(Era),
}

impl EraChoice {
    /// In the order of the select.
    pub const ALL: [Self; 6] = [
        Self::Seireki,
        Self::Era(Era::Showa),
        Self::Era(Era::Heisei),
        Self::Era(Era::Reiwa),
        Self::Era(Era::Taisho),
        Self::Era(Era::Meiji),
    ];

    /// The value of the form field `birth_era`; an unknown or empty one is `None`.
    pub fn from_field(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_field() == value.trim())
    }

    /// The value as the form carries it.
    pub fn as_field(self) -> &'static str {
        match self {
            Self::Seireki => "seireki",
            Self::Era(Era::Meiji) => "meiji",
            Self::Era(Era::Taisho) => "taisho",
            Self::Era(Era::Showa) => "showa",
            Self::Era(Era::Heisei) => "heisei",
            Self::Era(Era::Reiwa) => "reiwa",
        }
    }

    /// 西暦, 平成.
    pub fn ja(self) -> &'static str {
        match self {
            Self::Seireki => "西暦",
            Self::Era(era) => era.ja(),
        }
    }

    /// "Western", "Heisei".
    pub fn en(self) -> &'static str {
        match self {
            Self::Seireki => "Western",
            Self::Era(era) => era.en(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_era_starts_on_its_day() {
        for (y, m, d, era) in [
            (1912, 7, 29, Era::Meiji),
            (1912, 7, 30, Era::Taisho),
            (1926, 12, 24, Era::Taisho),
            (1926, 12, 25, Era::Showa),
            (1989, 1, 7, Era::Showa),
            (1989, 1, 8, Era::Heisei),
            (2019, 4, 30, Era::Heisei),
            (2019, 5, 1, Era::Reiwa),
        ] {
            let day = NaiveDate::from_ymd_opt(y, m, d).unwrap();
            assert_eq!(Era::of(day), Some(era), "{day}");
        }
    }
}
