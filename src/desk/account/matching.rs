//! Whose registration is a claim about? The decision over compared candidates.
//!
//! Only `exact` links by itself. It asks for number, birthdate and a third sign (the whole name in any listed writing, the
//! whole reading, or the registered address), and for one registration that has them: of two that do, the one whose signs
//! include all of the other's and more is taken, else staff look (`conflict`).

use super::compare::{Comparison, Mark, Reason, compare};
use super::keys::{AccountKeys, ClaimKeys};
use crate::word_enum;

/// Stored with each link: raise it when a rule or a key changes, and matches are made again.
pub const RULE_VERSION: &str = "2026-11-a";
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
    let mut compared: Vec<(Id, Comparison)> =
        candidates.into_iter().map(|(id, account)| (id, compare(claim, account))).collect();
    compared.sort_by(|(a, x), (b, y)| y.points.cmp(&x.points).then(a.cmp(b)));
    compared.dedup_by(|(a, _), (b, _)| a == b);
    let (grade, at) = decide(claim, &compared);
    let linked = at.and_then(|at| compared.get(at)).map(|(id, _)| *id);
    if let Some(at) = at {
        // The linked one stands first whatever the points say.
        compared[..=at].rotate_right(1);
    }
    let candidates = compared
        .into_iter()
        .filter(|(_, comparison)| comparison.points > 0 || comparison.number.0 == Mark::Agree)
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
    let with_sign: Vec<usize> = both.iter().copied().filter(|&i| compared[i].1.signs.any()).collect();
    if !with_sign.is_empty() {
        let one = with_sign
            .iter()
            .copied()
            .find(|&i| with_sign.iter().all(|&j| j == i || compared[i].1.signs.exceed(compared[j].1.signs)));
        return match one {
            Some(i) if !has_rival(&compared[i].1, compared) => (Grade::Exact, Some(i)),
            _ => (Grade::Conflict, None),
        };
    }
    if let Some(best) = both.first().map(|&i| &compared[i].1) {
        // The number and birthdate of one, the name or address of another: a twin's number, a stranger.
        let conflict = has_rival(best, compared) || best.another_given_name;
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

/// Someone else with this birthdate whom the claim's name, reading or address fits better: then number and person part ways.
fn has_rival<Id>(owner: &Comparison, compared: &[(Id, Comparison)]) -> bool {
    compared.iter().map(|(_, c)| c).filter(|c| c.number.0 != Mark::Agree && c.birthdate.0 == Mark::Agree).any(|c| {
        c.signs.exceed(owner.signs)
            || (c.signs.name && !owner.signs.name)
            || (c.signs.kana && !owner.signs.name && !owner.signs.kana)
    })
}

/// Without number and birthdate together, the points propose: 55 and more to one person alone is strong.
fn by_points<Id>(compared: &[(Id, Comparison)]) -> Grade {
    let Some((_, best)) = compared.first() else { return Grade::None };
    if best.points < 25 {
        return Grade::None;
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
