//! Claims of a season: what people get wrong, forget, or try.

use chrono::Days;
use madoguchi::desk::account::{AccountIndex, Claim, Grade, RegistrationNumber};

use super::ask;
use super::people::{Crowd, Dice, FAMILIES, GIVENS, Part, another};
use super::writing::{BIRTHDATES, EMAILS, KANA, NAMES, NUMBERS, Notation, Writer};

/// Counts; pairs are part and whole.
#[derive(Debug, Default)]
pub struct Figures {
    pub linked_wrongly: usize,
    pub strangers: usize,
    pub strangers_linked: usize,
    pub strangers_strong: usize,
    pub without_sign_linked: usize,
    pub twins_strong: usize,
    pub sufficient: (usize, usize),
    pub notation: (usize, usize),
    pub in_five: (usize, usize),
    pub conflict: (usize, usize),
}

fn count(pair: &mut (usize, usize), holds: bool) {
    pair.1 += 1;
    pair.0 += usize::from(holds);
}

/// What is known of a claim.
struct Truth {
    kind: &'static str,
    /// Who writes, when they have a registration.
    owner: Option<usize>,
    sufficient: bool,
    only_notation: bool,
    stranger: bool,
    another_given_and_mail: bool,
    /// Number and birthdate of one registration, and no third sign.
    without_sign: bool,
    number_of_another: bool,
    twin: bool,
}

pub fn play(crowd: &Crowd, index: &AccountIndex, dice: &mut Dice, claims: usize) -> Figures {
    let mut figures = Figures::default();
    for _ in 0..claims {
        let (claim, truth) = one(crowd, dice);
        let (grade, linked, candidates) = ask(crowd, index, &claim);
        if linked.is_some() && linked != truth.owner {
            figures.linked_wrongly += 1;
            eprintln!("wrongly linked, {}: {}", truth.kind, show(&claim));
        }
        if truth.sufficient {
            let right = linked.is_some() && linked == truth.owner;
            count(if truth.only_notation { &mut figures.notation } else { &mut figures.sufficient }, right);
            if !right {
                eprintln!("not linked ({grade}), {}: {}", truth.kind, show(&claim));
            }
        } else if let Some(owner) = truth.owner {
            count(&mut figures.in_five, candidates.contains(&owner));
            if !candidates.contains(&owner) {
                eprintln!("not among five ({grade}), {}: {}", truth.kind, show(&claim));
            }
        }
        if truth.without_sign && linked.is_some() {
            figures.without_sign_linked += 1;
            eprintln!("linked without a sign, {}: {}", truth.kind, show(&claim));
        }
        if truth.stranger {
            figures.strangers_linked += usize::from(linked.is_some());
            figures.strangers += usize::from(truth.another_given_and_mail);
            figures.strangers_strong += usize::from(truth.another_given_and_mail && grade == Grade::Strong);
        }
        if truth.number_of_another {
            count(&mut figures.conflict, grade == Grade::Conflict);
            if grade != Grade::Conflict {
                eprintln!("no conflict ({grade}), {}: {}", truth.kind, show(&claim));
            }
        }
        if truth.twin && grade == Grade::Strong && candidates.first() != truth.owner.as_ref() {
            figures.twins_strong += 1;
        }
    }
    figures
}

fn show(claim: &Claim) -> String {
    format!("{:?} {:?} {:?} {:?} {:?}", claim.registration_number, claim.birthdate, claim.name, claim.kana, claim.email)
}

fn write(notations: &[Notation], writer: &Writer<'_>, dice: &mut Dice) -> Option<String> {
    (0..30).find_map(|_| {
        let (_, write) = dice.of(notations);
        write(writer, dice)
    })
}

fn one(crowd: &Crowd, dice: &mut Dice) -> (Claim, Truth) {
    let at = dice.below(crowd.accounts.len());
    let account = &crowd.accounts[at];
    let writer = Writer { account, romaji: &crowd.romaji[at] };
    let mut claim = Claim {
        registration_number: Some(account.registration_number.value().to_string()),
        birthdate: Some(account.birthdate.ja()),
        name: Some(account.full_name()),
        kana: Some(account.full_kana()),
        email: Some(if dice.percent(60) { account.email.clone() } else { private(dice) }),
        phone: Some(account.phone.clone()),
    };
    let mut truth = Truth {
        kind: "",
        owner: Some(crowd.person[at]),
        sufficient: false,
        only_notation: false,
        stranger: false,
        another_given_and_mail: false,
        without_sign: false,
        number_of_another: false,
        twin: false,
    };
    match dice.below(16) {
        0..=2 => sufficient(&mut claim, &mut truth, &writer, dice),
        3..=6 => notation(&mut claim, &mut truth, &writer, dice),
        7 | 8 => wrong_number(crowd, &mut claim, &mut truth, at, dice),
        9 => wrong_birthdate(crowd, &mut claim, &mut truth, at, dice),
        10 => left_out(&mut claim, &mut truth, &writer, dice),
        11 => twin(crowd, &mut claim, &mut truth, dice),
        12 | 13 => stranger(&mut claim, &mut truth, &writer, dice),
        14 => without_sign(&mut claim, &mut truth, &writer, dice),
        _ => unregistered(crowd, &mut claim, &mut truth, dice),
    }
    (claim, truth)
}

fn private(dice: &mut Dice) -> String {
    format!("p{}@private.test", dice.below(1_000_000))
}

/// Number, birthdate and at least one sign, whatever the others say.
fn sufficient(claim: &mut Claim, truth: &mut Truth, writer: &Writer<'_>, dice: &mut Dice) {
    truth.sufficient = true;
    match dice.below(6) {
        0 => {
            truth.kind = "name alone";
            (claim.kana, claim.email, claim.phone) = (None, None, None);
        }
        1 => {
            truth.kind = "kana alone";
            (claim.name, claim.email) = (None, Some(private(dice)));
        }
        2 if !writer.account.email.is_empty() => {
            truth.kind = "address alone";
            (claim.name, claim.kana) = (None, None);
            claim.email = Some(writer.account.email.clone());
        }
        3 if !writer.account.email.is_empty() => {
            truth.kind = "married, writes from the address on file";
            let family = *dice.of(&FAMILIES);
            claim.name = Some(format!("{} {}", family.0, writer.account.given_name));
            claim.kana = Some(format!("{} {}", family.1, writer.account.given_kana));
            claim.email = Some(writer.account.email.clone());
        }
        4 => {
            truth.kind = "kana with a slip, name whole";
            claim.kana = Some(format!("{} {}", writer.account.family_kana, another(dice, GIVENS[0]).1));
        }
        _ => truth.kind = "everything",
    }
}

fn notation(claim: &mut Claim, truth: &mut Truth, writer: &Writer<'_>, dice: &mut Dice) {
    (truth.sufficient, truth.only_notation, truth.kind) = (true, true, "notation");
    claim.registration_number = write(NUMBERS, writer, dice);
    claim.birthdate = write(BIRTHDATES, writer, dice);
    claim.name = write(NAMES, writer, dice);
    claim.kana = if dice.percent(60) { write(KANA, writer, dice) } else { None };
    claim.email = if dice.percent(50) { write(EMAILS, writer, dice) } else { None };
    claim.phone = None;
}

fn owns(crowd: &Crowd, person: usize, number: RegistrationNumber) -> bool {
    crowd.accounts.iter().zip(&crowd.person).any(|(a, p)| *p == person && a.registration_number == number)
}

fn is_anothers(crowd: &Crowd, person: usize, number: RegistrationNumber) -> bool {
    !owns(crowd, person, number) && crowd.accounts.iter().any(|a| a.registration_number == number)
}

fn wrong_number(crowd: &Crowd, claim: &mut Claim, truth: &mut Truth, at: usize, dice: &mut Dice) {
    truth.kind = "wrong number";
    let near = crowd.accounts[at].registration_number.one_slip_away();
    let wrong = *dice.of(&near);
    claim.registration_number = Some(wrong.value().to_string());
    if dice.percent(30) {
        claim.kana = None;
    }
    let person = crowd.person[at];
    if owns(crowd, person, wrong) {
        truth.owner = None;
        truth.kind = "own other number";
        claim.name = None;
        claim.kana = None;
        claim.email = None;
        claim.registration_number = None;
    }
    truth.number_of_another = is_anothers(crowd, person, wrong);
}

fn wrong_birthdate(crowd: &Crowd, claim: &mut Claim, truth: &mut Truth, at: usize, dice: &mut Dice) {
    truth.kind = "wrong birthdate";
    let born = crowd.accounts[at].birthdate.date();
    let wrong = match dice.below(3) {
        0 => born + Days::new(366),
        1 => born + Days::new(1),
        _ => born - Days::new(365 * 30),
    };
    claim.birthdate = Some(wrong.to_string());
    if dice.percent(30) {
        claim.birthdate = Some(format!("04/0{}/{}", 5 + dice.below(4), wrong.format("%Y")));
    }
}

fn left_out(claim: &mut Claim, truth: &mut Truth, writer: &Writer<'_>, dice: &mut Dice) {
    truth.kind = "something left out";
    match dice.below(4) {
        0 => claim.registration_number = None,
        1 => claim.registration_number = Some("わかりません".to_owned()),
        2 => claim.birthdate = None,
        _ => {
            claim.birthdate = Some("2月30日".to_owned());
            claim.name = Some(writer.account.full_kana());
        }
    }
    if writer.account.email.is_empty() && claim.registration_number.is_none() && dice.percent(50) {
        claim.kana = None;
    }
}

fn twin(crowd: &Crowd, claim: &mut Claim, truth: &mut Truth, dice: &mut Dice) {
    (truth.kind, truth.twin, truth.number_of_another) = ("twin's number", true, true);
    let (mut writes, mut other) = *dice.of(&crowd.twins);
    if dice.percent(50) {
        (writes, other) = (other, writes);
    }
    let (me, number) = (&crowd.accounts[writes], crowd.accounts[other].registration_number);
    truth.owner = Some(crowd.person[writes]);
    *claim = Claim {
        registration_number: Some(format!("第{}号", number.value())),
        birthdate: Some(me.birthdate.ja()),
        name: Some(if dice.percent(25) { me.full_kana() } else { me.full_name() }),
        kana: dice.percent(60).then(|| me.full_kana()),
        email: Some(if dice.percent(40) { me.email.clone() } else { private(dice) }),
        phone: Some(me.phone.clone()),
    };
    if dice.percent(10) && !me.email.is_empty() {
        (claim.name, claim.kana, claim.email) = (None, None, Some(me.email.clone()));
    }
}

/// Somebody who knows a doctor's number and birthdate.
fn stranger(claim: &mut Claim, truth: &mut Truth, writer: &Writer<'_>, dice: &mut Dice) {
    (truth.kind, truth.stranger, truth.without_sign, truth.owner) = ("stranger", true, true, None);
    let account = writer.account;
    // Their own given name, read otherwise than the victim's.
    let given: Part = loop {
        let given = *dice.of(&GIVENS);
        let family_kana = &account.family_kana;
        if given.1 != account.given_kana && given.0 != account.given_name && family_kana != given.1 {
            break given;
        }
    };
    let same_family = dice.percent(30);
    let own = *dice.of(&FAMILIES);
    let (family, family_kana) =
        if same_family { (account.family_name.as_str(), account.family_kana.as_str()) } else { (own.0, own.1) };
    truth.another_given_and_mail = true;
    claim.name = Some(match dice.below(4) {
        0 => format!("{family_kana} {}", given.1),
        1 if !same_family => format!("{} {}", own.2, given.2),
        2 => format!("{family}{}", given.0),
        _ => format!("{family} {}", given.0),
    });
    claim.kana = dice.percent(50).then(|| format!("{family_kana} {}", given.1));
    claim.email = Some(private(dice));
    claim.phone = dice.percent(20).then(|| account.phone.clone());
}

fn without_sign(claim: &mut Claim, truth: &mut Truth, writer: &Writer<'_>, dice: &mut Dice) {
    truth.without_sign = true;
    let account = writer.account;
    let bare = Claim { phone: Some(account.phone.clone()), ..claim.clone() };
    *claim = Claim { name: None, kana: None, email: None, ..bare };
    match dice.below(7) {
        0 => truth.kind = "phone alone",
        1 => (truth.kind, claim.name) = ("family name", Some(account.family_name.clone())),
        2 => (truth.kind, claim.name) = ("given name", Some(account.given_name.clone())),
        3 => (truth.kind, claim.kana) = ("family kana", Some(account.family_kana.clone())),
        4 if !account.email.is_empty() => {
            truth.kind = "same local part elsewhere";
            claim.email = account.email.split_once('@').map(|(local, _)| format!("{local}@gmial.com"));
        }
        5 if account.email.len() > 8 => {
            truth.kind = "address with a slip";
            claim.email = Some(account.email.replacen(&account.email[2..3], "", 1));
        }
        _ => {
            truth.kind = "married, writes from elsewhere";
            claim.name = Some(format!("新婚 {}", account.given_name));
            claim.email = Some(private(dice));
        }
    }
}

fn unregistered(crowd: &Crowd, claim: &mut Claim, truth: &mut Truth, dice: &mut Dice) {
    (truth.kind, truth.owner) = ("not registered", None);
    let (family, given) = (*dice.of(&FAMILIES), *dice.of(&GIVENS));
    let other = dice.of(&crowd.accounts);
    let with_number = dice.percent(50);
    *claim = Claim {
        registration_number: Some(if with_number {
            other.registration_number.value().to_string()
        } else {
            (900_000 + dice.below(90_000)).to_string()
        }),
        birthdate: Some("1979-02-03".to_owned()),
        name: Some(format!("{} {}", family.0, given.0)),
        kana: None,
        email: Some(private(dice)),
        phone: None,
    };
    truth.number_of_another = with_number && other.birthdate.date().to_string() != "1979-02-03";
}
