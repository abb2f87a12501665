//! SEC-081: nobody can tell from the time of an answer whether a record exists. Submissions of four classes (a record that
//! fits, no record, a contradiction, a number in an odd notation that nobody has) are sent in random order, alone and four at
//! a time, on both databases. Compared are the bytes of the confirmation page and of the page with the number, once
//! tokens, numbers and what was typed are put out, and the time of the submission by a two-sample Kolmogorov–Smirnov test of
//! each class against the first.
//!
//! `MADOGUCHI_TEST_TIMING=2000` sets the submissions of each class. The test calls two distributions different below
//! p = 1e-8: 24 comparisons of one run then raise a false alarm once in four million runs. What it could have seen is
//! printed: the smallest shift that would have failed.

use std::time::{Duration as Span, Instant};

use axum::http::StatusCode;
use chrono::Duration;
use madoguchi::desk::ticket::link;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::disclosure::{fill_mirror, headers, neutral, without_times};
use super::staff_browser::{Page, TestDesk};
use super::support::http::hidden;
use super::support::on_each_database;

/// Name, number and year as typed, and the number as it is shown.
const CLASSES: [(&str, &str, &str, &str); 4] = [
    ("match", "612048", "1996", "612048"),
    ("no match", "699999", "1996", "699999"),
    ("conflict", "612048", "1991", "612048"),
    ("malformed but plausible", "第６９－９９９８号", "1996", "699998"),
];
const PER_CLASS: usize = 240;
/// Below this chance two distributions are called different.
const ALPHA: f64 = 1e-8;
/// The first ones prepare statements and fill caches.
const WARM: usize = 4;

struct Answer {
    pages: [String; 2],
    took: Span,
}

async fn submit(desk: &TestDesk, class: usize, email: &str) -> Answer {
    let (_, number, year, shown) = CLASSES[class];
    let mut browser = desk.browser();
    let form = browser.get("/inquiries/id").await;
    let (csrf, key) = (form.value("csrf_token"), form.value("form_key"));
    let typed = [
        ("csrf_token", csrf.as_str()),
        ("form_key", &key),
        ("registration_number", number),
        ("birth_era", "seireki"),
        ("birth_year", year),
        ("birth_month", "4"),
        ("birth_day", "21"),
        ("family_name", "渡邉"),
        ("given_name", "一郎"),
        ("family_kana", "ワタナベ"),
        ("given_kana", "イチロウ"),
        ("email", email),
        ("phone", ""),
        ("subject", "ログインIDについて"),
        ("body", "IDがわかりません。"),
    ];
    let confirm = browser.post_as_is("/inquiries/id", &typed).await;
    assert_eq!(confirm.status, StatusCode::OK, "{}", confirm.text);
    let fields = hidden(&confirm.text);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let begun = Instant::now();
    let sent = browser.post_as_is("/inquiries/id/submit", &fields).await;
    let took = begun.elapsed();
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let ticket = sent.location().rsplit('/').next().unwrap().to_owned();
    let done = browser.get(sent.location()).await;
    let passcode = done.text.split("passcode\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let received = done.text.split("passcode\">").nth(1).unwrap().split("<p>").nth(1).unwrap();
    let received = received.split('<').next().unwrap().to_owned();
    let era = format!("平成{}年", year.parse::<i32>().unwrap() - 1988);
    let pages = [confirm, done].map(|page| {
        let tokens: Vec<String> = tokens(&page);
        // The odd notation stands in the hidden inputs and beside what was read of it: what was typed is put out.
        let text = page.text.replace(&format!("<br><span class=\"muted\">入力：{number}</span>"), "");
        let text = text.replace(number, shown).replace(&received, "(time)");
        let mut words = vec![shown, year, email, ticket.as_str(), &passcode, &key, &era];
        words.extend(tokens.iter().map(String::as_str));
        let headers: Vec<String> =
            headers(&page).into_iter().filter(|header| !header.starts_with("content-length")).collect();
        without_times(&format!("{}\n{}\n{}", page.status, headers.join("\n"), neutral(&text, &words)))
    });
    Answer { pages, took }
}

fn tokens(page: &Page) -> Vec<String> {
    let after = page.text.split("name=\"csrf_token\" value=\"").skip(1);
    after.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// The chance that two samples of one distribution lie as far apart as these (two-sample Kolmogorov–Smirnov, asymptotic),
/// and how far that is.
fn kolmogorov_smirnov(a: &[f64], b: &[f64]) -> (f64, f64) {
    let sorted = |sample: &[f64]| {
        let mut sample = sample.to_vec();
        sample.sort_by(f64::total_cmp);
        sample
    };
    let (a, b) = (sorted(a), sorted(b));
    let (mut i, mut j, mut furthest) = (0, 0, 0f64);
    while i < a.len() && j < b.len() {
        let at = a[i].min(b[j]);
        i += a[i..].iter().take_while(|x| **x <= at).count();
        j += b[j..].iter().take_while(|x| **x <= at).count();
        furthest = furthest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    let size = (a.len() * b.len()) as f64 / (a.len() + b.len()) as f64;
    let lambda = furthest * (size.sqrt() + 0.12 + 0.11 / size.sqrt());
    if lambda < 0.3 {
        // The series does not settle there; the chance is 0.99999 and more.
        return (1.0, furthest);
    }
    let terms = (1..=100).map(|k| {
        let k = f64::from(k);
        let term = (-2.0 * k * k * lambda * lambda).exp();
        if k % 2.0 == 1.0 { term } else { -term }
    });
    ((2.0 * terms.sum::<f64>()).clamp(0.0, 1.0), furthest)
}

/// The smallest shift (in ms) of a sample that the test would have called a difference.
fn could_have_seen(sample: &[f64]) -> f64 {
    let shifted = |by: f64| sample.iter().map(|x| x + by).collect::<Vec<_>>();
    (1..10_000)
        .map(|step| f64::from(step) * 0.01)
        .find(|by| kolmogorov_smirnov(sample, &shifted(*by)).0 < ALPHA)
        .unwrap_or(f64::INFINITY)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_081_the_time_of_an_answer_tells_no_class_from_another() {
    let per_class = std::env::var("MADOGUCHI_TEST_TIMING").ok().and_then(|n| n.parse().ok()).unwrap_or(PER_CLASS);
    on_each_database(async |db| {
        fill_mirror(&db).await;
        let desk = TestDesk::new(db.clone());
        let mut order = StdRng::seed_from_u64(81);
        let mut first: Option<[String; 2]> = None;
        // By load and class.
        let mut took = [const { [const { Vec::<f64>::new() }; CLASSES.len()] }; 2];
        let mut count = 0;
        for block in 0..per_class + 2 * WARM {
            let together = order.random_bool(0.5);
            let mut classes = [0, 1, 2, 3];
            classes.shuffle(&mut order);
            let emails: Vec<String> = classes
                .iter()
                .map(|_| {
                    count += 1;
                    format!("r{count:06}@typed.example.jp")
                })
                .collect();
            let ask = |at: usize| submit(&desk, classes[at], &emails[at]);
            let answers = if together {
                futures::future::join_all([ask(0), ask(1), ask(2), ask(3)]).await
            } else {
                vec![ask(0).await, ask(1).await, ask(2).await, ask(3).await]
            };
            for (class, answer) in classes.into_iter().zip(answers) {
                match &first {
                    None => first = Some(answer.pages),
                    Some(first) => assert_eq!(answer.pages, *first, "{}", CLASSES[class].0),
                }
                if block >= 2 * WARM {
                    took[usize::from(together)][class].push(answer.took.as_secs_f64() * 1e3);
                }
            }
            // Between the blocks, as in life between the requests: what was matched must not show in the next answer.
            link::match_pending(&db, desk.state.clock.now()).await.unwrap();
            desk.state.clock.advance(Duration::seconds(60));
        }
        for (load, took) in ["alone", "four at a time"].iter().zip(&took) {
            let shift = could_have_seen(&took[0]);
            eprintln!("{load}: {} a class; a shift of {shift:.2} ms would have failed", took[0].len());
            for (class, (name, ..)) in CLASSES.iter().enumerate().skip(1) {
                let (chance, apart) = kolmogorov_smirnov(&took[0], &took[class]);
                eprintln!("  SEC-081 {name}: D = {apart:.3}, p = {chance:.2e}");
                assert!(
                    chance >= ALPHA,
                    "{load}: {name} takes another time than a match: D = {apart:.3}, p = {chance:.2e}"
                );
            }
        }
    })
    .await;
}

#[test]
fn the_comparison_of_two_samples_sees_a_small_shift_and_no_more() {
    let mut random = StdRng::seed_from_u64(7);
    // Times as they are: a floor, and a long tail.
    let mut sample = |shift: f64| {
        (0..240).map(|_| 2.0 + shift - 0.4 * random.random_range(f64::EPSILON..1.0f64).ln()).collect::<Vec<f64>>()
    };
    for _ in 0..200 {
        assert!(kolmogorov_smirnov(&sample(0.0), &sample(0.0)).0 > 1e-5);
        assert!(kolmogorov_smirnov(&sample(0.0), &sample(0.5)).0 < ALPHA);
    }
    let (a, b) = ([1.0, 2.0, 3.0, 4.0], [3.5, 4.5, 5.5, 6.5]);
    let (_, apart) = kolmogorov_smirnov(&a, &b);
    assert!((apart - 0.75).abs() < 1e-9, "{apart}");
    assert!((kolmogorov_smirnov(&a, &a).0 - 1.0).abs() < 1e-9);
}
