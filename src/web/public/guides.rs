//! `GET /guides` and `GET /guides/{topic}`: a few plain questions that end in what the rules say, why, where it stands and
//! who decides. One page, answers in its address, no script; nothing that says who one is.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde_json::Value as Json;

use crate::desk::Lang;
use crate::desk::inquiry::InquiryKind;
use crate::desk::policy::{Answer, Decider, Fact, FactKind, Given, Office, Policy, Table, Topic, Verdict, known};
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError, when};

/// Characters of an answer that are looked at.
const ANSWER_CHARS: usize = 100;

#[derive(Template)]
#[template(path = "public/guides.html")]
struct Guides<'a> {
    at: Layout<'a>,
    tables: &'a [Table],
}

#[derive(Template)]
#[template(path = "public/guide.html")]
struct Guide<'a> {
    at: Layout<'a>,
    table: &'a Table,
    questions: Vec<Question<'a>>,
    /// What the calendar answered instead of the person.
    known: Vec<(String, String)>,
    /// Once something was answered.
    said: Option<Said>,
    /// Entries of the FAQ that the rules rest on, while nothing was answered: id and question.
    entries: Vec<(String, String)>,
    /// The last day for which the rules are known to hold, and whether it has passed.
    term: Option<(String, bool)>,
}

/// A question with what was answered.
struct Question<'a> {
    fact: &'a Fact,
    label: &'a str,
    help: &'a str,
    input: Input,
    value: String,
    options: Vec<Choice>,
    /// It is needed, or its answer was not understood.
    error: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    Radios,
    Select,
    Line,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

/// What the rules say.
struct Said {
    is_ask: bool,
    verdict: &'static str,
    reason: String,
    days: Vec<(&'static str, String)>,
    decided_by: String,
    entries: Vec<(String, String)>,
    /// Whom to ask, when a society or a prefecture decides: that of the specialty, or all of them.
    offices: Vec<&'static Office>,
    rule: String,
    on: String,
    /// The form, with the answers in it.
    inquiry: String,
}

impl Question<'_> {
    fn is(&self, input: &str) -> bool {
        match self.input {
            Input::Radios => input == "radios",
            Input::Select => input == "select",
            Input::Line => input == "line",
        }
    }

    /// The first box, where a link to the question leads.
    fn first(&self, choice: &Choice) -> String {
        match self.options.first() {
            Some(first) if first.value == choice.value => self.fact.name.clone(),
            _ => format!("{}-{}", self.fact.name, choice.value),
        }
    }

    fn is_year(&self) -> bool {
        matches!(self.fact.kind, FactKind::Year)
    }
}

impl Guide<'_> {
    fn missing(&self) -> Vec<&Question<'_>> {
        self.questions.iter().filter(|question| question.error.is_some()).collect()
    }
}

fn policy() -> Result<&'static Policy, PageError> {
    Policy::embedded().map_err(|fault| PageError::internal(fault.to_string()))
}

/// `GET /guides`
///
/// # Errors
/// When the template fails.
pub async fn list(ctx: Ctx) -> Result<Response, PageError> {
    let title = ctx.lang().t("質問に答えて確かめる", "Find out by a few questions");
    let at = Layout::new(&ctx, title, Nav::Faq, "/guides").with_banner().await;
    ctx.public_page(&Guides { at, tables: policy()?.tables() })
}

/// `GET /guides/{topic}`; with answers in the query, the page says what follows from them.
///
/// # Errors
/// 404 no such topic, or when the template fails.
pub async fn guide(ctx: Ctx, Path(word): Path<String>) -> Result<Response, PageError> {
    let topic = Topic::parse(&word).ok_or(PageError::NotFound)?;
    let policy = policy()?;
    let table = policy.table(topic).ok_or(PageError::NotFound)?;
    let typed: Vec<(String, Json)> = form_urlencoded::parse(ctx.query().as_bytes())
        .filter(|(name, _)| table.facts.iter().any(|fact| fact.name == *name))
        .map(|(name, value)| (name.into_owned(), Json::from(value.chars().take(ANSWER_CHARS).collect::<String>())))
        .collect();
    let calendar = known::of_season(&*ctx.state().season().await, ctx.now());
    let calendar: Vec<known::Fact> = calendar.into_iter().filter(|(name, _)| is_of_calendar(table, name)).collect();
    // The calendar knows better than who asks.
    let facts = typed.iter().map(|(n, v)| (n.as_str(), v)).chain(calendar.iter().map(|(n, v)| (*n, v)));
    let given = policy.given(topic, facts);
    let of_calendar = policy.given(topic, calendar.iter().map(|(name, value)| (*name, value)));
    let lang = ctx.lang();
    let answer = (!typed.is_empty()).then(|| policy.explain(topic, ctx.state().clock.today(), &given));
    let view = View { ctx: &ctx, policy, table, given: &given, typed: &typed, lang };
    let mut at = Layout::new(&ctx, table.title.of(lang), Nav::Faq, format!("/guides/{topic}")).with_banner().await;
    at.is_error = answer.as_ref().is_some_and(|answer| answer.verdict == Verdict::Ask);
    let page = Guide {
        questions: view.questions(&calendar, answer.as_ref()),
        known: policy.told(topic, &of_calendar, lang),
        entries: if answer.is_none() { view.entries(&table.faq) } else { Vec::new() },
        said: answer.map(|answer| view.said(&answer)),
        term: term(table, ctx.state().clock.today(), lang),
        table,
        at,
    };
    ctx.public_page(&page)
}

fn is_of_calendar(table: &Table, name: &str) -> bool {
    table.facts.iter().any(|fact| fact.is_of_calendar && fact.name == name)
}

/// Until when the rules in force on a day are known to hold, and whether that is over.
fn term(table: &Table, on: chrono::NaiveDate, lang: Lang) -> Option<(String, bool)> {
    let until = table.version(on)?.holds_until?;
    Some((when::day(lang, until), until < on))
}

struct View<'v> {
    ctx: &'v Ctx,
    policy: &'static Policy,
    table: &'static Table,
    given: &'v Given,
    typed: &'v [(String, Json)],
    lang: Lang,
}

impl View<'_> {
    fn questions(&self, calendar: &[known::Fact], answer: Option<&Answer>) -> Vec<Question<'static>> {
        let is_open = |fact: &&Fact| fact.assumed.is_none() && !calendar.iter().any(|(name, _)| *name == fact.name);
        self.table.facts.iter().filter(is_open).map(|fact| self.question(fact, answer)).collect()
    }

    fn question(&self, fact: &'static Fact, answer: Option<&Answer>) -> Question<'static> {
        let typed = self.typed.iter().find(|(name, _)| *name == fact.name).and_then(|(_, value)| value.as_str());
        let value = typed.unwrap_or_default().to_owned();
        let choice = |option: &str, label: &str| Choice {
            is_chosen: option == value,
            value: option.to_owned(),
            label: label.to_owned(),
        };
        let unknown = choice("unknown", self.lang.t("わからない", "I do not know"));
        let (input, options) = match &fact.kind {
            FactKind::YesNo => {
                let yes = choice("yes", self.lang.t("はい", "Yes"));
                (Input::Radios, vec![yes, choice("no", self.lang.t("いいえ", "No")), unknown])
            }
            FactKind::Word { options, .. } => {
                let known = options.iter().map(|option| choice(&option.word, option.label.of(self.lang)));
                (Input::Radios, known.chain([unknown]).collect())
            }
            FactKind::Specialty => {
                let all = self.policy.specialties().all();
                (Input::Select, all.iter().map(|s| choice(&s.name, s.label(self.lang))).collect())
            }
            FactKind::Year | FactKind::Date => (Input::Line, Vec::new()),
        };
        Question {
            label: fact.question.of(self.lang),
            help: fact.help.as_ref().map_or("", |help| help.of(self.lang)),
            error: answer.and_then(|answer| self.error(fact, answer)),
            fact,
            input,
            value,
            options,
        }
    }

    fn error(&self, fact: &Fact, answer: &Answer) -> Option<String> {
        let is_missing = answer.missing.contains(&fact.name);
        let label = fact.label.of(self.lang);
        if let Some(typed) = self.given.unreadable(self.table, &fact.name) {
            return Some(match self.lang {
                Lang::Ja => format!("{label}：「{typed}」が読み取れません。例のように入力してください。"),
                Lang::En => format!("{label}: \"{typed}\" is not understood. Write it as in the example."),
            });
        }
        is_missing.then(|| match (self.given.knows(self.table, &fact.name), self.lang) {
            (true, Lang::Ja) => format!("{label}をもう一度確かめてください。"),
            (true, Lang::En) => format!("{label}: please check it again."),
            (false, Lang::Ja) => format!("{label}がわかると答えられます。"),
            (false, Lang::En) => format!("{label} is needed for an answer."),
        })
    }

    fn said(&self, answer: &Answer) -> Said {
        let lang = self.lang;
        let day = |label: &'static str, day: Option<chrono::NaiveDate>| day.map(|day| (label, when::day(lang, day)));
        let days = [
            day(lang.t("研修開始日", "First day of training"), answer.starts_on),
            day(lang.t("休止の最初の日", "First day of the pause"), answer.pause_from),
            day(lang.t("休止の最後の日", "Last day of the pause"), answer.pause_to),
            day(lang.t("早くて", "At the earliest"), answer.starts_earliest_on),
        ];
        Said {
            is_ask: answer.verdict == Verdict::Ask,
            verdict: answer.verdict.label(lang),
            reason: answer.reason_for_people(lang),
            days: days.into_iter().flatten().collect(),
            decided_by: answer.decided_by(lang),
            entries: self.entries(&answer.faq),
            offices: self.offices(answer),
            rule: answer.rule.clone(),
            on: when::day(lang, self.ctx.state().clock.today()),
            inquiry: self.inquiry(answer),
        }
    }

    fn offices(&self, answer: &Answer) -> Vec<&'static Office> {
        if answer.verdict == Verdict::Ask {
            return Vec::new();
        }
        if answer.decided_by.contains(&Decider::Council) {
            return Office::prefectures().iter().collect();
        }
        if !answer.decided_by.contains(&Decider::Society) {
            return Vec::new();
        }
        match self.policy.specialty_of(self.given) {
            Some(specialty) => Office::of_specialty(&specialty.name).into_iter().collect(),
            None => Office::societies().iter().collect(),
        }
    }

    /// Entries of the FAQ that are shown: id and question.
    fn entries(&self, ids: &[String]) -> Vec<(String, String)> {
        let library = &self.ctx.state().library;
        let today = self.ctx.state().clock.today();
        let entry = |id: &String| {
            let entry = library.entry(self.lang, id).filter(|entry| entry.is_public() && entry.holds_on(today))?;
            Some((entry.id.clone(), entry.question.clone()))
        };
        ids.iter().filter_map(entry).collect()
    }

    /// The form of the kind, with subject, what was answered, and the fields that say the same.
    fn inquiry(&self, answer: &Answer) -> String {
        let (lang, table) = (self.lang, self.table);
        let told = self.policy.told(table.topic, self.given, lang);
        let lines: Vec<String> =
            told.iter().map(|(label, value)| format!("・{label}{}{value}", lang.t("：", ": "))).collect();
        let title = table.title.of(lang);
        let head = match lang {
            Lang::Ja => format!("案内「{title}」で答えた内容"),
            Lang::En => format!("What I answered in the guide \"{title}\""),
        };
        let outcome = format!("→ {} ({})", answer.verdict.label(lang), answer.rule);
        let ask = lang.t("お尋ねしたいこと：", "My question:");
        let body = format!("{head}\n{}\n{outcome}\n\n{ask}\n", lines.join("\n"));
        let kind = InquiryKind::parse(&table.inquiry).unwrap_or(InquiryKind::Other);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("subject", title).append_pair("body", &body);
        query.extend_pairs(self.policy.fields_for(table.topic, self.given));
        format!("/inquiries/{kind}?{}", query.finish())
    }
}
