//! What a registration and a claim are compared by.

use super::fold::fold;
use super::kana::{kana_key, kana_key_of_folded, romaji_of_kana};
use super::name::{NameBox, WrittenName, name_key};
use super::{AccountRecord, Birthdate, BirthdateError, EmailAddress, Phone, RegistrationNumber};
use chrono::NaiveDate;

/// A registration as keys; computed once, compared often.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountKeys {
    pub(super) number: RegistrationNumber,
    pub(super) birthdate: Birthdate,
    /// Whole names: the registered one first, then those under former names.
    pub(super) wholes: Vec<Box<str>>,
    pub(super) families: Vec<Box<str>>,
    pub(super) given: Box<str>,
    pub(super) kana: Box<str>,
    pub(super) family_kana: Box<str>,
    pub(super) given_kana: Box<str>,
    pub(super) family_romaji: Box<str>,
    pub(super) given_romaji: Box<str>,
    /// The registered address first, then former ones.
    pub(super) emails: Vec<Box<str>>,
    pub(super) phone: Box<str>,
}

impl AccountKeys {
    /// The keys of a registration.
    pub fn of(record: &AccountRecord) -> Self {
        let family = name_key(&record.family_name);
        let given = name_key(&record.given_name);
        let (family_kana_text, given_kana_text) = (fold(&record.family_kana), fold(&record.given_kana));
        let mut keys = Self {
            number: record.registration_number,
            birthdate: record.birthdate,
            wholes: vec![format!("{family}{given}").into()],
            families: vec![family.into()],
            kana: kana_key_of_folded(&format!("{family_kana_text} {given_kana_text}")).into(),
            family_kana: kana_key_of_folded(&family_kana_text).into(),
            given_kana: kana_key_of_folded(&given_kana_text).into(),
            family_romaji: romaji_of_kana(&family_kana_text).into(),
            given_romaji: romaji_of_kana(&given_kana_text).into(),
            emails: Vec::new(),
            phone: Phone::parse(&record.phone).map(|phone| phone.value.digits().into()).unwrap_or_default(),
            given: given.into(),
        };
        for former in &record.former_names {
            keys.add_former(former);
        }
        for email in std::iter::once(&record.email).chain(&record.former_emails) {
            if let Ok(email) = EmailAddress::parse(email) {
                keys.emails.push(email.value.key().into());
            }
        }
        keys
    }

    /// A former name is a family name alone (旧姓) or a whole name.
    fn add_former(&mut self, former: &str) {
        let key = name_key(former);
        if key.is_empty() {
            return;
        }
        let has_two_parts = fold(former).split(' ').count() > 1;
        let given_ends_it = !self.given.is_empty() && key.len() > self.given.len() && key.ends_with(&*self.given);
        if has_two_parts || given_ends_it {
            if given_ends_it {
                self.families.push(key[..key.len() - self.given.len()].into());
            }
            self.wholes.push(key.into());
        } else {
            self.wholes.push(format!("{key}{}", self.given).into());
            self.families.push(key.into());
        }
    }

    /// The registered whole name, keyed.
    pub fn name(&self) -> &str {
        self.wholes.first().map_or("", |whole| whole)
    }

    /// The whole reading, keyed.
    pub fn kana(&self) -> &str {
        &self.kana
    }

    /// The romanised whole, family name first.
    pub fn romaji(&self) -> String {
        format!("{}{}", self.family_romaji, self.given_romaji)
    }

    /// The registered address, keyed; empty when there is none.
    pub fn email(&self) -> &str {
        self.emails.first().map_or("", |email| email)
    }
}

/// What a person claims to be, as typed. Any field may be empty.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
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
        }
        if let Ok(email) = EmailAddress::parse(&text(&claim.email)) {
            keys.email_mended = super::email::typo_of(email.value.domain())
                .map(|domain| format!("{}@{domain}", email.value.local_part().to_lowercase()));
            keys.email = Some(email.value.key());
        }
        keys
    }

    /// From fields that were already parsed at the door (a ticket).
    pub fn of_parsed(
        number: Option<RegistrationNumber>,
        birthdate: Option<Birthdate>,
        name: &str,
        kana: &str,
        email: &str,
        phone: &str,
        today: NaiveDate,
    ) -> Self {
        let claim = Claim {
            name: Some(name.to_owned()),
            kana: Some(kana.to_owned()),
            email: Some(email.to_owned()),
            phone: Some(phone.to_owned()),
            ..Claim::default()
        };
        Self { number, birthdate, ..Self::read(&claim, today) }
    }

    /// Keys of whole names to look candidates up by: writings in both orders.
    pub(super) fn name_lookups(&self) -> Vec<String> {
        let mut keys: Vec<String> = self
            .name
            .written
            .iter()
            .flat_map(|name| std::iter::once(name.whole.clone()).chain(name.reversed()))
            .collect();
        keys.retain(|key| key.chars().count() > 1);
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Keys of whole readings to look candidates up by.
    pub(super) fn kana_lookups(&self) -> Vec<String> {
        let readings = self.kana.iter().chain(&self.name.kana);
        let mut keys: Vec<String> = readings
            .flat_map(|name| {
                std::iter::once(name.whole.clone())
                    .chain(name.parts.as_ref().map(|(a, b)| kana_key(&format!("{b} {a}"))))
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Keys of whole romanisations to look candidates up by; only when no kana was given, which says more.
    pub(super) fn romaji_lookups(&self) -> Vec<String> {
        if !self.kana_lookups().is_empty() {
            return Vec::new();
        }
        let names = self.name.romaji.iter().chain(&self.kana_romaji);
        let mut keys: Vec<String> =
            names.flat_map(|name| std::iter::once(name.whole.clone()).chain(name.reversed())).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Addresses to look candidates up by.
    pub(super) fn email_lookups(&self) -> Vec<String> {
        self.email.iter().chain(&self.email_mended).cloned().collect()
    }
}
