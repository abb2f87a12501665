//! What the forms of the editor say, read into a wish, or into faults beside what was typed.

use chrono::{NaiveDate, NaiveTime, TimeZone, Utc};

use crate::desk::Lang;
use crate::desk::flows::season::Wish;
use crate::desk::period::change::{self, shifted, whole_weeks};
use crate::desk::period::{NewPeriod, Period, PeriodKind, import, paste};
use crate::platform::clock::jst;
use crate::web::Form;

/// A fault of a form: the box it leads to and a sentence.
pub(super) struct Fault {
    pub field: &'static str,
    pub text: String,
}

fn fault(field: &'static str, text: impl Into<String>) -> Fault {
    Fault { field, text: text.into() }
}

/// The fields of the form of one period.
pub(super) const ONE: [&str; 10] =
    ["source", "fiscal_year", "round", "name", "kind", "opens_on", "opens_time", "closes_on", "closes_time", "publish"];

/// One period, from its form. An empty time is noon; without an end it is an instant.
pub(super) fn one(form: &Form, lang: Lang) -> Result<Wish, Vec<Fault>> {
    let mut faults = Vec::new();
    let year = year(form.get("fiscal_year"));
    if year.is_none() {
        faults.push(fault(
            "fiscal_year",
            lang.t("年度を西暦4桁で入れてください。例：2027", "Give the year as four digits, such as 2027."),
        ));
    }
    let name = form.get("name").trim().to_owned();
    if name.is_empty() || name.chars().count() > 60 {
        faults.push(fault(
            "name",
            lang.t("名称を60字以内で入れてください。例：1次募集", "Give a name of at most 60 characters."),
        ));
    }
    let kind = PeriodKind::parse(form.get("kind"));
    if kind.is_none() {
        faults.push(fault("kind", lang.t("種別を選んでください。", "Choose what it is for.")));
    }
    let opens_at = instant(form.get("opens_on"), form.get("opens_time"));
    if opens_at.is_none() {
        faults.push(fault(
            "opens_on",
            lang.t(
                "開始の日付を入れてください。時刻が空のときは正午です。",
                "Give the day it starts. Without a time it is noon.",
            ),
        ));
    }
    let is_instant = form.get("closes_on").trim().is_empty() && kind.is_some_and(PeriodKind::may_be_an_instant);
    let closes_at = if is_instant { opens_at } else { instant(form.get("closes_on"), form.get("closes_time")) };
    if closes_at.is_none() {
        faults.push(fault(
            "closes_on",
            lang.t(
                "終了の日付を入れてください。時刻が空のときは正午です。",
                "Give the day it ends. Without a time it is noon.",
            ),
        ));
    }
    let round = form.get("round").trim().to_owned();
    let round = if round.is_empty() { paste::round_of(&name) } else { round };
    match (year, kind, opens_at, closes_at) {
        (Some(fiscal_year), Some(kind), Some(opens_at), Some(closes_at)) if faults.is_empty() => {
            let put = vec![NewPeriod { fiscal_year, round, name, kind, opens_at, closes_at }];
            Ok(Wish { put, is_published: form.get("publish") == "1", remove: Vec::new() })
        }
        _ => Err(faults),
    }
}

/// A timetable that was pasted, or a file.
pub(super) fn timetable(form: &Form, file: Option<&[u8]>, lang: Lang) -> Result<Wish, Vec<Fault>> {
    let read = match (file, year(form.get("fiscal_year"))) {
        (Some(bytes), _) => import::parse(bytes),
        (None, Some(year)) => paste::parse(form.get("timetable"), year),
        (None, None) => {
            let text = lang.t("年度を西暦4桁で入れてください。例：2027", "Give the year as four digits, such as 2027.");
            return Err(vec![fault("fiscal_year", text)]);
        }
    };
    let field = if file.is_some() { "file" } else { "timetable" };
    let put = read.map_err(|refused| {
        let said = |line: u64, reason: &str| match lang {
            Lang::Ja => format!("{line}行目：{reason}"),
            Lang::En => format!("Line {line}: {reason}"),
        };
        refused.0.iter().map(|wrong| fault(field, said(wrong.line, &wrong.reason))).collect::<Vec<_>>()
    })?;
    Ok(Wish { put, is_published: form.get("publish") == "1", remove: Vec::new() })
}

/// The year before, some weeks later.
pub(super) fn copy(form: &Form, all: &[Period], lang: Lang) -> Result<Wish, Vec<Fault>> {
    let (Some(from), Some(to)) = (year(form.get("from_year")), year(form.get("to_year"))) else {
        return Err(vec![fault(
            "to_year",
            lang.t("年度を西暦4桁で入れてください。例：2027", "Give the year as four digits, such as 2027."),
        )]);
    };
    let of_year: Vec<Period> = all.iter().filter(|period| period.fiscal_year == i64::from(from)).cloned().collect();
    if from == to || of_year.is_empty() {
        let text = lang.t("写す元の年度に日程がありません。", "There is no timetable in the year to copy from.");
        return Err(vec![fault("from_year", text)]);
    }
    let days = match form.get("days").trim() {
        "" => whole_weeks(from, to),
        typed => match typed.parse::<i64>() {
            Ok(days) if days.abs() < 40_000 => days,
            _ => {
                return Err(vec![fault(
                    "days",
                    lang.t(
                        "ずらす日数を整数で入れてください。例：364",
                        "Give the days to shift by as a number, such as 364.",
                    ),
                )]);
            }
        },
    };
    Ok(Wish { put: shifted(&of_year, to, days), is_published: false, remove: Vec::new() })
}

/// What the page of the effect carries along.
pub(super) fn carried(form: &Form) -> Option<Wish> {
    let put = match form.get("periods") {
        "" => Vec::new(),
        text => import::parse(text.as_bytes()).ok()?,
    };
    let remove = form.get("remove").split(',').filter_map(change::id).collect();
    Some(Wish { put, is_published: form.get("publish") == "1", remove })
}

fn year(text: &str) -> Option<i32> {
    let text = text.trim().trim_end_matches("年度");
    (text.len() == 4).then(|| text.parse().ok()).flatten().filter(|year| (2000..=2199).contains(year))
}

fn instant(day: &str, time: &str) -> Option<chrono::DateTime<Utc>> {
    let day = NaiveDate::parse_from_str(day.trim(), "%Y-%m-%d").ok()?;
    let time = match time.trim() {
        "" => NaiveTime::from_hms_opt(12, 0, 0)?,
        typed => {
            NaiveTime::parse_from_str(typed, "%H:%M").or_else(|_| NaiveTime::parse_from_str(typed, "%H:%M:%S")).ok()?
        }
    };
    Some(jst().from_local_datetime(&day.and_time(time)).single()?.with_timezone(&Utc))
}
