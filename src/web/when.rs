//! Instants and days as people here write them: in Japan Standard Time, with the weekday, noon as 正午 (ui.md §5).

use chrono::{DateTime, Datelike, Duration, NaiveDate, Timelike, Utc};

use crate::desk::Lang;
use crate::platform::clock::jst;

/// 「2026年12月11日(金)」, `Fri 11 December 2026`
pub fn day(lang: Lang, day: NaiveDate) -> String {
    let weekday = day.weekday().num_days_from_monday() as usize;
    if lang.is_ja() {
        let weekday = ["月", "火", "水", "木", "金", "土", "日"].get(weekday).unwrap_or(&"");
        format!("{}年{}月{}日({weekday})", day.year(), day.month(), day.day())
    } else {
        day.format("%a %-d %B %Y").to_string()
    }
}

/// 「2026年12月11日(金) 正午(12:00)」, `Fri 11 December 2026, noon (12:00) JST`
pub fn stamp(lang: Lang, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&jst());
    let is_noon = local.hour() == 12 && local.minute() == 0;
    let time = format!("{}:{:02}", local.hour(), local.minute());
    let date = day(lang, local.date_naive());
    match (lang, is_noon) {
        (Lang::Ja, true) => format!("{date} 正午({time})"),
        (Lang::Ja, false) => format!("{date} {time}"),
        (Lang::En, true) => format!("{date}, noon ({time}) JST"),
        (Lang::En, false) => format!("{date}, {time} JST"),
    }
}

/// The first instant of a day in Japan.
pub fn begin_of(day: NaiveDate) -> DateTime<Utc> {
    let begin = day.and_time(chrono::NaiveTime::MIN);
    (begin - Duration::hours(9)).and_utc()
}

/// The value of a `datetime` attribute.
pub fn machine(at: DateTime<Utc>) -> String {
    at.with_timezone(&jst()).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A span in its two largest units: 「3日 1時間」, `3 days 1 hour`.
pub fn span(lang: Lang, span: Duration) -> String {
    let seconds = span.num_seconds().max(0);
    let units = [(86_400, "日", "day"), (3_600, "時間", "hour"), (60, "分", "minute"), (1, "秒", "second")];
    let mut parts = Vec::new();
    let mut rest = seconds;
    for (length, ja, en) in units {
        let count = rest / length;
        rest %= length;
        if count == 0 && !(length == 1 && parts.is_empty()) {
            if !parts.is_empty() {
                break;
            }
            continue;
        }
        parts.push(match lang {
            Lang::Ja => format!("{count}{ja}"),
            Lang::En => format!("{count} {en}{}", if count == 1 { "" } else { "s" }),
        });
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

/// Working time in whole hours, at least one: 「6時間」, `6 hours`.
pub fn working(lang: Lang, seconds: i64) -> String {
    let hours = seconds.max(1).div_euclid(3_600) + i64::from(seconds.rem_euclid(3_600) > 0);
    match (lang, hours.max(1)) {
        (Lang::Ja, hours) => format!("{hours}時間"),
        (Lang::En, 1) => "1 hour".to_owned(),
        (Lang::En, hours) => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn noon_is_written_as_noon() {
        let at = Utc.with_ymd_and_hms(2026, 12, 11, 3, 0, 0).unwrap();
        assert_eq!(stamp(Lang::Ja, at), "2026年12月11日(金) 正午(12:00)");
        assert_eq!(stamp(Lang::En, at), "Fri 11 December 2026, noon (12:00) JST");
        assert_eq!(stamp(Lang::Ja, at + Duration::minutes(7)), "2026年12月11日(金) 12:07");
        assert_eq!(machine(at), "2026-12-11T12:00:00+09:00");
    }

    #[test]
    fn spans_have_two_units_at_most() {
        assert_eq!(span(Lang::Ja, Duration::minutes(3 * 1440 + 90)), "3日 1時間");
        assert_eq!(span(Lang::En, Duration::minutes(61)), "1 hour 1 minute");
        assert_eq!(span(Lang::Ja, Duration::days(2)), "2日");
        assert_eq!(span(Lang::En, Duration::zero()), "0 seconds");
    }
}
