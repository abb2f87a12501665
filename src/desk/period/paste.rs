//! A timetable as people paste it: a table with its header (tabs or commas), lines of a table without one, or lines such
//! as 「1次募集 11月1日(金)正午～11月15日(金)正午」. Every line is understood or named with what is wrong.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use unicode_normalization::UnicodeNormalization;

use super::{LineFault, NewPeriod, PeriodKind, Refused, import, parse_instant};
use crate::desk::Lang;
use crate::platform::clock::jst;

/// Reads a timetable. `fiscal_year` is the year in which training starts, for lines that do not say it: its recruitment
/// is from April of the year before to March.
///
/// # Errors
/// Every line that is not understood.
pub fn parse(text: &str, fiscal_year: i32) -> Result<Vec<NewPeriod>, Refused> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if ["opens_at", "開始"].iter().any(|title| first.contains(title)) && first.contains([',', '\t']) {
        return import::parse(text.replace('\t', ",").as_bytes());
    }
    let mut periods: Vec<NewPeriod> = Vec::new();
    let mut faults = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let at = n as u64 + 1;
        match read_line(line, fiscal_year) {
            Err(reason) => faults.push(LineFault { line: at, reason }),
            Ok(new) => {
                let is_same = |old: &&NewPeriod| {
                    (old.fiscal_year, &old.round, old.kind) == (new.fiscal_year, &new.round, new.kind)
                };
                match periods.iter().find(is_same) {
                    Some(old) => faults.push(LineFault {
                        line: at,
                        reason: format!(
                            "{} {} の行がもう一つあります (this window stands there twice)",
                            old.name,
                            new.kind.label(Lang::Ja)
                        ),
                    }),
                    None => periods.push(new),
                }
            }
        }
    }
    if periods.is_empty() && faults.is_empty() {
        faults.push(LineFault { line: 1, reason: "日程がありません (there is no timetable)".into() });
    }
    if faults.is_empty() { Ok(periods) } else { Err(Refused(faults)) }
}

fn read_line(line: &str, fiscal_year: i32) -> Result<NewPeriod, String> {
    if line.contains('\t') {
        return read_cells(
            &line.split('\t').map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>(),
            fiscal_year,
        );
    }
    let line: String = line.nfkc().collect();
    let from = line.char_indices().find(|(place, _)| is_moment(&line[*place..])).map(|(place, _)| place);
    let from = from.ok_or_else(|| {
        "日付がありません。例：1次募集 11月1日(金)正午～11月15日(金)正午 (no date in this line)".to_owned()
    })?;
    let (head, times) = line.split_at(from);
    let (name, kind) = name_and_kind(head);
    window(name, kind, times, fiscal_year)
}

/// The cells of a line: name, kind, start, end; the kind may be missing, and the end of an instant.
fn read_cells(cells: &[&str], fiscal_year: i32) -> Result<NewPeriod, String> {
    let is_time = |cell: &&&str| is_moment(&cell.nfkc().collect::<String>());
    let times: Vec<&str> = cells.iter().filter(is_time).copied().collect();
    let head: Vec<&str> = cells.iter().filter(|cell| !is_time(cell)).copied().collect();
    let (name, kind) = name_and_kind(&head.join(" "));
    window(name, kind, &times.join("~"), fiscal_year)
}

/// Whether a date begins here.
fn is_moment(text: &str) -> bool {
    let mut scanner = Scanner(text);
    if scanner.eat("令和") {
        return true;
    }
    scanner.number().is_some() && scanner.0.starts_with(['月', '/', '-']) || {
        let mut scanner = Scanner(text);
        scanner.number().is_some_and(|n| n >= 2000) && scanner.0.starts_with('年')
    }
}

fn name_and_kind(head: &str) -> (String, PeriodKind) {
    let mut kind = None;
    let mut words = Vec::new();
    for word in head.split(|c: char| c.is_whitespace() || "::・,、".contains(c)).filter(|word| !word.is_empty()) {
        let known = PeriodKind::ALL
            .iter()
            .find(|k| word == k.label(Lang::Ja) || word == k.as_str() || word == format!("{}期間", k.label(Lang::Ja)));
        match known {
            Some(known) if kind.is_none() => kind = Some(*known),
            _ => words.push(word),
        }
    }
    let name = words.join(" ");
    // 「1次採用結果通知」 says its kind in its name.
    let said = || PeriodKind::ALL.iter().rev().find(|k| name.contains(k.label(Lang::Ja))).copied();
    let kind = kind.or_else(said).unwrap_or(PeriodKind::Apply);
    (name, kind)
}

fn window(name: String, kind: PeriodKind, times: &str, fiscal_year: i32) -> Result<NewPeriod, String> {
    if name.is_empty() {
        return Err("募集の名称がありません。例：1次募集 (the name of the round is missing)".to_owned());
    }
    let mut scanner = Scanner(times);
    let opens = scanner.moment(fiscal_year, None)?;
    scanner.blank();
    let separated = ["~", "〜", "から", "-", "–", "—", "−"].iter().any(|mark| scanner.eat(mark));
    scanner.blank();
    let closes_at =
        if separated && !scanner.0.is_empty() { scanner.moment(fiscal_year, Some(opens.date_naive()))? } else { opens };
    scanner.eat("まで");
    scanner.blank();
    if !scanner.0.is_empty() {
        return Err(format!("「{}」が読めません (this is not understood)", scanner.0));
    }
    let (opens_at, closes_at) = (opens.with_timezone(&Utc), closes_at.with_timezone(&Utc));
    if closes_at < opens_at {
        return Err("終了が開始より前です (it ends before it starts)".to_owned());
    }
    if closes_at == opens_at && !kind.may_be_an_instant() {
        return Err(format!(
            "{}には終わりの日時が要ります。例：11月1日(金)正午～11月15日(金)正午 (the end is missing)",
            kind.label(Lang::Ja)
        ));
    }
    Ok(NewPeriod { fiscal_year, round: round_of(&name), name, kind, opens_at, closes_at })
}

/// The word of a round: 1次募集 → 1, 最終調整 → final, anything else as it is called.
pub fn round_of(name: &str) -> String {
    let folded: String = name.nfkc().collect();
    if folded.contains("最終") {
        return "final".to_owned();
    }
    let mut digits = folded.chars().take_while(char::is_ascii_digit).collect::<String>();
    if digits.is_empty() {
        digits = folded
            .chars()
            .next()
            .and_then(|c| "一二三四五六七八九".chars().position(|d| d == c))
            .map_or(String::new(), |n| (n + 1).to_string());
    }
    let is_numbered = folded.chars().nth(digits.chars().count()) == Some('次');
    if is_numbered && !digits.is_empty() { digits } else { folded }
}

/// Walks through a text from its front.
struct Scanner<'t>(&'t str);

impl Scanner<'_> {
    fn eat(&mut self, word: &str) -> bool {
        match self.0.strip_prefix(word) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn blank(&mut self) {
        self.0 = self.0.trim_start();
    }

    fn number(&mut self) -> Option<i32> {
        let digits = self.0.chars().take_while(char::is_ascii_digit).count();
        let number = self.0.get(..digits)?.parse().ok()?;
        self.0 = self.0.get(digits..)?;
        Some(number)
    }

    /// A date with its weekday and time. `after`: the date it follows, whose month and year it may leave out.
    fn moment(&mut self, fiscal_year: i32, after: Option<NaiveDate>) -> Result<DateTime<chrono::FixedOffset>, String> {
        let said = self.0;
        let unread = || format!("「{said}」は日時として読めません。例：11月1日(金)正午 (no date)");
        // 2024-11-01 12:00 and its like, up to the separator.
        let end = said.find(['~', '〜']).unwrap_or(said.len());
        if let Some(at) = parse_instant(said.get(..end).unwrap_or_default()) {
            self.0 = said.get(end..).unwrap_or_default();
            return Ok(at.with_timezone(&jst()));
        }
        let day = self.date(fiscal_year, after).ok_or_else(unread)?;
        self.weekday(day)?;
        self.blank();
        let time = self.time().ok_or_else(unread)?;
        jst().from_local_datetime(&day.and_time(time)).single().ok_or_else(unread)
    }

    fn date(&mut self, fiscal_year: i32, after: Option<NaiveDate>) -> Option<NaiveDate> {
        let reiwa = self.eat("令和");
        let mut first = self.number().or_else(|| (reiwa && self.eat("元")).then_some(1))?;
        let mut year = None;
        if self.eat("年") || (first > 1999 && (self.eat("/") || self.eat("-"))) {
            year = Some(if reiwa { 2018 + first } else { first });
            self.blank();
            first = self.number()?;
        }
        if self.eat("日") {
            // 「11月1日～15日」
            return after?.with_day(u32::try_from(first).ok()?);
        }
        let month = u32::try_from(first).ok()?;
        if !(self.eat("月") || self.eat("/") || self.eat("-")) {
            return None;
        }
        let day = u32::try_from(self.number()?).ok()?;
        self.eat("日");
        // Of fiscal year 2025: November is 2024, January 2025.
        let year = year.unwrap_or(if month >= 4 { fiscal_year - 1 } else { fiscal_year });
        NaiveDate::from_ymd_opt(year, month, day)
    }

    /// 「(金)」, 「（金・祝）」, 「(金曜日)」: wrong ones are pointed out, since then either the date or the day is a slip.
    fn weekday(&mut self, day: NaiveDate) -> Result<(), String> {
        if !self.eat("(") {
            return Ok(());
        }
        let inside = self.0.split(')').next().unwrap_or_default();
        self.0 = self.0.get(inside.len() + 1..).unwrap_or_default();
        let Some(said) = inside.chars().next().and_then(|c| "月火水木金土日".chars().position(|d| d == c))
        else {
            return Ok(());
        };
        let is = day.weekday();
        if said == is.num_days_from_monday() as usize {
            return Ok(());
        }
        Err(format!(
            "{}月{}日は{}曜日です。日付か曜日を確かめてください (the weekday does not fit)",
            day.month(),
            day.day(),
            weekday(is)
        ))
    }

    fn time(&mut self) -> Option<NaiveTime> {
        self.eat("の");
        if self.eat("正午") {
            return NaiveTime::from_hms_opt(12, 0, 0);
        }
        let afternoon = self.eat("午後");
        let half = afternoon || self.eat("午前");
        let Some(hour) = self.number() else {
            // No time is said: the board's windows are from noon to noon.
            return if half { None } else { NaiveTime::from_hms_opt(12, 0, 0) };
        };
        let mut minute = 0;
        if self.eat("時") {
            if self.eat("半") {
                minute = 30;
            } else if let Some(said) = self.number() {
                minute = said;
                self.eat("分");
            }
        } else if self.eat(":") {
            minute = self.number()?;
        } else {
            return None;
        }
        let hour = if afternoon && hour < 12 { hour + 12 } else { hour };
        NaiveTime::from_hms_opt(u32::try_from(hour).ok()?, u32::try_from(minute).ok()?, 0)
    }
}

fn weekday(day: Weekday) -> char {
    "月火水木金土日".chars().nth(day.num_days_from_monday() as usize).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, &'static str, String, String)> {
        let at = |at: DateTime<Utc>| at.with_timezone(&jst()).format("%Y-%m-%d %H:%M").to_string();
        let read = parse(text, 2025).unwrap();
        read.into_iter().map(|p| (p.round, p.kind.as_str(), at(p.opens_at), at(p.closes_at))).collect()
    }

    fn refused(text: &str) -> String {
        parse(text, 2025).unwrap_err().0.first().unwrap().to_string()
    }

    #[test]
    fn a_notice_is_read_line_by_line() {
        let text = "1次募集 11月1日(金)正午～11月15日(金)正午\n\
                    １次募集　採用調整：１１月１８日（月）正午〜１１月２６日（火）正午\n\
                    1次 採用結果通知 11月29日(金)正午\n\
                    2次募集 12月2日～13日\n\
                    最終調整 令和7年1月7日(火) 12:00 から 1月22日(水)午後6時まで\n\
                    転科の申出 その他締切 2024年10月29日(火)17時30分\n";
        assert_eq!(
            told(text),
            [
                ("1".into(), "apply", "2024-11-01 12:00".into(), "2024-11-15 12:00".into()),
                ("1".into(), "decide", "2024-11-18 12:00".into(), "2024-11-26 12:00".into()),
                ("1".into(), "result", "2024-11-29 12:00".into(), "2024-11-29 12:00".into()),
                ("2".into(), "apply", "2024-12-02 12:00".into(), "2024-12-13 12:00".into()),
                ("final".into(), "apply", "2025-01-07 12:00".into(), "2025-01-22 18:00".into()),
                ("転科の申出".into(), "deadline", "2024-10-29 17:30".into(), "2024-10-29 17:30".into()),
            ]
        );
    }

    #[test]
    fn lines_of_a_table_need_no_header_and_may_have_one() {
        let rows = "1次募集\t応募\t2024/11/01 12:00\t2024/11/15 12:00\n1次募集\t採用結果通知\t11月29日(金)正午\n";
        let expected = [
            ("1".to_owned(), "apply", "2024-11-01 12:00".to_owned(), "2024-11-15 12:00".to_owned()),
            ("1".to_owned(), "result", "2024-11-29 12:00".to_owned(), "2024-11-29 12:00".to_owned()),
        ];
        assert_eq!(told(rows), expected);
        let with_header =
            "年度\t回\t名称\t種別\t開始\t終了\n2025\t1\t1次募集\t応募\t2024-11-01 12:00\t2024-11-15 12:00\n";
        assert_eq!(told(with_header), expected[..1]);
    }

    #[test]
    fn a_slip_is_named_with_its_line() {
        assert_eq!(
            refused("1次募集 11月1日(土)正午～11月15日(金)正午"),
            "line 1: 11月1日は金曜日です。日付か曜日を確かめてください (the weekday does not fit)"
        );
        assert!(refused("\n\n1次募集 いつか").starts_with("line 3: 日付がありません"));
        assert!(refused("1次募集 11月15日～11月1日").contains("終了が開始より前"));
        assert!(refused("1次募集 11月31日～12月1日").contains("日時として読めません"));
        assert!(refused("1次募集 11月1日正午").contains("終わりの日時が要ります"));
        assert!(refused("11月1日～11月15日").contains("名称がありません"));
        assert!(refused("1次募集 11月1日～11月15日\n1次募集 11月2日～11月15日").contains("もう一つ"));
        assert!(refused("").contains("日程がありません"));
    }
}
