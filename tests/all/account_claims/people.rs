//! A mirror of invented people, made without the product's own inventor: other names, other laws.

use chrono::{Datelike, Days, NaiveDate};
use madoguchi::desk::account::{AccountRecord, Birthdate, RegistrationNumber};

use super::today;

/// A small generator of its own (xorshift*): the same seed is the same crowd.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, below: usize) -> usize {
        (self.next() >> 33) as usize % below.max(1)
    }

    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// Kanji, kana, romaji (Hepburn without long vowels).
pub type Part = (&'static str, &'static str, &'static str);

/// Rare and frequent ones, many with variants of their characters.
pub const FAMILIES: [Part; 64] = [
    ("渡邉", "ワタナベ", "watanabe"),
    ("渡辺", "ワタナベ", "watanabe"),
    ("齋藤", "サイトウ", "saito"),
    ("斎藤", "サイトウ", "saito"),
    ("髙橋", "タカハシ", "takahashi"),
    ("高橋", "タカハシ", "takahashi"),
    ("山﨑", "ヤマサキ", "yamasaki"),
    ("大澤", "オオサワ", "osawa"),
    ("大沢", "オオサワ", "osawa"),
    ("廣田", "ヒロタ", "hirota"),
    ("櫻庭", "サクラバ", "sakuraba"),
    ("佐々木", "ササキ", "sasaki"),
    ("野々村", "ノノムラ", "nonomura"),
    ("奈良", "ナラ", "nara"),
    ("長谷部", "ハセベ", "hasebe"),
    ("小笠原", "オガサワラ", "ogasawara"),
    ("大久保", "オオクボ", "okubo"),
    ("黒澤", "クロサワ", "kurosawa"),
    ("濱口", "ハマグチ", "hamaguchi"),
    ("嶋津", "シマヅ", "shimazu"),
    ("冨永", "トミナガ", "tominaga"),
    ("國枝", "クニエダ", "kunieda"),
    ("德山", "トクヤマ", "tokuyama"),
    ("𠮷野", "ヨシノ", "yoshino"),
    ("栁沼", "ヤギヌマ", "yaginuma"),
    ("辻", "ツジ", "tsuji"),
    ("葛西", "カサイ", "kasai"),
    ("薗部", "ソノベ", "sonobe"),
    ("瀧川", "タキガワ", "takigawa"),
    ("藪内", "ヤブウチ", "yabuuchi"),
    ("鶴見", "ツルミ", "tsurumi"),
    ("檜山", "ヒヤマ", "hiyama"),
    ("惠谷", "エタニ", "etani"),
    ("眞野", "マノ", "mano"),
    ("曾我", "ソガ", "soga"),
    ("井口", "イグチ", "iguchi"),
    ("土居", "ドイ", "doi"),
    ("城戸", "キド", "kido"),
    ("二宮", "ニノミヤ", "ninomiya"),
    ("八田", "ハッタ", "hatta"),
    ("百瀬", "モモセ", "momose"),
    ("金城", "キンジョウ", "kinjo"),
    ("喜屋武", "キャン", "kyan"),
    ("勅使河原", "テシガワラ", "teshigawara"),
    ("一ノ瀬", "イチノセ", "ichinose"),
    ("竜ヶ崎", "リュウガサキ", "ryugasaki"),
    ("本間", "ホンマ", "homma"),
    ("近江", "オウミ", "omi"),
    ("東海林", "ショウジ", "shoji"),
    ("中條", "チュウジョウ", "chujo"),
    ("張", "チョウ", "cho"),
    ("金", "キム", "kimu"),
    ("李", "リ", "ri"),
    ("大田", "オオタ", "ota"),
    ("太田", "オオタ", "ota"),
    ("伊東", "イトウ", "ito"),
    ("伊藤", "イトウ", "ito"),
    ("河原", "カワハラ", "kawahara"),
    ("川原", "カワハラ", "kawahara"),
    ("阿部", "アベ", "abe"),
    ("安部", "アベ", "abe"),
    ("進藤", "シンドウ", "shindo"),
    ("新藤", "シンドウ", "shindo"),
    ("榊原", "サカキバラ", "sakakibara"),
];
pub const GIVENS: [Part; 72] = [
    ("惠美", "エミ", "emi"),
    ("陽一郎", "ヨウイチロウ", "yoichiro"),
    ("純", "ジュン", "jun"),
    ("順", "ジュン", "jun"),
    ("龍之介", "リュウノスケ", "ryunosuke"),
    ("万里子", "マリコ", "mariko"),
    ("優希", "ユウキ", "yuki"),
    ("幸", "ユキ", "yuki"),
    ("裕一", "ユウイチ", "yuichi"),
    ("康二", "コウジ", "koji"),
    ("三千代", "ミチヨ", "michiyo"),
    ("京子", "キョウコ", "kyoko"),
    ("清子", "キヨコ", "kiyoko"),
    ("翔", "ショウ", "sho"),
    ("咲良", "サクラ", "sakura"),
    ("さくら", "サクラ", "sakura"),
    ("レイ", "レイ", "rei"),
    ("新", "アラタ", "arata"),
    ("秀敏", "ヒデトシ", "hidetoshi"),
    ("栄治", "エイジ", "eiji"),
    ("英二", "エイジ", "eiji"),
    ("慎之助", "シンノスケ", "shinnosuke"),
    ("奈々恵", "ナナエ", "nanae"),
    ("菜摘", "ナツミ", "natsumi"),
    ("夏海", "ナツミ", "natsumi"),
    ("樹", "イツキ", "itsuki"),
    ("結", "ユイ", "yui"),
    ("遼", "リョウ", "ryo"),
    ("諒太", "リョウタ", "ryota"),
    ("実", "ミノル", "minoru"),
    ("薫", "カオル", "kaoru"),
    ("千鶴", "チヅル", "chizuru"),
    ("美津子", "ミツコ", "mitsuko"),
    ("靖", "ヤスシ", "yasushi"),
    ("浩平", "コウヘイ", "kohei"),
    ("啓", "ケイ", "kei"),
    ("圭一郎", "ケイイチロウ", "keiichiro"),
    ("律子", "リツコ", "ritsuko"),
    ("澄江", "スミエ", "sumie"),
    ("晃", "アキラ", "akira"),
    ("明", "アキラ", "akira"),
    ("登", "ノボル", "noboru"),
    ("花", "ハナ", "hana"),
    ("華", "ハナ", "hana"),
    ("日出夫", "ヒデオ", "hideo"),
    ("正男", "マサオ", "masao"),
    ("昌夫", "マサオ", "masao"),
    ("響", "ヒビキ", "hibiki"),
    ("琴音", "コトネ", "kotone"),
    ("楓花", "フウカ", "fuka"),
    ("凜", "リン", "rin"),
    ("彌生", "ヤヨイ", "yayoi"),
    ("壽美", "スミ", "sumi"),
    ("禮子", "レイコ", "reiko"),
    ("宗一", "ソウイチ", "soichi"),
    ("創", "ソウ", "so"),
    ("蒼太", "ソウタ", "sota"),
    ("友里", "ユリ", "yuri"),
    ("百合", "ユリ", "yuri"),
    ("勇人", "ハヤト", "hayato"),
    ("隼人", "ハヤト", "hayato"),
    ("圭吾", "ケイゴ", "keigo"),
    ("真琴", "マコト", "makoto"),
    ("竜平", "リュウヘイ", "ryuhei"),
    ("郁", "カオル", "kaoru"),
    ("道代", "ミチヨ", "michiyo"),
    ("元", "ハジメ", "hajime"),
    ("一", "ハジメ", "hajime"),
    ("仁", "ジン", "jin"),
    ("仁美", "ヒトミ", "hitomi"),
    ("大悟", "ダイゴ", "daigo"),
    ("八重子", "ヤエコ", "yaeko"),
];
const FOREIGN: [(&str, &str, &str, &str); 4] = [
    ("Nguyen", "Van Anh", "グエン", "ヴァン アン"),
    ("Müller", "Jonas", "ミュラー", "ヨナス"),
    ("Smith-Jones", "Mary", "スミスジョーンズ", "メアリー"),
    ("スミス", "ジョン", "スミス", "ジョン"),
];

/// Registrations, and who is who.
#[derive(Default)]
pub struct Crowd {
    pub accounts: Vec<AccountRecord>,
    /// The person behind each.
    pub person: Vec<usize>,
    pub romaji: Vec<(String, String)>,
    pub twins: Vec<(usize, usize)>,
    /// Real doctors of one name with numbers one digit apart.
    pub homonyms: Vec<(usize, usize)>,
}

pub fn crowd(dice: &mut Dice, size: usize) -> Crowd {
    let mut crowd = Crowd::default();
    // Cohorts as of licences: numbers run on, births lie 24 to 40 years before; the old have short numbers.
    let mut number = 98_700_i64;
    let mut person = 0;
    while crowd.accounts.len() < size {
        let done = crowd.accounts.len() * 100 / size;
        if crowd.accounts.len() % (size / 8 + 1) == 0 {
            number = [98_700, 231_000, 305_500, 388_000, 455_100, 520_000, 590_000, 655_000][(done / 13).min(7)];
        }
        number += 1 + dice.below(2) as i64;
        let year = 1962 + done as i32 * 38 / 100 - dice.below(4) as i32;
        let born = NaiveDate::from_ymd_opt(year, 1, 1).unwrap() + Days::new(dice.below(365) as u64);
        let (family, given) = (*dice.of(&FAMILIES), *dice.of(&GIVENS));
        let at = add(&mut crowd, dice, number, born, family, given, person);
        person += 1;
        match dice.below(100) {
            0 | 1 => {
                // Twins sign the register on one day.
                number += 1;
                let other = another(dice, given);
                let twin = add(&mut crowd, dice, number, born, family, other, person);
                if dice.percent(40) {
                    crowd.accounts[twin].phone = crowd.accounts[at].phone.clone();
                }
                crowd.twins.push((at, twin));
                person += 1;
            }
            2 => {
                number += 1;
                let other = born + Days::new(30 + dice.below(900) as u64);
                let same = add(&mut crowd, dice, number, other, family, given, person);
                crowd.homonyms.push((at, same));
                person += 1;
            }
            3 | 4 => again(&mut crowd, dice, at, 1),
            5 if dice.percent(30) => again(&mut crowd, dice, at, 2),
            _ => {}
        }
    }
    crowd
}

pub fn another(dice: &mut Dice, given: Part) -> Part {
    loop {
        let other = *dice.of(&GIVENS);
        if other.1 != given.1 {
            return other;
        }
    }
}

fn add(
    crowd: &mut Crowd,
    dice: &mut Dice,
    number: i64,
    born: NaiveDate,
    family: Part,
    given: Part,
    person: usize,
) -> usize {
    let at = crowd.accounts.len();
    let id = format!("u-{:x}", at * 7 + 4096);
    let number = RegistrationNumber::new(number).unwrap();
    let mut record = AccountRecord::new(&id, number, Birthdate::new(born), family.0, given.0);
    record.family_kana = family.1.to_owned();
    record.given_kana = given.1.to_owned();
    let mut romaji = (family.2.to_owned(), given.2.to_owned());
    if dice.percent(1) {
        let (f, g, fk, gk) = *dice.of(&FOREIGN);
        (record.family_name, record.given_name) = (f.to_owned(), g.to_owned());
        (record.family_kana, record.given_kana) = (fk.to_owned(), gk.to_owned());
        romaji = (f.to_owned(), g.to_owned());
    }
    if dice.percent(12) {
        record.former_names.push(dice.of(&FAMILIES).0.to_owned());
    }
    if dice.percent(3) {
        record.former_names.push(format!("{} {}", dice.of(&FAMILIES).0, given.0));
    }
    let domain = *dice.of(&["gmail.example", "docomo.example", "u.example.ac.jp", "hp.example.or.jp"]);
    record.email = match dice.below(4) {
        0 => format!("{}.{}{}@{domain}", family.2, given.2, at),
        1 => format!("{}-{}_{at}@{domain}", given.2, family.2),
        2 => format!("dr.{}..{at}@{domain}", given.2),
        _ => format!("{}{at}+jmsb@{domain}", family.2),
    };
    if dice.percent(2) {
        record.email.clear();
    }
    record.phone = format!("0{}0{:08}", 7 + dice.below(3), dice.below(100_000_000));
    crowd.accounts.push(record);
    crowd.person.push(person);
    crowd.romaji.push(romaji);
    at
}

/// The same person registers again, once or twice.
fn again(crowd: &mut Crowd, dice: &mut Dice, first: usize, times: usize) {
    for n in 0..times {
        let mut second = crowd.accounts[first].clone();
        second.account_id = format!("u-{:x}-{n}", first * 7 + 4096);
        if dice.percent(35) {
            let near = second.registration_number.one_slip_away();
            second.registration_number = *dice.of(&near);
        }
        if dice.percent(70) {
            second.email = format!("again{first}.{n}@private.example");
        }
        if dice.percent(25) {
            second.family_name = super::writing::old_forms(&second.family_name);
        }
        if dice.percent(10) {
            second.family_kana = super::writing::half_width(&second.family_kana);
        }
        let (person, romaji) = (crowd.person[first], crowd.romaji[first].clone());
        crowd.accounts.push(second);
        crowd.person.push(person);
        crowd.romaji.push(romaji);
    }
}

/// An age a claim's two-digit year is tried with.
pub fn age(born: NaiveDate) -> i32 {
    today().year() - born.year()
}
