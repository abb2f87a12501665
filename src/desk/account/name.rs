//! Names as keys: what two writings of one name have in common. Never shown; the typed glyphs stay beside.

use super::fold::fold;
use super::kana::{is_kana, is_latin, is_separator, kana_key_of_folded, romaji_of_kana, romaji_parts, to_katakana};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The groups of characters that stand for one another (see the file's head).
const KANJI: &str = include_str!("../../../config/account_kanji.txt");

struct Variants {
    same: HashMap<char, char>,
    near: HashMap<char, char>,
}

static VARIANTS: LazyLock<Variants> = LazyLock::new(|| {
    let mut variants = Variants { same: HashMap::new(), near: HashMap::new() };
    let mut near = false;
    for line in KANJI.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line == "[near]" {
            near = true;
            continue;
        }
        let mut signs = line.chars();
        if let Some(first) = signs.next() {
            let map = if near { &mut variants.near } else { &mut variants.same };
            map.extend(signs.map(|sign| (sign, first)));
        }
    }
    variants
});

/// The key of a name or part of one: without spaces and variation selectors, 々 written out, variants folded, kana as large
/// katakana where the size is only a habit (ヶ ッ), Latin letters in lower case.
pub fn name_key(text: &str) -> String {
    key_of_folded(&fold(text))
}

fn key_of_folded(folded: &str) -> String {
    let variants = &*VARIANTS;
    let mut out = String::with_capacity(folded.len());
    let mut previous = None;
    for c in folded.chars().filter(|c| !is_separator(*c)) {
        if c == '-' && previous.is_some_and(|before: char| before.is_ascii()) {
            // Smith-Jones and Smith Jones.
            continue;
        }
        let c = match (c, previous) {
            ('々' | '〻' | '仝' | 'ゝ' | 'ヽ', Some(before)) => before,
            _ => c,
        };
        let c = match to_katakana(c) {
            'ヶ' => 'ケ',
            'ヵ' => 'カ',
            'ッ' => 'ツ',
            'ヂ' => 'ジ',
            'ヅ' => 'ズ',
            'ヲ' => 'オ',
            other => look_alike(other),
        };
        let c = variants.same.get(&c).copied().unwrap_or(c);
        previous = Some(c);
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// Kanji that keyboards and readers of paper give as kana, or the other way: 健ー, 健ニ, ハ木, エ藤.
fn look_alike(c: char) -> char {
    match c {
        '一' | '\u{2014}' | '\u{2015}' | '\u{2212}' | '-' => 'ー',
        '二' => 'ニ',
        '八' => 'ハ',
        '力' => 'カ',
        '工' => 'エ',
        '口' => 'ロ',
        '夕' => 'タ',
        other => other,
    }
}

/// Whether two keys are the same but for characters that people confuse (嶺 and 峰): such names are near.
pub(super) fn is_confusable(a: &str, b: &str) -> bool {
    let near = |c: char| VARIANTS.near.get(&c).copied().unwrap_or(c);
    let (mut a, mut b) = (a.chars(), b.chars());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(x), Some(y)) if x == y || near(x) == near(y) => {}
            _ => return false,
        }
    }
}

/// Whether two keys are alike: Jaro–Winkler of 0.9 and more.
pub(super) fn is_alike(a: &str, b: &str) -> bool {
    could_be_alike(a, b) && strsim::jaro_winkler(a, b) >= ALIKE
}

const ALIKE: f64 = 0.9;

/// A bound that costs nothing: the similarity if every sign that both have stood in its place.
fn could_be_alike(a: &str, b: &str) -> bool {
    const LONGEST: usize = 48;
    let (mut left, mut right) = (['\0'; LONGEST], ['\0'; LONGEST]);
    let fill = |text: &str, into: &mut [char; LONGEST]| {
        let mut count = 0;
        for c in text.chars() {
            if count == LONGEST {
                return None;
            }
            into[count] = c;
            count += 1;
        }
        Some(count)
    };
    let (Some(m), Some(n)) = (fill(a, &mut left), fill(b, &mut right)) else { return true };
    if m == 0 || n == 0 {
        return m == n;
    }
    let (left, right) = (&left[..m], &right[..n]);
    let mut common = 0u8;
    let mut taken = 0u64;
    for c in left {
        if let Some(at) = right.iter().enumerate().position(|(at, other)| other == c && taken >> at & 1 == 0) {
            taken |= 1 << at;
            common += 1;
        }
    }
    let prefix = left.iter().zip(right).take(4).take_while(|(x, y)| x == y).count();
    let share = |of: usize| f64::from(common) / of as f64;
    let jaro = if common == 0 { 0.0 } else { (share(m) + share(n) + 1.0) / 3.0 };
    jaro + 0.1 * prefix as f64 * (1.0 - jaro) >= ALIKE - 1e-9
}

/// The keys of one written name, as far as its parts are known.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct WrittenName {
    /// Family and given name joined in the order written.
    pub whole: String,
    /// The two parts, when a space or dot parts exactly two.
    pub parts: Option<(String, String)>,
    /// Where the family name ends was guessed.
    pub is_guessed: bool,
}

impl WrittenName {
    fn of_parts(parts: Vec<String>) -> Self {
        let whole = parts.concat();
        let mut parts = parts.into_iter();
        let parts = match (parts.next(), parts.next(), parts.next()) {
            (Some(first), Some(second), None) => Some((first, second)),
            _ => None,
        };
        Self { whole, parts, is_guessed: false }
    }

    /// Given name first: 太郎 山田, Taro Yamada.
    pub fn reversed(&self) -> Option<String> {
        self.parts.as_ref().map(|(first, second)| format!("{second}{first}"))
    }
}

/// A name box, read: the same text may be a writing, a reading (kana) or a romanisation.
#[derive(Clone, Default)]
pub(super) struct NameBox {
    /// Writings: the name itself, and with a former family name in brackets exchanged.
    pub written: Vec<WrittenName>,
    /// Readings found in the box: all of it in kana, or kana in brackets.
    pub kana: Vec<WrittenName>,
    /// Romanisations found in the box.
    pub romaji: Vec<WrittenName>,
}

impl NameBox {
    /// Reads a name box: 山田 太郎, 山田太郎様, 山田(旧姓 佐藤)太郎, 山田太郎(ヤマダタロウ), ヤマダ タロウ, Yamada Taro, YAMADA, Taro.
    pub fn read(text: &str) -> Self {
        let folded = without_labels(&fold(text));
        let (main, mut asides) = without_brackets(&folded);
        let main = second_writing(main, &mut asides);
        let main = former_aside(&main, &mut asides);
        let main = without_courtesy(&main);
        let mut name = Self::default();
        name.take(main);
        for aside in asides {
            let aside = aside.trim();
            if let Some(former) = former_name(aside) {
                name.take_former(former);
                continue;
            }
            if is_kana(aside) || is_latin(aside) {
                name.take(aside);
            }
            if is_kana(main) && is_kana(aside) {
                // ヤマダ(タロウ)
                name.take(&format!("{main} {aside}"));
            }
            // 山田(佐藤)太郎, 新婚(スミス)ジョン: another family name, or the whole name once more.
            name.take_former(aside);
        }
        name
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    fn take(&mut self, text: &str) {
        let parts: Vec<&str> = text.split(is_separator).filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            return;
        }
        if is_kana(text) {
            let mut reading = WrittenName::of_parts(parts.iter().map(|part| kana_key_of_folded(part)).collect());
            // The whole is keyed as one, since a vowel may be prolonged across the space between the parts.
            reading.whole = kana_key_of_folded(text);
            self.kana.push(reading);
            self.romaji.push(WrittenName::of_parts(parts.iter().map(|part| romaji_of_kana(part)).collect()));
        } else if is_latin(text) {
            self.romaji.push(WrittenName::of_parts(romaji_parts(text)));
        }
        let mut written = WrittenName::of_parts(parts.iter().map(|part| key_of_folded(part)).collect());
        // 佐 々 木: a sign may repeat the one before the blank.
        written.whole = key_of_folded(text);
        self.written.push(written);
    }

    /// 旧姓 in brackets: the name may be on record under it.
    fn take_former(&mut self, former: &str) {
        let former_key = key_of_folded(former);
        let Some(current) = self.written.first().cloned() else { return };
        if former_key.is_empty() {
            return;
        }
        match &current.parts {
            Some((_, given)) => {
                self.written.push(WrittenName::of_parts(vec![former_key.clone(), given.clone()]));
                self.written.push(WrittenName { whole: former_key, ..WrittenName::default() });
            }
            None => {
                let signs: Vec<char> = current.whole.chars().collect();
                for at in 1..signs.len().min(5) {
                    let given: String = signs[at..].iter().collect();
                    let cut = WrittenName::of_parts(vec![former_key.clone(), given]);
                    self.written.push(WrittenName { is_guessed: true, ..cut });
                }
                self.written.push(WrittenName { whole: former_key, ..WrittenName::default() });
            }
        }
    }
}

/// 山田花子 旧姓佐藤, 旧姓 佐藤 山田花子: the former name without brackets goes to the asides.
fn former_aside(main: &str, asides: &mut Vec<String>) -> String {
    let Some(at) = main.find("旧姓") else { return main.to_owned() };
    let (before, after) = (main[..at].trim(), &main[at..]);
    if !before.is_empty() {
        asides.push(after.to_owned());
        return before.trim_end_matches(['/', '・', '、', ',']).trim_end().to_owned();
    }
    let former = former_name(after).unwrap_or("");
    match former.split_once([' ', '、', ',']) {
        Some((former, rest)) if !rest.trim().is_empty() => {
            asides.push(format!("旧姓{former}"));
            rest.trim().to_owned()
        }
        _ => main.to_owned(),
    }
}

/// 姓:山田 名:太郎, セイ:ヤマダ メイ:タロウ, "山田太郎": what only says which box it is.
fn without_labels(folded: &str) -> String {
    let mut text = folded.trim_matches(['"', '\'', '“', '”', '‘', '’', '『', '』']).to_owned();
    for label in ["姓:", "名:", "氏:", "セイ:", "メイ:", "せい:", "めい:"] {
        // Not within another word: 旧姓:, 氏名: mean something else.
        if let Some(rest) = text.strip_prefix(label) {
            text = rest.to_owned();
        }
        text = text.replace(&format!(" {label}"), " ");
    }
    text = text.replace("(姓)", " ").replace("(名)", " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// 山田太郎/ヤマダタロウ, 山田 太郎 / Yamada Taro: the name once more in another notation.
fn second_writing(main: String, asides: &mut Vec<String>) -> String {
    let Some((first, second)) = main.split_once('/') else { return main };
    let (first, second) = (first.trim(), second.trim());
    let is_other_notation = !first.is_empty()
        && !second.contains('/')
        && (is_kana(second) || is_latin(second))
        && (is_kana(first), is_latin(first)) != (is_kana(second), is_latin(second))
        && second.chars().filter(|c| !is_separator(*c)).count() > 3;
    if !is_other_notation {
        return main;
    }
    asides.push(second.to_owned());
    first.to_owned()
}

fn without_brackets(text: &str) -> (String, Vec<String>) {
    let (mut main, mut asides, mut depth, mut aside) = (String::new(), Vec::new(), 0u32, String::new());
    for c in text.chars() {
        match c {
            '(' | '[' | '〔' | '【' | '「' | '<' | '《' | '［' => {
                depth += 1;
                if depth == 1 {
                    main.push(' ');
                }
            }
            ')' | ']' | '〕' | '】' | '」' | '>' | '》' | '］' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    asides.push(std::mem::take(&mut aside));
                }
            }
            c if depth > 0 => aside.push(c),
            c => main.push(c),
        }
    }
    if !aside.is_empty() {
        asides.push(aside);
    }
    let trimmed = main.split_whitespace().collect::<Vec<_>>().join(" ");
    if trimmed.is_empty() && !asides.is_empty() { (asides.remove(0), asides) } else { (trimmed, asides) }
}

/// ○○病院 山田太郎, ○○大学の山田太郎: where somebody works.
fn without_workplace(name: &str) -> &str {
    let places = ["病院", "大学", "医院", "クリニック", "センター"];
    let after = places.iter().filter_map(|place| name.rfind(place).map(|at| &name[at + place.len()..]));
    let rest = after.min_by_key(|rest| rest.len()).and_then(|rest| rest.strip_prefix(['の', ' ']));
    rest.filter(|rest| rest.chars().count() > 1).unwrap_or(name)
}

/// Words before and after a name that are no part of it.
fn without_courtesy(name: &str) -> &str {
    let mut name = without_workplace(name.trim());
    for label in [
        "氏名:",
        "氏名 ",
        "氏 名:",
        "私は",
        "私、",
        "専攻医 ",
        "医師 ",
        "名前:",
        "お名前:",
        "フリガナ:",
        "ふりがな:",
        "name:",
        "Name:",
        "Prof. ",
        "Dr. ",
        "Dr ",
        "Mr. ",
        "Ms. ",
    ] {
        name = name.strip_prefix(label).unwrap_or(name).trim_start();
    }
    let tails = [
        "と申します",
        "です",
        "。",
        "様",
        "殿",
        "先生",
        "医師",
        "さん",
        " 拝",
        " PhD",
        ", PhD",
        ", MD",
        ", M.D.",
        " M.D.",
        " MD",
    ];
    for tail in tails {
        let rest = name.strip_suffix(tail).unwrap_or(name).trim_end();
        if !rest.is_empty() {
            name = rest;
        }
    }
    name
}

fn former_name(aside: &str) -> Option<&str> {
    ["旧姓名", "旧姓", "旧氏名", "旧氏", "旧名", "旧", "現姓", "現", "戸籍名", "née", "nee "]
        .iter()
        .find_map(|word| aside.strip_prefix(word))
        .map(|rest| rest.trim_start_matches([':', '・', ' ', '.', 'は', '=']).trim_end_matches("姓"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_of_one_name_have_one_key() {
        for (a, b) in [
            ("髙橋", "高橋"),
            ("山﨑", "山崎"),
            ("山嵜", "山崎"),
            ("渡邉", "渡辺"),
            ("渡邊", "渡辺"),
            ("渡\u{908A}\u{E0101}", "渡辺"),
            ("斎藤", "齋藤"),
            ("斉藤", "齊藤"),
            ("濱田", "浜田"),
            ("濵田", "浜田"),
            ("德永", "徳永"),
            ("栁田", "柳田"),
            ("黒澤", "黒沢"),
            ("𠮷田", "吉田"),
            ("曻", "昇"),
            ("桒原", "桑原"),
            ("舘野", "館野"),
            ("靑木", "青木"),
            ("黑田", "黒田"),
            ("佐々木", "佐佐木"),
            ("茅ヶ崎", "茅ケ崎"),
            ("葛\u{E0100}西", "葛西"),
            ("福田", "\u{FA1B}田"),
            ("神田", "\u{FA19}田"),
            ("山田　太郎", "山田太郎"),
            ("廣瀨", "広瀬"),
            ("國分", "国分"),
            ("櫻井", "桜井"),
            ("嶋田", "島田"),
            ("冨田", "富田"),
            ("峯岸", "峰岸"),
            ("澁谷", "渋谷"),
            ("眞鍋", "真鍋"),
            ("髙\u{200B}木", "高木"),
            ("さくら", "サクラ"),
            ("三ッ木", "三ツ木"),
            ("金子・太郎", "金子太郎"),
            ("SMITH John", "Smith john"),
            ("瀧澤", "滝沢"),
            ("關", "関"),
            ("邊見", "辺見"),
            ("惠", "恵"),
            ("榮", "栄"),
            ("藪", "薮"),
            ("礼", "禮"),
            ("曾根", "曽根"),
            ("伊藤　惠理", "伊藤恵理"),
            ("遙", "遥"),
            ("彥", "彦"),
            ("穐山", "秋山"),
            ("淵", "渕"),
            ("鷗外", "鴎外"),
            ("檜山", "桧山"),
            ("條", "条"),
            ("莊司", "荘司"),
            ("靜香", "静香"),
            ("健一", "健ー"),
            ("健二", "健ニ"),
            ("八木", "ハ木"),
            ("工藤", "エ藤"),
        ] {
            assert_eq!(name_key(a), name_key(b), "{a} {b}");
        }
    }

    #[test]
    fn different_names_keep_different_keys() {
        for (a, b) in [
            ("太田", "大田"),
            ("伊東", "伊藤"),
            ("渡部", "渡辺"),
            ("川島", "河島"),
            ("坂本", "阪本"),
            ("太朗", "太郎"),
            ("優子", "裕子"),
            ("嶺岸", "峰岸"),
            ("園田", "薗田"),
            ("埼", "崎"),
        ] {
            assert_ne!(name_key(a), name_key(b), "{a} {b}");
        }
        assert!(is_confusable(&name_key("嶺岸"), &name_key("峯岸")));
        assert!(is_confusable(&name_key("薗田"), &name_key("園田")));
        assert!(!is_confusable(&name_key("太田"), &name_key("大田")) && !is_confusable("山", "山田"));
    }

    #[test]
    fn the_cheap_bound_never_hides_a_likeness() {
        let signs = ['ア', 'イ', 'ウ', 'カ', 'キ', 'ク', '山', '田', '川'];
        let mut state = 88_172_645_463_325_252u64;
        let mut below = |n: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % n).unwrap()
        };
        let mut alike = 0;
        for _ in 0..200_000 {
            let mut word = |most: u64| (0..below(most)).map(|_| signs[below(9)]).collect::<String>();
            let (a, b) = (word(9), word(9));
            let is_alike = strsim::jaro_winkler(&a, &b) >= ALIKE;
            alike += usize::from(is_alike);
            assert!(!is_alike || could_be_alike(&a, &b), "{a} {b}");
        }
        assert!(alike > 1_000, "{alike}");
    }

    #[test]
    fn a_name_box_is_read_with_what_people_add() {
        let wholes = |text: &str| NameBox::read(text).written.into_iter().map(|name| name.whole).collect::<Vec<_>>();
        for text in [
            "山田 太郎",
            "山田太郎",
            "山田　太郎 様",
            "山田太郎です",
            "姓:山田 名:太郎",
            "医師 山田太郎",
            "専攻医 山田太郎",
            "山田太郎 M.D.",
            "山田太郎 MD PhD",
            "私、山田太郎と申します",
            "山田太郎 拝",
            "\"山田太郎\"",
            "○○大学病院 山田太郎",
            "青葉病院の山田太郎です",
            "山田太郎/ヤマダタロウ",
            "山田 太郎 / Yamada Taro",
            "氏名:山田太郎",
            "山田太郎(内科)",
            "【山田 太郎】",
        ] {
            assert_eq!(wholes(text).first().map(String::as_str), Some("山田太郎"), "{text}");
        }
        assert!(wholes("山田(旧姓 佐藤)花子").contains(&"佐藤花子".to_owned()));
        assert!(wholes("山田花子(旧姓:佐藤)").contains(&"佐藤花子".to_owned()));
        for text in [
            "山田花子(旧姓佐藤花子)",
            "山田 花子(旧姓 佐藤花子)",
            "山田(佐藤)花子",
            "山田 花子(佐藤)",
            "山田 花子 旧姓佐藤",
            "山田花子 旧姓:佐藤",
            "旧姓佐藤 山田花子",
            "佐藤(現姓 山田)花子",
        ] {
            assert!(wholes(text).contains(&"佐藤花子".to_owned()), "{text}: {:?}", wholes(text));
        }
        let with_reading = NameBox::read("山田 太郎(ヤマダ タロウ)");
        assert_eq!(with_reading.kana.first().map(|kana| kana.whole.clone()), Some("ヤマダタロー".to_owned()));
        assert_eq!(
            NameBox::read("Taro YAMADA").romaji.first().and_then(WrittenName::reversed),
            Some("yamadataro".to_owned())
        );
        assert!(wholes("新婚(スミス)ジョン").contains(&"スミスジョン".to_owned()));
        assert!(NameBox::read("ヤマダ(タロウ)").kana.iter().any(|kana| kana.whole == "ヤマダタロー"));
        assert!(NameBox::read(" ").is_empty());
    }
}
