//! The decision tables against the facts of the FAQ: every verdict reached, every boundary stood on, nothing asked that
//! cannot change the answer.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use madoguchi::desk::Lang;
use madoguchi::desk::faq::Library;
use madoguchi::desk::inquiry::{Catalogue, InquiryKind};
use madoguchi::desk::policy::{Answer, Policy, Topic, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

const AT: &str = "2026-11-25";

pub fn explain_on(topic: Topic, at: &str, facts: Value) -> Answer {
    let policy = Policy::embedded().unwrap();
    let facts = facts.as_object().unwrap();
    let given = policy.given(topic, facts.iter().map(|(name, value)| (name.as_str(), value)));
    policy.explain(topic, at.parse().unwrap(), &given)
}

pub fn explain(topic: Topic, facts: Value) -> Answer {
    explain_on(topic, AT, facts)
}

/// Each case gives the verdict and the row expected; together they reach every verdict of the topic.
fn hold(topic: Topic, cases: &[(Value, &str, &str)]) {
    let mut reached = BTreeSet::new();
    for (facts, verdict, row) in cases {
        let answer = explain(topic, facts.clone());
        assert_eq!((answer.verdict.as_str(), answer.rule.as_str()), (*verdict, rule(topic, row).as_str()), "{facts}");
        assert!(!answer.reason.contains(['{', '}']) && !answer.reason_en.contains(['{', '}']), "{answer:?}");
        assert!(!answer.reason.contains("未確認"), "{facts}: {}", answer.reason);
        reached.insert(answer.verdict);
    }
    reached.remove(&Verdict::Ask);
    assert_eq!(reached, topic.verdicts().iter().copied().collect(), "{topic}");
}

fn rule(topic: Topic, row: &str) -> String {
    // The ceiling changes from year to year; the other tables have had one version so far.
    let from = if topic == Topic::Ceiling { "2026-04-01" } else { "2018-04-01" };
    format!("{topic}@{from}/{row}")
}

pub fn asks(topic: Topic, facts: Value, missing: &[&str]) {
    let answer = explain(topic, facts.clone());
    assert_eq!((answer.verdict, answer.missing.as_slice()), (Verdict::Ask, &missing.map_owned()[..]), "{facts}");
    for name in missing {
        assert!(answer.reason.contains(name) && answer.reason_en.contains(name), "{facts}: {}", answer.reason);
    }
}

pub trait Owned {
    fn map_owned(&self) -> Vec<String>;
}

impl Owned for [&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|name| (*name).to_owned()).collect()
    }
}

// records: F42, F43

#[test]
fn records_are_entered_by_eleven_specialties_and_by_the_excepted_years_of_two() {
    const ENTRY: [&str; 11] = [
        "小児科",
        "耳鼻咽喉科",
        "泌尿器科",
        "眼科",
        "脳神経外科",
        "麻酔科",
        "病理",
        "臨床検査",
        "形成外科",
        "リハビリテーション科",
        "総合診療",
    ];
    const LINKED: [&str; 8] = ["内科", "皮膚科", "精神科", "外科", "整形外科", "産婦人科", "放射線科", "救急科"];
    let all = Policy::embedded().unwrap().specialties().all();
    assert_eq!(all.len(), 19);
    for year in 2018..=2027 {
        for name in ENTRY {
            let answer = explain(Topic::Records, json!({"specialty": name, "entry_fiscal_year": year}));
            assert_eq!(answer.verdict, Verdict::EntryRequired, "{name} {year}");
        }
        for name in LINKED {
            let is_excepted = (name == "内科" && year == 2018) || (name == "放射線科" && year <= 2019);
            let expected = if is_excepted { Verdict::EntryRequired } else { Verdict::NotRequired };
            let answer = explain(Topic::Records, json!({"specialty": name, "entry_fiscal_year": year}));
            assert_eq!(answer.verdict, expected, "{name} {year}");
        }
    }
    hold(
        Topic::Records,
        &[
            (json!({"specialty": "内科", "entry_fiscal_year": 2018}), "entry_required", "internal-medicine-2018"),
            (json!({"specialty": "内科", "entry_fiscal_year": 2019}), "not_required", "linkage"),
            (json!({"specialty": "放射線科", "entry_fiscal_year": 2019}), "entry_required", "radiology-2018-2019"),
            (json!({"specialty": "放射線科", "entry_fiscal_year": 2020}), "not_required", "linkage"),
            (json!({"specialty": "小児科", "entry_fiscal_year": 2018}), "entry_required", "entry"),
        ],
    );
}

#[test]
fn a_specialty_is_known_in_every_usual_notation() {
    for (typed, name) in [
        ("内科", "内科"),
        (" 内 科 ", "内科"),
        ("内科領域", "内科"),
        ("　内科　領域", "内科"),
        ("内科専門医", "内科"),
        ("Internal Medicine", "内科"),
        ("ﾘﾊﾋﾞﾘﾃｰｼｮﾝ科", "リハビリテーション科"),
        ("リハビリテーション", "リハビリテーション科"),
        ("りはびりてーしょん科", "リハビリテーション科"),
        ("病理科", "病理"),
        ("病理診断", "病理"),
        ("臨床検査科", "臨床検査"),
        ("総診", "総合診療"),
        ("総合診療科", "総合診療"),
        ("耳鼻科", "耳鼻咽喉科"),
        ("耳鼻咽喉科・頭頸部外科", "耳鼻咽喉科"),
        ("脳外科", "脳神経外科"),
        ("産科婦人科", "産婦人科"),
        ("救急", "救急科"),
        ("放射線", "放射線科"),
        ("整形", "整形外科"),
        ("ＥＮＴ", "耳鼻咽喉科"),
    ] {
        let specialties = Policy::embedded().unwrap().specialties();
        let found = specialties.find(typed).map(|index| specialties.all()[index].name.as_str());
        assert_eq!(found, Some(name), "{typed}");
    }
    for typed in ["循環器内科", "小児外科", "消化器外科", "心臓血管外科", "宇宙科", "科", "領域", "", "内外科"]
    {
        assert_eq!(Policy::embedded().unwrap().specialties().find(typed), None, "{typed}");
    }
}

#[test]
fn records_asks_for_the_year_only_where_the_year_decides() {
    asks(Topic::Records, json!({}), &["specialty", "entry_fiscal_year"]);
    asks(Topic::Records, json!({"specialty": "内科"}), &["entry_fiscal_year"]);
    asks(Topic::Records, json!({"specialty": "放射線科", "entry_fiscal_year": null}), &["entry_fiscal_year"]);
    asks(Topic::Records, json!({"entry_fiscal_year": 2020}), &["specialty"]);
    asks(Topic::Records, json!({"specialty": "循環器内科", "entry_fiscal_year": 2020}), &["specialty"]);
    asks(Topic::Records, json!({"specialty": ["内科"], "entry_fiscal_year": 2020}), &["specialty"]);
    asks(Topic::Records, json!({"specialty": "内科", "entry_fiscal_year": "去年"}), &["entry_fiscal_year"]);
    for specialty in ["小児科", "外科", "総合診療"] {
        assert_ne!(explain(Topic::Records, json!({"specialty": specialty})).verdict, Verdict::Ask, "{specialty}");
    }
    let typed = explain(Topic::Records, json!({"specialty": "内科", "entry_fiscal_year": "平成30年度"}));
    assert_eq!(typed.rule, rule(Topic::Records, "internal-medicine-2018"));
}

// late_start: F51–F55

fn late(planned: &str) -> Value {
    json!({"entry_fiscal_year": 2027, "planned_start": planned, "special_reason": false, "director_approves": true,
        "society_told": true, "applied_in_period": true, "specialty": "内科"})
}

fn with(mut facts: Value, changes: Value) -> Value {
    facts.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    facts
}

#[test]
fn a_late_start_reaches_every_verdict() {
    let special = json!({"special_reason": true});
    let no_director = json!({"director_approves": false});
    let no_society = json!({"society_told": false});
    let not_applied = json!({"applied_in_period": false});
    hold(
        Topic::LateStart,
        &[
            (late("2027-04-01"), "allowed", "on-time"),
            (late("2027-04-02"), "allowed", "less-than-half-year"),
            (late("2027-09-30"), "allowed", "less-than-half-year"),
            (late("2027-10-01"), "apply_next_year", "half-year-no-reason"),
            (late("2028-03-31"), "apply_next_year", "half-year-no-reason"),
            (late("2028-06-01"), "apply_next_year", "half-year-no-reason"),
            (with(late("2027-10-01"), special.clone()), "allowed", "half-year-special-reason"),
            (with(late("2029-04-01"), special.clone()), "allowed", "half-year-special-reason"),
            (with(late("2027-07-01"), no_director.clone()), "approvals_missing", "no-approval"),
            (with(late("2027-07-01"), no_society.clone()), "approvals_missing", "no-notice"),
            (
                with(with(late("2027-07-01"), no_director.clone()), no_society.clone()),
                "approvals_missing",
                "no-approval-no-notice",
            ),
            (with(with(late("2027-12-01"), special.clone()), no_society), "approvals_missing", "no-notice"),
            (with(late("2027-07-01"), not_applied.clone()), "apply_in_period", "not-applied"),
            (with(with(late("2027-12-01"), special), not_applied.clone()), "apply_in_period", "not-applied"),
            (with(with(late("2027-07-01"), not_applied.clone()), no_director), "apply_in_period", "not-applied"),
            // A half year without reason leads to the next year, whatever else is or is not done.
            (with(late("2027-12-01"), not_applied), "apply_next_year", "half-year-no-reason"),
            (late("2027-03-31"), "ask", "before-entry-year"),
        ],
    );
}

#[test]
fn the_half_year_begins_on_the_day_of_the_specialty() {
    let psychiatry = json!({"specialty": "精神科"});
    let verdict = |planned: &str| explain(Topic::LateStart, with(late(planned), psychiatry.clone())).verdict;
    assert_eq!(verdict("2027-10-01"), Verdict::Allowed);
    assert_eq!(verdict("2027-10-02"), Verdict::ApplyNextYear);
    let others = Policy::embedded().unwrap().specialties().all().iter().filter(|s| s.name != "精神科");
    for specialty in others {
        let on = |day| explain(Topic::LateStart, with(late(day), json!({"specialty": specialty.name}))).verdict;
        assert_eq!((on("2027-09-30"), on("2027-10-01")), (Verdict::Allowed, Verdict::ApplyNextYear));
    }
}

#[test]
fn a_special_reason_helps_from_fiscal_year_2024_on() {
    let of = |year: i32| {
        let planned = format!("{year}-11-01");
        explain(Topic::LateStart, with(late(&planned), json!({"entry_fiscal_year": year, "special_reason": true})))
            .verdict
    };
    assert_eq!([2018, 2022, 2023].map(of), [Verdict::ApplyNextYear; 3]);
    assert_eq!([2024, 2025, 2027].map(of), [Verdict::Allowed; 3]);
    // Less than half a year is fine in any year.
    let early = with(late("2021-07-01"), json!({"entry_fiscal_year": 2021}));
    assert_eq!(explain(Topic::LateStart, early).verdict, Verdict::Allowed);
}

#[test]
fn a_late_start_asks_only_for_what_still_decides() {
    let without = |facts: Value, name: &str| {
        let mut facts = facts;
        facts.as_object_mut().unwrap().remove(name);
        facts
    };
    let topic = Topic::LateStart;
    asks(
        topic,
        json!({}),
        &[
            "specialty",
            "entry_fiscal_year",
            "planned_start",
            "special_reason",
            "director_approves",
            "society_told",
            "applied_in_period",
        ],
    );
    // Only on 1 October do the specialties differ.
    asks(topic, without(late("2027-10-01"), "specialty"), &["specialty"]);
    assert_eq!(explain(topic, without(late("2027-09-30"), "specialty")).verdict, Verdict::Allowed);
    assert_eq!(explain(topic, without(late("2027-10-02"), "specialty")).verdict, Verdict::ApplyNextYear);
    // A reason matters only for half a year.
    assert_eq!(explain(topic, without(late("2027-07-01"), "special_reason")).verdict, Verdict::Allowed);
    asks(topic, without(late("2027-11-01"), "special_reason"), &["special_reason"]);
    // Approvals do not matter when the next year is the way.
    let next = without(without(late("2027-11-01"), "director_approves"), "society_told");
    assert_eq!(explain(topic, next).verdict, Verdict::ApplyNextYear);
    for name in ["entry_fiscal_year", "planned_start", "director_approves", "society_told", "applied_in_period"] {
        asks(topic, without(late("2027-07-01"), name), &[name]);
    }
    // The approval of one is enough to know that the other's decides no more.
    let refused = with(without(late("2027-07-01"), "society_told"), json!({"director_approves": false}));
    assert_eq!(explain(topic, refused).verdict, Verdict::ApprovalsMissing);
}

// start_date: F56, F57

#[test]
fn the_first_day_is_the_real_one_from_2022_and_the_first_of_april_before() {
    let days = |year: i32, actual: &str| {
        let answer = explain(Topic::StartDate, json!({"entry_fiscal_year": year, "actual_start": actual}));
        let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        (answer.verdict, text(answer.starts_on), text(answer.pause_from), text(answer.pause_to))
    };
    let expect = |on: &str, from: &str, to: &str| (Verdict::StartsOn, on.to_owned(), from.to_owned(), to.to_owned());
    // The example of F57.
    assert_eq!(days(2022, "2022-07-01"), expect("2022-07-01", "", ""));
    assert_eq!(days(2022, "2022-04-01"), expect("2022-04-01", "", ""));
    assert_eq!(days(2025, "2026-01-15"), expect("2026-01-15", "", ""));
    assert_eq!(days(2021, "2021-07-01"), expect("2021-04-01", "2021-04-01", "2021-06-30"));
    assert_eq!(days(2021, "2021-04-02"), expect("2021-04-01", "2021-04-01", "2021-04-01"));
    assert_eq!(days(2021, "2021-04-01"), expect("2021-04-01", "", ""));
    assert_eq!(days(2018, "2019-01-01"), expect("2018-04-01", "2018-04-01", "2018-12-31"));
    // A leap day is the eve of 1 March.
    assert_eq!(days(2019, "2020-03-01"), expect("2019-04-01", "2019-04-01", "2020-02-29"));
    assert_eq!(days(2022, "2022-03-31").0, Verdict::Ask);
    asks(Topic::StartDate, json!({}), &["entry_fiscal_year", "actual_start"]);
    asks(Topic::StartDate, json!({"entry_fiscal_year": 2022}), &["actual_start"]);
    asks(Topic::StartDate, json!({"actual_start": "2022-07-01"}), &["entry_fiscal_year"]);
    asks(Topic::StartDate, json!({"entry_fiscal_year": 2022, "actual_start": "2022-02-30"}), &["actual_start"]);
    // An instant is the day it falls on in Japan.
    assert_eq!(days(2023, "2023-06-30T15:00:00Z").1, "2023-07-01");
    let before = explain(Topic::StartDate, json!({"entry_fiscal_year": 2021, "actual_start": "2021-07-01"}));
    let line = serde_json::to_value(&before).unwrap();
    assert_eq!((&line["starts_on"], &line["pause_to"]), (&json!("2021-04-01"), &json!("2021-06-30")));
    let after = explain(Topic::StartDate, json!({"entry_fiscal_year": 2022, "actual_start": "2022-07-01"}));
    assert!(serde_json::to_value(&after).unwrap().get("pause_from").is_none());
}

// apply: F10, F20–F25

pub fn application(state: &str, step: &str, published: bool, open: bool, closed: bool) -> Value {
    json!({"application_state": state, "withdrawal_step": step, "result_published": published,
        "window_open": open, "all_closed": closed})
}

#[test]
fn applying_reaches_every_verdict() {
    let of = application;
    hold(
        Topic::Apply,
        &[
            (of("unapplied", "none", true, true, false), "may_apply", "unapplied-window-open"),
            (of("unapplied", "none", true, false, false), "wait_for_window", "unapplied-window-closed"),
            (of("unapplied", "none", true, false, true), "closed", "all-closed"),
            (of("applied", "none", false, true, false), "wait_for_result", "applied"),
            (of("applied", "none", false, false, false), "wait_for_result", "applied"),
            (of("applied", "none", true, false, false), "wait_for_result", "applied-result-out"),
            (of("rejected", "none", false, false, false), "wait_for_result", "decided-not-published"),
            (of("rejected", "none", true, true, false), "may_apply", "returned-window-open"),
            (of("rejected", "none", true, false, false), "wait_for_window", "returned-window-closed"),
            (of("accepted", "none", true, true, false), "withdraw_first", "accepted"),
            (of("accepted", "none", true, false, false), "withdraw_first", "accepted"),
            (of("accepted", "requested", true, true, false), "wait_for_director", "withdrawal-waits-for-director"),
            (of("accepted", "approved", true, true, false), "wait_for_mail", "withdrawal-waits-for-mail"),
            (of("accepted", "mailed", true, true, false), "may_apply", "after-withdrawal-window-open"),
            (of("accepted", "none", true, false, true), "closed", "all-closed-accepted"),
            (of("withdrawal_requested", "none", true, true, false), "wait_for_director", "withdrawal-requested-state"),
            (
                of("withdrawal_requested", "requested", true, true, false),
                "wait_for_director",
                "withdrawal-waits-for-director",
            ),
            (of("withdrawn", "approved", true, true, false), "wait_for_mail", "withdrawal-waits-for-mail"),
            (of("withdrawn", "mailed", true, true, false), "may_apply", "after-withdrawal-window-open"),
            (of("withdrawn", "mailed", true, false, false), "wait_for_window", "after-withdrawal-window-closed"),
        ],
    );
}

#[test]
fn unset_is_treated_as_rejected_and_nothing_opens_when_all_is_closed() {
    for step in ["none", "requested", "approved", "mailed"] {
        for (published, open, closed) in
            [(true, true, false), (true, false, false), (false, false, false), (true, false, true)]
        {
            let verdict = |state| explain(Topic::Apply, application(state, step, published, open, closed)).verdict;
            assert_eq!(verdict("unset"), verdict("rejected"), "{step} {published} {open} {closed}");
        }
        for state in ["unapplied", "applied", "accepted", "rejected", "unset", "withdrawal_requested", "withdrawn"] {
            let answer = explain(Topic::Apply, application(state, step, true, false, true));
            assert_eq!(answer.verdict, Verdict::Closed, "{state} {step}");
            if ["requested", "approved"].contains(&step) {
                let pending = explain(Topic::Apply, application(state, step, true, true, false)).verdict;
                assert!([Verdict::WaitForDirector, Verdict::WaitForMail].contains(&pending), "{state} {step}");
            }
        }
    }
}

#[test]
fn an_acceptance_is_not_told_before_the_results_are_out() {
    let accepted = explain(Topic::Apply, application("accepted", "none", false, false, false));
    let rejected = explain(Topic::Apply, application("rejected", "none", false, false, false));
    assert_eq!((accepted.verdict, &accepted.reason), (Verdict::WaitForResult, &rejected.reason));
}

#[test]
fn applying_asks_only_for_what_still_decides() {
    let topic = Topic::Apply;
    let all = ["application_state", "withdrawal_step", "result_published", "window_open", "all_closed"];
    asks(topic, json!({}), &all);
    asks(topic, json!({"all_closed": false}), &all[..4]);
    assert_eq!(explain(topic, json!({"all_closed": true})).verdict, Verdict::Closed);
    // An open window says that not all is closed; an unapplied person has nothing to withdraw.
    let open = json!({"application_state": "unapplied", "window_open": true});
    assert_eq!(explain(topic, open).verdict, Verdict::MayApply);
    asks(topic, json!({"application_state": "unapplied", "window_open": false}), &["all_closed"]);
    let accepted = json!({"application_state": "accepted", "result_published": true, "all_closed": false});
    asks(topic, accepted.clone(), &["withdrawal_step", "window_open"]);
    let none = with(accepted, json!({"withdrawal_step": "none"}));
    assert_eq!(explain(topic, none).verdict, Verdict::WithdrawFirst);
    asks(
        topic,
        with(application("applied", "none", true, true, false), json!({"application_state": "採択"})),
        &["application_state"],
    );
    // Japanese words and other notations of the same.
    let typed = json!({"application_state": "不採用", "withdrawal_step": "なし", "result_published": "はい",
        "window_open": "true", "all_closed": "いいえ"});
    assert_eq!(explain(topic, typed).verdict, Verdict::MayApply);
}

// transfer: F11–F14

#[test]
fn a_transfer_starts_in_april_of_the_next_fiscal_year_at_the_earliest() {
    hold(
        Topic::Transfer,
        &[
            (json!({"phase": "trainee", "window_open": true}), "apply_in_recruitment", "trainee-window-open"),
            (json!({"phase": "trainee", "window_open": false}), "wait_for_window", "trainee-window-closed"),
            (
                json!({"phase": "trainee", "window_open": false, "all_closed": true}),
                "wait_for_window",
                "trainee-all-closed",
            ),
            (json!({"phase": "applicant", "window_open": true}), "apply_in_recruitment", "applicant-window-open"),
            (json!({"phase": "applicant", "window_open": false}), "wait_for_window", "applicant-window-closed"),
        ],
    );
    for open in [true, false] {
        let on = |at: &str| {
            let answer = explain_on(Topic::Transfer, at, json!({"phase": "trainee", "window_open": open}));
            answer.starts_earliest_on.unwrap().to_string()
        };
        assert_eq!(on("2026-04-01"), "2027-04-01");
        assert_eq!(on("2026-12-31"), "2027-04-01");
        assert_eq!(on("2027-03-31"), "2027-04-01");
        assert_eq!(on("2027-04-01"), "2028-04-01");
    }
    asks(Topic::Transfer, json!({}), &["phase", "window_open"]);
    asks(Topic::Transfer, json!({"window_open": true}), &["phase"]);
    asks(Topic::Transfer, json!({"phase": "研修中"}), &["window_open"]);
    asks(Topic::Transfer, json!({"phase": "astronaut", "window_open": true}), &["phase"]);
}

// ceiling: F46–F50

#[test]
fn the_ceiling_is_the_councils_in_all_sixteen_cases() {
    for bits in 0..16u8 {
        let [area, contract, jichi, quota] = [1, 2, 4, 8].map(|bit| bits & bit != 0);
        let answer = explain(
            Topic::Ceiling,
            json!({"trains_in_shortage_area": area, "contract_with_prefecture": contract, "jichi_graduate": jichi,
                "university_quota_only": quota}),
        );
        let expected = if area && (contract || jichi) { Verdict::CouncilDecides } else { Verdict::NotExempt };
        assert_eq!(answer.verdict, expected, "{bits:04b}");
        assert!(answer.cites.contains(&"F50".to_owned()), "{bits:04b}");
    }
    let facts = |area, contract, jichi, quota| {
        json!({"trains_in_shortage_area": area, "contract_with_prefecture": contract, "jichi_graduate": jichi,
            "university_quota_only": quota})
    };
    hold(
        Topic::Ceiling,
        &[
            (facts(true, true, false, false), "council_decides", "contract"),
            (facts(true, false, true, false), "council_decides", "jichi"),
            (facts(false, true, true, false), "not_exempt", "not-in-shortage-area"),
            (facts(true, false, false, true), "not_exempt", "university-quota"),
            (facts(true, false, false, false), "not_exempt", "no-ground"),
        ],
    );
}

#[test]
fn the_ceiling_asks_only_for_what_still_decides() {
    let topic = Topic::Ceiling;
    let all = ["trains_in_shortage_area", "contract_with_prefecture", "jichi_graduate", "university_quota_only"];
    asks(topic, json!({}), &all);
    asks(topic, json!({"trains_in_shortage_area": true}), &all[1..]);
    assert_eq!(explain(topic, json!({"trains_in_shortage_area": false})).verdict, Verdict::NotExempt);
    let contract = json!({"trains_in_shortage_area": true, "contract_with_prefecture": true});
    assert_eq!(explain(topic, contract).verdict, Verdict::CouncilDecides);
    // "Only" the university's quota says that there is no other ground.
    let quota = explain(topic, json!({"university_quota_only": true}));
    assert_eq!((quota.verdict, quota.faq[0].as_str()), (Verdict::NotExempt, "ceiling-university-quota"));
}

// curriculum: F58–F63

#[test]
fn the_curriculum_system_is_the_societys_for_each_ground() {
    for ground in 1..=6 {
        let facts = json!({"ground": ground, "withdrawn": false, "left_hospital": false});
        assert_eq!(explain(Topic::Curriculum, facts).verdict, Verdict::AskSociety, "{ground}");
        let withdrawn = json!({"ground": ground, "withdrawn": true, "left_hospital": false});
        assert_eq!(explain(Topic::Curriculum, withdrawn).verdict, Verdict::Reapply, "{ground}");
    }
    let of = |ground: Value, withdrawn, left| json!({"ground": ground, "withdrawn": withdrawn, "left_hospital": left});
    hold(
        Topic::Curriculum,
        &[
            (of(json!(1), false, false), "ask_society", "listed-ground"),
            (of(json!("③"), false, false), "ask_society", "listed-ground"),
            (of(json!(6), false, false), "ask_society", "other-ground"),
            (of(json!(null), false, false), "no_listed_ground", "no-ground"),
            (of(json!(null), true, false), "reapply", "already-withdrawn"),
            (of(json!(2), true, true), "reapply", "already-withdrawn"),
            (of(json!(null), false, true), "ask_society", "left-hospital"),
            (of(json!(2), false, true), "ask_society", "left-hospital"),
        ],
    );
    asks(Topic::Curriculum, json!({}), &["ground", "withdrawn", "left_hospital"]);
    asks(Topic::Curriculum, json!({"withdrawn": false, "left_hospital": false}), &["ground"]);
    asks(Topic::Curriculum, json!({"ground": 7, "withdrawn": false, "left_hospital": false}), &["ground"]);
    asks(Topic::Curriculum, json!({"ground": 0, "withdrawn": true, "left_hospital": false}), &["ground"]);
    asks(Topic::Curriculum, json!({"ground": 2.5, "withdrawn": false, "left_hospital": false}), &["ground"]);
    // Who has left the hospital is led elsewhere, so it is asked along with what decides the verdict.
    asks(Topic::Curriculum, json!({"ground": 3}), &["withdrawn", "left_hospital"]);
    assert_eq!(explain(Topic::Curriculum, json!({"ground": 3, "withdrawn": false})).verdict, Verdict::AskSociety);
    assert_eq!(explain(Topic::Curriculum, json!({"withdrawn": true})).verdict, Verdict::Reapply);
}

// profile: F33–F35

#[test]
fn three_items_are_changed_by_oneself_and_every_other_by_the_desk() {
    let of = |field: &str| explain(Topic::Profile, json!({"field": field})).verdict;
    for field in ["email", "address", "phone", "メールアドレス", "住所", "電話番号", "郵便番号", " E-mail ", "ＴＥＬ"]
    {
        assert_eq!(of(field), Verdict::SelfService, "{field}");
    }
    for field in
        ["name", "birthdate", "registration_number", "university", "gender", "氏名", "出身大学", "other", "何か"]
    {
        assert_eq!(of(field), Verdict::Desk, "{field}");
    }
    hold(
        Topic::Profile,
        &[
            (json!({"field": "phone"}), "self_service", "self-service"),
            (json!({"field": "password"}), "self_service", "password"),
            (json!({"field": "name"}), "desk", "identity"),
            (json!({"field": "university"}), "desk", "desk"),
        ],
    );
    for nothing in [json!({}), json!({"field": null}), json!({"field": ""}), json!({"field": "不明"})] {
        asks(Topic::Profile, nothing, &["field"]);
    }
    asks(Topic::Profile, json!({"field": 5}), &["field"]);
    asks(Topic::Profile, json!({"field": ["email"]}), &["field"]);
}

// All tables

#[test]
fn every_row_cites_facts_and_entries_that_exist_and_the_entries_rest_on_those_facts() {
    let library = Library::embedded().unwrap();
    for table in Policy::embedded().unwrap().tables() {
        assert!(InquiryKind::parse(&table.inquiry).is_some(), "{}", table.inquiry);
        let rows = table.versions.iter().flat_map(|version| &version.rows);
        for (id, faq) in rows.clone().map(|row| (row.id.as_str(), &row.faq)).chain([("ask", &table.faq)]) {
            for entry in faq {
                for shelf in [Lang::Ja, Lang::En] {
                    let found = library.entry(shelf, entry).filter(|entry| entry.is_public());
                    assert!(found.is_some(), "{}/{id}: no entry {entry} in {shelf:?}", table.topic);
                }
            }
        }
        for row in rows {
            let rests_on: BTreeSet<&String> =
                row.faq.iter().filter_map(|id| library.entry(Lang::Ja, id)).flat_map(|entry| &entry.facts).collect();
            assert!(row.cites.iter().any(|fact| rests_on.contains(fact)), "{}/{}", table.topic, row.id);
            assert!(!row.decides.is_empty() && row.reason.ja.ends_with('。'), "{}/{}", table.topic, row.id);
        }
    }
}

#[test]
fn what_a_guide_hands_on_are_fields_of_the_form_it_leads_to() {
    let policy = Policy::embedded().unwrap();
    let kinds = Catalogue::embedded().unwrap();
    let full = [
        (Topic::Records, json!({"specialty": "内科", "entry_fiscal_year": 2018}), 2),
        (Topic::LateStart, late("2027-07-01"), 8),
        (Topic::Curriculum, json!({"ground": 3, "withdrawn": true, "left_hospital": false}), 2),
        (
            Topic::Ceiling,
            json!({"trains_in_shortage_area": true, "contract_with_prefecture": true, "jichi_graduate": false}),
            2,
        ),
        (Topic::Profile, json!({"field": "university"}), 1),
    ];
    for (topic, facts, least) in full {
        let kind = InquiryKind::parse(&policy.table(topic).unwrap().inquiry).unwrap();
        let boxes: BTreeSet<String> = kinds.get(kind).unwrap().form.boxes().collect();
        let given = policy.given(topic, facts.as_object().unwrap().iter().map(|(n, v)| (n.as_str(), v)));
        let fields = policy.fields_for(topic, &given);
        let known = fields.iter().filter(|(name, _)| boxes.contains(name)).count();
        assert!(known >= least, "{topic}: {fields:?} of {boxes:?}");
    }
}

#[test]
fn what_a_ticket_says_in_its_forms_words_is_understood() {
    let policy = Policy::embedded().unwrap();
    let verdict = |topic: Topic, fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let given = policy.given_for_ticket(topic, &fields, &[], &[]);
        policy.explain(topic, AT.parse().unwrap(), &given).verdict
    };
    let late = [
        ("specialty", "精神科"),
        ("entry_fiscal_year", "2027"),
        ("planned_start", "2027-10-02"),
        ("director_approves", "yes"),
        ("society_told", "yes"),
        ("applied_in_period", "yes"),
    ];
    let because = |reason| [&late[..], &[("special_reason", reason)]].concat();
    assert_eq!(verdict(Topic::LateStart, &because("childbirth")), Verdict::Allowed);
    assert_eq!(verdict(Topic::LateStart, &because("other")), Verdict::Ask, "whether it counts is for people");
    assert_eq!(verdict(Topic::Ceiling, &[("ground", "university_quota")]), Verdict::NotExempt);
    let contract = [("ground", "contract"), ("shortage_area", "yes")];
    assert_eq!(verdict(Topic::Ceiling, &contract), Verdict::CouncilDecides);
    assert_eq!(verdict(Topic::Ceiling, &[("ground", "contract"), ("shortage_area", "unknown")]), Verdict::Ask);
    assert_eq!(verdict(Topic::Curriculum, &[("ground", "study"), ("situation", "in_program")]), Verdict::AskSociety);
    assert_eq!(verdict(Topic::Curriculum, &[("ground", "none"), ("situation", "in_program")]), Verdict::Ask);
    assert_eq!(verdict(Topic::Curriculum, &[("situation", "withdrawn")]), Verdict::Reapply);
    assert_eq!(verdict(Topic::Profile, &[("item", "gender")]), Verdict::Desk);
    assert_eq!(verdict(Topic::Profile, &[("item", "phone")]), Verdict::SelfService);
}

/// Values of every type, some of which are facts.
fn anything() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "内科",
        "放射線科",
        "宇宙科",
        "trainee",
        "applicant",
        "accepted",
        "unset",
        "none",
        "mailed",
        "email",
        "2018",
        "2024",
        "2027-10-01",
        "令和9年10月1日",
        "2026-09-30T15:00:00Z",
        "はい",
        "no",
        "6",
        "不明",
        "",
        "９９９９",
    ]);
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (2015i64..2035).prop_map(Value::from),
        (0i64..8).prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        words.prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        (1980i32..2110, 1u32..13, 1u32..32).prop_map(|(y, m, d)| json!(format!("{y}-{m:02}-{d:02}"))),
        Just(json!([1, "a"])),
        Just(json!({"a": null})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 192 } else { 2_000 }))]

    #[test]
    fn whatever_the_facts_are_the_verdict_is_one_of_the_topic(
        topic in prop::sample::select(Topic::ALL.to_vec()),
        values in prop::collection::vec(prop::option::of(anything()), 7),
        day in 0i32..60_000,
    ) {
        let policy = Policy::embedded().unwrap();
        let table = policy.table(topic).unwrap();
        let facts: Vec<(String, Value)> = table
            .facts
            .iter()
            .zip(&values)
            .filter_map(|(fact, value)| value.clone().map(|value| (fact.name.clone(), value)))
            .collect();
        let given = policy.given(topic, facts.iter().map(|(name, value)| (name.as_str(), value)));
        let at = NaiveDate::from_epoch_days(day - 20_000).unwrap();
        let answer = policy.explain(topic, at, &given);
        prop_assert!(answer.verdict == Verdict::Ask || topic.verdicts().contains(&answer.verdict));
        prop_assert_eq!(answer.verdict == Verdict::Ask, !answer.missing.is_empty());
        prop_assert!(answer.missing.iter().all(|name| answer.reason.contains(name.as_str())));
        let braces = |text: &str| text.contains(['{', '}']);
        let is_filled = !braces(&answer.reason) || facts.iter().any(|(_, value)| braces(&value.to_string()));
        prop_assert!(is_filled, "{}", answer.reason);
        prop_assert!(!answer.faq.is_empty() && !answer.decided_by.is_empty());
    }
}
