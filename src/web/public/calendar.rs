//! `GET /calendar.ics`: the published periods as a calendar that people subscribe to.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::desk::Lang;
use crate::desk::period::{Period, PeriodKind};
use crate::platform::crypto::sha256_hex;
use crate::web::ical::{Alarm, Calendar, Event};
use crate::web::{Ctx, PageError, when};

/// Days before a close on which the reader's program speaks up.
const ALARMS: [u32; 2] = [7, 1];

/// The feed.
pub async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let (lang, settings) = (ctx.lang(), &ctx.state().settings);
    let season = ctx.state().season().await;
    let name = lang.t("専攻医募集の日程", "Recruitment of residents");
    let mut calendar = Calendar::new(name, lang.as_str());
    let url = format!("{}{}/", settings.server.base_url.trim_end_matches('/'), lang.prefix());
    let domain = settings.mail.address.rsplit('@').next().unwrap_or_default();
    for period in season.periods() {
        calendar.event(&event(period, lang, &url, domain));
    }
    let head = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"calendar.ics\""),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    Ok((StatusCode::OK, head, calendar.finish()).into_response())
}

pub(super) fn event(period: &Period, lang: Lang, url: &str, domain: &str) -> Event {
    let summary = title(period, lang);
    let alarms = ALARMS.into_iter().map(|days_before_end| Alarm {
        days_before_end,
        text: match lang {
            Lang::Ja => format!("{summary}：あと{days_before_end}日"),
            Lang::En if days_before_end == 1 => format!("{summary}: 1 day left"),
            Lang::En => format!("{summary}: {days_before_end} days left"),
        },
    });
    Event {
        uid: uid(period, domain),
        sequence: period.sequence,
        changed_at: period.updated_at,
        starts_at: period.opens_at,
        ends_at: period.closes_at,
        description: description(period, lang),
        url: url.to_owned(),
        alarms: alarms.collect(),
        summary,
    }
}

/// From what a period is and not from what is said of it, so that a moved date or a new name moves the same event. The
/// round is a word of the board's in any letters.
pub(super) fn uid(period: &Period, domain: &str) -> String {
    let round = sha256_hex(period.round.as_bytes());
    format!("{}-{}-{}@{domain}", period.fiscal_year, period.kind, &round[..12])
}

/// 「1次募集 応募(2025年度)」, `Applications, round 1 (FY2025)`
fn title(period: &Period, lang: Lang) -> String {
    let (label, year) = (period.kind.label(lang), period.fiscal_year);
    if lang.is_ja() {
        // 「1次採用結果通知」 says what it is; 「1次募集」 does not.
        let says_so = period.name.contains(label) || period.kind == PeriodKind::Deadline;
        return if says_so {
            format!("{}({year}年度)", period.name)
        } else {
            format!("{} {label}({year}年度)", period.name)
        };
    }
    let round = match period.round.as_str() {
        "final" => "final round".to_owned(),
        round => format!("round {round}"),
    };
    format!("{label}, {round} (FY{year})")
}

fn description(period: &Period, lang: Lang) -> String {
    let stamp = |at| when::stamp(lang, at);
    let dates = match (lang, period.is_instant()) {
        (_, true) => stamp(period.closes_at),
        (Lang::Ja, false) => format!("{} から {} まで", stamp(period.opens_at), stamp(period.closes_at)),
        (Lang::En, false) => format!("From {} until {}", stamp(period.opens_at), stamp(period.closes_at)),
    };
    if period.kind != PeriodKind::Apply {
        return dates;
    }
    let rule = lang.t(
        "締切の時刻を過ぎると、応募も、プログラムや領域の変更もできません。",
        "After the close nobody can apply or change programme or specialty.",
    );
    format!("{dates}\n{rule}")
}
