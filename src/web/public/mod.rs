//! The front of the counter: pages anyone may open, without JavaScript.

mod answers;
mod calendar;
mod confirm;
mod done;
mod faq;
mod form_page;
mod guides;
mod helped;
mod hints;
mod inquiry;
mod kinds;
mod landing;
mod own_field;
pub(super) mod picture;
mod staff_calendar;
mod statements;
mod submit;

use axum::Router;
use axum::routing::{get, post};

use super::{PageError, State};
use crate::desk::inquiry::InquiryKind;

/// The public routes under a language prefix (`""` or `"/en"`).
pub fn routes(lang: &str) -> Router<State> {
    let at = |path: &str| format!("{lang}{path}");
    let router = Router::new()
        .route(&at("/"), get(landing::get))
        .route(&at("/faq"), get(faq::list))
        .route(&at("/faq/{id}"), get(faq::entry))
        .route(&at("/guides"), get(guides::list))
        .route(&at("/guides/{topic}"), get(guides::guide))
        .route(&at("/calendar.ics"), get(calendar::get))
        .route(&at("/inquiries"), get(kinds::get))
        .route(&at("/inquiries/{kind}"), get(inquiry::get).post(inquiry::post))
        .route(&at("/inquiries/{kind}/submit"), post(submit::post))
        .route(&at("/inquiries/{kind}/helped"), get(helped::get).post(helped::post))
        .route(&at("/inquiries/image/staged/{id}"), get(picture::show))
        .route(&at("/done/{number}"), get(done::get))
        .route(&at("/privacy"), get(statements::privacy))
        .route(&at("/accessibility"), get(statements::accessibility));
    // A calendar program has no session and no language: the secret in the address says whose it is.
    let router =
        if lang.is_empty() { router.route("/staff-calendar/{token}", get(staff_calendar::get)) } else { router };
    if lang.is_empty() { router } else { router.route(lang, get(landing::get)) }
}

/// The kind a path names.
fn kind(word: &str) -> Result<InquiryKind, PageError> {
    InquiryKind::parse(word).ok_or(PageError::NotFound)
}

/// The first sentence of a text.
fn first_sentence(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let end = line.find('。').map(|at| at + '。'.len_utf8()).or(line.find(". ").map(|at| at + 1));
    line[..end.unwrap_or(line.len())].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_ends_where_it_ends() {
        assert_eq!(first_sentence("ログインしてください。結果が見られます。\n次"), "ログインしてください。");
        assert_eq!(first_sentence("Log in. The result is there.\nNext"), "Log in.");
        assert_eq!(first_sentence("10.5 MB"), "10.5 MB");
        assert_eq!(first_sentence(""), "");
    }
}
