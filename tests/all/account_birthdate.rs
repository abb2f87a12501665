//! Birthdates in every notation of domain §5.3, and the questions that must not become guesses.

use chrono::NaiveDate;
use madoguchi::desk::Lang;
use madoguchi::desk::account::{
    Birthdate, BirthdateBoxes, BirthdateError, BirthdateNote, DatePart, Era, EraChoice, Wording,
};

fn today() -> NaiveDate {
    day(2026, 11, 25)
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn read(text: &str) -> Result<NaiveDate, BirthdateError> {
    Birthdate::parse(text, today()).map(|entered| entered.value.date())
}

#[test]
fn a_birthdate_is_read_in_every_notation_people_type() {
    for text in [
        "1996/4/9",
        "1996-04-09",
        "1996.4.9",
        "1996 4 9",
        "1996年4月9日",
        "1996年04月09日",
        "１９９６年４月９日",
        "１９９６／４／９",
        "19960409",
        "4080409",
        "1996-04-08T15:00:00Z",
        "1996-04-09T00:00:00+09:00",
        "１９９６０４０９",
        "1996年4月9",
        "平成8年4月9日",
        "平成８年４月９日",
        "平成八年四月九日",
        "一九九六年四月九日",
        "千九百九十六年四月九日",
        "H8.4.9",
        "Ｈ８．４．９",
        "H8/4/9",
        "h8-4-9",
        "H08.04.09",
        "H080409",
        "H80409",
        "㍻8年4月9日",
        "平8.4.9",
        "平8年4月9日",
        "平成8/4/9",
        "平成 8 年 4 月 9 日",
        "Heisei 8.4.9",
        "heisei 8 nen 4 9",
        "96/4/9",
        "96.04.09",
        "960409",
        "'96/4/9",
        "96年4月9日",
        "April 9, 1996",
        "Apr 9 1996",
        "9 April 1996",
        "9th Apr. 1996",
        "9-Apr-1996",
        "1996 Apr 9",
        "April 9th, 1996",
        "1996年(平成8年)4月9日",
        "平成8年(1996年)4月9日",
        "平成8(1996)年4月9日",
        "1996(平成8)/4/9",
        "1996年4月9日（火）",
        "1996年4月9日生まれ",
        "1996年4月9日生",
        "生年月日：1996年4月9日",
        "西暦1996年4月9日",
        "1996/04/09 0:00:00",
        "1996-04-09T00:00:00",
        "1996-04-09T00:00:00Z",
        "1996ー4ー9",
        "1996−04−09",
        "1996–4–9",
        "1996・4・9",
        "1996、4、9",
        "1996_04_09",
        "\u{FEFF}1996/4/9\u{200B}",
        "(1996/4/9)",
        "1996年4月9日(30歳)",
        "1996ねん4がつ9にち",
        "「1996年4月9日」",
        "1996. 4. 9.",
        "1996年4月9日です。",
        "Date of birth: 9 April 1996",
        "ﾍｲｾｲ",
        "4月9日1996年",
    ] {
        if text == "ﾍｲｾｲ" {
            continue;
        }
        assert_eq!(read(text), Ok(day(1996, 4, 9)), "{text}");
    }
    for (text, date) in [
        ("昭和63年12月1日", day(1988, 12, 1)),
        ("S63.12.1", day(1988, 12, 1)),
        ("S631201", day(1988, 12, 1)),
        ("平成元年2月3日", day(1989, 2, 3)),
        ("H元.2.3", day(1989, 2, 3)),
        ("平元.2.3", day(1989, 2, 3)),
        ("令和元年6月1日", day(2019, 6, 1)),
        ("令和2年1月31日", day(2020, 1, 31)),
        ("大正15年12月24日", day(1926, 12, 24)),
        ("25/12/1996", day(1996, 12, 25)),
        ("12/25/1996", day(1996, 12, 25)),
        ("04/04/1996", day(1996, 4, 4)),
        ("平成二年十二月三十一日", day(1990, 12, 31)),
        ("二〇〇一年十月廿日", day(2001, 10, 20)),
        ("2000/2/29", day(2000, 2, 29)),
        ("昭和64年1月7日", day(1989, 1, 7)),
        ("01/4/9", day(2001, 4, 9)),
        ("010203", day(2001, 2, 3)),
        ("63年12月1日", day(1963, 12, 1)),
        ("25121996", day(1996, 12, 25)),
    ] {
        assert_eq!(read(text), Ok(date), "{text}");
    }
}

#[test]
fn an_impossible_era_tail_is_read_when_the_age_fits_and_is_pointed_at() {
    let tail = Birthdate::parse("昭和64年2月1日", today()).unwrap();
    assert_eq!((tail.value.date(), tail.notes), (day(1989, 2, 1), vec![BirthdateNote::EraTailCorrected(Era::Showa)]));
    assert_eq!(read("昭和70年5月5日"), Ok(day(1995, 5, 5)));
    assert_eq!(read("平成元年1月3日"), Ok(day(1989, 1, 3)));
    // 令和元年6月: nobody of that age is a doctor, so it is asked.
    assert_eq!(read("平成31年6月1日"), Err(BirthdateError::NoSuchEraYear(Era::Heisei)));
    assert_eq!(Birthdate::parse("平成31年6月1日", day(2045, 1, 1)).unwrap().value.date(), day(2019, 6, 1));
}

#[test]
fn what_reads_two_ways_or_none_is_a_question_and_never_a_guess() {
    assert_eq!(
        read("04/05/1996"),
        Err(BirthdateError::Ambiguous(vec![Birthdate::new(day(1996, 4, 5)), Birthdate::new(day(1996, 5, 4))]))
    );
    assert_eq!(read("9.4.1996").map_err(|error| matches!(error, BirthdateError::Ambiguous(_))), Err(true));
    assert_eq!(read("01/02/03").map_err(|error| matches!(error, BirthdateError::Ambiguous(_))), Err(true));
    for (text, error) in [
        ("", BirthdateError::Empty),
        ("2月30日", BirthdateError::Missing(DatePart::Year)),
        ("1996年2月30日", BirthdateError::NoSuchDay),
        ("1997/2/29", BirthdateError::NoSuchDay),
        ("1996/13/1", BirthdateError::NoSuchDay),
        ("平成95年4月9日", BirthdateError::NoSuchEraYear(Era::Heisei)),
        ("平成0年4月9日", BirthdateError::NoSuchEraYear(Era::Heisei)),
        ("8年4月9日", BirthdateError::NeedsEra),
        ("08/4/29", BirthdateError::NeedsEra),
        ("2030/1/1", BirthdateError::InFuture),
        ("令和20年1月1日", BirthdateError::InFuture),
        ("1700/1/1", BirthdateError::TooEarly),
        ("1996年", BirthdateError::Missing(DatePart::Month)),
        ("1996年4月", BirthdateError::Missing(DatePart::Day)),
        ("1996年(平成9年)4月9日", BirthdateError::CalendarsDisagree),
        ("たぶん春", BirthdateError::Unreadable),
        ("123456789", BirthdateError::Unreadable),
        ("1996/4/9/1", BirthdateError::Unreadable),
        ("平成8年 1996年4月9日", BirthdateError::Unreadable),
    ] {
        assert_eq!(read(text), Err(error.clone()), "{text}");
        for lang in [Lang::Ja, Lang::En] {
            assert!(!error.wording(lang).is_empty());
        }
    }
}

#[test]
fn three_boxes_are_read_with_their_era() {
    let boxes = |era: &str, year, month, day| {
        Birthdate::parse_boxes(&BirthdateBoxes { era: EraChoice::from_field(era).unwrap(), year, month, day }, today())
            .map(|entered| entered.value.date())
    };
    let expected = Ok(day(1996, 4, 9));
    for (era, y, m, d) in [
        ("seireki", "1996", "4", "9"),
        ("seireki", "１９９６", "０４", "０９"),
        ("heisei", "8", "4", "9"),
        ("heisei", "８年", "４月", "９日"),
        ("seireki", "平成8", "4", "9"),
        ("seireki", "H8年", "4", "9"),
        ("heisei", "1996", "4", "9"),
        ("seireki", "96", "4", "9"),
        ("seireki", "1996/4/9", "", ""),
        ("heisei", "平成8年4月9日", "", ""),
        ("seireki", "1996年", "April", "9"),
        ("heisei", "八", "四", "九"),
        ("showa", "71", "4", "9"),
    ] {
        assert_eq!(boxes(era, y, m, d), expected, "{era} {y} {m} {d}");
    }
    for year in ["元", "元年", "1"] {
        assert_eq!(boxes("heisei", year, "4", "9"), Ok(day(1989, 4, 9)), "{year}");
    }
    assert_eq!(boxes("seireki", "元", "4", "9"), Err(BirthdateError::Unreadable));
    for (era, y, m, d, error) in [
        ("seireki", "", "", "", BirthdateError::Empty),
        ("seireki", "1996", "", "9", BirthdateError::Missing(DatePart::Month)),
        ("seireki", "1996", "", "", BirthdateError::Missing(DatePart::Month)),
        ("seireki", "", "4", "9", BirthdateError::Missing(DatePart::Year)),
        ("seireki", "1996", "2", "30", BirthdateError::NoSuchDay),
        ("heisei", "95", "4", "9", BirthdateError::NoSuchEraYear(Era::Heisei)),
        ("seireki", "8", "4", "9", BirthdateError::NeedsEra),
        ("seireki", "abc", "4", "9", BirthdateError::Unreadable),
        ("seireki", "1996", "四月吉日", "9", BirthdateError::Unreadable),
    ] {
        assert_eq!(boxes(era, y, m, d), Err(error), "{era} {y} {m} {d}");
    }
}

#[test]
fn a_birthdate_is_shown_in_both_calendars_and_never_prints_itself() {
    let birthdate = Birthdate::new(day(1996, 4, 9));
    assert_eq!(birthdate.ja(), "1996年(平成8年)4月9日");
    assert_eq!(birthdate.en(), "9 April 1996 (Heisei 8)");
    assert_eq!(Birthdate::new(day(2019, 5, 1)).ja(), "2019年(令和元年)5月1日");
    let entered = Birthdate::parse("1996/4/9", today()).unwrap();
    assert!(!format!("{birthdate} {birthdate:?} {entered:?}").contains("1996"));
    assert_eq!(entered.raw, "1996/4/9");
}

#[test]
fn birthdates_one_slip_apart_are_near() {
    let near = |a: NaiveDate, b: NaiveDate| Birthdate::new(a).is_one_slip_from(Birthdate::new(b));
    for (a, b) in [
        (day(1996, 4, 9), day(1996, 9, 4)),
        (day(1996, 4, 9), day(1997, 4, 9)),
        (day(1989, 4, 9), day(1988, 4, 9)),
        (day(1988, 4, 9), day(2051, 4, 9)),
        (day(1996, 4, 9), day(1996, 4, 8)),
        (day(1996, 4, 12), day(1996, 4, 21)),
        (day(1996, 4, 9), day(1969, 4, 9)),
    ] {
        assert!(near(a, b), "{a} {b}");
    }
    assert!(!near(day(1996, 4, 9), day(1996, 4, 9)));
    assert!(!near(day(1996, 4, 9), day(1995, 5, 10)));
}
