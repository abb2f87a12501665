//! How people write a number, a birthdate, a name, an address: each notation has a name, so that each can be measured.

use chrono::{Datelike, NaiveDate};
use madoguchi::desk::account::AccountRecord;

use super::people::{Dice, age};

/// Somebody who writes.
pub struct Writer<'a> {
    pub account: &'a AccountRecord,
    /// Family and given name in Latin letters.
    pub romaji: &'a (String, String),
}

/// A notation; `None` when it does not exist for this person (no 元年, no variant of a character).
pub type Notation = (&'static str, fn(&Writer<'_>, &mut Dice) -> Option<String>);

pub fn full_width(text: &str) -> String {
    let wide = |c: char| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xFEE0).unwrap() } else { c };
    text.chars().map(wide).collect()
}

fn digits_as(text: &str, signs: &str) -> String {
    let signs: Vec<char> = signs.chars().collect();
    text.chars().map(|c| c.to_digit(10).map_or(c, |digit| signs[digit as usize])).collect()
}

/// 二十三, 千九百九十六, 十二万三千四百五十六.
pub fn kanji_value(mut number: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let mut out = String::new();
    if number >= 10_000 {
        out.push_str(&kanji_value(number / 10_000));
        out.push('万');
        number %= 10_000;
    }
    for (unit, name) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = (number / unit % 10) as usize;
        if digit > 0 {
            out.push_str(if digit == 1 && unit > 1 { "" } else { DIGITS[digit] });
            out.push_str(name);
        }
    }
    out
}

const KANJI: &str = "〇一二三四五六七八九";

fn n(w: &Writer<'_>) -> String {
    w.account.registration_number.value().to_string()
}

fn thousands(w: &Writer<'_>, between: &str) -> Option<String> {
    let text = n(w);
    (text.len() > 3).then(|| format!("{}{between}{}", &text[..text.len() - 3], &text[text.len() - 3..]))
}

fn spaced(text: &str, between: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(between)
}

pub const NUMBERS: &[Notation] = &[
    ("plain", |w, _| Some(n(w))),
    ("第…号", |w, _| Some(format!("第{}号", n(w)))),
    ("第 … 号", |w, _| Some(format!("第 {} 号", n(w)))),
    ("full width", |w, _| Some(full_width(&n(w)))),
    ("第…号 full width", |w, _| Some(format!("第{}号", full_width(&n(w))))),
    ("第…号 wide blanks", |w, _| Some(format!("第\u{3000}{}\u{3000}号", n(w)))),
    ("…号", |w, _| Some(format!("{}号", n(w)))),
    ("第…", |w, _| Some(format!("第{}", n(w)))),
    ("one zero before", |w, _| Some(format!("0{}", n(w)))),
    ("eight places", |w, _| Some(format!("{:0>8}", n(w)))),
    ("zeros full width", |w, _| Some(full_width(&format!("{:0>7}", n(w))))),
    ("comma", |w, _| thousands(w, ",")),
    ("wide comma", |w, _| thousands(w, "，")),
    ("wide with comma", |w, _| thousands(w, ",").map(|t| full_width(&t))),
    ("ideographic comma", |w, _| thousands(w, "、")),
    ("point", |w, _| thousands(w, ".")),
    ("blank", |w, _| thousands(w, " ")),
    ("hyphen", |w, _| thousands(w, "-")),
    ("wide hyphen", |w, _| thousands(w, "－")),
    ("minus sign", |w, _| thousands(w, "\u{2212}")),
    ("en dash", |w, _| thousands(w, "–")),
    ("kana dash", |w, _| thousands(w, "ー")),
    ("digits apart", |w, _| Some(spaced(&n(w), " "))),
    ("digits apart wide", |w, _| Some(spaced(&full_width(&n(w)), "\u{3000}"))),
    ("kanji digits", |w, _| Some(digits_as(&n(w), KANJI))),
    ("kanji digits with circle zero", |w, _| Some(digits_as(&n(w), "○一二三四五六七八九"))),
    ("kanji value", |w, _| Some(kanji_value(w.account.registration_number.value() as u32))),
    ("第 kanji value 号", |w, _| Some(format!("第{}号", kanji_value(w.account.registration_number.value() as u32)))),
    ("大字", |w, _| Some(digits_as(&n(w), "零壱弐参四五六七八九"))),
    ("万 between", |w, _| {
        let v = w.account.registration_number.value();
        (v > 10_000).then(|| format!("{}万{:04}", v / 10_000, v % 10_000)).filter(|t| !t.contains("万0"))
    }),
    ("rings", |w, _| Some(digits_as(&n(w), "⓪①②③④⑤⑥⑦⑧⑨"))),
    ("black rings", |w, _| Some(digits_as(&n(w), "⓿❶❷❸❹❺❻❼❽❾"))),
    ("superscript", |w, _| Some(digits_as(&n(w), "⁰¹²³⁴⁵⁶⁷⁸⁹"))),
    ("bold digits", |w, _| Some(digits_as(&n(w), "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"))),
    ("labelled", |w, _| Some(format!("医籍登録番号:{}", n(w)))),
    ("labelled 第…号", |w, _| Some(format!("医籍登録番号 第{}号", n(w)))),
    ("医籍第…号", |w, _| Some(format!("医籍第{}号", n(w)))),
    ("No.", |w, _| Some(format!("No.{}", n(w)))),
    ("Ｎｏ．", |w, _| Some(format!("Ｎｏ．{}", n(w)))),
    ("№", |w, _| Some(format!("№ {}", n(w)))),
    ("#", |w, _| Some(format!("＃{}", n(w)))),
    ("です", |w, _| Some(format!("{}です", n(w)))),
    ("番", |w, _| Some(format!("{}番", n(w)))),
    ("brackets", |w, _| Some(format!("（{}）", n(w)))),
    ("quotes", |w, _| Some(format!("「{}」", n(w)))),
    ("apostrophe before", |w, _| Some(format!("'{}", n(w)))),
    ("full stop", |w, _| Some(format!("{}。", n(w)))),
    ("tab and line end", |w, _| Some(format!("\t{}\r\n", n(w)))),
    ("invisible signs", |w, _| Some(format!("\u{FEFF}{}\u{200B}", spaced(&n(w), "\u{200B}")))),
    ("hard blank", |w, _| Some(format!("\u{A0}{}\u{A0}", n(w)))),
    ("point zero", |w, _| Some(format!("{}.0", n(w)))),
    ("date of registration after", |w, _| Some(format!("第{}号（平成25年5月1日）", n(w)))),
    ("letter O for zero", |w, _| n(w).contains('0').then(|| n(w).replacen('0', "O", 1))),
    ("letter l for one", |w, _| n(w).contains('1').then(|| n(w).replacen('1', "l", 1))),
];

struct Era {
    kanji: &'static str,
    short: &'static str,
    letter: char,
    sign: &'static str,
    year: i32,
}

fn era(d: NaiveDate) -> Era {
    let heisei = d >= NaiveDate::from_ymd_opt(1989, 1, 8).unwrap();
    if heisei {
        Era { kanji: "平成", short: "平", letter: 'H', sign: "㍻", year: d.year() - 1988 }
    } else {
        Era { kanji: "昭和", short: "昭", letter: 'S', sign: "㍼", year: d.year() - 1925 }
    }
}

fn birth(w: &Writer<'_>) -> (NaiveDate, i32, u32, u32, Era) {
    let d = w.account.birthdate.date();
    (d, d.year(), d.month(), d.day(), era(d))
}

fn with_era(w: &Writer<'_>, write: fn(&Era, u32, u32) -> String) -> Option<String> {
    let (_, _, m, d, e) = birth(w);
    Some(write(&e, m, d))
}

fn western(w: &Writer<'_>, write: fn(i32, u32, u32) -> String) -> Option<String> {
    let (_, y, m, d, _) = birth(w);
    Some(write(y, m, d))
}

/// Two digits are read only when the other reading is no age of a doctor.
fn short_year(w: &Writer<'_>, write: fn(i32, u32, u32) -> String) -> Option<String> {
    let (date, y, m, d, _) = birth(w);
    (y < 2000 && y % 100 > 31 && (21..=89).contains(&age(date))).then(|| write(y % 100, m, d))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month(m: u32) -> &'static str {
    MONTHS[m as usize - 1]
}

pub const BIRTHDATES: &[Notation] = &[
    ("1996-04-09", |w, _| western(w, |y, m, d| format!("{y}-{m:02}-{d:02}"))),
    ("1996/4/9", |w, _| western(w, |y, m, d| format!("{y}/{m}/{d}"))),
    ("1996/04/09", |w, _| western(w, |y, m, d| format!("{y}/{m:02}/{d:02}"))),
    ("1996.4.9", |w, _| western(w, |y, m, d| format!("{y}.{m}.{d}"))),
    ("1996年4月9日", |w, _| western(w, |y, m, d| format!("{y}年{m}月{d}日"))),
    ("1996年04月09日", |w, _| western(w, |y, m, d| format!("{y}年{m:02}月{d:02}日"))),
    ("1996 年 4 月 9 日", |w, _| western(w, |y, m, d| format!("{y} 年 {m} 月 {d} 日"))),
    ("西暦1996年4月9日", |w, _| western(w, |y, m, d| format!("西暦{y}年{m}月{d}日"))),
    ("1996年4月9日生まれ", |w, _| western(w, |y, m, d| format!("{y}年{m}月{d}日生まれ"))),
    ("1996年4月9日生", |w, _| western(w, |y, m, d| format!("{y}年{m}月{d}日生"))),
    ("19960409", |w, _| western(w, |y, m, d| format!("{y}{m:02}{d:02}"))),
    ("wide 19960409", |w, _| western(w, |y, m, d| full_width(&format!("{y}{m:02}{d:02}")))),
    ("wide slashes", |w, _| western(w, |y, m, d| full_width(&format!("{y}/{m}/{d}")))),
    ("wide hyphens", |w, _| western(w, |y, m, d| full_width(&format!("{y}-{m}-{d}")))),
    ("wide 年月日", |w, _| western(w, |y, m, d| full_width(&format!("{y}年{m}月{d}日")))),
    ("blanks", |w, _| western(w, |y, m, d| format!("{y} {m} {d}"))),
    ("commas", |w, _| western(w, |y, m, d| format!("{y},{m},{d}"))),
    ("middle dots", |w, _| western(w, |y, m, d| format!("{y}・{m}・{d}"))),
    ("kana dashes", |w, _| western(w, |y, m, d| format!("{y}ー{m}ー{d}"))),
    ("minus signs", |w, _| western(w, |y, m, d| format!("{y}\u{2212}{m:02}\u{2212}{d:02}"))),
    ("yen signs", |w, _| western(w, |y, m, d| format!("{y}¥{m}¥{d}"))),
    ("kanji digits", |w, _| {
        western(w, |y, m, d| format!("{}年{}月{}日", digits_as(&y.to_string(), KANJI), kanji_value(m), kanji_value(d)))
    }),
    ("kanji value", |w, _| {
        western(w, |y, m, d| format!("{}年{}月{}日", kanji_value(y as u32), kanji_value(m), kanji_value(d)))
    }),
    ("midnight", |w, _| western(w, |y, m, d| format!("{y}/{m:02}/{d:02} 0:00:00"))),
    ("instant", |w, _| western(w, |y, m, d| format!("{y}-{m:02}-{d:02}T00:00:00Z"))),
    ("9 April 1996", |w, _| western(w, |y, m, d| format!("{d} {} {y}", month(m)))),
    ("April 9, 1996", |w, _| western(w, |y, m, d| format!("{} {d}, {y}", month(m)))),
    ("Apr. 9, 1996", |w, _| western(w, |y, m, d| format!("{}. {d}, {y}", &month(m)[..3]))),
    ("9-APR-1996", |w, _| western(w, |y, m, d| format!("{d}-{}-{y}", month(m)[..3].to_uppercase()))),
    ("9th of April 1996", |w, _| western(w, |y, m, d| format!("{d}th of {} {y}", month(m)))),
    ("weekday first", |w, _| {
        let (date, ..) = birth(w);
        Some(date.format("%A, %B %-d, %Y").to_string())
    }),
    ("day over 12 first", |w, _| {
        let (_, y, m, d, _) = birth(w);
        (d > 12).then(|| format!("{d:02}/{m:02}/{y}"))
    }),
    ("weekday in brackets", |w, _| western(w, |y, m, d| format!("{y}年{m}月{d}日(火)"))),
    ("平成8年4月9日", |w, _| with_era(w, |e, m, d| format!("{}{}年{m}月{d}日", e.kanji, e.year))),
    ("平成08年04月09日", |w, _| with_era(w, |e, m, d| format!("{}{:02}年{m:02}月{d:02}日", e.kanji, e.year))),
    ("平成 8 年 4 月 9 日", |w, _| with_era(w, |e, m, d| format!("{} {} 年 {m} 月 {d} 日", e.kanji, e.year))),
    ("wide era", |w, _| with_era(w, |e, m, d| full_width(&format!("{}{}年{m}月{d}日", e.kanji, e.year)))),
    ("kanji era", |w, _| {
        with_era(w, |e, m, d| {
            format!("{}{}年{}月{}日", e.kanji, kanji_value(e.year as u32), kanji_value(m), kanji_value(d))
        })
    }),
    ("平成8.4.9", |w, _| with_era(w, |e, m, d| format!("{}{}.{m}.{d}", e.kanji, e.year))),
    ("平成8/4/9", |w, _| with_era(w, |e, m, d| format!("{}{}/{m}/{d}", e.kanji, e.year))),
    ("平8.4.9", |w, _| with_era(w, |e, m, d| format!("{}{}.{m}.{d}", e.short, e.year))),
    ("平8年4月9日", |w, _| with_era(w, |e, m, d| format!("{}{}年{m}月{d}日", e.short, e.year))),
    ("㍻8年4月9日", |w, _| with_era(w, |e, m, d| format!("{}{}年{m}月{d}日", e.sign, e.year))),
    ("H8.4.9", |w, _| with_era(w, |e, m, d| format!("{}{}.{m}.{d}", e.letter, e.year))),
    ("h8/4/9", |w, _| with_era(w, |e, m, d| format!("{}{}/{m}/{d}", e.letter.to_ascii_lowercase(), e.year))),
    ("H08-04-09", |w, _| with_era(w, |e, m, d| format!("{}{:02}-{m:02}-{d:02}", e.letter, e.year))),
    ("Ｈ８．４．９", |w, _| with_era(w, |e, m, d| full_width(&format!("{}{}.{m}.{d}", e.letter, e.year)))),
    ("H.8.4.9", |w, _| with_era(w, |e, m, d| format!("{}.{}.{m}.{d}", e.letter, e.year))),
    ("H8年4月9日", |w, _| with_era(w, |e, m, d| format!("{}{}年{m}月{d}日", e.letter, e.year))),
    ("H080409", |w, _| with_era(w, |e, m, d| format!("{}{:02}{m:02}{d:02}", e.letter, e.year))),
    ("Heisei 8", |w, _| {
        with_era(w, |e, m, d| format!("{} {}/{m}/{d}", if e.letter == 'H' { "Heisei" } else { "Showa" }, e.year))
    }),
    ("へいせい", |w, _| {
        with_era(w, |e, m, d| {
            format!("{}{}年{m}月{d}日", if e.letter == 'H' { "へいせい" } else { "しょうわ" }, e.year)
        })
    }),
    ("元年", |w, _| {
        let (_, _, m, d, e) = birth(w);
        (e.year == 1).then(|| format!("{}元年{m}月{d}日", e.kanji))
    }),
    ("H元", |w, _| {
        let (_, _, m, d, e) = birth(w);
        (e.year == 1).then(|| format!("{}元.{m}.{d}", e.letter))
    }),
    ("impossible tail", |w, _| {
        let (_, y, m, d, e) = birth(w);
        (e.letter == 'H').then(|| format!("昭和{}年{m}月{d}日", y - 1925))
    }),
    ("both calendars", |w, _| {
        let (_, y, m, d, e) = birth(w);
        Some(format!("{y}年({}{}年){m}月{d}日", e.kanji, e.year))
    }),
    ("both calendars, era first", |w, _| {
        let (_, y, m, d, e) = birth(w);
        Some(format!("{}{}年({y}年){m}月{d}日", e.kanji, e.year))
    }),
    ("both calendars, whole in brackets", |w, _| {
        let (_, y, m, d, e) = birth(w);
        Some(format!("{y}/{m}/{d}（{}{}.{m}.{d}）", e.letter, e.year))
    }),
    ("96/4/9", |w, _| short_year(w, |y, m, d| format!("{y:02}/{m}/{d}"))),
    ("96年4月9日", |w, _| short_year(w, |y, m, d| format!("{y:02}年{m}月{d}日"))),
    ("'96.4.9", |w, _| short_year(w, |y, m, d| format!("'{y:02}.{m}.{d}"))),
    ("960409", |w, _| short_year(w, |y, m, d| format!("{y:02}{m:02}{d:02}"))),
    ("labelled", |w, _| western(w, |y, m, d| format!("生年月日：{y}年{m}月{d}日"))),
];

/// Old and variant forms of the characters in a name.
pub fn old_forms(text: &str) -> String {
    const OLD: [(char, char); 34] = [
        ('高', '髙'),
        ('崎', '﨑'),
        ('辺', '邊'),
        ('斎', '齊'),
        ('浜', '濵'),
        ('沢', '澤'),
        ('徳', '德'),
        ('柳', '栁'),
        ('島', '嶌'),
        ('国', '國'),
        ('恵', '惠'),
        ('桜', '櫻'),
        ('真', '眞'),
        ('広', '廣'),
        ('富', '冨'),
        ('曽', '曾'),
        ('栄', '榮'),
        ('礼', '禮'),
        ('竜', '龍'),
        ('実', '實'),
        ('関', '關'),
        ('渋', '澁'),
        ('峰', '峯'),
        ('黒', '黑'),
        ('寿', '壽'),
        ('弥', '彌'),
        ('薫', '薰'),
        ('靖', '靖'),
        ('条', '條'),
        ('桧', '檜'),
        ('薮', '籔'),
        ('鶴', '靏'),
        ('澄', '澂'),
        ('清', '淸'),
    ];
    text.chars().map(|c| OLD.iter().find(|(new, _)| *new == c).map_or(c, |(_, old)| *old)).collect()
}

/// The forms of the 常用漢字.
pub fn new_forms(text: &str) -> String {
    const NEW: [(char, char); 26] = [
        ('髙', '高'),
        ('﨑', '崎'),
        ('邉', '辺'),
        ('邊', '辺'),
        ('齋', '斎'),
        ('濱', '浜'),
        ('澤', '沢'),
        ('德', '徳'),
        ('栁', '柳'),
        ('嶋', '島'),
        ('國', '国'),
        ('惠', '恵'),
        ('櫻', '桜'),
        ('眞', '真'),
        ('廣', '広'),
        ('冨', '富'),
        ('曾', '曽'),
        ('禮', '礼'),
        ('龍', '竜'),
        ('壽', '寿'),
        ('彌', '弥'),
        ('條', '条'),
        ('瀧', '滝'),
        ('凜', '凛'),
        ('𠮷', '吉'),
        ('檜', '桧'),
    ];
    text.chars().map(|c| NEW.iter().find(|(old, _)| *old == c).map_or(c, |(_, new)| *new)).collect()
}

pub fn half_width(kana: &str) -> String {
    const FULL: &str = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー";
    const HALF: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰ";
    const VOICED: &str = "ガカギキグクゲケゴコザサジシズスゼセゾソダタヂチヅツデテドトバハビヒブフベヘボホヴウ";
    const ROUND: &str = "パハピヒプフペヘポホ";
    let pair = |list: &str, c: char| {
        let list: Vec<char> = list.chars().collect();
        list.chunks(2).find(|pair| pair[0] == c).map(|pair| pair[1])
    };
    let half = |c: char| FULL.chars().position(|f| f == c).and_then(|at| HALF.chars().nth(at)).unwrap_or(c);
    kana.chars()
        .flat_map(|c| match (pair(VOICED, c), pair(ROUND, c)) {
            (Some(plain), _) => vec![half(plain), 'ﾞ'],
            (_, Some(plain)) => vec![half(plain), 'ﾟ'],
            _ => vec![half(c)],
        })
        .collect()
}

fn hiragana(kana: &str) -> String {
    kana.chars()
        .map(|c| if ('ァ'..='ヶ').contains(&c) { char::from_u32(u32::from(c) - 0x60).unwrap() } else { c })
        .collect()
}

fn has_kanji(text: &str) -> bool {
    text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c) || c > '\u{FFFF}')
}

fn title(word: &str) -> String {
    word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect()
}

/// From Hepburn to Kunrei.
fn kunrei(word: &str) -> String {
    [
        ("sho", "syo"),
        ("shu", "syu"),
        ("sha", "sya"),
        ("shi", "si"),
        ("cho", "tyo"),
        ("chu", "tyu"),
        ("chi", "ti"),
        ("tsu", "tu"),
        ("jo", "zyo"),
        ("ju", "zyu"),
        ("ji", "zi"),
        ("fu", "hu"),
    ]
    .iter()
    .fold(word.to_lowercase(), |word, (hepburn, kunrei)| word.replace(hepburn, kunrei))
}

fn latin(w: &Writer<'_>, write: fn(&str, &str) -> String) -> Option<String> {
    // Of a foreign name in kana nobody knows the Latin spelling.
    (has_kanji(&w.account.family_name) || has_kanji(&w.account.given_name)).then(|| write(&w.romaji.0, &w.romaji.1))
}

fn parts<'a>(w: &Writer<'a>) -> (&'a str, &'a str) {
    (&w.account.family_name, &w.account.given_name)
}

fn kana<'a>(w: &Writer<'a>) -> (&'a str, &'a str) {
    (&w.account.family_kana, &w.account.given_kana)
}

fn former(w: &Writer<'_>) -> Option<String> {
    let name = w.account.former_names.first()?;
    Some(name.split(' ').next().unwrap_or(name).to_owned())
}

fn changed(was: String, now: String) -> Option<String> {
    (was != now).then_some(now)
}

/// What stands in the name box.
pub const NAMES: &[Notation] = &[
    ("blank between", |w, _| Some(format!("{} {}", parts(w).0, parts(w).1))),
    ("wide blank between", |w, _| Some(format!("{}\u{3000}{}", parts(w).0, parts(w).1))),
    ("no blank", |w, _| Some(format!("{}{}", parts(w).0, parts(w).1))),
    ("many blanks", |w, _| Some(format!("  {}   {} \t", parts(w).0, parts(w).1))),
    ("hard blank", |w, _| Some(format!("{}\u{A0}{}", parts(w).0, parts(w).1))),
    ("middle dot", |w, _| Some(format!("{}・{}", parts(w).0, parts(w).1))),
    ("comma", |w, _| Some(format!("{},{}", parts(w).0, parts(w).1))),
    ("characters apart", |w, _| Some(spaced(&format!("{}{}", parts(w).0, parts(w).1), " "))),
    ("様", |w, _| Some(format!("{}{} 様", parts(w).0, parts(w).1))),
    ("です", |w, _| Some(format!("{}{}です", parts(w).0, parts(w).1))),
    ("labelled", |w, _| Some(format!("氏名：{} {}", parts(w).0, parts(w).1))),
    ("old forms", |w, _| {
        let whole = format!("{} {}", parts(w).0, parts(w).1);
        changed(whole.clone(), old_forms(&whole))
    }),
    ("new forms", |w, _| {
        let whole = format!("{} {}", parts(w).0, parts(w).1);
        changed(whole.clone(), new_forms(&whole))
    }),
    ("variation selectors", |w, _| {
        Some(
            format!("{} {}", parts(w).0, parts(w).1)
                .chars()
                .flat_map(|c| if has_kanji(&c.to_string()) { vec![c, '\u{E0100}'] } else { vec![c] })
                .collect(),
        )
    }),
    ("standard variants", |w, _| Some(format!("{}\u{FE00} {}", parts(w).0, parts(w).1))),
    ("々 written out", |w, _| {
        let whole = format!("{} {}", parts(w).0, parts(w).1);
        let signs: Vec<char> = whole.chars().collect();
        let out = (0..signs.len()).map(|at| if signs[at] == '々' { signs[at - 1] } else { signs[at] }).collect();
        changed(whole, out)
    }),
    ("ケ for ヶ", |w, _| {
        let whole = format!("{}{}", parts(w).0, parts(w).1);
        changed(whole.clone(), whole.replace('ヶ', "ケ"))
    }),
    ("ー for 一", |w, _| {
        let whole = format!("{} {}", parts(w).0, parts(w).1);
        changed(whole.clone(), whole.replace('一', "ー"))
    }),
    ("given name first", |w, _| Some(format!("{} {}", parts(w).1, parts(w).0))),
    ("reading in brackets", |w, _| Some(format!("{} {}（{} {}）", parts(w).0, parts(w).1, kana(w).0, kana(w).1))),
    ("specialty in brackets", |w, _| Some(format!("{} {}（内科）", parts(w).0, parts(w).1))),
    ("katakana", |w, _| Some(format!("{} {}", kana(w).0, kana(w).1))),
    ("katakana in one", |w, _| Some(format!("{}{}", kana(w).0, kana(w).1))),
    ("hiragana", |w, _| Some(hiragana(&format!("{} {}", kana(w).0, kana(w).1)))),
    ("half-width kana", |w, _| Some(half_width(&format!("{} {}", kana(w).0, kana(w).1)))),
    ("family kanji, given kana", |w, _| Some(format!("{} {}", parts(w).0, kana(w).1))),
    ("former name", |w, _| former(w).map(|former| format!("{former} {}", parts(w).1))),
    ("former name in brackets", |w, _| former(w).map(|f| format!("{}（旧姓 {f}） {}", parts(w).0, parts(w).1))),
    ("new name, former behind", |w, _| Some(format!("新婚 {}（旧姓：{}）", parts(w).1, parts(w).0))),
    ("new name, former between", |w, _| Some(format!("新婚({}){}", parts(w).0, parts(w).1))),
    ("new name, 旧姓 without brackets", |w, _| Some(format!("新婚 {} 旧姓{}", parts(w).1, parts(w).0))),
    ("Watanabe Taro", |w, _| latin(w, |f, g| format!("{} {}", title(f), title(g)))),
    ("Taro Watanabe", |w, _| latin(w, |f, g| format!("{} {}", title(g), title(f)))),
    ("WATANABE Taro", |w, _| latin(w, |f, g| format!("{} {}", f.to_uppercase(), title(g)))),
    ("WATANABE, Taro", |w, _| latin(w, |f, g| format!("{}, {}", f.to_uppercase(), title(g)))),
    ("watanabetaro", |w, _| latin(w, |f, g| format!("{f}{g}"))),
    ("TaroWatanabe", |w, _| latin(w, |f, g| format!("{}{}", title(g), title(f)))),
    ("wide Latin", |w, _| latin(w, |f, g| full_width(&format!("{} {}", f.to_uppercase(), g.to_uppercase())))),
    ("Kunrei", |w, _| latin(w, |f, g| format!("{} {}", title(&kunrei(f)), title(&kunrei(g))))),
    ("Dr.", |w, _| latin(w, |f, g| format!("Dr. {} {}", title(g), title(f)))),
    ("vowels written long", |w, _| {
        (has_kanji(parts(w).0) && !w.account.family_kana.contains('ョ')).then(|| {
            let long = |latin: &str, kana: &str| {
                if kana.ends_with("ウ") && latin.ends_with('o') { format!("{latin}u") } else { latin.to_owned() }
            };
            format!("{} {}", long(&w.romaji.0, kana(w).0), long(&w.romaji.1, kana(w).1))
        })
    }),
    ("passport OH", |w, _| {
        (has_kanji(parts(w).0) && (kana(w).0.ends_with('ウ') || kana(w).0.starts_with("オオ")))
            .then(|| {
                let family = &w.romaji.0;
                let family = if kana(w).0.ends_with("トウ") {
                    format!("{family}h")
                } else {
                    family.replacen('o', "oh", usize::from(kana(w).0.starts_with("オオ")))
                };
                format!("{} {}", family.to_uppercase(), w.romaji.1.to_uppercase())
            })
            .filter(|_| {
                !kana(w).0.starts_with("オオ")
                    || !matches!(w.romaji.0.chars().nth(1), Some('a' | 'i' | 'u' | 'e' | 'o'))
            })
    }),
];

/// What stands in the kana box.
pub const KANA: &[Notation] = &[
    ("kana: katakana", |w, _| Some(format!("{} {}", kana(w).0, kana(w).1))),
    ("kana: wide blank", |w, _| Some(format!("{}\u{3000}{}", kana(w).0, kana(w).1))),
    ("kana: in one", |w, _| Some(format!("{}{}", kana(w).0, kana(w).1))),
    ("kana: hiragana", |w, _| Some(hiragana(&format!("{} {}", kana(w).0, kana(w).1)))),
    ("kana: half width", |w, _| Some(half_width(&format!("{} {}", kana(w).0, kana(w).1)))),
    ("kana: middle dot", |w, _| Some(format!("{}・{}", kana(w).0, kana(w).1))),
    ("kana: large small signs", |w, _| {
        let whole = format!("{} {}", kana(w).0, kana(w).1);
        changed(whole.clone(), whole.replace('ョ', "ヨ").replace('ュ', "ユ").replace('ャ', "ヤ").replace('ッ', "ツ"))
    }),
    ("kana: long marks", |w, _| {
        let whole = format!("{} {}", kana(w).0, kana(w).1);
        changed(
            whole.clone(),
            whole.replace("ョウ", "ョー").replace("ュウ", "ュー").replace("オオ", "オー").replace("トウ", "トー"),
        )
    }),
    ("kana: ズ for ヅ", |w, _| {
        let whole = format!("{} {}", kana(w).0, kana(w).1);
        changed(whole.clone(), whole.replace('ヅ', "ズ"))
    }),
    ("kana: voicing apart", |w, _| {
        let whole = format!("{} {}", kana(w).0, kana(w).1);
        changed(
            whole.clone(),
            whole.replace('ザ', "サ゛").replace('ダ', "タ゛").replace('ブ', "フ゛").replace('ガ', "カ゛"),
        )
    }),
    ("kana: combining voice", |w, _| {
        let whole = format!("{} {}", kana(w).0, kana(w).1);
        changed(
            whole.clone(),
            whole.replace('ザ', "サ\u{3099}").replace('ベ', "ヘ\u{3099}").replace('ガ', "カ\u{3099}"),
        )
    }),
    ("kana: romaji", |w, _| latin(w, |f, g| format!("{} {}", title(f), title(g)))),
    ("kana: given first", |w, _| Some(format!("{} {}", kana(w).1, kana(w).0))),
];

fn mail<'a>(w: &Writer<'a>) -> Option<&'a str> {
    Some(w.account.email.as_str()).filter(|mail| !mail.is_empty())
}

pub const EMAILS: &[Notation] = &[
    ("plain", |w, _| Some(mail(w)?.to_owned())),
    ("upper case", |w, _| Some(mail(w)?.to_uppercase())),
    ("first letter upper", |w, _| Some(title(mail(w)?))),
    ("full width", |w, _| Some(full_width(mail(w)?))),
    ("wide at", |w, _| Some(mail(w)?.replace('@', "＠"))),
    ("wide dots", |w, _| Some(mail(w)?.replace('.', "．"))),
    ("trailing dot", |w, _| Some(format!("{}.", mail(w)?))),
    ("trailing 。", |w, _| Some(format!("{}。", mail(w)?))),
    ("angle brackets", |w, _| Some(format!("<{}>", mail(w)?))),
    ("name and brackets", |w, _| Some(format!("{} <{}>", parts(w).0, mail(w)?))),
    ("mailto", |w, _| Some(format!("mailto:{}", mail(w)?))),
    ("MAILTO", |w, _| Some(format!("MAILTO:{}", mail(w)?))),
    ("blanks around", |w, _| Some(format!(" \u{3000}{}\t", mail(w)?))),
    ("blanks at the at", |w, _| Some(mail(w)?.replace('@', " @ "))),
    ("zero width", |w, _| Some(mail(w)?.replace('@', "\u{200B}@\u{2060}"))),
    ("quotes", |w, _| Some(format!("「{}」", mail(w)?))),
    ("double quotes", |w, _| Some(format!("\"{}\"", mail(w)?))),
    ("labelled", |w, _| Some(format!("メール：{}", mail(w)?))),
    ("line end", |w, _| Some(format!("{}\r\n", mail(w)?))),
    ("trailing comma", |w, _| Some(format!("{},", mail(w)?))),
    ("semicolon", |w, _| Some(format!("{};", mail(w)?))),
    ("typographic hyphen", |w, _| changed(mail(w)?.to_owned(), mail(w)?.replace('-', "\u{2010}"))),
    ("[at]", |w, _| Some(mail(w)?.replace('@', "[at]"))),
    ("byte order mark", |w, _| Some(format!("\u{FEFF}{}", mail(w)?))),
];
