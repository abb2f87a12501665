//! Reading a birthdate: from three boxes, or from one text in any notation of the FAQ study (domain §5.3).
//!
//! A text becomes tokens (numbers, 年月日, an era, a month's name); the tokens have one reading, or the person is asked.
//! No era mark means no era; a two-digit year and an impossible era tail count only when the age comes out as 20 to 90.

use super::birthdate::{Birthdate, BirthdateBoxes, BirthdateError, BirthdateNote, DatePart};
use super::birthdate_tokens::{Number, Token, prepare, tokens_of};
use super::era::{Era, EraChoice};
use super::fold::fold;
use super::text::Entered;
use crate::platform::clock::jst;
use chrono::{DateTime, Datelike, NaiveDate};

type Read = Result<(NaiveDate, Vec<BirthdateNote>), BirthdateError>;

impl Birthdate {
    /// Reads one free text: `1996/4/9`, 平成八年四月九日, `H8.4.9`, ㍻8年4月9日, `19960409`, `9 Apr 1996`, 1996年(平成8年)4月9日…
    pub fn parse(text: &str, today: NaiveDate) -> Result<Entered<Self, BirthdateNote>, BirthdateError> {
        read_text(text, today).map(|(date, notes)| Entered::new(text, Self::new(date), notes))
    }

    /// Reads the three boxes. An era written into the year box wins over the select; a whole date typed into the year box
    /// is read when the other two are empty.
    pub fn parse_boxes(
        boxes: &BirthdateBoxes<'_>,
        today: NaiveDate,
    ) -> Result<Entered<Self, BirthdateNote>, BirthdateError> {
        let raw = format!("{} {} {} {}", boxes.era.as_field(), boxes.year, boxes.month, boxes.day);
        read_boxes(boxes, today).map(|(date, notes)| Entered::new(&raw, Self::new(date), notes))
    }
}

fn read_boxes(boxes: &BirthdateBoxes<'_>, today: NaiveDate) -> Read {
    let [year, month, day] = [boxes.year, boxes.month, boxes.day].map(fold);
    match [year.is_empty(), month.is_empty(), day.is_empty()] {
        [true, true, true] => return Err(BirthdateError::Empty),
        [false, true, true] => match read_text(&year, today) {
            Err(BirthdateError::Missing(_) | BirthdateError::Unreadable | BirthdateError::NeedsEra) => {}
            other => return other,
        },
        _ => {}
    }
    for (empty, part) in
        [(year.is_empty(), DatePart::Year), (month.is_empty(), DatePart::Month), (day.is_empty(), DatePart::Day)]
    {
        if empty {
            return Err(BirthdateError::Missing(part));
        }
    }
    // 元年: the first year of the era chosen beside it, or written before it.
    let first = year.trim().trim_end_matches('年') == "元" && matches!(boxes.era, EraChoice::Era(_));
    let tokens = tokens_of(&prepare(if first { "1" } else { &year })).ok_or(BirthdateError::Unreadable)?;
    let (written_era, number) = match tokens.as_slice() {
        [Token::Number(number)] | [Token::Number(number), Token::Unit(DatePart::Year)] => (None, *number),
        [Token::Era(era), Token::Number(number)]
        | [Token::Era(era), Token::Number(number), Token::Unit(DatePart::Year)] => (Some(*era), *number),
        _ => return Err(BirthdateError::Unreadable),
    };
    let month = one_number(&month, DatePart::Month).or_else(|| month_name(&month)).ok_or(BirthdateError::Unreadable)?;
    let day = one_number(&day, DatePart::Day).ok_or(BirthdateError::Unreadable)?;
    let chosen = match boxes.era {
        EraChoice::Seireki => None,
        EraChoice::Era(era) => Some(era),
    };
    dated(written_era.or(chosen), number, month, day, today)
}

fn one_number(text: &str, unit: DatePart) -> Option<u32> {
    match tokens_of(&prepare(text))?.as_slice() {
        [Token::Number(number)] => Some(number.value),
        [Token::Number(number), Token::Unit(own)] if *own == unit => Some(number.value),
        _ => None,
    }
}

fn month_name(text: &str) -> Option<u32> {
    match tokens_of(&prepare(text))?.as_slice() {
        [Token::Month(month)] => Some(*month),
        _ => None,
    }
}

fn read_text(text: &str, today: NaiveDate) -> Read {
    if let Some(date) = iso_date(text) {
        return in_range(date, None, today);
    }
    // 1990-04-08T15:00:00Z: what a program makes of midnight in Japan.
    if let Ok(at) = DateTime::parse_from_rfc3339(text.trim()) {
        return in_range(at.with_timezone(&jst()).date_naive(), None, today);
    }
    let prepared = prepare(text);
    if prepared.is_empty() {
        return Err(BirthdateError::Empty);
    }
    let (main, aside) = split_parentheses(&prepared);
    let main = if main.chars().any(|c| c.is_ascii_digit()) { main } else { aside.join(" ") };
    let mut read = interpret(&tokens_of(&main).ok_or(BirthdateError::Unreadable)?, today);
    for note in aside.iter().filter(|note| !is_remark(note)) {
        let tokens = tokens_of(note).ok_or(BirthdateError::Unreadable)?;
        match (&read, interpret(&tokens, today)) {
            (Ok((date, _)), Ok((other, _))) if *date != other => return Err(BirthdateError::CalendarsDisagree),
            (Ok((date, _)), Err(BirthdateError::Missing(_))) if !year_agrees(&tokens, *date) => {
                return Err(BirthdateError::CalendarsDisagree);
            }
            (Err(_), whole @ Ok(_)) => read = whole,
            _ => {}
        }
    }
    read
}

/// `1996-04-09` and `1996/4/9`, without a detour: what systems write.
fn iso_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    let separator = *bytes.get(4).filter(|c| matches!(c, b'-' | b'/'))?;
    if bytes.len() > 10 || !bytes.iter().all(|c| c.is_ascii_digit() || *c == separator) {
        return None;
    }
    let mut parts = text.split(char::from(separator));
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn split_parentheses(text: &str) -> (String, Vec<String>) {
    let (mut main, mut aside) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        main.push_str(&rest[..open]);
        let inner = &rest[open + 1..];
        let (note, after) = inner.split_once(')').unwrap_or((inner, ""));
        aside.push(note.trim().to_owned());
        rest = after;
    }
    main.push_str(rest);
    // 平成8年4月9日生(満30歳): the word ends the date here too.
    let main = main.replace(')', " ");
    (main.trim_end_matches([' ', '生']).to_owned(), aside)
}

/// (火), (火曜日), (30歳): nothing of the date.
fn is_remark(note: &str) -> bool {
    note.is_empty()
        || note.contains('歳')
        || note.contains('才')
        || note.contains("曜")
        || (note.chars().count() == 1 && note.chars().all(|c| "月火水木金土日".contains(c)))
        || ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| note.starts_with(day))
}

fn year_agrees(tokens: &[Token], date: NaiveDate) -> bool {
    let era = tokens.iter().find_map(|token| if let Token::Era(era) = token { Some(*era) } else { None });
    let number = tokens.iter().find_map(|token| if let Token::Number(number) = token { Some(*number) } else { None });
    match (era, number) {
        (_, None) => true,
        (Some(era), Some(number)) => era.first_year() - 1 + signed(number.value) == date.year(),
        (None, Some(number)) => number.length != 4 || signed(number.value) == date.year(),
    }
}

fn interpret(tokens: &[Token], today: NaiveDate) -> Read {
    let turned = era_first(tokens);
    let tokens = turned.as_deref().unwrap_or(tokens);
    let mut eras = tokens.iter().filter_map(|token| if let Token::Era(era) = token { Some(*era) } else { None });
    let era = eras.next();
    if eras.next().is_some() || (era.is_some() && !matches!(tokens.first(), Some(Token::Era(_)))) {
        return Err(BirthdateError::Unreadable);
    }
    if tokens.iter().any(|token| matches!(token, Token::Unit(_))) {
        return with_units(tokens, era, today);
    }
    let numbers: Vec<Number> = tokens
        .iter()
        .filter_map(|token| if let Token::Number(number) = token { Some(*number) } else { None })
        .collect();
    let month = tokens.iter().find_map(|token| if let Token::Month(month) = token { Some(*month) } else { None });
    match (era, month, numbers.as_slice()) {
        (Some(era), None, &[year, month, day]) => dated(Some(era), year, month.value, day.value, today),
        (Some(era), None, &[packed]) => era_packed(era, packed, today),
        (Some(era), Some(month), &[year, day]) => dated(Some(era), year, month, day.value, today),
        (None, Some(month), &[a, b]) => one_reading(&[(a, month, b.value), (b, month, a.value)], today),
        (None, None, &[a, b, c]) if a.length == 4 => dated(None, a, b.value, c.value, today),
        (None, None, &[a, b, c]) => {
            one_reading(&[(a, b.value, c.value), (c, a.value, b.value), (c, b.value, a.value)], today)
        }
        (None, None, &[packed]) => packed_digits(packed, today),
        (_, None, &[_, _]) => Err(BirthdateError::Missing(DatePart::Day)),
        _ => Err(BirthdateError::Unreadable),
    }
}

/// April 9, Heisei 8: with the month's name the era's year may stand last; it is put first.
fn era_first(tokens: &[Token]) -> Option<Vec<Token>> {
    match tokens {
        [month @ Token::Month(_), day @ Token::Number(_), era @ Token::Era(_), year @ Token::Number(_)]
        | [day @ Token::Number(_), month @ Token::Month(_), era @ Token::Era(_), year @ Token::Number(_)] => {
            Some([era, year, month, day].map(|token| *token).to_vec())
        }
        _ => None,
    }
}

/// 1996年4月9日: each number belongs to the unit after it; a last number without a unit is the day.
fn with_units(tokens: &[Token], era: Option<Era>, today: NaiveDate) -> Read {
    let (mut year, mut month, mut day) = (None::<Number>, None::<u32>, None::<u32>);
    let mut waiting: Option<Number> = None;
    for token in tokens {
        match token {
            Token::Number(number) => {
                // 1996/4月9日, 1996年4/9: the units stand at some of the numbers only.
                match waiting.replace(*number) {
                    None => {}
                    Some(first) if year.is_none() && (first.length == 4 || era.is_some()) => year = Some(first),
                    Some(first) if year.is_some() && month.is_none() && day.is_none() => month = Some(first.value),
                    Some(_) => return Err(BirthdateError::Unreadable),
                }
            }
            Token::Unit(unit) => {
                let number = waiting.take().ok_or(BirthdateError::Unreadable)?;
                let taken_twice = match unit {
                    DatePart::Year => year.replace(number).is_some(),
                    DatePart::Month => month.replace(number.value).is_some(),
                    DatePart::Day => day.replace(number.value).is_some(),
                };
                if taken_twice {
                    return Err(BirthdateError::Unreadable);
                }
            }
            Token::Month(_) => return Err(BirthdateError::Unreadable),
            Token::Era(_) => {}
        }
    }
    if let Some(rest) = waiting {
        match (day, month) {
            (None, Some(_)) => day = Some(rest.value),
            _ => return Err(BirthdateError::Unreadable),
        }
    }
    let year = year.ok_or(BirthdateError::Missing(DatePart::Year))?;
    let month = month.ok_or(BirthdateError::Missing(DatePart::Month))?;
    let day = day.ok_or(BirthdateError::Missing(DatePart::Day))?;
    dated(era, year, month, day, today)
}

/// `H080409` and `H80409`: the last four digits are month and day.
fn era_packed(era: Era, packed: Number, today: NaiveDate) -> Read {
    if !(5..=6).contains(&packed.length) {
        return Err(if packed.length <= 2 {
            BirthdateError::Missing(DatePart::Month)
        } else {
            BirthdateError::Unreadable
        });
    }
    let year = Number { value: packed.value / 10_000, length: packed.length - 4 };
    dated(Some(era), year, packed.value / 100 % 100, packed.value % 100, today)
}

/// Eight digits: year first if that is a date, else the one reading with the year last. Six: two-digit year, month, day.
fn packed_digits(packed: Number, today: NaiveDate) -> Read {
    let value = packed.value;
    match packed.length {
        8 => {
            let first = Number { value: value / 10_000, length: 4 };
            let last = Number { value: value % 10_000, length: 4 };
            let (a, b) = (value / 1_000_000, value / 10_000 % 100);
            if (1868..=2100).contains(&first.value) {
                return dated(None, first, value / 100 % 100, value % 100, today);
            }
            one_reading(&[(last, a, b), (last, b, a)], today)
        }
        7 => seven_digits(value, today),
        6 => dated(None, Number { value: value / 10_000, length: 2 }, value / 100 % 100, value % 100, today),
        1..=4 => Err(BirthdateError::Missing(DatePart::Month)),
        _ => Err(BirthdateError::Unreadable),
    }
}

/// 1996409 and 1996123: a western year and three digits, when only one month fits.
fn seven_digits(value: u32, today: NaiveDate) -> Read {
    let (year, rest) = (Number { value: value / 1_000, length: 4 }, value % 1_000);
    if !(1868..=2100).contains(&year.value) {
        return era_code(value, today);
    }
    one_reading(&[(year, rest / 100, rest % 100), (year, rest / 10, rest % 10)], today)
}

/// 4080409: 3, 4 and 5 stand for 昭和, 平成 and 令和 on public forms, before year, month and day.
fn era_code(value: u32, today: NaiveDate) -> Read {
    let era = match value / 1_000_000 {
        3 => Era::Showa,
        4 => Era::Heisei,
        5 => Era::Reiwa,
        _ => return Err(BirthdateError::Unreadable),
    };
    era_packed(era, Number { value: value % 1_000_000, length: 6 }, today)
}

/// Tries each (year, month, day); one date among the readings is the answer, two are a question.
fn one_reading(readings: &[(Number, u32, u32)], today: NaiveDate) -> Read {
    let mut found: Vec<(NaiveDate, Vec<BirthdateNote>)> = Vec::new();
    let mut reason = None;
    for &(year, month, day) in readings {
        match dated(None, year, month, day, today) {
            Ok(read) if found.iter().all(|(date, _)| *date != read.0) => found.push(read),
            Ok(_) => {}
            Err(error) => {
                reason.get_or_insert(error);
            }
        }
    }
    match found.len() {
        0 => Err(reason.unwrap_or(BirthdateError::Unreadable)),
        1 => Ok(found.swap_remove(0)),
        _ => Err(BirthdateError::Ambiguous(found.into_iter().map(|(date, _)| Birthdate::new(date)).collect())),
    }
}

/// Puts year, month and day together under the rules of eras, short years and ages.
fn dated(era: Option<Era>, year: Number, month: u32, day: u32, today: NaiveDate) -> Read {
    let at = |year: i32| NaiveDate::from_ymd_opt(year, month, day);
    let usual = |date: NaiveDate| (20..=90).contains(&Birthdate::new(date).age_on(today));
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return Err(BirthdateError::NoSuchDay);
    }
    if year.length >= 4 {
        let date = at(signed(year.value)).ok_or(BirthdateError::NoSuchDay)?;
        return in_range(date, era.map(BirthdateNote::EraIgnored), today);
    }
    if let Some(era) = era {
        if year.value == 0 {
            return Err(BirthdateError::NoSuchEraYear(era));
        }
        let date = at(era.first_year() - 1 + signed(year.value)).ok_or(BirthdateError::NoSuchDay)?;
        if Era::of(date) == Some(era) {
            return in_range(date, None, today);
        }
        return if usual(date) {
            Ok((date, vec![BirthdateNote::EraTailCorrected(era)]))
        } else {
            Err(BirthdateError::NoSuchEraYear(era))
        };
    }
    if year.length != 2 {
        return Err(BirthdateError::NeedsEra);
    }
    let centuries = [1900, 2000].map(|century| at(century + signed(year.value)));
    if centuries == [None, None] {
        return Err(BirthdateError::NoSuchDay);
    }
    let mut fitting = centuries.into_iter().flatten().filter(|date| usual(*date));
    match (fitting.next(), fitting.next()) {
        (Some(date), None) => Ok((date, vec![BirthdateNote::CenturyAdded])),
        _ => Err(BirthdateError::NeedsEra),
    }
}

fn in_range(date: NaiveDate, note: Option<BirthdateNote>, today: NaiveDate) -> Read {
    if date > today {
        return Err(BirthdateError::InFuture);
    }
    if date.year() < Era::Meiji.first_year() {
        return Err(BirthdateError::TooEarly);
    }
    let mut notes: Vec<BirthdateNote> = note.into_iter().collect();
    if !(20..=90).contains(&Birthdate::new(date).age_on(today)) {
        notes.push(BirthdateNote::UnusualAge);
    }
    Ok((date, notes))
}

fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX / 2)
}
