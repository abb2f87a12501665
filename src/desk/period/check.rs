//! What is wrong, or worth a look, about a season that somebody is about to write down. Pure; every finding is a sentence.

use chrono::{DateTime, Datelike, Timelike, Utc, Weekday};

use super::{NewPeriod, Period, PeriodKind};
use crate::desk::Lang;
use crate::desk::calendar::Calendar;
use crate::platform::clock::jst;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether the change must not be made; else it is a hint.
    pub refuses: bool,
    text: [String; 2],
}

impl Finding {
    /// The sentence.
    pub fn text(&self, lang: Lang) -> &str {
        lang.t(&self.text[0], &self.text[1])
    }

    /// A change that must not be made.
    pub fn refusal(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { refuses: true, text: [ja.into(), en.into()] }
    }

    fn hint(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { refuses: false, text: [ja.into(), en.into()] }
    }
}

/// A period as it would be afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// As it is now, if it is there.
    pub before: Option<Period>,
    /// As it would be.
    pub after: NewPeriod,
    /// Whether people would see it.
    pub is_published: bool,
}

impl Wanted {
    /// Whether anything is different from now.
    pub fn is_change(&self) -> bool {
        !self.before.as_ref().is_some_and(|before| before.says_the_same(&self.after, self.is_published))
    }
}

/// Looks at a season as it would be: `wanted` are the periods that are written, `rest` those that stay as they are.
pub fn check(wanted: &[Wanted], rest: &[Period], calendar: &Calendar, now: DateTime<Utc>) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in wanted.iter().filter(|one| one.is_change()) {
        alone(one, calendar, now, &mut found);
    }
    let rest = rest.iter().map(|period| NewPeriod {
        fiscal_year: i32::try_from(period.fiscal_year).unwrap_or_default(),
        round: period.round.clone(),
        name: period.name.clone(),
        kind: period.kind,
        opens_at: period.opens_at,
        closes_at: period.closes_at,
    });
    let all: Vec<(NewPeriod, bool)> = wanted
        .iter()
        .map(|one| (one.after.clone(), one.is_change()))
        .chain(rest.map(|period| (period, false)))
        .collect();
    for (n, (one, is_new)) in all.iter().enumerate() {
        for (other, other_is_new) in &all[n + 1..] {
            // What has stood there before is not told again.
            if one.fiscal_year == other.fiscal_year && (*is_new || *other_is_new) {
                together(one, other, &mut found);
            }
        }
    }
    found
}

fn title(period: &NewPeriod, lang: Lang) -> String {
    format!("{} {}", period.name, period.kind.label(lang))
}

/// What one period says by itself.
fn alone(one: &Wanted, calendar: &Calendar, now: DateTime<Utc>, found: &mut Vec<Finding>) {
    let (period, ja, en) = (&one.after, title(&one.after, Lang::Ja), title(&one.after, Lang::En));
    if period.closes_at < period.opens_at {
        found.push(Finding::refusal(
            format!("{ja}：終了が開始より前です。"),
            format!("{en}: it ends before it starts."),
        ));
        return;
    }
    if period.closes_at == period.opens_at && !period.kind.may_be_an_instant() {
        found.push(Finding::refusal(
            format!("{ja}：開始と終了が同じです。期間の長さが要ります。"),
            format!("{en}: start and end are the same; a window needs a length."),
        ));
    }
    let was_ahead = one.before.as_ref().is_some_and(|before| before.is_published && before.closes_at > now);
    if was_ahead && one.is_published && period.closes_at <= now {
        found.push(Finding::refusal(
            format!(
                "{ja}：締切を過去の日時に動かすことはできません。いま締め切るには、これからの日時を入れてください。"
            ),
            format!(
                "{en}: a close cannot be moved into the past. To close now, give an instant that is still to come."
            ),
        ));
    } else if period.closes_at <= now && one.before.is_none() {
        found.push(Finding::hint(
            format!("{ja}：終了がすでに過ぎています。過去の年度の記録としてなら、このままで構いません。"),
            format!("{en}: it is already over. That is fine for the record of a past year."),
        ));
    }
    if one.before.as_ref().is_some_and(|before| before.is_published && !one.is_published) {
        found.push(Finding::hint(
            format!("{ja}：公開をやめると、案内と締切の判定から外れます。"),
            format!("{en}: taken back into draft, it is no longer announced, and nothing is in time or late for it."),
        ));
    }
    let mut edges = vec![("開始", "start", period.opens_at), ("終了", "end", period.closes_at)];
    edges.dedup_by_key(|edge| edge.2);
    for (word_ja, word_en, at) in edges {
        edge(&format!("{ja}の{word_ja}"), &format!("{en}, {word_en}"), at, calendar, found);
    }
}

fn edge(ja: &str, en: &str, at: DateTime<Utc>, calendar: &Calendar, found: &mut Vec<Finding>) {
    let local = at.with_timezone(&jst());
    let day = local.date_naive();
    if let (Some(why_ja), Some(why_en)) = (calendar.why_off(day, Lang::Ja), calendar.why_off(day, Lang::En)) {
        found.push(Finding::hint(format!("{ja}は休日です({why_ja})。"), format!("{en} is a day off ({why_en}).")));
    } else if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        let is_saturday = day.weekday() == Weekday::Sat;
        let (ja_day, en_day) = if is_saturday { ("土", "Saturday") } else { ("日", "Sunday") };
        found.push(Finding::hint(format!("{ja}は{ja_day}曜日です。"), format!("{en} is a {en_day}.")));
    }
    if (local.hour(), local.minute(), local.second()) != (12, 0, 0) {
        let time = format!("{}:{:02}", local.hour(), local.minute());
        found.push(Finding::hint(format!("{ja}が正午ではありません({time})。"), format!("{en} is not noon ({time}).")));
    }
}

/// What two periods of a year say together.
fn together(one: &NewPeriod, other: &NewPeriod, found: &mut Vec<Finding>) {
    let titles = |lang| (title(one, lang), title(other, lang));
    let overlap = one.opens_at < other.closes_at && other.opens_at < one.closes_at;
    if one.kind == other.kind && one.kind != PeriodKind::Deadline && overlap {
        let ((a, b), (c, d)) = (titles(Lang::Ja), titles(Lang::En));
        found.push(Finding::refusal(
            format!("{a}と{b}の期間が重なっています。一方の終わりと他方の始まりは同じ時刻でも構いません。"),
            format!("{c} and {d} overlap. One may end at the instant the other starts."),
        ));
    }
    // Within a round: applications, then selection, then the result.
    let place = |kind| [PeriodKind::Apply, PeriodKind::Decide, PeriodKind::Result].iter().position(|k| *k == kind);
    if one.round == other.round
        && let (Some(a), Some(b)) = (place(one.kind), place(other.kind))
        && a != b
    {
        let (first, then) = if a < b { (one, other) } else { (other, one) };
        if then.opens_at < first.closes_at {
            found.push(Finding::refusal(
                format!("{}が{}の終わりより前に始まります。", title(then, Lang::Ja), title(first, Lang::Ja)),
                format!("{} starts before {} has ended.", title(then, Lang::En), title(first, Lang::En)),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::calendar;
    use crate::desk::period::paste;

    fn said(text: &str, now: &str) -> Vec<(bool, String)> {
        let wanted: Vec<Wanted> = paste::parse(text, 2027)
            .unwrap()
            .into_iter()
            .map(|after| Wanted { before: None, after, is_published: true })
            .collect();
        let now = crate::desk::period::parse_instant(now).unwrap();
        let found = check(&wanted, &[], calendar::ours(), now);
        found.into_iter().map(|f| (f.refuses, f.text(Lang::Ja).to_owned())).collect()
    }

    #[test]
    fn a_season_as_the_board_makes_them_has_no_findings() {
        let text = "1次募集 11月4日～11月13日\n1次募集 採用調整 11月16日～11月25日\n1次募集 採用結果通知 11月27日\n2次募集 12月1日～12月14日";
        assert_eq!(said(text, "2026-10-01 09:00"), []);
    }

    #[test]
    fn overlap_and_order_are_refused_weekends_holidays_and_odd_hours_are_pointed_out() {
        let has = |text: &str, refuses: bool, words: &str| {
            let found = said(text, "2026-10-01 09:00");
            assert!(found.iter().any(|f| f.0 == refuses && f.1.contains(words)), "{text}: {found:?}");
        };
        has("1次募集 11月4日～11月13日\n2次募集 11月12日～11月20日", true, "重なっています");
        has("1次募集 11月4日～11月13日\n1次募集 採用調整 11月12日～11月20日", true, "終わりより前に始まります");
        has("1次募集 11月3日～11月13日", false, "休日です(文化の日)");
        has("1次募集 11月4日～11月14日", false, "土曜日です");
        has("1次募集 11月4日～11月13日18時", false, "正午ではありません(18:00)");
        has("1次募集 2026年9月1日～2026年9月10日", false, "すでに過ぎています");
    }
}
