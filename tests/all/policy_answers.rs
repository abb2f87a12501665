//! What the decision tables say beyond the verdict: as a mail, after their term, of facts that contradict each other, after the
//! last window.

use std::collections::BTreeSet;

use madoguchi::desk::Lang;
use madoguchi::desk::policy::{Fact, FactKind, Office, Policy, Topic, Verdict};
use madoguchi::desk::reply::last_look;
use serde_json::{Value, json};

use super::policy_tables::{Owned, application, asks, explain, explain_on};

// Every answer as a mail.

/// Values that stand on both sides of every boundary.
fn values(fact: &Fact) -> Vec<Value> {
    match &fact.kind {
        FactKind::YesNo => vec![json!(true), json!(false)],
        FactKind::Word { options, .. } => options.iter().map(|option| json!(option.word)).collect(),
        FactKind::Year => [2018, 2019, 2021, 2022, 2023, 2024, 2027].map(Value::from).to_vec(),
        FactKind::Specialty => ["内科", "放射線科", "精神科", "小児科"].map(Value::from).to_vec(),
        FactKind::Date => {
            let days = ["-03-01", "-04-01", "-05-01", "-10-05"];
            [2018, 2021, 2022, 2023, 2024, 2027]
                .iter()
                .flat_map(|year| days.map(|day| json!(format!("{year}{day}"))))
                .collect()
        }
    }
}

#[test]
fn every_answer_of_every_table_may_be_sent_as_it_is_suggested_in_both_languages() {
    let policy = Policy::embedded().unwrap();
    for table in policy.tables() {
        let mut cases = vec![Vec::new()];
        for fact in &table.facts {
            cases = cases
                .into_iter()
                .flat_map(|case: Vec<(&str, Value)>| {
                    values(fact)
                        .into_iter()
                        .map(move |value| [case.clone(), vec![(fact.name.as_str(), value)]].concat())
                })
                .collect();
        }
        for version in &table.versions {
            let (mut met, mut seen) = (BTreeSet::new(), BTreeSet::new());
            // Also after the term of the version, when the next one has not been written yet.
            for at in [version.from, "2029-05-01".parse().unwrap()] {
                for case in &cases {
                    let given = policy.given(table.topic, case.iter().map(|(name, value)| (*name, value)));
                    let answer = policy.explain(table.topic, at, &given);
                    met.insert(answer.rule.clone());
                    if answer.verdict == Verdict::Ask {
                        continue;
                    }
                    for lang in [Lang::Ja, Lang::En] {
                        let office = Office::societies().first();
                        let letter = answer.letter(lang, office, &["https://example.jp/faq/withdraw-how".into()]);
                        if !seen.insert(letter.clone()) {
                            continue;
                        }
                        assert_eq!(last_look::before_sending(&letter, &[612_048]), Ok(()), "{}: {letter}", answer.rule);
                    }
                }
            }
            for row in &version.rows {
                let rule = format!("{}@{}/{}", table.topic, version.from, row.id);
                assert!(met.contains(&rule), "{rule} was not looked at");
            }
        }
    }
}

#[test]
fn a_rule_whose_term_is_over_says_so_and_names_the_year_it_was_checked_for() {
    let facts = json!({"trains_in_shortage_area": true, "contract_with_prefecture": true});
    let within = explain_on(Topic::Ceiling, "2027-03-31", facts.clone());
    assert_eq!(within.holds_until.unwrap().to_string(), "2027-03-31");
    assert!(!within.is_past_term && within.reason.contains("2027年度開始の募集について"));
    let after = explain_on(Topic::Ceiling, "2028-06-01", facts);
    assert!(after.is_past_term && after.verdict == Verdict::CouncilDecides);
    assert!(after.reason.contains("2027年度開始の募集について"), "{}", after.reason);
    let said = "この規則は2027年3月31日まで確かめたものです。2029年度の規則は、まだ確かめていません。";
    assert!(after.reason.ends_with(said), "{}", after.reason);
    assert!(after.reason_en.contains("checked until 31 March 2027") && after.reason_en.contains("FY2029"));
    assert!(after.letter(Lang::Ja, None, &[]).contains(said), "the mail says it too");
    let line = serde_json::to_value(&after).unwrap();
    assert_eq!((&line["holds_until"], &line["is_past_term"]), (&json!("2027-03-31"), &json!(true)));
    let other =
        serde_json::to_value(explain(Topic::Records, json!({"specialty": "小児科", "entry_fiscal_year": 2020})));
    assert!(other.unwrap().get("holds_until").is_none(), "rules without a term say nothing of one");
}

#[test]
fn facts_that_cannot_be_so_together_are_named_and_the_verdict_stays() {
    let both = json!({"application_state": "unapplied", "withdrawal_step": "requested", "result_published": true,
        "window_open": true, "all_closed": false});
    let answer = explain(Topic::Apply, both);
    assert_eq!(answer.verdict, Verdict::WaitForDirector);
    assert_eq!(answer.contradicts, ["application_state", "withdrawal_step"].map_owned());
    assert!(answer.reason.contains("食い違っています") && answer.reason_en.contains("contradict"), "{}", answer.reason);
    let answer = explain(Topic::Apply, json!({"window_open": true, "all_closed": true}));
    assert_eq!((answer.verdict, answer.contradicts.len()), (Verdict::Closed, 2));
    let ground = json!({"trains_in_shortage_area": true, "contract_with_prefecture": true,
        "university_quota_only": true});
    let answer = explain(Topic::Ceiling, ground);
    assert_eq!((answer.verdict, answer.contradicts.len()), (Verdict::CouncilDecides, 2));
    assert!(explain(Topic::Apply, json!({"window_open": false, "all_closed": true})).contradicts.is_empty());
}

#[test]
fn after_the_last_window_a_transfer_starts_a_year_later() {
    for (at, closed, starts) in [
        ("2026-11-25", json!(false), "2027-04-01"),
        ("2027-02-20", json!(true), "2028-04-01"),
        ("2027-03-31", json!(true), "2028-04-01"),
        // The recruitment that is over was for this April; the next one is for the next.
        ("2027-04-01", json!(true), "2028-04-01"),
        ("2027-03-31", json!(null), "2027-04-01"),
    ] {
        for phase in ["trainee", "applicant"] {
            let facts = json!({"phase": phase, "window_open": false, "all_closed": closed});
            let answer = explain_on(Topic::Transfer, at, facts);
            assert_eq!(answer.verdict, Verdict::WaitForWindow, "{at} {phase}");
            assert_eq!(answer.starts_earliest_on.unwrap().to_string(), starts, "{at} {phase} {closed}");
        }
    }
    asks(Topic::Transfer, json!({}), &["phase", "window_open"]);
}

#[test]
fn what_goes_on_after_the_last_window_is_said() {
    let said = |state: &str, step: &str, published: bool| {
        let answer = explain(Topic::Apply, application(state, step, published, false, true));
        assert_eq!(answer.verdict, Verdict::Closed, "{state} {step}");
        answer.reason
    };
    assert!(said("applied", "none", false).contains("結果は、これからです"));
    assert!(!said("applied", "none", true).contains("これからです"));
    assert!(said("accepted", "requested", true).contains("辞退の手続きは、そのまま続きます"));
    assert!(said("accepted", "approved", true).contains("辞退の手続きは、そのまま続きます"));
    assert!(said("accepted", "none", true).contains("今の採用はそのままです"));
    assert!(said("unapplied", "none", true).contains("次の年度の募集をご検討ください"));
}
