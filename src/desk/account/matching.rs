//! Whose registration is a claim about? The decision over compared candidates.
//!
//! Only `exact` links by itself. It asks for number, birthdate and a third sign (the whole name in any listed writing, the
//! whole reading, or the registered address). Two registrations that have them are one person's (二重登録): the one that more
//! signs speak for is taken, then the one with more points, then the older one; staff see both.

use super::compare::{Comparison, Mark, Reason, compare};
use super::keys::{AccountKeys, ClaimKeys};
use crate::word_enum;

/// Stored with each link: raise it when a rule or a key changes, and matches are made again.
pub const RULE_VERSION: &str = "2026-12-a";
/// Candidates shown to staff.
pub const SHOWN: usize = 5;

word_enum! {
    /// How sure a match is.
    Grade {
        /// Links by itself.
        Exact = "exact",
        /// A link is proposed, one click.
        Strong = "strong",
        /// A list to look at.
        Weak = "weak",
        /// Nobody fits.
        None = "none",
        /// The claim contradicts itself or fits two; nothing happens by itself.
        Conflict = "conflict",
    }
}

/// A registration that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<Id> {
    /// Which.
    pub id: Id,
    /// Rank points; more is likelier.
    pub points: i32,
    /// Field by field.
    pub reasons: Vec<Reason>,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchOutcome<Id> {
    /// How sure.
    pub grade: Grade,
    /// The account, only when the grade is `exact`.
    pub linked: Option<Id>,
    /// Best first, at most [`SHOWN`].
    pub candidates: Vec<Candidate<Id>>,
}

/// Grades a claim against the candidates a look-up found. Order of candidates does not matter.
pub fn match_claim<'a, Id: Copy + Ord + 'a>(
    claim: &ClaimKeys,
    candidates: impl IntoIterator<Item = (Id, &'a AccountKeys)>,
) -> MatchOutcome<Id> {
    let mut compared = Vec::new();
    add_compared(claim, candidates, &mut compared);
    outcome_of(claim, compared)
}

/// Compares more candidates with a claim: best first, each once.
pub(super) fn add_compared<'a, Id: Copy + Ord + 'a>(
    claim: &ClaimKeys,
    candidates: impl IntoIterator<Item = (Id, &'a AccountKeys)>,
    compared: &mut Vec<(Id, Comparison)>,
) {
    compared.extend(candidates.into_iter().map(|(id, account)| (id, compare(claim, account))));
    compared.sort_by(|(a, x), (b, y)| y.points.cmp(&x.points).then(a.cmp(b)));
    compared.dedup_by(|(a, _), (b, _)| a == b);
}

/// Whether these candidates suffice for a link: no others can take it away.
pub(super) fn is_exact<Id>(claim: &ClaimKeys, compared: &[(Id, Comparison)]) -> bool {
    decide(claim, compared).0 == Grade::Exact
}

/// The decision over candidates from [`add_compared`].
pub(super) fn outcome_of<Id: Copy>(claim: &ClaimKeys, mut compared: Vec<(Id, Comparison)>) -> MatchOutcome<Id> {
    let (grade, at) = decide(claim, &compared);
    let linked = at.and_then(|at| compared.get(at)).map(|(id, _)| *id);
    if let Some(at) = at {
        // The linked one stands first whatever the points say.
        compared[..=at].rotate_right(1);
    }
    let candidates = compared
        .into_iter()
        // Also whom the claim names or whose address it has, whatever the points say: number and birthdate may both be wrong.
        .filter(|(_, c)| c.points > 0 || c.number.0 == Mark::Agree || c.signs.any())
        .take(SHOWN)
        .map(|(id, comparison)| Candidate { id, points: comparison.points, reasons: comparison.reasons() })
        .collect();
    MatchOutcome { grade, linked, candidates }
}

fn decide<Id>(claim: &ClaimKeys, compared: &[(Id, Comparison)]) -> (Grade, Option<usize>) {
    let owns_number = |c: &Comparison| c.number.0 == Mark::Agree;
    let same_birthdate = |c: &Comparison| c.birthdate.0 == Mark::Agree;
    let at = |test: &dyn Fn(&Comparison) -> bool| {
        compared.iter().enumerate().filter(|(_, (_, c))| test(c)).map(|(at, _)| at).collect::<Vec<_>>()
    };

    let owners = at(&owns_number);
    let both = at(&|c| owns_number(c) && same_birthdate(c));
    // `compared` is in the order of points, so that the first of several equals is the best of them.
    let with_sign = both.iter().copied().filter(|&i| compared[i].1.signs.any());
    if let Some(i) = with_sign.min_by_key(|&i| std::cmp::Reverse(compared[i].1.signs.weight())) {
        // Another registration of the same given name is this person's second one, not a twin's; unless the address is
        // that one's alone, for then it may be a namesake's.
        let owner = &compared[i].1;
        let rival = rivals(owner, compared)
            .any(|c| c.given != owner.given || (is_named(owner) && c.signs.email && !owner.signs.email));
        return if rival { (Grade::Conflict, None) } else { (Grade::Exact, Some(i)) };
    }
    if let Some(best) = both.first().map(|&i| &compared[i].1) {
        // The number and birthdate of one, the name or address of another: a twin's number, a stranger.
        let conflict = rivals(best, compared).next().is_some() || has_neighbour(compared) || best.another_given_name;
        return (if conflict { Grade::Conflict } else { by_points(compared) }, None);
    }
    if let Some(best) = owners.first().map(|&i| &compared[i].1) {
        let birthdate_given = claim.birthdate.is_some() || !claim.birthdate_readings.is_empty();
        let named_elsewhere = !best.signs.any() && compared.iter().any(|(_, c)| !owns_number(c) && c.signs.any());
        let conflict = birthdate_given || named_elsewhere || (best.another_given_name && !best.signs.email);
        return (if conflict { Grade::Conflict } else { by_points(compared) }, None);
    }
    (by_points(compared), None)
}

/// Someone else with this birthdate of whom the claim says more than of the owner of the number: whom it names, while it
/// does not name the owner, or only by sound (小林藍 for 小林愛, Yuki for ユキ and ユウキ); or to whom its address belongs, when
/// nothing else, not even the given name, speaks for the owner (twins may share one). Then number and person part ways.
fn rivals<'c, Id>(owner: &Comparison, compared: &'c [(Id, Comparison)]) -> impl Iterator<Item = &'c Comparison> {
    let owner = *owner;
    let is_meant = move |c: &Comparison| {
        if is_named(&owner) {
            is_named(c) && (owner.only_romaji || c.signs.weight() > owner.signs.weight())
        } else {
            is_named(c) || (c.signs.email && (c.same_given_name || !owner.same_given_name))
        }
    };
    let is_another = |c: &&Comparison| c.number.0 != Mark::Agree && c.birthdate.0 == Mark::Agree;
    compared.iter().map(|(_, c)| c).filter(is_another).filter(move |c| is_meant(c))
}

fn is_named(c: &Comparison) -> bool {
    c.signs.name || c.signs.kana
}

/// Someone with this birthdate and a number one slip away, while nothing but number and birthdate speaks for the owner: of
/// twins the numbers stand side by side.
fn has_neighbour<Id>(compared: &[(Id, Comparison)]) -> bool {
    compared.iter().any(|(_, c)| c.number.0 == Mark::Near && c.birthdate.0 == Mark::Agree && !c.another_given_name)
}

/// Without number and birthdate together, the points propose: 55 and more to one person alone is strong.
fn by_points<Id>(compared: &[(Id, Comparison)]) -> Grade {
    let Some((_, best)) = compared.first() else { return Grade::None };
    if best.points < 25 {
        // Name and address together are worth a look, although number and birthdate are others.
        let to_look_at = |c: &Comparison| c.signs.email && (c.signs.name || c.signs.kana);
        return if compared.iter().any(|(_, c)| to_look_at(c)) { Grade::Weak } else { Grade::None };
    }
    if best.points < 55 {
        return Grade::Weak;
    }
    let second = compared.get(1).map_or(i32::MIN, |(_, c)| c.points);
    if second >= 25 && best.points - second < 10 {
        return Grade::Conflict;
    }
    if best.another_given_name { Grade::Weak } else { Grade::Strong }
}
