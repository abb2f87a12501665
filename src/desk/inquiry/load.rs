//! Reads `config/kinds/*.toml`, and refuses a wrong file with its line and the reason.

use std::collections::BTreeSet;

use super::spec::{Before, Field, Input, Spec, Texts};
use super::{InquiryForm, InquiryKind};

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct KindFault {
    /// Its name.
    pub file: String,
    /// Counted from 1; 0 when it is about the whole folder.
    pub line: usize,
    /// What to put right.
    pub reason: String,
}

/// Words a text of an answer may hold.
pub const VARIABLES: [&str; 3] = ["{round}", "{closes_at}", "{next_opens_at}"];
/// Names a form has beside those of its fields.
const RESERVED: [&str; 6] = ["csrf_token", "form_key", "form_version", "image", "today", "edit"];

/// Reads the file of a kind.
///
/// # Errors
/// The first thing that is wrong.
pub fn parse(file: &str, source: &str) -> Result<Spec, KindFault> {
    let fault = |line, reason: String| KindFault { file: file.to_owned(), line, reason };
    let word = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml");
    let kind = InquiryKind::parse(word).ok_or_else(|| fault(0, format!("there is no kind of inquiry {word:?}")))?;
    let mut spec: Spec = toml::from_str(source).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        fault(line_at(source, at), error.message().to_owned())
    })?;
    spec.kind = kind;
    match check(&spec) {
        Ok(()) => Ok(spec),
        Err((mark, reason)) => Err(fault(line_of(source, &mark), reason)),
    }
}

/// The line of a byte.
fn line_at(source: &str, at: usize) -> usize {
    source.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// The first line that holds the mark as a value, or the first of all.
fn line_of(source: &str, mark: &str) -> usize {
    let quoted = format!("\"{mark}\"");
    source.lines().position(|line| line.contains(&quoted)).map_or(1, |at| at + 1)
}

/// What a file says that its shape allows and its meaning does not: the word it is about, and the reason.
fn check(spec: &Spec) -> Result<(), (String, String)> {
    let no = |mark: &str, reason: String| Err((mark.to_owned(), reason));
    let mut boxes = BTreeSet::new();
    for field in &spec.form.fields {
        check_field(field)?;
        for name in field.boxes() {
            let is_common = InquiryForm::FIELDS.contains(&name.as_str()) || RESERVED.contains(&name.as_str());
            if is_common || !boxes.insert(name.clone()) {
                return no(&field.name, format!("the form has a field {name:?} already"));
            }
        }
    }
    let is_field = |name: &str| spec.form.field(name).is_some();
    for rule in &spec.form.rules {
        for (name, values) in &rule.when {
            let Some(field) = spec.form.field(name) else {
                return no(name, format!("a rule asks for the field {name:?}, which the form does not have"));
            };
            for value in values.split('|').filter(|value| !value.is_empty() && *value != "*") {
                let is_test = match value.split_at_checked(1) {
                    Some(("=", other)) if !is_field(other) => {
                        return no(values, format!("a rule compares with {other:?}, which the form does not have"));
                    }
                    Some(("?", what)) if !["date", "number"].contains(&what) => {
                        return no(values, format!("a rule cannot read {what:?}: date or number"));
                    }
                    Some(("=" | "!" | "?", rest)) => !rest.is_empty(),
                    _ => false,
                };
                if !is_test && !field.options.is_empty() && !field.options.iter().any(|choice| choice.value == value) {
                    return no(values, format!("the field {name:?} has no value {value:?}"));
                }
            }
        }
        if !is_field(&rule.field) {
            return no(&rule.field, format!("a rule speaks at {:?}, which the form does not have", rule.field));
        }
        both(&rule.say, &rule.field)?;
    }
    for field in &spec.form.fields {
        for (name, values) in &field.required_unless {
            let Some(other) = spec.form.field(name).filter(|_| field.required) else {
                return no(
                    &field.name,
                    format!("required_unless of {:?} names no field, or is not required", field.name),
                );
            };
            if let Some(value) = values.split('|').find(|value| !other.options.iter().any(|o| o.value == *value)) {
                return no(values, format!("the field {name:?} has no value {value:?}"));
            }
        }
    }
    for order in &spec.form.orders {
        for name in [&order.earlier, &order.later] {
            let is_day = name == "today"
                || spec.form.field(name).is_some_and(|f| matches!(f.input, Input::Date | Input::FiscalYear));
            if !is_day {
                return no(name, format!("{name:?} is no day of this form"));
            }
        }
        if !is_field(&order.field) {
            return no(&order.field, format!("{:?} is no field of this form", order.field));
        }
        both(&order.say, &order.field)?;
    }
    if let Some(name) = spec.confidential_when.keys().find(|name| !is_field(name)) {
        return no(name, format!("confidential_when names {name:?}, which the form does not have"));
    }
    let mut ids = BTreeSet::new();
    for answer in &spec.answers {
        if !is_name(&answer.id) || !ids.insert(&answer.id) {
            return no(&answer.id, format!("{:?} is no id of an answer, or stands twice", answer.id));
        }
        for text in [&answer.title, &answer.text].into_iter().chain(&answer.steps) {
            both(text, &answer.id)?;
        }
        for text in [&answer.text.ja, &answer.text.en] {
            let known = VARIABLES.iter().fold(text.clone(), |text, word| text.replace(word, ""));
            if known.contains(['{', '}']) {
                return no(&answer.id, format!("the text of {:?} holds a word in braces that is none", answer.id));
            }
        }
    }
    let mut reminders = BTreeSet::new();
    for reminder in &spec.reminders {
        if !is_name(&reminder.id) || !reminders.insert(&reminder.id) {
            return no(&reminder.id, format!("{:?} is no id of a reminder, or stands twice", reminder.id));
        }
        if !(1..=60).contains(&reminder.days_before) {
            return no(&reminder.id, format!("days_before of the reminder {:?} must be 1 to 60", reminder.id));
        }
        if reminder.before == Before::Desk && spec.deadline.is_none() {
            return no(
                &reminder.id,
                format!("the reminder {:?} is before a deadline the kind does not have", reminder.id),
            );
        }
        both(&reminder.say, &reminder.id)?;
    }
    if spec.deadline.as_ref().is_some_and(|d| !(1..=120).contains(&d.days_before_close)) {
        return no("days_before_close", "days_before_close must be 1 to 120".into());
    }
    if !is_name(&spec.queue) {
        return no(&spec.queue, "queue must be one word of small letters, digits and _".into());
    }
    for text in [&spec.heading, &spec.subject, &spec.thanks] {
        both(text, &spec.queue)?;
    }
    Ok(())
}

fn check_field(field: &Field) -> Result<(), (String, String)> {
    let no = |reason: &str| Err((field.name.clone(), format!("the field {:?} {reason}", field.name)));
    if !is_name(&field.name) {
        return no("must be named with small letters, digits and _");
    }
    if matches!(field.input, Input::Radio | Input::Select) {
        let mut values = BTreeSet::new();
        if field.options.len() < 2 {
            return no("needs at least two options");
        }
        if !field.options.iter().all(|choice| is_name(&choice.value) && values.insert(&choice.value)) {
            return no("has an option whose value stands twice or is no word of small letters, digits and _");
        }
        if field.options.iter().any(|choice| choice.ja.is_empty() || choice.en.is_empty()) {
            return no("has an option without a text in both languages");
        }
    } else if !field.options.is_empty() {
        return no("has options, which only a radio or a select can have");
    }
    both(&field.label, &field.name)
}

/// A text must be written in both languages.
fn both(text: &Texts, mark: &str) -> Result<(), (String, String)> {
    if text.ja.is_empty() || text.en.is_empty() {
        return Err((mark.to_owned(), format!("a text at {mark:?} is not written in both languages")));
    }
    Ok(())
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../../config/kinds/withdraw.toml");

    fn reason(source: &str) -> (usize, String) {
        let fault = parse("config/kinds/withdraw.toml", source).unwrap_err();
        (fault.line, fault.reason)
    }

    #[test]
    fn a_wrong_file_is_refused_with_line_and_reason() {
        assert_eq!(parse("config/kinds/withdraw.toml", GOOD).unwrap().kind, InquiryKind::Withdraw);
        let broken = GOOD.replace("audience = \"applicant\"", "audience = \"nobody\"");
        let (line, said) = reason(&broken);
        let at = GOOD.lines().position(|l| l.starts_with("audience")).unwrap() + 1;
        assert_eq!(line, at);
        assert!(said.contains("nobody"), "{said}");
        let (line, said) = reason(&GOOD.replace("name = \"program\"", "name = \"email\""));
        assert!(line > 10 && said.contains("email"), "{line} {said}");
        let (line, _) = reason(&format!("{GOOD}\nwrong wrong"));
        assert_eq!(line, GOOD.lines().count() + 2);
        let (_, said) = reason(&format!("colour = \"red\"\n{GOOD}"));
        assert!(said.contains("colour"), "{said}");
        assert!(parse("config/kinds/nothing.toml", GOOD).is_err());
    }

    #[test]
    fn a_rule_that_names_what_the_form_does_not_have_is_refused() {
        let (_, said) = reason(&GOOD.replace("result = \"not_accepted\"", "result = \"perhaps\""));
        assert!(said.contains("perhaps"), "{said}");
        let (_, said) = reason(&GOOD.replace("result = \"not_accepted\"", "weather = \"fine\""));
        assert!(said.contains("weather"), "{said}");
        for wrong in ["=nothing", "?shoe_size"] {
            let (_, said) = reason(&GOOD.replace("requested_on = \"*\"", &format!("requested_on = \"{wrong}\"")));
            assert!(said.contains(&wrong[1..]), "{said}");
        }
        let unless =
            "name = \"program\"\ninput = \"line\"\nrequired = true\nrequired_unless = { result = \"perhaps\" }";
        let (_, said) = reason(&GOOD.replace("name = \"program\"\ninput = \"line\"\nrequired = true", unless));
        assert!(said.contains("perhaps"), "{said}");
    }
}
