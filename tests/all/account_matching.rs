//! Matching measured: invented claims of every kind against invented registrations, with floors.

use std::time::Instant;

use chrono::{Datelike, NaiveDate};
use madoguchi::desk::account::synth::{Population, Synth};
use madoguchi::desk::account::{AccountIndex, AccountKeys, Claim, ClaimKeys, Grade, find_duplicates};

/// `MADOGUCHI_MATCH_ACCOUNTS=90000` measures at full size.
const SIZE: &str = "MADOGUCHI_MATCH_ACCOUNTS";

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 25).unwrap()
}

/// What a claim must come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Plain,
    Notation,
    OneSign,
    FormerName,
    WrongDigit,
    BirthSlip,
    NewSurname,
    NoNumber,
    NoBirthdate,
    TwinsNumber,
    Stranger,
    Unregistered,
}

const KINDS: [(Kind, usize); 12] = [
    (Kind::Plain, 25),
    (Kind::Notation, 25),
    (Kind::OneSign, 10),
    (Kind::FormerName, 4),
    (Kind::WrongDigit, 8),
    (Kind::BirthSlip, 4),
    (Kind::NewSurname, 6),
    (Kind::NoNumber, 4),
    (Kind::NoBirthdate, 3),
    (Kind::TwinsNumber, 3),
    (Kind::Stranger, 5),
    (Kind::Unregistered, 3),
];

struct Made {
    kind: Kind,
    /// The person who writes; `None` when they have no registration.
    person: Option<usize>,
    claim: Claim,
    /// Whether number, birthdate and a third sign of one registration are in the claim.
    sufficient: bool,
    /// Whether the number is somebody else's.
    number_of_another: bool,
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c) } else { c })
        .collect()
}

fn old_forms(text: &str) -> String {
    [
        ("高", "髙"),
        ("崎", "﨑"),
        ("辺", "邊"),
        ("斎", "齋"),
        ("浜", "濱"),
        ("沢", "澤"),
        ("徳", "德"),
        ("柳", "栁"),
        ("島", "嶋"),
        ("国", "國"),
        ("恵", "惠"),
        ("桜", "櫻"),
        ("真", "眞"),
        ("広", "廣"),
        ("瀬", "瀨"),
        ("佐々", "佐佐"),
        ("富", "冨"),
        ("曽", "曾"),
        ("栄", "榮"),
        ("礼", "禮"),
        ("竜", "龍"),
        ("静", "靜"),
        ("昇", "曻"),
        ("関", "關"),
        ("渋", "澁"),
        ("峰", "峯"),
        ("野", "埜"),
        ("黒", "黑"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (new, old)| text.replace(new, old))
}

fn number_notation(synth: &Synth, number: i64) -> String {
    match synth.below(9) {
        0 => format!("第{number}号"),
        1 => full_width(&number.to_string()),
        2 => format!("第{}号", full_width(&number.to_string())),
        3 => format!("{},{:03}", number / 1000, number % 1000),
        4 => format!("0{number}"),
        5 => format!("{} {:03}", number / 1000, number % 1000),
        6 => number
            .to_string()
            .chars()
            .map(|c| "〇一二三四五六七八九".chars().nth(c.to_digit(10).unwrap() as usize).unwrap())
            .collect(),
        7 => format!("No.{number}"),
        _ => number.to_string(),
    }
}

fn birthdate_notation(synth: &Synth, date: NaiveDate) -> String {
    let (y, m, d) = (date.year(), date.month(), date.day());
    let (era, letter, n) = if date >= NaiveDate::from_ymd_opt(1989, 1, 8).unwrap() {
        ("平成", "H", y - 1988)
    } else {
        ("昭和", "S", y - 1925)
    };
    match synth.below(14) {
        0 => format!("{y}/{m}/{d}"),
        1 => format!("{y}年{m}月{d}日"),
        2 => format!("{y}{m:02}{d:02}"),
        3 => format!("{era}{n}年{m}月{d}日"),
        4 => format!("{letter}{n}.{m}.{d}"),
        5 => full_width(&format!("{letter}{n}.{m}.{d}")),
        6 => format!("{era}{}年{m}月{d}日", if n == 1 { "元".to_owned() } else { full_width(&n.to_string()) }),
        7 => format!("{letter}{n:02}{m:02}{d:02}"),
        8 => format!("{:02}年{m}月{d}日", y % 100),
        9 => format!("{y}年({era}{n}年){m}月{d}日"),
        10 => date.format("%-d %B %Y").to_string(),
        11 => format!("{}{n}.{m}.{d}", &era[..3]),
        12 => full_width(&format!("{y}-{m:02}-{d:02}")),
        _ => date.to_string(),
    }
}

fn make(synth: &Synth, population: &Population, kind: Kind) -> Made {
    let mut at = synth.below(population.accounts.len());
    let mut twin = None;
    if kind == Kind::TwinsNumber && !population.twins.is_empty() {
        let (a, b) = population.twins[synth.below(population.twins.len())];
        at = a;
        twin = Some(b);
    }
    if kind == Kind::FormerName {
        at = (0..population.accounts.len())
            .map(|n| (at + n) % population.accounts.len())
            .find(|n| !population.accounts[*n].former_names.is_empty())
            .unwrap_or(at);
    }
    let account = &population.accounts[at];
    let (family_romaji, given_romaji) = population.romaji[at];
    let number = account.registration_number.value();
    let birthdate = account.birthdate.date();
    let mut claim = Claim {
        registration_number: Some(number.to_string()),
        birthdate: Some(birthdate.to_string()),
        name: Some(account.full_name()),
        kana: Some(account.full_kana()),
        email: Some(if synth.chance(70) {
            account.email.clone()
        } else {
            format!("private{}@example.net", synth.below(1_000_000))
        }),
        phone: Some(account.phone.clone()),
    };
    let mut made = Made {
        kind,
        person: Some(population.people[at]),
        claim: Claim::default(),
        sufficient: true,
        number_of_another: false,
    };
    match kind {
        Kind::Plain => {}
        Kind::Notation => {
            claim.registration_number = Some(number_notation(synth, number));
            claim.birthdate = Some(birthdate_notation(synth, birthdate));
            claim.name = Some(match synth.below(6) {
                0 => old_forms(&account.full_name()),
                1 => account.full_name().replace(' ', ""),
                2 => format!("{} {}", family_romaji.to_uppercase(), given_romaji),
                3 => account.full_kana(),
                4 => format!("{given_romaji} {family_romaji}"),
                _ => account.full_name().replace(' ', "　"),
            });
            claim.kana = match synth.below(3) {
                0 => None,
                1 => Some(
                    account
                        .full_kana()
                        .chars()
                        .map(|c| {
                            if ('ァ'..='ヶ').contains(&c) { char::from_u32(u32::from(c) - 0x60).unwrap() } else { c }
                        })
                        .collect(),
                ),
                _ => Some(account.full_kana()),
            };
            claim.email =
                claim.email.map(|email| if synth.chance(50) { full_width(&email) } else { email.to_uppercase() });
        }
        Kind::OneSign => match synth.below(3) {
            0 => {
                claim.kana = None;
                claim.email = Some("elsewhere@example.net".to_owned());
            }
            1 => {
                claim.name = None;
                claim.email = None;
            }
            _ => {
                claim.name = None;
                claim.kana = None;
                claim.email = Some(account.email.clone());
            }
        },
        Kind::FormerName => {
            if let Some(former) = account.former_names.first() {
                claim.name = Some(format!("{former} {}", account.given_name));
            }
            claim.kana = None;
            claim.email = None;
        }
        Kind::WrongDigit => {
            let near = account.registration_number.one_slip_away();
            let wrong = near[synth.below(near.len())];
            claim.registration_number = Some(wrong.value().to_string());
            made.sufficient = false;
            made.number_of_another = population
                .accounts
                .iter()
                .zip(&population.people)
                .any(|(a, p)| a.registration_number == wrong && Some(*p) != made.person);
            let own = population
                .accounts
                .iter()
                .zip(&population.people)
                .any(|(a, p)| a.registration_number == wrong && Some(*p) == made.person);
            made.number_of_another &= !own;
        }
        Kind::BirthSlip => {
            let wrong = birthdate.with_year(birthdate.year() + 1).unwrap_or(birthdate);
            claim.birthdate = Some(wrong.to_string());
            // Some registered twice, the second time with this very slip: then it is right for that registration.
            made.sufficient = population.accounts.iter().zip(&population.people).any(|(other, person)| {
                Some(*person) == made.person
                    && other.birthdate.date() == wrong
                    && other.registration_number == account.registration_number
            });
        }
        Kind::NewSurname => {
            // Another one than the registered: else nothing would be new, and the name a third sign.
            let new = std::iter::repeat_with(|| synth.family()).find(|family| family.kanji != account.family_name);
            let former = |name: &str| account.former_names.iter().any(|known| known == name);
            let new = new.filter(|family| !former(family.kanji)).map_or("新", |family| family.kanji);
            claim.name = Some(format!("{new} {}", account.given_name));
            claim.kana = None;
            claim.email = Some("married@example.net".to_owned());
            if synth.chance(30) {
                let near = account.registration_number.one_slip_away();
                claim.registration_number = Some(near[synth.below(near.len())].value().to_string());
            }
            made.sufficient = false;
        }
        Kind::NoNumber => {
            claim.registration_number = if synth.chance(50) { None } else { Some("わかりません".to_owned()) };
            made.sufficient = false;
        }
        Kind::NoBirthdate => {
            claim.birthdate = if synth.chance(50) { None } else { Some("04/05/1996".to_owned()) };
            made.sufficient = false;
        }
        Kind::TwinsNumber => {
            if let Some(other) = twin {
                claim.registration_number = Some(population.accounts[other].registration_number.value().to_string());
                if synth.chance(40) {
                    claim.email = None;
                }
                if synth.chance(30) {
                    claim.kana = None;
                }
            }
            made.sufficient = false;
            made.number_of_another = twin.is_some();
        }
        Kind::Stranger => {
            let (family, given) = (synth.family(), synth.given());
            claim.name = Some(format!("{} {}", family.kanji, given.kanji));
            claim.kana = if synth.chance(60) { Some(format!("{} {}", family.kana, given.kana)) } else { None };
            claim.email = Some(format!("stranger{}@example.net", synth.below(1_000_000)));
            claim.phone = None;
            made.person = None;
            made.sufficient = false;
        }
        Kind::Unregistered => {
            claim = Claim {
                registration_number: Some((700_000 + synth.below(90_000)).to_string()),
                birthdate: Some(birthdate.to_string()),
                name: Some(format!("{} {}", synth.family().kanji, synth.given().kanji)),
                email: Some("nobody@example.net".to_owned()),
                ..Claim::default()
            };
            made.person = None;
            made.sufficient = false;
        }
    }
    made.claim = claim;
    made
}

#[derive(Default, Debug)]
struct Figures {
    claims: usize,
    linked_wrongly: usize,
    strangers_linked: usize,
    strangers: usize,
    strangers_strong: usize,
    sufficient: usize,
    sufficient_linked: usize,
    insufficient_linked: usize,
    rest: usize,
    rest_in_five: usize,
    number_of_another: usize,
    number_of_another_in_conflict: usize,
    twins_strong: usize,
}

fn measure(population: &Population, index: &AccountIndex, synth: &Synth, claims: usize) -> Figures {
    let mut figures = Figures { claims, ..Figures::default() };
    let mut deck = Vec::new();
    for (kind, weight) in KINDS {
        deck.extend(std::iter::repeat_n(kind, weight));
    }
    for _ in 0..claims {
        let made = make(synth, population, deck[synth.below(deck.len())]);
        let outcome = index.match_claim(&ClaimKeys::read(&made.claim, today()));
        let person_of = |at: u32| population.people[at as usize];
        let right = outcome.linked.is_some_and(|at| Some(person_of(at)) == made.person);
        if outcome.linked.is_some() && !right {
            figures.linked_wrongly += 1;
            eprintln!("linked wrongly: {:?}", made.kind);
        }
        if made.kind == Kind::Stranger {
            figures.strangers += 1;
            figures.strangers_linked += usize::from(outcome.linked.is_some());
            figures.strangers_strong += usize::from(outcome.grade == Grade::Strong);
        }
        if made.sufficient {
            figures.sufficient += 1;
            figures.sufficient_linked += usize::from(right);
        } else if let Some(person) = made.person {
            figures.insufficient_linked += usize::from(outcome.linked.is_some() && made.kind != Kind::WrongDigit);
            figures.rest += 1;
            let in_five = outcome.candidates.iter().any(|candidate| person_of(candidate.id) == person);
            figures.rest_in_five += usize::from(in_five);
            if made.kind == Kind::TwinsNumber && outcome.grade == Grade::Strong {
                figures.twins_strong +=
                    usize::from(outcome.candidates.first().is_some_and(|first| person_of(first.id) != person));
            }
        }
        if made.number_of_another {
            figures.number_of_another += 1;
            figures.number_of_another_in_conflict += usize::from(outcome.grade == Grade::Conflict);
        }
    }
    figures
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn size() -> usize {
    std::env::var_os(SIZE).and_then(|size| size.to_str()?.parse().ok()).unwrap_or(4_000)
}

#[test]
fn claims_find_their_registration_and_never_anothers() {
    let synth = Synth::new(20_261_125);
    let population = synth.population(size(), today());
    let index = AccountIndex::new(population.accounts.iter().map(AccountKeys::of));
    let started = Instant::now();
    let figures = measure(&population, &index, &synth, size().min(20_000));
    eprintln!("{figures:?} {:.0} claims a second", figures.claims as f64 / started.elapsed().as_secs_f64());
    assert_eq!((figures.linked_wrongly, figures.strangers_linked, figures.twins_strong), (0, 0, 0));
    assert_eq!(figures.insufficient_linked, 0, "linked without number, birthdate and a third sign");
    for (what, value, floor) in [
        ("sufficient claims linked", percent(figures.sufficient_linked, figures.sufficient), 99.5),
        ("owner among five", percent(figures.rest_in_five, figures.rest), 99.5),
        (
            "number of another in conflict",
            percent(figures.number_of_another_in_conflict, figures.number_of_another),
            99.0,
        ),
        ("strangers not strong", 100.0 - percent(figures.strangers_strong, figures.strangers), 95.0),
    ] {
        eprintln!("{what}: {value:.2} %");
        assert!(value >= floor, "{what}: {value:.2} % is below {floor} %");
    }
}

#[test]
fn double_registrations_are_found_and_twins_and_namesakes_are_not() {
    let population = Synth::new(7).population(size(), today());
    let index = AccountIndex::new(population.accounts.iter().map(AccountKeys::of));
    let started = Instant::now();
    let pairs = find_duplicates(&index);
    let elapsed = started.elapsed();
    let mut true_pairs = 0;
    let mut by_person: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
    for person in &population.people {
        let seen = by_person.entry(*person).or_default();
        true_pairs += *seen;
        *seen += 1;
    }
    let right =
        pairs.iter().filter(|pair| population.people[pair.a as usize] == population.people[pair.b as usize]).count();
    eprintln!("{} pairs, {right} right of {true_pairs}, {elapsed:?}", pairs.len());
    assert!(percent(right, true_pairs) >= 98.0, "{right} of {true_pairs} found");
    assert!(percent(right, pairs.len()) >= 99.0, "{right} of {} are right", pairs.len());
    for (a, b) in &population.twins {
        assert!(!pairs.iter().any(|pair| (pair.a as usize, pair.b as usize) == (*a, *b)), "twins were paired");
    }
}
