//! What the confirmation page says beyond the form's own text: what the dated rules say about the answers, a round that the
//! calendar does not know, an image that was meant to come with it. Hints only: an inquiry is always taken.

use super::inquiry::Typed;
use super::own_field::rounds;
use crate::desk::inquiry::spec::Input;
use crate::desk::inquiry::{Checked, Said};
use crate::desk::policy::{Policy, Verdict, known};
use crate::web::{Ctx, PageError};

/// What a table says about the answers.
pub struct RuleHint {
    /// Its guide.
    pub topic: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What it says.
    pub verdict: &'static str,
    /// Why.
    pub reason: String,
    /// Who decides.
    pub decided_by: String,
}

/// What the rules say about what was filled in, as far as they can answer it.
///
/// # Errors
/// When the tables cannot be read.
pub async fn of_rules(ctx: &Ctx, checked: &Checked) -> Result<Vec<RuleHint>, PageError> {
    let policy = Policy::embedded().map_err(|fault| PageError::internal(fault.to_string()))?;
    let season = known::of_season(&*ctx.state().season().await, ctx.now());
    let lang = ctx.lang();
    let hint = |table: &'static crate::desk::policy::Table| {
        let given = policy.given_for_ticket(table.topic, &checked.fields, &[], &season);
        let answer = policy.explain(table.topic, ctx.state().clock.today(), &given);
        (answer.verdict != Verdict::Ask).then(|| RuleHint {
            topic: table.topic.as_str(),
            title: table.title.of(lang),
            verdict: answer.verdict.label(lang),
            reason: answer.reason_for_people(lang),
            decided_by: answer.decided_by(lang),
        })
    };
    Ok(policy.tables_for(checked.kind.as_str()).into_iter().filter_map(hint).collect())
}

/// Words beside single answers.
pub async fn of_answers(ctx: &Ctx, inquiry: &Typed, checked: &Checked) -> Vec<Said> {
    let mut said = Vec::new();
    let mut say = |field: &str, ja: &str, en: &str| {
        said.push(Said { field: field.to_owned(), sentence: ctx.lang().t(ja, en).to_owned() });
    };
    let season = ctx.state().season().await;
    for field in inquiry.spec.form.fields.iter().filter(|field| field.input == Input::Round) {
        let given = checked.fields.get(&field.name).map_or("", String::as_str);
        let is_known = ["", "わからない", "I do not know", "その他", "Other"].contains(&given)
            || rounds(&season, ctx.now()).iter().any(|name| name == given)
            || season.periods().iter().any(|period| period.name == given);
        if !is_known {
            say(
                &field.name,
                "この名前の募集は、公表された日程にありません。「変更」から選び直すか、「わからない」を選んでください。",
                "The published schedule has no such round. Choose another one, or \"I do not know\".",
            );
        }
    }
    let reason = checked.fields.get("reason").map_or("", String::as_str);
    if inquiry.spec.takes_image && reason == "arrived" && inquiry.chosen.image.is_none() {
        say(
            "reason",
            "画像がまだ選ばれていません。「入力に戻る」から選ぶか、このまま送ってください。送るためのリンクをご案内します。",
            "No image has been chosen yet. Go back to choose it, or send this: we will tell you how to send the image.",
        );
    }
    said
}
