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

const CLOCK: &str = "M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18M12 7v5l3 2";
const BELL: &str = "M6 17V11a6 6 0 0 1 12 0v6l1.5 2h-15zM10 21h4";
const WARNING: &str = "M12 3 22 20H2zM12 9v5M12 17v.5";
const SHUT: &str = "M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3";

impl EdgeChip {
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
