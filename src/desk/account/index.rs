//! All registrations in memory, for batches: `accounts match`, `accounts duplicates`. A ticket is matched from the database.

use std::collections::HashMap;

use super::keys::{AccountKeys, ClaimKeys, key_hash};
use super::matching::{MatchOutcome, add_compared, is_exact, outcome_of};
use super::number::for_each_slip;

/// Candidates by birthdate at most: a placeholder date must not make every claim slow.
const BIRTHDATE_LIMIT: usize = 400;
/// Candidates by one name at most: namesakes are told apart by the other fields.
const NAME_LIMIT: usize = 1_000;

/// Registrations as keys, with sorted look-up tables (about 0.3 KB each).
#[derive(Default)]
pub struct AccountIndex {
    accounts: Vec<AccountKeys>,
    number: Vec<(u32, u32)>,
    birthdate: Vec<(i32, u32)>,
    names: Vec<(i64, u32)>,
    emails: Vec<(i64, u32)>,
    /// A bit for each number that somebody has: most of the numbers one slip away are nobody's.
    taken: Vec<u64>,
    /// For a registration that a repair put away, the one that stands for it.
    survivors: HashMap<u32, u32>,
}

impl AccountIndex {
    /// Builds the tables. Candidates are named by their place in the iterator.
    pub fn new(accounts: impl IntoIterator<Item = AccountKeys>) -> Self {
        let mut index = Self { accounts: accounts.into_iter().collect(), ..Self::default() };
        for (at, account) in index.accounts.iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            index.number.push((number_key(account.number.value()), at));
            index.birthdate.push((day_key(account.birthdate.date()), at));
            index.names.extend(account.wholes().map(|whole| (key_hash('n', whole), at)));
            if !account.kana().is_empty() {
                index.names.push((key_hash('k', account.kana()), at));
                index.names.push((key_hash('r', &account.romaji()), at));
            }
            index.emails.extend(account.emails().map(|email| (key_hash('e', email), at)));
        }
        index.accounts.shrink_to_fit();
        let largest = index.number.iter().map(|(number, _)| *number).max().unwrap_or(0);
        index.taken = vec![0; place_of(largest).0 + 1];
        for (number, _) in &index.number {
            let (word, bit) = place_of(*number);
            index.taken[word] |= bit;
        }
        index.number.sort_unstable();
        index.birthdate.sort_unstable();
        index.names.sort_unstable();
        index.emails.sort_unstable();
        index
    }

    /// The same, where registrations that a repair put away are met as the ones that stand for them (places to places).
    #[must_use]
    pub fn with_survivors(self, survivors: HashMap<u32, u32>) -> Self {
        Self { survivors, ..self }
    }

    /// How many registrations.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The keys of a registration by its place.
    pub fn get(&self, at: u32) -> Option<&AccountKeys> {
        self.accounts.get(usize::try_from(at).ok()?)
    }

    /// Grades one claim.
    pub fn match_claim(&self, claim: &ClaimKeys) -> MatchOutcome<u32> {
        // Number and birthdate first: when they and a third sign agree, namesakes elsewhere change nothing.
        let first = self.living(self.by_number_and_birthdate(claim));
        let mut compared = Vec::with_capacity(first.len());
        add_compared(claim, self.with_keys(&first), &mut compared);
        if !is_exact(claim, &compared) {
            let mut more = self.living(self.by_name_and_address(claim));
            more.retain(|at| first.binary_search(at).is_err());
            add_compared(claim, self.with_keys(&more), &mut compared);
        }
        outcome_of(claim, compared)
    }

    /// Places in order, each once, none that was put away.
    fn living(&self, mut places: Vec<u32>) -> Vec<u32> {
        if !self.survivors.is_empty() {
            for at in &mut places {
                *at = self.survivors.get(at).copied().unwrap_or(*at);
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    fn with_keys<'i>(&'i self, places: &'i [u32]) -> impl Iterator<Item = (u32, &'i AccountKeys)> {
        places.iter().filter_map(|&at| self.get(at).map(|account| (at, account)))
    }

    /// Everyone who has the claim's number or one a slip away, or its birthdate.
    fn by_number_and_birthdate(&self, claim: &ClaimKeys) -> Vec<u32> {
        let mut found = Vec::new();
        if let Some(number) = claim.number {
            let number = number_key(number.value());
            found.extend(equal(&self.number, number));
            for_each_slip(number, |near| {
                if self.is_taken(near) {
                    found.extend(equal(&self.number, near));
                }
            });
        }
        for birthdate in claim.birthdate.iter().chain(&claim.birthdate_readings) {
            found.extend(equal(&self.birthdate, day_key(birthdate.date())).take(BIRTHDATE_LIMIT));
        }
        found
    }

    /// Everyone who shares a name, a reading or an address with it.
    fn by_name_and_address(&self, claim: &ClaimKeys) -> Vec<u32> {
        let mut found = Vec::new();
        for key in claim.name_hashes() {
            found.extend(equal(&self.names, key).take(NAME_LIMIT));
        }
        for key in claim.email_hashes() {
            found.extend(equal(&self.emails, key).take(NAME_LIMIT));
        }
        found
    }

    fn is_taken(&self, number: u32) -> bool {
        let (word, bit) = place_of(number);
        self.taken.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Groups of places that share a number, a birthdate, or a whole name or reading.
    pub(super) fn groups(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        groups_of(&self.number).chain(groups_of(&self.birthdate)).chain(groups_of(&self.names))
    }
}

fn number_key(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

fn place_of(number: u32) -> (usize, u64) {
    (usize::try_from(number / 64).unwrap_or(0), 1 << (number % 64))
}

fn day_key(day: chrono::NaiveDate) -> i32 {
    use chrono::Datelike;
    day.num_days_from_ce()
}

fn equal<K: Ord + Copy>(table: &[(K, u32)], key: K) -> impl Iterator<Item = u32> + '_ {
    let start = table.partition_point(|(other, _)| *other < key);
    table[start..].iter().take_while(move |(other, _)| *other == key).map(|(_, at)| *at)
}

fn groups_of<K: Eq + Copy>(table: &[(K, u32)]) -> impl Iterator<Item = Vec<u32>> + '_ {
    table
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|group| group.len() > 1 && group.len() <= 2_000)
        .map(|group| group.iter().map(|(_, at)| *at).collect())
}
