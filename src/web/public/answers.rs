//! What stands before a form: the answer that fits the moment, the desk's own deadline, and why a form is closed.

use chrono::{DateTime, Utc};

use crate::desk::Lang;
use crate::desk::inquiry::Spec;
use crate::desk::inquiry::moment::{self, Moments};
use crate::desk::inquiry::spec::Reader;
use crate::desk::period::Season;
use crate::web::when;

/// An answer, ready to be shown.
pub struct Shown<'a> {
    /// Its id.
    pub id: &'a str,
    /// For whom it is, when it is not for everybody.
    pub reader: Option<String>,
    /// Heading.
    pub title: &'a str,
    /// The answer.
    pub text: String,
    /// The way in the online system.
    pub steps: Vec<&'a str>,
    /// The entry that says more; may be empty.
    pub faq: &'a str,
}

/// Something to know before writing.
pub struct Notice {
    /// In one line.
    pub title: String,
    /// What it is for.
    pub text: String,
}

/// The answers of a kind that fit the moment.
pub fn shown<'a>(spec: &'a Spec, season: &Season, lang: Lang, now: DateTime<Utc>) -> Vec<Shown<'a>> {
    let moments = Moments::at(season, now);
    let soon = lang.t("日程が決まりしだいお知らせする日", "a day to be announced");
    let filled = |text: &str| {
        let stamp = |at: Option<DateTime<Utc>>| at.map_or_else(|| soon.to_owned(), |at| when::stamp(lang, at));
        let window = moments.window.as_ref();
        let round =
            window.map_or_else(|| lang.t("今の募集", "the present round").to_owned(), |window| window.called(lang));
        text.replace("{round}", &round)
            .replace("{closes_at}", &stamp(window.map(|window| window.closes_at)))
            .replace("{next_opens_at}", &stamp(moments.next_opens_at))
    };
    let fits = spec.answers.iter().filter(|answer| moments.fit(answer));
    fits.map(|answer| Shown {
        id: &answer.id,
        reader: readers(&answer.readers, lang),
        title: answer.title.t(lang),
        text: filled(answer.text.t(lang)),
        steps: answer.steps.iter().map(|step| step.t(lang)).collect(),
        faq: &answer.faq,
    })
    .collect()
}

fn readers(readers: &[Reader], lang: Lang) -> Option<String> {
    let names: Vec<_> = readers.iter().map(|reader| reader.label(lang)).collect();
    (!names.is_empty()).then(|| names.join(lang.t("・", ", ")))
}

/// The desk's own deadline before the next edge it serves.
pub fn deadline(spec: &Spec, season: &Season, lang: Lang, now: DateTime<Utc>) -> Option<Notice> {
    let deadline = spec.deadline.as_ref()?;
    let next = moment::internal_deadline(deadline, season, now)?;
    let at = when::stamp(lang, next.at);
    let name = next.period.called(lang);
    let title = match (lang, next.at > now) {
        (Lang::Ja, true) => format!("{name}に間に合わせる期限：{at}"),
        (Lang::Ja, false) => format!("{name}に間に合わせる期限は過ぎました({at})"),
        (Lang::En, true) => format!("To be in time for {name}: by {at}"),
        (Lang::En, false) => format!("The deadline for {name} has passed ({at})"),
    };
    Some(Notice { title, text: deadline.say.t(lang).to_owned() })
}

/// Why the form cannot be sent now, with the way on; `None` while it can.
pub fn closed(spec: &Spec, season: &Season, lang: Lang, now: DateTime<Utc>) -> Option<String> {
    if moment::is_taken(spec, season, now) {
        return None;
    }
    let next = moment::next_opening(spec, season, now).map(|at| when::stamp(lang, at));
    let period = spec.opening.map_or("", |kind| kind.label(lang));
    Some(match (lang, next) {
        (Lang::Ja, Some(next)) => format!(
            "いまは、この種別の受付期間ではありません(「{period}」の期間だけ受け付けます)。次は {next} から送れます。書きかけの内容は、この画面に残っています。"
        ),
        (Lang::Ja, None) => format!(
            "いまは、この種別の受付期間ではありません(「{period}」の期間だけ受け付けます)。次の受付は、決まりしだいお知らせします。"
        ),
        (Lang::En, Some(next)) => format!(
            "This form cannot be sent now: it is open in the period \"{period}\" only, next from {next}. What you wrote is still on this page."
        ),
        (Lang::En, None) => format!(
            "This form cannot be sent now: it is open in the period \"{period}\" only. The next opening will be announced."
        ),
    })
}
