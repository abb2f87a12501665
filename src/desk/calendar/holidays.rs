//! Japan's national holidays (国民の祝日に関する法律), computed: fixed days, Mondays, the equinoxes, the substitute
//! (振替休日, Art. 3 (2)) and the day between two holidays (国民の休日, Art. 3 (3)). Good for 2000 to 2099; a law that
//! changes them is met by a line in `config/calendar.toml` until the program knows it.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::desk::Lang;

/// A holiday's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday {
    ja: &'static str,
    en: &'static str,
}

impl Holiday {
    /// The name in a language.
    pub fn name(self, lang: Lang) -> &'static str {
        lang.t(self.ja, self.en)
    }
}

const fn holiday(ja: &'static str, en: &'static str) -> Holiday {
    Holiday { ja, en }
}

const SUBSTITUTE: Holiday = holiday("振替休日", "Substitute holiday");
const BETWEEN: Holiday = holiday("国民の休日", "Citizens' holiday");
const EMPEROR: Holiday = holiday("天皇誕生日", "Emperor's Birthday");
const MARINE: Holiday = holiday("海の日", "Marine Day");
const MOUNTAIN: Holiday = holiday("山の日", "Mountain Day");
const SPORTS: Holiday = holiday("スポーツの日", "Sports Day");
const HEALTH: Holiday = holiday("体育の日", "Health and Sports Day");
const CEREMONY: Holiday = holiday("休日(即位の礼)", "Holiday (enthronement)");

/// The holiday on a day, if it is one.
pub fn on(day: NaiveDate) -> Option<Holiday> {
    named(day).or_else(|| substitute(day)).or_else(|| between(day))
}

/// Holidays that the law names.
fn named(day: NaiveDate) -> Option<Holiday> {
    let (year, month, date) = (day.year(), day.month(), day.day());
    // The years in which holidays were moved for the games, and those of the succession.
    match (year, month, date) {
        (2019, 5, 1) | (2019, 10, 22) => return Some(CEREMONY),
        (2020, 7, 23) | (2021, 7, 22) => return Some(MARINE),
        (2020, 7, 24) | (2021, 7, 23) => return Some(SPORTS),
        (2020, 8, 10) | (2021, 8, 8) => return Some(MOUNTAIN),
        (2020 | 2021, 7 | 8 | 10, _) => return None,
        _ => {}
    }
    let monday = |n: u32| day.weekday() == Weekday::Mon && (date - 1) / 7 + 1 == n;
    match (month, date) {
        (1, 1) => Some(holiday("元日", "New Year's Day")),
        (1, _) if monday(2) => Some(holiday("成人の日", "Coming of Age Day")),
        (2, 11) => Some(holiday("建国記念の日", "National Foundation Day")),
        (2, 23) if year >= 2020 => Some(EMPEROR),
        (3, _) if date == spring(year) => Some(holiday("春分の日", "Vernal Equinox Day")),
        (4, 29) if year >= 2007 => Some(holiday("昭和の日", "Shōwa Day")),
        (4, 29) => Some(holiday("みどりの日", "Greenery Day")),
        (5, 3) => Some(holiday("憲法記念日", "Constitution Day")),
        (5, 4) if year >= 2007 => Some(holiday("みどりの日", "Greenery Day")),
        (5, 5) => Some(holiday("こどもの日", "Children's Day")),
        (7, 20) if year < 2003 => Some(MARINE),
        (7, _) if year >= 2003 && monday(3) => Some(MARINE),
        (8, 11) if year >= 2016 => Some(MOUNTAIN),
        (9, 15) if year < 2003 => Some(holiday("敬老の日", "Respect for the Aged Day")),
        (9, _) if year >= 2003 && monday(3) => Some(holiday("敬老の日", "Respect for the Aged Day")),
        (9, _) if date == autumn(year) => Some(holiday("秋分の日", "Autumnal Equinox Day")),
        (10, _) if monday(2) => Some(if year >= 2020 { SPORTS } else { HEALTH }),
        (11, 3) => Some(holiday("文化の日", "Culture Day")),
        (11, 23) => Some(holiday("勤労感謝の日", "Labour Thanksgiving Day")),
        (12, 23) if year <= 2018 => Some(EMPEROR),
        _ => None,
    }
}

/// The day after a holiday on a Sunday; since 2007 the next day that is no holiday itself.
fn substitute(day: NaiveDate) -> Option<Holiday> {
    if day.year() < 2007 {
        let yesterday = day.pred_opt()?;
        return (yesterday.weekday() == Weekday::Sun && named(yesterday).is_some()).then_some(SUBSTITUTE);
    }
    let mut before = day;
    loop {
        before = before.pred_opt()?;
        named(before)?;
        if before.weekday() == Weekday::Sun {
            return Some(SUBSTITUTE);
        }
    }
}

/// A day that has a named holiday on both sides.
fn between(day: NaiveDate) -> Option<Holiday> {
    let beside = |day: Option<NaiveDate>| day.is_some_and(|day| named(day).is_some());
    let is_between = beside(day.pred_opt()) && beside(day.succ_opt());
    // Before 2007 a Sunday was none, and a day that is a substitute is that.
    (is_between && day.weekday() != Weekday::Sun).then_some(BETWEEN)
}

/// The day in March of the vernal equinox in Japan, by the usual approximation for 1980–2099.
fn spring(year: i32) -> u32 {
    equinox(20.8431, year)
}

/// The day in September of the autumnal equinox.
fn autumn(year: i32) -> u32 {
    equinox(23.2488, year)
}

fn equinox(base: f64, year: i32) -> u32 {
    let since = f64::from(year - 1980);
    let leaps = f64::from((year - 1980).div_euclid(4));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a day of a month")]
    let day = (base + 0.242_194 * since - leaps) as u32;
    day
}

/// The first day from `day` on that is a holiday, with it; at most a year ahead.
pub fn next(day: NaiveDate) -> Option<(NaiveDate, Holiday)> {
    (0..366).filter_map(|n| day.checked_add_days(Days::new(n))).find_map(|day| Some((day, on(day)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(year: i32) -> Vec<String> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        first
            .iter_days()
            .take_while(|day| day.year() == year)
            .filter_map(|day| Some(format!("{} {}", day.format("%m-%d"), on(day)?.ja)))
            .collect()
    }

    #[test]
    fn the_year_2026_has_a_citizens_holiday_and_a_substitute() {
        assert_eq!(
            of(2026),
            [
                "01-01 元日",
                "01-12 成人の日",
                "02-11 建国記念の日",
                "02-23 天皇誕生日",
                "03-20 春分の日",
                "04-29 昭和の日",
                "05-03 憲法記念日",
                "05-04 みどりの日",
                "05-05 こどもの日",
                "05-06 振替休日",
                "07-20 海の日",
                "08-11 山の日",
                "09-21 敬老の日",
                "09-22 国民の休日",
                "09-23 秋分の日",
                "10-12 スポーツの日",
                "11-03 文化の日",
                "11-23 勤労感謝の日",
            ]
        );
    }

    #[test]
    fn the_years_of_the_succession_and_of_the_games_are_their_own() {
        let year = of(2019);
        assert!(
            ["04-30 国民の休日", "05-01 休日(即位の礼)", "05-02 国民の休日", "10-22 休日(即位の礼)", "05-06 振替休日"]
                .iter()
                .all(|day| year.contains(&(*day).to_owned())),
            "{year:?}"
        );
        assert!(!year.iter().any(|day| day.ends_with("天皇誕生日")), "between two emperors: {year:?}");
        let year = of(2021);
        assert!(
            ["07-22 海の日", "07-23 スポーツの日", "08-08 山の日", "08-09 振替休日"]
                .iter()
                .all(|day| year.contains(&(*day).to_owned())),
            "{year:?}"
        );
        assert!(!year.iter().any(|day| day.starts_with("10-")));
    }

    #[test]
    fn other_known_years() {
        assert!(of(2023).contains(&"01-02 振替休日".to_owned()));
        assert!(of(2024).contains(&"09-22 秋分の日".to_owned()) && of(2024).contains(&"09-23 振替休日".to_owned()));
        assert!(of(2025).contains(&"02-24 振替休日".to_owned()) && of(2025).contains(&"05-06 振替休日".to_owned()));
        assert!(of(2027).contains(&"03-21 春分の日".to_owned()) && of(2027).contains(&"03-22 振替休日".to_owned()));
        assert!(of(2032).contains(&"09-21 国民の休日".to_owned()));
        assert_eq!(of(2028).iter().filter(|d| d.starts_with("09")).count(), 2);
    }
}
