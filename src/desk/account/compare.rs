//! One claim against one registration: a mark per field, the points, and what the decision asks.

use super::kana::{is_kana, joined_romaji, kana_key_of_folded};
use super::keys::{AccountKeys, ClaimKeys};
use super::name::{WrittenName, is_alike, is_confusable};

/// How a field of the claim stands to the registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// ＝
    Agree,
    /// ≒
    Near,
    /// ≠
    Differ,
    /// Not given, not readable, or not on record.
    Missing,
}

impl Mark {
    /// ＝ ≒ ≠ and ・ for missing.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Agree => "＝",
            Self::Near => "≒",
            Self::Differ => "≠",
            Self::Missing => "・",
        }
    }
}

/// The compared fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 医籍登録番号
    RegistrationNumber,
    /// 生年月日
    Birthdate,
    /// 氏名
    Name,
    /// フリガナ
    Kana,
    /// メールアドレス
    Email,
    /// 電話番号
    Phone,
}

/// A mark of one field and how it came about (`one_slip`, `same_given_name`, `romaji`, …; empty when the mark says it all).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// The field.
    pub field: Field,
    /// The mark.
    pub mark: Mark,
    /// How.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub how: std::borrow::Cow<'static, str>,
}

pub(super) type Marked = (Mark, &'static str);

/// A whole that agrees in Latin letters, which say less than they seem: Yuki is ユキ and ユウキ, Ono 小野 and 大野.
const ROMAJI: Marked = (Mark::Agree, "romaji");

/// A whole that agrees when the name, written without a blank, is cut at one of several places: 高橋健太郎(旧姓山田).
const GUESSED: Marked = (Mark::Agree, "former_name_cut");

/// Whether a box that agrees as a whole is a third sign: in Latin letters, or cut, only when the other box does not
/// contradict it.
fn is_sign(mark: Marked, other: Marked) -> bool {
    mark.0 == Mark::Agree && (![ROMAJI, GUESSED].contains(&mark) || matches!(other.0, Mark::Agree | Mark::Missing))
}

/// What three signs beside number and birthdate agree as wholes. A set that can be compared.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Signs {
    pub name: bool,
    pub kana: bool,
    pub email: bool,
}

impl Signs {
    pub fn any(self) -> bool {
        self.name || self.kana || self.email
    }

    /// How many; of equally many the address tells registrations of one person apart.
    pub fn weight(self) -> u8 {
        2 * (u8::from(self.name) + u8::from(self.kana) + u8::from(self.email)) + u8::from(self.email)
    }
}

/// One comparison.
#[derive(Clone, Copy)]
pub(super) struct Comparison {
    pub number: Marked,
    pub birthdate: Marked,
    pub name: Marked,
    pub kana: Marked,
    pub email: Marked,
    pub phone: Marked,
    pub signs: Signs,
    /// Nothing but Latin letters names the person.
    pub only_romaji: bool,
    /// The given name agrees, in writing or in reading.
    pub same_given_name: bool,
    /// The given name is another one: neither its writing nor its reading agrees.
    pub another_given_name: bool,
    /// Tells given names of registrations apart: twins have two, registrations of one person have one.
    pub given: u64,
    pub points: i32,
}

impl Comparison {
    pub fn reasons(&self) -> Vec<Reason> {
        [
            (Field::RegistrationNumber, self.number),
            (Field::Birthdate, self.birthdate),
            (Field::Name, self.name),
            (Field::Kana, self.kana),
            (Field::Email, self.email),
            (Field::Phone, self.phone),
        ]
        .into_iter()
        .map(|(field, (mark, how))| Reason { field, mark, how: how.into() })
        .collect()
    }
}

/// Compares. The points follow domain §5.7; they rank candidates and propose, and never grant or deny a link.
pub(super) fn compare(claim: &ClaimKeys, account: &AccountKeys) -> Comparison {
    let number = compare_number(claim, account);
    let birthdate = compare_birthdate(claim, account);
    // Similarity costs time and counts only beside something else that fits.
    let look_closely = number.0 == Mark::Agree || matches!(birthdate.0, Mark::Agree | Mark::Near);
    let name = compare_name(claim, account, look_closely);
    let kana = compare_kana(claim, account, look_closely);
    let email = compare_email(claim, account);
    let phone = match &claim.phone {
        Some(phone) if !account.phone().is_empty() => {
            (if phone == account.phone() { Mark::Agree } else { Mark::Differ }, "")
        }
        _ => (Mark::Missing, ""),
    };
    let points = points_of(number.0, [40, 12, -30])
        + points_of(birthdate.0, [25, 10, -35])
        + points_of(name.mark.0, [20, 8, -8])
        + points_of(kana.mark.0, [12, 5, -6])
        + points_of(email.0, [25, 5, 0])
        + points_of(phone.0, [10, 0, 0]);
    let another_given_name = match (name.given, kana.given) {
        (Given::Agrees, _) | (_, Given::Agrees) | (Given::Near, _) | (Given::Unknown, Given::Near | Given::Unknown) => {
            false
        }
        (Given::Differs, _) | (Given::Unknown, Given::Differs) => true,
    };
    let signs = Signs {
        name: is_sign(name.mark, kana.mark),
        kana: is_sign(kana.mark, name.mark),
        email: email.0 == Mark::Agree,
    };
    Comparison {
        number,
        birthdate,
        name: name.mark,
        kana: kana.mark,
        email,
        phone,
        signs,
        only_romaji: (signs.name || signs.kana)
            && (!signs.name || name.mark == ROMAJI)
            && (!signs.kana || kana.mark == ROMAJI),
        same_given_name: name.given == Given::Agrees || kana.given == Given::Agrees,
        another_given_name,
        given: if birthdate.0 == Mark::Agree { given_of(account) } else { 0 },
        points,
    }
}

fn given_of(account: &AccountKeys) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    account.given().hash(&mut hasher);
    hasher.finish()
}

fn points_of(mark: Mark, [agree, near, differ]: [i32; 3]) -> i32 {
    match mark {
        Mark::Agree => agree,
        Mark::Near => near,
        Mark::Differ => differ,
        Mark::Missing => 0,
    }
}

fn compare_number(claim: &ClaimKeys, account: &AccountKeys) -> Marked {
    match claim.number {
        None => (Mark::Missing, ""),
        Some(number) if number == account.number => (Mark::Agree, ""),
        Some(number) if number.is_one_slip_from(account.number) => (Mark::Near, "one_slip"),
        Some(_) => (Mark::Differ, ""),
    }
}

fn compare_birthdate(claim: &ClaimKeys, account: &AccountKeys) -> Marked {
    match claim.birthdate {
        Some(birthdate) if birthdate == account.birthdate => (Mark::Agree, ""),
        Some(birthdate) if birthdate.is_one_slip_from(account.birthdate) => (Mark::Near, "one_slip"),
        Some(_) => (Mark::Differ, ""),
        None if claim.birthdate_readings.contains(&account.birthdate) => (Mark::Near, "one_of_several_readings"),
        None if !claim.birthdate_readings.is_empty() => (Mark::Differ, ""),
        None => (Mark::Missing, ""),
    }
}

fn compare_email(claim: &ClaimKeys, account: &AccountKeys) -> Marked {
    let Some(email) = &claim.email else { return (Mark::Missing, "") };
    if account.emails().next().is_none() {
        return (Mark::Missing, "");
    }
    if *account.email() == **email {
        return (Mark::Agree, "");
    }
    // Not the address on file: it ranks, and is no third sign.
    if account.emails().any(|known| known == email) {
        return (Mark::Near, "former_address");
    }
    let local = |address: &str| address.rsplit_once('@').map_or(0, |(local, _)| local.len());
    let length = local(email);
    let same_local =
        length > 0 && account.emails().any(|known| local(known) == length && known[..length] == email[..length]);
    if same_local { (Mark::Near, "same_local_part") } else { (Mark::Differ, "") }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Agrees,
    Near,
    Differs,
    Unknown,
}

struct NameComparison {
    mark: Marked,
    given: Given,
}

const NOT_GIVEN: NameComparison = NameComparison { mark: (Mark::Missing, ""), given: Given::Unknown };

/// The name box may hold a writing, a reading or a romanisation: another notation is no difference.
fn compare_name(claim: &ClaimKeys, account: &AccountKeys, look_closely: bool) -> NameComparison {
    if claim.name.is_empty() {
        return NOT_GIVEN;
    }
    let mut best = NameComparison { mark: (Mark::Differ, ""), given: Given::Unknown };
    for written in &claim.name.written {
        if let Some(how) = whole_written(written, account) {
            let how = if written.is_guessed { GUESSED.1 } else { how };
            return NameComparison { mark: (Mark::Agree, how), given: Given::Agrees };
        }
    }
    for reading in &claim.name.kana {
        if is_whole(reading, account.kana(), account.family_kana(), account.given_kana()) {
            return NameComparison { mark: (Mark::Agree, "kana"), given: Given::Agrees };
        }
    }
    let romaji_counts = claim.name.kana.is_empty();
    for romaji in claim.name.romaji.iter().filter(|_| romaji_counts) {
        if whole_romaji(romaji, account) {
            return NameComparison { mark: (Mark::Agree, "romaji"), given: Given::Agrees };
        }
    }
    if !look_closely {
        return best;
    }
    for written in &claim.name.written {
        for family in account.families() {
            better(&mut best, parts_of(written, family, account.given()));
        }
        if is_confusable(&written.whole, account.name()) {
            better(&mut best, NameComparison { mark: (Mark::Near, "confusable_characters"), given: Given::Near });
        } else if best.mark.0 == Mark::Differ && is_alike(&written.whole, account.name()) {
            best.mark = (Mark::Near, "similar");
        }
    }
    for reading in &claim.name.kana {
        better(&mut best, parts_of(reading, account.family_kana(), account.given_kana()));
    }
    for romaji in claim.name.romaji.iter().filter(|_| romaji_counts && !account.given_romaji().is_empty()) {
        better(&mut best, parts_of(romaji, account.family_romaji(), account.given_romaji()));
        better(&mut best, parts_of(romaji, account.given_romaji(), account.family_romaji()).turned());
    }
    best
}

impl NameComparison {
    /// The parts were compared in the other order.
    fn turned(self) -> Self {
        match self.mark.1 {
            "same_family_name" => Self { mark: (Mark::Near, "same_given_name"), given: Given::Agrees },
            "same_given_name" => Self { mark: (Mark::Near, "same_family_name"), given: Given::Differs },
            _ => self,
        }
    }
}

fn better(best: &mut NameComparison, other: NameComparison) {
    let rank = |given: Given| match given {
        Given::Agrees => 3,
        Given::Near => 2,
        Given::Differs => 1,
        Given::Unknown => 0,
    };
    if rank(other.given) > rank(best.given) {
        best.given = other.given;
    }
    let near_beats = best.mark.0 == Mark::Differ && other.mark.0 == Mark::Near;
    let given_beats = other.mark.1 == "same_given_name" && best.mark.0 != Mark::Agree;
    if near_beats || given_beats {
        best.mark = other.mark;
    }
}

fn whole_written(written: &WrittenName, account: &AccountKeys) -> Option<&'static str> {
    if account.wholes().any(|whole| whole == written.whole) {
        return Some(if account.name() == written.whole { "" } else { "former_name" });
    }
    let turned = |family: &str| {
        !family.is_empty()
            && !account.given().is_empty()
            && written.whole.len() == family.len() + account.given().len()
            && written.whole.starts_with(account.given())
            && written.whole.ends_with(family)
    };
    if account.families().any(turned) {
        return Some("given_name_first");
    }
    // 山田タロウ, ヤマダ太郎: one part in kana.
    let half_kana = account.families().any(|family| {
        written.whole.strip_prefix(family).is_some_and(|rest| is_reading(rest, account.given_kana()))
            || (!account.given().is_empty()
                && written
                    .whole
                    .strip_suffix(account.given())
                    .is_some_and(|rest| is_reading(rest, account.family_kana())))
    });
    half_kana.then_some("partly_kana")
}

fn is_reading(text: &str, kana_key: &str) -> bool {
    !kana_key.is_empty() && is_kana(text) && kana_key_of_folded(text) == kana_key
}

fn is_whole(claim: &WrittenName, whole: &str, family: &str, given: &str) -> bool {
    if given.is_empty() || family.is_empty() {
        return false;
    }
    claim.whole == whole || claim.parts.as_ref().is_some_and(|(first, second)| first == given && second == family)
}

fn whole_romaji(claim: &WrittenName, account: &AccountKeys) -> bool {
    let (family, given) = (account.family_romaji(), account.given_romaji());
    let joined = |first: &str, second: &str| {
        claim.whole.len() == first.len() + second.len()
            && claim.whole.starts_with(first)
            && claim.whole.ends_with(second)
    };
    let in_one = || {
        // At most the sounds that prolong a vowel across the joint are missing.
        let shorter = (family.len() + given.len()).checked_sub(claim.whole.len());
        claim.parts.is_none()
            && shorter.is_some_and(|signs| signs <= 4)
            && (claim.whole == joined_romaji(family, given) || claim.whole == joined_romaji(given, family))
    };
    !family.is_empty() && !given.is_empty() && (joined(family, given) || joined(given, family) || in_one())
}

/// Which part agrees, when the whole does not.
fn parts_of(claim: &WrittenName, family: &str, given: &str) -> NameComparison {
    if family.is_empty() && given.is_empty() {
        return NameComparison { mark: (Mark::Differ, ""), given: Given::Unknown };
    }
    let (same_family, same_given, only_family) = match &claim.parts {
        Some((first, second)) => (first == family, second == given, false),
        None => (
            !family.is_empty() && claim.whole.starts_with(family),
            !given.is_empty() && claim.whole.ends_with(given),
            claim.whole == family,
        ),
    };
    if same_given && !given.is_empty() {
        return NameComparison { mark: (Mark::Near, "same_given_name"), given: Given::Agrees };
    }
    let typed_given = match &claim.parts {
        Some((_, second)) => second.as_str(),
        None if same_family => &claim.whole[family.len()..],
        None => "",
    };
    let given_verdict = if only_family || given.is_empty() {
        Given::Unknown
    } else if !typed_given.is_empty() && (is_confusable(typed_given, given) || is_alike(typed_given, given)) {
        Given::Near
    } else {
        Given::Differs
    };
    let mark = if same_family && !family.is_empty() { (Mark::Near, "same_family_name") } else { (Mark::Differ, "") };
    NameComparison { mark, given: given_verdict }
}

fn compare_kana(claim: &ClaimKeys, account: &AccountKeys, look_closely: bool) -> NameComparison {
    let on_record = !account.kana().is_empty();
    if !on_record || (claim.kana.is_empty() && claim.kana_romaji.is_empty()) {
        return NOT_GIVEN;
    }
    if claim.kana.iter().any(|reading| is_whole(reading, account.kana(), account.family_kana(), account.given_kana())) {
        return NameComparison { mark: (Mark::Agree, ""), given: Given::Agrees };
    }
    if claim.kana_romaji.iter().any(|romaji| whole_romaji(romaji, account)) {
        return NameComparison { mark: (Mark::Agree, "romaji"), given: Given::Agrees };
    }
    let mut best = NameComparison { mark: (Mark::Differ, ""), given: Given::Unknown };
    if !look_closely {
        return best;
    }
    for reading in &claim.kana {
        better(&mut best, parts_of(reading, account.family_kana(), account.given_kana()));
        if best.mark.0 == Mark::Differ && is_alike(&reading.whole, account.kana()) {
            best.mark = (Mark::Near, "similar");
        }
    }
    for romaji in &claim.kana_romaji {
        better(&mut best, parts_of(romaji, account.family_romaji(), account.given_romaji()));
    }
    best
}
