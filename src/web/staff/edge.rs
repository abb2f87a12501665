//! How long an unfinished ticket has until the close it touches: in colour, word and picture (never by colour alone).

use chrono::{DateTime, Duration, Utc};

use crate::desk::Lang;
use crate::desk::ticket::Status;
use crate::web::when;

/// A chip in the queue and on the ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EdgeChip {
    /// Its colour.
    pub class: &'static str,
    /// The path of its picture.
    pub icon: &'static str,
    /// What it says.
    pub text: String,
}

/// What a chip is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// Where the ticket stands.
    pub status: Status,
    /// The close it touches.
    pub edge_at: Option<DateTime<Utc>>,
    /// Whether it came too late for it.
    pub is_late: bool,
    /// When the promised answer is due.
    pub answer_by: Option<DateTime<Utc>>,
}

const CLOCK: &str = "M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18M12 7v5l3 2";
const BELL: &str = "M6 17V11a6 6 0 0 1 12 0v6l1.5 2h-15zM10 21h4";
const WARNING: &str = "M12 3 22 20H2zM12 9v5M12 17v.5";
const SHUT: &str = "M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3";

impl EdgeChip {
    /// The chip of a line of the queue: of the close, unless the promised answer is due before it.
    pub(super) fn nearest(lang: Lang, edge: Edge, now: DateTime<Utc>) -> Option<Self> {
        let ahead = edge.edge_at.filter(|_| !edge.is_late);
        match edge.answer_by.filter(|by| edge.status.is_unfinished() && ahead.is_none_or(|edge_at| *by < edge_at)) {
            Some(by) => Some(Self::of_answer(lang, by, edge.is_late, now)),
            None => Self::of(lang, edge.status, edge.edge_at, edge.is_late, now),
        }
    }

    /// The chip of the promised answer on the page of a ticket, beside that of the close.
    pub(super) fn of_promise(
        lang: Lang,
        status: Status,
        answer_by: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        Some(Self::of_answer(lang, answer_by.filter(|_| status.is_unfinished())?, false, now))
    }

    /// The chip of a promised answer. A promise of a working day or two is always near, so only what is left of a few
    /// hours is loud.
    fn of_answer(lang: Lang, by: DateTime<Utc>, is_late: bool, now: DateTime<Utc>) -> Self {
        let left = by - now;
        let late = if is_late { lang.t("締切後に受信・", "Received too late · ") } else { "" };
        if left <= Duration::zero() {
            let text = format!("{late}{} {}", lang.t("回答期限を超過", "Answer overdue by"), when::span(lang, -left));
            return Self { class: "red", icon: WARNING, text };
        }
        let (class, icon) = match left {
            left if left <= Duration::minutes(30) => ("red", WARNING),
            left if left <= Duration::hours(3) => ("orange", BELL),
            _ => ("", CLOCK),
        };
        Self {
            class,
            icon,
            text: format!("{late}{} {}", lang.t("回答期限まで", "Answer due in"), when::span(lang, left)),
        }
    }

    /// The chip of a ticket; `None` when it is finished or touches no close.
    pub(super) fn of(
        lang: Lang,
        status: Status,
        edge_at: Option<DateTime<Utc>>,
        is_late: bool,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let edge_at = edge_at.filter(|_| status.is_unfinished())?;
        if is_late {
            return Some(Self {
                class: "", icon: SHUT, text: lang.t("締切後に受信", "Received too late").to_owned()
            });
        }
        let left = edge_at - now;
        if left <= Duration::zero() {
            let text = lang.t("締切を過ぎました(締切前に受信)", "Deadline passed (received in time)");
            return Some(Self { class: "red", icon: WARNING, text: text.to_owned() });
        }
        let (class, icon, word) = match left {
            left if left <= Duration::minutes(30) => ("fill", WARNING, lang.t("至急", "At once")),
            left if left <= Duration::hours(3) => ("red", WARNING, lang.t("締切直前", "Deadline at hand")),
            left if left <= Duration::hours(24) => ("orange", BELL, lang.t("締切間近", "Deadline near")),
            left if left <= Duration::hours(72) => ("yellow", BELL, lang.t("締切が近い", "Deadline soon")),
            _ => ("", CLOCK, lang.t("締切まで", "Until the deadline")),
        };
        Some(Self { class, icon, text: format!("{word} {}", when::span(lang, left)) })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_nearer_of_the_close_and_the_promised_answer_is_told() {
        let now = Utc.with_ymd_and_hms(2026, 12, 11, 3, 0, 0).unwrap();
        let chip = |edge: i64, answer: i64, is_late| {
            let at = |minutes: i64| Some(now + Duration::minutes(minutes));
            let edge = Edge { status: Status::Open, edge_at: at(edge), is_late, answer_by: at(answer) };
            EdgeChip::nearest(Lang::Ja, edge, now).unwrap()
        };
        assert_eq!(chip(25, 300, false).text, "至急 25分");
        let answer = chip(6000, 120, false);
        assert_eq!((answer.class, answer.text.as_str()), ("orange", "回答期限まで 2時間"));
        assert_eq!(chip(6000, -60, false).text, "回答期限を超過 1時間");
        assert_eq!(
            chip(-10, 300, true).text,
            "締切後に受信・回答期限まで 5時間",
            "what came too late is still answered"
        );
        assert_eq!(chip(-10, 300, false).text, "締切を過ぎました(締切前に受信)");
    }

    #[test]
    fn the_chip_grows_louder_at_72_24_3_and_half_an_hour_and_falls_silent_when_the_ticket_is_finished() {
        let edge = Utc.with_ymd_and_hms(2026, 12, 11, 3, 0, 0).unwrap();
        let chip = |status, left: Duration| EdgeChip::of(Lang::Ja, status, Some(edge), false, edge - left);
        let open = |left| chip(Status::Open, left).unwrap();
        let second = Duration::seconds(1);
        let steps =
            [(72 * 60, "", "yellow"), (24 * 60, "yellow", "orange"), (180, "orange", "red"), (30, "red", "fill")];
        for (minutes, before, then) in steps {
            let minutes = Duration::minutes(minutes);
            assert_eq!((open(minutes + second).class, open(minutes).class), (before, then));
        }
        assert_eq!(open(Duration::minutes(25)).text, "至急 25分");
        assert_eq!(open(Duration::zero()).text, "締切を過ぎました(締切前に受信)");
        assert_eq!(chip(Status::Closed, Duration::minutes(5)), None);
        assert_eq!(EdgeChip::of(Lang::Ja, Status::New, None, false, edge), None);
        assert_eq!(EdgeChip::of(Lang::En, Status::New, Some(edge), true, edge).unwrap().text, "Received too late");
    }
}
