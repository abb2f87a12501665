//! What a registration and a claim are compared by.

use super::fold::fold;
use super::kana::{kana_key, kana_key_of_folded, romaji_of_kana};
use super::name::{NameBox, WrittenName, name_key};
use super::{AccountRecord, Birthdate, BirthdateError, EmailAddress, Phone, RegistrationNumber};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};

/// A registration as keys; computed once, compared often. Its texts lie side by side in one string: a comparison then waits
/// for one place of memory, which is what a batch spends its time on.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountKeys {
    pub(super) number: RegistrationNumber,
    pub(super) birthdate: Birthdate,
    /// Every [`Part`], one after the other.
    text: Box<str>,
    /// Where each part ends.
    ends: [u32; PARTS],
    /// What few registrations have.
    more: Option<Box<More>>,
}

/// A text of [`AccountKeys`].
#[derive(Clone, Copy)]
enum Part {
    Name,
    Family,
    Given,
    Kana,
    FamilyKana,
    GivenKana,
    FamilyRomaji,
    GivenRomaji,
    Email,
    Phone,
}

const PARTS: usize = 10;

/// Former names and addresses.
#[derive(Clone, PartialEq, Eq, Default)]
struct More {
    /// Whole names under former family names.
    wholes: Vec<Box<str>>,
    families: Vec<Box<str>>,
    emails: Vec<Box<str>>,
}

impl AccountKeys {
    /// The keys of a registration.
    pub fn of(record: &AccountRecord) -> Self {
        let family = name_key(&record.family_name);
        let given = name_key(&record.given_name);
        let (family_kana, given_kana) = (fold(&record.family_kana), fold(&record.given_kana));
        let mut text = String::with_capacity(192);
        let mut ends = [0; PARTS];
        let mut at = 0;
        let mut end = |text: &String| {
            ends[at] = u32::try_from(text.len()).unwrap_or(u32::MAX);
            at += 1;
        };
        // In the order of `Part`.
        text.push_str(&family);
        text.push_str(&given);
        end(&text);
        text.push_str(&family);
        end(&text);
        text.push_str(&given);
        end(&text);
        text.push_str(&kana_key_of_folded(&format!("{family_kana} {given_kana}")));
        end(&text);
        text.push_str(&kana_key_of_folded(&family_kana));
        end(&text);
        text.push_str(&kana_key_of_folded(&given_kana));
        end(&text);
        text.push_str(&romaji_of_kana(&family_kana));
        end(&text);
        text.push_str(&romaji_of_kana(&given_kana));
        end(&text);
        if let Ok(email) = EmailAddress::read(&record.email) {
            text.push_str(&email.key());
        }
        end(&text);
        if let Ok(phone) = Phone::parse(&record.phone) {
            text.push_str(phone.value.digits());
        }
        end(&text);
        Self {
            number: record.registration_number,
            birthdate: record.birthdate,
            text: text.into(),
            ends,
            more: More::of(record, &given).map(Box::new),
        }
    }

    fn part(&self, part: Part) -> &str {
        let at = part as usize;
        let place = |at: usize| usize::try_from(self.ends[at]).unwrap_or(usize::MAX);
        let start = if at == 0 { 0 } else { place(at - 1) };
        self.text.get(start..place(at)).unwrap_or("")
    }

    /// The registered whole name, keyed.
    pub fn name(&self) -> &str {
        self.part(Part::Name)
    }

    /// Whole names: the registered one first, then those under former names.
    pub(super) fn wholes(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name()).chain(self.more.iter().flat_map(|more| &more.wholes).map(|whole| &**whole))
    }

    /// Family names: the registered one first, then former ones.
    pub(super) fn families(&self) -> impl Iterator<Item = &str> {
        let former = self.more.iter().flat_map(|more| &more.families).map(|family| &**family);
        std::iter::once(self.part(Part::Family)).chain(former)
    }

    pub(super) fn given(&self) -> &str {
        self.part(Part::Given)
    }

    /// The whole reading, keyed.
    pub fn kana(&self) -> &str {
        self.part(Part::Kana)
    }

    pub(super) fn family_kana(&self) -> &str {
        self.part(Part::FamilyKana)
    }

    pub(super) fn given_kana(&self) -> &str {
        self.part(Part::GivenKana)
    }

    pub(super) fn family_romaji(&self) -> &str {
        self.part(Part::FamilyRomaji)
    }

    pub(super) fn given_romaji(&self) -> &str {
        self.part(Part::GivenRomaji)
    }

    /// The romanised whole, family name first.
    pub fn romaji(&self) -> String {
        format!("{}{}", self.family_romaji(), self.given_romaji())
    }

    /// The registered address, keyed; empty when there is none.
    pub fn email(&self) -> &str {
        self.part(Part::Email)
    }

    /// The registered address first when there is one, then former ones.
    pub(super) fn emails(&self) -> impl Iterator<Item = &str> {
        let former = self.more.iter().flat_map(|more| &more.emails).map(|email| &**email);
        std::iter::once(self.email()).filter(|email| !email.is_empty()).chain(former)
    }

    pub(super) fn phone(&self) -> &str {
        self.part(Part::Phone)
    }
}

impl More {
    fn of(record: &AccountRecord, given: &str) -> Option<Self> {
        if record.former_names.is_empty() && record.former_emails.is_empty() {
            return None;
        }
        let mut more = Self::default();
        for former in &record.former_names {
            more.add(former, given);
        }
        for email in &record.former_emails {
            if let Ok(email) = EmailAddress::read(email) {
                more.emails.push(email.key().into());
            }
        }
        Some(more)
    }

    /// A former name is a family name alone (旧姓) or a whole name.
    fn add(&mut self, former: &str, given: &str) {
        let key = name_key(former);
        if key.is_empty() {
            return;
        }
        let has_two_parts = fold(former).split(' ').count() > 1;
        let given_ends_it = !given.is_empty() && key.len() > given.len() && key.ends_with(given);
        if has_two_parts || given_ends_it {
            if given_ends_it {
                self.families.push(key[..key.len() - given.len()].into());
            }
            self.wholes.push(key.into());
        } else {
            self.wholes.push(format!("{key}{given}").into());
            self.families.push(key.into());
        }
    }
}

impl std::fmt::Debug for AccountKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountKeys(***)")
    }
}

/// What a person claims to be, as typed. Any field may be empty.
#[derive(Clone, Default)]
pub struct Claim {
    /// 医籍登録番号
    pub registration_number: Option<String>,
    /// 生年月日
    pub birthdate: Option<String>,
    /// 氏名
    pub name: Option<String>,
    /// フリガナ
    pub kana: Option<String>,
    /// メールアドレス
    pub email: Option<String>,
    /// 電話番号
    pub phone: Option<String>,
}

impl Claim {
    /// From an object as a program or a person wrote it: texts, bare numbers, `null`; other keys are left aside. The name
    /// may come in its two parts.
    ///
    /// # Errors
    /// The field that is neither, in words for the person who sends it.
    pub fn from_json(object: &serde_json::Map<String, serde_json::Value>) -> Result<Self, String> {
        use serde_json::Value;
        let field = |name: &str| match object.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(format!("{name} is not a text")),
        };
        let of_parts = |whole: &str, family: &str, given: &str| -> Result<Option<String>, String> {
            let parts = [field(family)?, field(given)?];
            let joined = || parts.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
            Ok(field(whole)?.or_else(|| parts.iter().any(Option::is_some).then(joined)))
        };
        Ok(Self {
            registration_number: field("registration_number")?,
            birthdate: field("birthdate")?,
            name: of_parts("name", "family_name", "given_name")?,
            kana: of_parts("kana", "family_kana", "given_kana")?,
            email: field("email")?,
            phone: field("phone")?,
        })
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claim(***)")
    }
}

/// A claim as keys.
#[derive(Clone, Default)]
pub struct ClaimKeys {
    pub(super) number: Option<RegistrationNumber>,
    pub(super) birthdate: Option<Birthdate>,
    /// The readings of a birthdate that has more than one.
    pub(super) birthdate_readings: Vec<Birthdate>,
    pub(super) name: NameBox,
    /// Readings from the kana box.
    pub(super) kana: Vec<WrittenName>,
    /// Romanisations from the kana box.
    pub(super) kana_romaji: Vec<WrittenName>,
    pub(super) email: Option<String>,
    /// The address with a probable slip of its domain mended: for finding, never for linking.
    pub(super) email_mended: Option<String>,
    pub(super) phone: Option<String>,
}

impl ClaimKeys {
    /// Reads a claim as typed; what cannot be read counts as missing.
    pub fn read(claim: &Claim, today: NaiveDate) -> Self {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let mut keys = Self {
            number: RegistrationNumber::parse(&text(&claim.registration_number)).ok().map(|number| number.value),
            name: NameBox::read(&text(&claim.name)),
            phone: Phone::parse(&text(&claim.phone)).ok().map(|phone| phone.value.digits().to_owned()),
            ..Self::default()
        };
        match Birthdate::parse(&text(&claim.birthdate), today) {
            Ok(birthdate) => keys.birthdate = Some(birthdate.value),
            Err(BirthdateError::Ambiguous(readings)) => keys.birthdate_readings = readings,
            Err(_) => {}
        }
        let kana = NameBox::read(&text(&claim.kana));
        if !kana.kana.is_empty() {
            keys.kana = kana.kana;
        } else if !kana.romaji.is_empty() {
            keys.kana_romaji = kana.romaji;
        } else {
            // A writing in the box of the reading: the two boxes were mixed up, or it stands in both.
            keys.name.written.extend(kana.written);
        }
        if let Ok(email) = EmailAddress::read(&text(&claim.email)) {
            keys.email_mended = super::email::typo_of(email.domain())
                .map(|domain| format!("{}@{domain}", email.local_part().to_lowercase()));
            keys.email = Some(email.key());
        }
        keys
    }

    /// From a ticket: number and birthdate as they were understood at the door, or else the texts of the claim, which may
    /// have several readings.
    pub fn of_ticket(
        number: Option<RegistrationNumber>,
        birthdate: Option<Birthdate>,
        claim: &Claim,
        today: NaiveDate,
    ) -> Self {
        let mut keys = Self::read(claim, today);
        keys.number = number.or(keys.number);
        if birthdate.is_some() {
            keys.birthdate = birthdate;
            keys.birthdate_readings.clear();
        }
        keys
    }

    /// Hashes of whole names, readings and romanisations to look candidates up by, in both orders.
    pub(super) fn name_hashes(&self) -> Vec<i64> {
        let mut hashes = Vec::new();
        for name in &self.name.written {
            for key in
                std::iter::once(&name.whole).chain(name.reversed().as_ref()).filter(|key| key.chars().nth(1).is_some())
            {
                hashes.push(key_hash('n', key));
            }
        }
        let readings = self.kana.iter().chain(&self.name.kana);
        for reading in readings {
            hashes.push(key_hash('k', &reading.whole));
            if let Some((first, second)) = &reading.parts {
                hashes.push(key_hash('k', &kana_key(&format!("{second} {first}"))));
            }
        }
        // Romanisations only when no kana was given, which says more.
        if self.kana.is_empty() && self.name.kana.is_empty() {
            for name in self.name.romaji.iter().chain(&self.kana_romaji) {
                for key in std::iter::once(&name.whole).chain(name.reversed().as_ref()) {
                    hashes.push(key_hash('r', key));
                }
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }

    /// Hashes of addresses to look candidates up by.
    pub(super) fn email_hashes(&self) -> Vec<i64> {
        self.email.iter().chain(&self.email_mended).map(|email| key_hash('e', email)).collect()
    }
}

/// The first 64 bits of the SHA-256 of a key with its kind (`n` name, `k` kana, `r` romaji, `e` email). Stored: it must
/// stay the same for ever.
pub(super) fn key_hash(kind: char, key: &str) -> i64 {
    let mut hash = Sha256::new();
    hash.update(kind.encode_utf8(&mut [0; 4]));
    hash.update(key);
    let digest: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}
