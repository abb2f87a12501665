//! Registrations of one person (二重登録), and never two real doctors whose numbers lie one digit apart.

use super::compare::{Field, Mark, Reason};
use super::index::AccountIndex;
use super::kana::is_kana;
use super::keys::AccountKeys;
use super::name::is_confusable;

/// Two registrations that are one person's, by their places in the index; `a < b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicatePair {
    /// The earlier place.
    pub a: u32,
    /// The later place.
    pub b: u32,
    /// What agrees.
    pub reasons: Vec<Reason>,
}

/// Every pair, each once, in order. Three registrations of one person are three pairs.
pub fn find_duplicates(index: &AccountIndex) -> Vec<DuplicatePair> {
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for group in index.groups() {
        for (i, &a) in group.iter().enumerate() {
            for &b in &group[i + 1..] {
                if let (Some(x), Some(y)) = (index.get(a), index.get(b))
                    && a != b
                    && same_person(x, y)
                {
                    pairs.push((a.min(b), a.max(b)));
                }
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
        .into_iter()
        .filter_map(|(a, b)| Some(DuplicatePair { a, b, reasons: reasons(index.get(a)?, index.get(b)?) }))
        .collect()
}

/// What two registrations have in common.
struct Common {
    number: Mark,
    birthdate: Mark,
    name: bool,
    kana: bool,
    given: bool,
    /// The given name is written the same, or once in kana and once not.
    given_written: bool,
    given_unlike: bool,
    email: bool,
    phone: bool,
}

fn common(x: &AccountKeys, y: &AccountKeys) -> Common {
    let mark = |same: bool, near: bool| {
        if same {
            Mark::Agree
        } else if near {
            Mark::Near
        } else {
            Mark::Differ
        }
    };
    let same = |a: &str, b: &str| !a.is_empty() && a == b;
    let given = same(x.given(), y.given()) || same(x.given_kana(), y.given_kana());
    Common {
        number: mark(x.number == y.number, x.number.is_one_slip_from(y.number)),
        birthdate: mark(x.birthdate == y.birthdate, x.birthdate.is_one_slip_from(y.birthdate)),
        name: x.wholes().any(|whole| y.wholes().any(|other| other == whole)) || is_confusable(x.name(), y.name()),
        kana: same(x.kana(), y.kana()),
        given,
        given_written: same(x.given(), y.given()) || is_kana(x.given()) != is_kana(y.given()),
        // Two other readings, and another writing: the twin of whom one typed the other's number.
        given_unlike: !given
            && strsim::jaro_winkler(x.given(), y.given()) < 0.75
            && !(x.given_kana().is_empty() || y.given_kana().is_empty()),
        email: x.emails().any(|email| y.emails().any(|other| other == email)),
        phone: same(x.phone(), y.phone()),
    }
}

/// The rule. Equal numbers ask for a little of the person, near numbers for birthdate and name, others for an address as well.
fn same_person(x: &AccountKeys, y: &AccountKeys) -> bool {
    // Cheap first: most pairs of a birthdate group end here.
    let same_birthdate = x.birthdate == y.birthdate;
    if !same_birthdate && x.number != y.number && !x.number.is_one_slip_from(y.number) {
        return false;
    }
    let c = common(x, y);
    let named = c.name || c.kana;
    match (c.number, c.birthdate) {
        (Mark::Agree, Mark::Agree) => named || c.given || !c.given_unlike,
        // Two doctors do not share a number: a slip of the birthdate, and a family name changed by marriage.
        (Mark::Agree, Mark::Near) => named || c.given,
        (Mark::Agree, _) => c.name || (c.kana && (c.email || c.phone)),
        // 佐藤愛 and 佐藤藍 of one day are two doctors; a phone may be a hospital's.
        (Mark::Near, Mark::Agree) => c.name || (c.kana && (c.given_written || c.email)) || (c.given && c.email),
        // A namesake of about the same age with the next number is another doctor.
        (Mark::Near, Mark::Near) => c.name && (c.email || c.phone),
        (_, Mark::Agree) => c.name && (c.email || c.phone),
        _ => false,
    }
}

fn reasons(x: &AccountKeys, y: &AccountKeys) -> Vec<Reason> {
    let c = common(x, y);
    let mark = |same: bool| if same { Mark::Agree } else { Mark::Differ };
    [
        (Field::RegistrationNumber, c.number, if c.number == Mark::Near { "one_slip" } else { "" }),
        (Field::Birthdate, c.birthdate, if c.birthdate == Mark::Near { "one_slip" } else { "" }),
        (
            Field::Name,
            if c.name {
                Mark::Agree
            } else if c.given {
                Mark::Near
            } else {
                Mark::Differ
            },
            if !c.name && c.given { "same_given_name" } else { "" },
        ),
        (Field::Kana, mark(c.kana), ""),
        (Field::Email, mark(c.email), ""),
        (Field::Phone, mark(c.phone), ""),
    ]
    .into_iter()
    .map(|(field, mark, how)| Reason { field, mark, how: how.into() })
    .collect()
}
