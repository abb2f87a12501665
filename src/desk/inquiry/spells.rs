//! Spells of training as a person writes them, one a line: 「2024/4/1 から 2025/3/31 ○○病院」. Records must cover the
//! time from the first day to today without a blank (FAQ F40, F41), so gaps and overlaps are pointed out.

use chrono::{Days, NaiveDate};

use crate::desk::Lang;
use crate::desk::account::Birthdate;

/// A spell: first day, last day if it has ended, and the line it stands on (counted from 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` while it lasts.
    pub to: Option<NaiveDate>,
    /// Line, from 1.
    pub line: usize,
}

/// What is amiss between spells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amiss {
    /// The line has no day at its beginning.
    Unreadable {
        /// Line, from 1.
        line: usize,
    },
    /// The last day is before the first.
    Backwards {
        /// Line, from 1.
        line: usize,
    },
    /// Days that no spell covers, both included.
    Gap {
        /// First blank day.
        from: NaiveDate,
        /// Last blank day.
        to: NaiveDate,
    },
    /// It begins before the year of entry.
    BeforeTraining {
        /// Line, from 1.
        line: usize,
        /// The year of entry.
        year: i32,
    },
    /// A day of it lies in the future.
    Future {
        /// Line, from 1.
        line: usize,
    },
    /// The first of all begins long after the year of entry: records begin with the first day of training (F41).
    StartsLate {
        /// Its first day.
        from: NaiveDate,
        /// The year of entry.
        year: i32,
    },
    /// Days that two spells cover, both included.
    Overlap {
        /// First common day.
        from: NaiveDate,
        /// Last common day.
        to: NaiveDate,
    },
}

/// Reads the lines; those without a day are named.
pub fn read(text: &str, today: NaiveDate) -> (Vec<Spell>, Vec<Amiss>) {
    let (mut spells, mut amiss) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let days = days(line, today);
        match days[..] {
            [Some(from), to] if to.is_none_or(|to| to >= from) => spells.push(Spell { from, to, line: at + 1 }),
            [Some(_), _] => amiss.push(Amiss::Backwards { line: at + 1 }),
            _ => amiss.push(Amiss::Unreadable { line: at + 1 }),
        }
    }
    (spells, amiss)
}

/// Gaps and overlaps of spells up to `today`, in the order of time.
pub fn between(spells: &[Spell], today: NaiveDate) -> Vec<Amiss> {
    let mut sorted = spells.to_vec();
    sorted.sort_by_key(|spell| (spell.from, spell.to.is_none(), spell.to));
    let mut amiss = Vec::new();
    let mut covered: Option<NaiveDate> = None;
    for spell in &sorted {
        let to = spell.to.unwrap_or(today.max(spell.from));
        if let Some(last) = covered {
            if let Some(next) = last.succ_opt()
                && spell.from > next
            {
                amiss.push(Amiss::Gap { from: next, to: spell.from - Days::new(1) });
            } else if spell.from <= last {
                amiss.push(Amiss::Overlap { from: spell.from, to: last.min(to) });
            }
        }
        covered = Some(covered.map_or(to, |last| last.max(to)));
    }
    if let Some(next) = covered.and_then(|last| last.succ_opt())
        && next < today
    {
        amiss.push(Amiss::Gap { from: next, to: today - Days::new(1) });
    }
    amiss
}

/// Spells outside the training: before the year of entry, in the future, or none at its beginning.
pub fn outside(spells: &[Spell], today: NaiveDate, entry: Option<i32>) -> Vec<Amiss> {
    let mut amiss = Vec::new();
    let begins = entry.and_then(|year| Some((year, NaiveDate::from_ymd_opt(year, 4, 1)?)));
    for Spell { from, to, line } in spells {
        if let Some((year, first)) = begins
            && *from < first
        {
            amiss.push(Amiss::BeforeTraining { line: *line, year });
        }
        if *from > today || to.is_some_and(|to| to > today) {
            amiss.push(Amiss::Future { line: *line });
        }
    }
    if let (Some((year, _)), Some(first)) = (begins, spells.iter().map(|spell| spell.from).min())
        && NaiveDate::from_ymd_opt(year + 1, 4, 1).is_some_and(|next| first >= next)
    {
        amiss.push(Amiss::StartsLate { from: first, year });
    }
    amiss
}

/// What is to be said about the lines. `entry` is the fiscal year of entry, when it is known.
pub fn remarks(text: &str, lang: Lang, today: NaiveDate, entry: Option<i32>) -> Vec<String> {
    let (spells, mut amiss) = read(text, today);
    amiss.extend(outside(&spells, today, entry));
    amiss.extend(between(&spells, today));
    amiss.iter().map(|amiss| amiss.wording(lang)).collect()
}

impl Amiss {
    /// The sentence.
    pub fn wording(&self, lang: Lang) -> String {
        let day = |day: &NaiveDate| day.format(lang.t("%Y年%-m月%-d日", "%-d %B %Y")).to_string();
        match (self, lang) {
            (Self::Unreadable { line }, Lang::Ja) => format!("{line}行目に日付が見つかりません。"),
            (Self::Unreadable { line }, Lang::En) => format!("Line {line} has no date."),
            (Self::Backwards { line }, Lang::Ja) => format!("{line}行目の終了日が、開始日より前です。"),
            (Self::Backwards { line }, Lang::En) => format!("The last day of line {line} is before its first."),
            (Self::BeforeTraining { line, year }, Lang::Ja) => {
                format!("{line}行目の開始日が、研修を始めた{year}年度より前です。")
            }
            (Self::BeforeTraining { line, year }, Lang::En) => {
                format!("Line {line} begins before fiscal year {year}, in which you started.")
            }
            (Self::Future { line }, Lang::Ja) => {
                format!("{line}行目に、今日より後の日付があります。研修実績は今日までの分を入力します。")
            }
            (Self::Future { line }, Lang::En) => {
                format!("Line {line} has a day in the future. Records are entered up to today.")
            }
            (Self::StartsLate { from, year }, Lang::Ja) => format!(
                "最初の期間が{}からで、研修を始めた{year}年度の分がありません。研修を始めた日からの分が必要です。",
                day(from)
            ),
            (Self::StartsLate { from, year }, Lang::En) => format!(
                "The first entry begins on {}; nothing is entered for fiscal year {year}. Records begin with the first day of training.",
                day(from)
            ),
            (Self::Gap { from, to }, Lang::Ja) => format!("{}から{}までが空白です。", day(from), day(to)),
            (Self::Gap { from, to }, Lang::En) => format!("Nothing is entered from {} to {}.", day(from), day(to)),
            (Self::Overlap { from, to }, Lang::Ja) => format!("{}から{}までが重なっています。", day(from), day(to)),
            (Self::Overlap { from, to }, Lang::En) => format!("Two entries overlap from {} to {}.", day(from), day(to)),
        }
    }
}

/// The first two days of a line. A word that no date can be part of ends the search.
fn days(line: &str, today: NaiveDate) -> [Option<NaiveDate>; 2] {
    let spaced: String = line
        .chars()
        .map(|c| {
            if matches!(c, '〜' | '～' | '~' | '、' | ',' | '，' | '\u{3000}' | '–' | '—' | '→') {
                ' '
            } else {
                c
            }
        })
        .collect();
    let spaced = spaced.replace("から", " ").replace("まで", " ").replace(" to ", " ").replace(" - ", " ");
    let mut found = spaced.split_whitespace().map_while(|word| {
        // The tolerant reader of birthdates knows every notation of a day.
        Some(Birthdate::parse(word, today + Days::new(366 * 10)).ok()?.value.date())
    });
    [found.next(), found.next()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn lines_are_read_in_the_notations_people_use() {
        let today = day("2026-12-08");
        let text =
            "2024/4/1 から 2025/3/31 青葉病院\n\n2025年4月1日〜2026年3月31日　北病院\n2026-04-01 南病院\n来年から";
        let (spells, amiss) = read(text, today);
        let plain: Vec<_> = spells.iter().map(|s| (s.from, s.to, s.line)).collect();
        assert_eq!(plain[0], (day("2024-04-01"), Some(day("2025-03-31")), 1));
        assert_eq!(plain[1], (day("2025-04-01"), Some(day("2026-03-31")), 3));
        assert_eq!(plain[2], (day("2026-04-01"), None, 4));
        assert_eq!(amiss, [Amiss::Unreadable { line: 5 }]);
        assert_eq!(read("2025/4/1 2024/4/1", today).1, [Amiss::Backwards { line: 1 }]);
    }

    #[test]
    fn spells_outside_the_training_are_told_by_their_line() {
        let today = day("2026-12-08");
        let told = |text: &str| {
            let (spells, _) = read(text, today);
            outside(&spells, today, Some(2024))
        };
        let before = Amiss::BeforeTraining { line: 1, year: 2024 };
        assert_eq!(told("2020/4/1 から 2024/3/31 青葉病院\n2024/4/1 北病院"), [before]);
        assert_eq!(told("2024/4/1 から 2030/3/31 青葉病院"), [Amiss::Future { line: 1 }]);
        let late = Amiss::StartsLate { from: day("2025-04-01"), year: 2024 };
        assert_eq!(told("2025/4/1 青葉病院"), [late]);
        assert_eq!(told("2025/3/31 青葉病院"), [], "a late start within the year");
        let (spells, _) = read("2020/4/1 青葉病院", today);
        assert_eq!(outside(&spells, today, None), [], "without a year nothing is outside");
        for lang in [Lang::Ja, Lang::En] {
            let said = remarks("2020/4/1 から 2030/3/31 青葉病院", lang, today, Some(2024));
            assert_eq!(said.len(), 2, "{said:?}");
        }
    }

    #[test]
    fn gaps_and_overlaps_are_found_to_the_day() {
        let spell = |from: &str, to: Option<&str>| Spell { from: day(from), to: to.map(day), line: 1 };
        let whole = [spell("2023-04-01", Some("2024-02-29")), spell("2024-03-01", None)];
        assert_eq!(between(&whole, day("2026-12-08")), [], "a leap day is no gap");
        let gap = [spell("2024-04-02", None), spell("2023-04-01", Some("2024-03-31"))];
        assert_eq!(between(&gap, day("2026-12-08")), [Amiss::Gap { from: day("2024-04-01"), to: day("2024-04-01") }]);
        let twice = [spell("2023-04-01", Some("2024-03-31")), spell("2024-03-31", None)];
        assert_eq!(
            between(&twice, day("2026-12-08")),
            [Amiss::Overlap { from: day("2024-03-31"), to: day("2024-03-31") }]
        );
        let ended = [spell("2023-04-01", Some("2026-12-06"))];
        assert_eq!(between(&ended, day("2026-12-08")), [Amiss::Gap { from: day("2026-12-07"), to: day("2026-12-07") }]);
        assert_eq!(between(&[], day("2026-12-08")), []);
    }
}
