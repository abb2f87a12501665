//! `/staff/tickets`: the queue. Keyset pages of 50, what is due first in front or the newest; views, filters, and one box
//! that finds.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::DateTime;

use super::Desk;
use super::edge::{Edge, EdgeChip};
use super::layout::{At, Nav};
use crate::desk::inquiry::{InquiryKind, queues};
use crate::desk::staff::{Role, Staff, StaffId, people};
use crate::desk::ticket::list::{self, Filter, Line, PAGE, Place, View};
use crate::desk::ticket::pace::Forecast;
use crate::desk::ticket::{Grade, Status, search};
use crate::platform::db::{DbError, Tx};
use crate::web::PageError;
use crate::web::form_body::query_value;

/// The most hits of a search that are paged through; more are told as a number.
const MOST_HITS: i64 = 1_000;

/// The query string, read leniently: what is not known does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    view: String,
    status: Option<Status>,
    q: String,
    /// A queue: the kinds that name it.
    queue: String,
    kind: Option<InquiryKind>,
    grade: Option<Grade>,
    /// A member of staff, or `Some(None)` for nobody.
    assignee: Option<Option<StaffId>>,
    /// `sort=new`: the newest in front where what is due first would be.
    by_age: bool,
    before: Option<i64>,
    after: Option<Place>,
}

impl Asked {
    fn read(query: &str) -> Self {
        let get = |name| query_value(query, name);
        let assignee = get("assignee");
        Self {
            view: get("view"),
            status: Status::parse(&get("status")),
            q: get("q").trim().chars().take(200).collect(),
            queue: get("queue").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect(),
            kind: InquiryKind::parse(&get("kind")),
            grade: Grade::parse(&get("grade")),
            assignee: match assignee.as_str() {
                "none" => Some(None),
                id => id.parse().ok().map(|id| Some(StaffId(id))),
            },
            by_age: get("sort") == "new",
            before: get("before").parse().ok(),
            after: read_place(&get("after")),
        }
    }

    /// What the list shows: a status if one is named, everything when something is looked for, else the view.
    fn view(&self, me: StaffId) -> View {
        match (self.status, self.view.as_str()) {
            (Some(status), _) => View::Status(status),
            (None, "mine") => View::Mine(me),
            (None, "unassigned") => View::Unassigned,
            (None, "spam") => View::Spam,
            (None, "all") => View::All,
            (None, "needs") => View::NeedsStaff,
            (None, _) if !self.q.is_empty() => View::All,
            (None, _) => View::NeedsStaff,
        }
    }

    /// Whether what is due first stands in front: where something needs somebody here, and nothing is looked for.
    fn is_by_due(&self, me: StaffId) -> bool {
        let view = self.view(me);
        !self.by_age && self.q.is_empty() && matches!(view, View::NeedsStaff | View::Mine(_) | View::Unassigned)
    }

    /// The same list from its front.
    fn front(&self) -> String {
        Self { before: None, after: None, ..self.clone() }.href()
    }

    /// The address of this list.
    fn href(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        put("view", &self.view);
        put("status", self.status.map_or("", Status::as_str));
        put("q", &self.q);
        put("queue", &self.queue);
        put("kind", self.kind.map_or("", InquiryKind::as_str));
        put("grade", self.grade.map_or("", Grade::as_str));
        put("assignee", &self.assignee.map(assignee_word).unwrap_or_default());
        put("sort", if self.by_age { "new" } else { "" });
        put("before", &self.before.map(|id| id.to_string()).unwrap_or_default());
        put("after", &self.after.map(write_place).unwrap_or_default());
        let query = query.finish();
        if query.is_empty() { "/staff/tickets".to_owned() } else { format!("/staff/tickets?{query}") }
    }
}

/// A place of the list as it stands in an address: microseconds and id.
fn write_place((due_at, id): Place) -> String {
    format!("{}.{id}", due_at.timestamp_micros())
}

fn read_place(text: &str) -> Option<Place> {
    let (micros, id) = text.split_once('.')?;
    Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, id.parse().ok()?))
}

fn assignee_word(assignee: Option<StaffId>) -> String {
    assignee.map_or_else(|| "none".to_owned(), |id| id.to_string())
}

/// A choice of a `<select>`, a tab: value, name, whether it is the current one.
struct Choice {
    value: String,
    name: String,
    is_current: bool,
}

struct Tab {
    href: String,
    name: &'static str,
    count: Option<i64>,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "staff/queue.html")]
struct QueuePage {
    at: At,
    asked: Asked,
    tabs: Vec<Tab>,
    queues: Vec<Choice>,
    kinds: Vec<Choice>,
    grades: Vec<Choice>,
    assignees: Vec<Choice>,
    lines: Vec<Line>,
    total: i64,
    /// More hits than can be paged through.
    is_cut: bool,
    is_by_due: bool,
    /// What will be late at the present pace; from 30 answered tickets on.
    forecast: Option<Forecast>,
    /// The other order, where there is one.
    other_order: Option<String>,
    next: Option<String>,
    front: Option<String>,
}

impl QueuePage {
    fn edge(&self, line: &Line) -> Option<EdgeChip> {
        let edge =
            Edge { status: line.status, edge_at: line.edge_at, is_late: line.is_late, answer_by: line.answer_by };
        EdgeChip::nearest(self.at.lang(), edge, self.at.now())
    }

    fn kind(&self, line: &Line) -> &'static str {
        InquiryKind::parse(&line.kind).map_or("", |kind| kind.short(self.at.lang()))
    }
}

/// `GET /staff/tickets`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let asked = Asked::read(desk.ctx.query());
    let mut tx = desk.read().await?;
    let mut at = At::load(&mut tx, &desk, desk.t("受信", "Inbox"), Nav::Tickets).await?;
    at.q.clone_from(&asked.q);
    let staff = people::list(&mut tx).await?;
    let (mut lines, total, is_cut) = find(&mut tx, &desk, &asked).await?;
    let more = lines.len() as i64 > PAGE;
    lines.truncate(PAGE as usize);
    let is_by_due = asked.is_by_due(desk.id());
    let look = desk.state().looks.look(&mut tx, desk.now()).await?;
    let forecast = look.forecast.filter(|forecast| is_by_due && (forecast.will_be_late > 0 || forecast.overdue > 0));
    let next = lines.last().filter(|_| more).map(|line| {
        let (before, after) = if is_by_due { (None, Some((line.due_at, line.id.0))) } else { (Some(line.id.0), None) };
        Asked { before, after, ..asked.clone() }.href()
    });
    let other = Asked { by_age: !asked.by_age, ..asked.clone() };
    let other_order = (is_by_due || other.is_by_due(desk.id())).then(|| other.front());
    let page = QueuePage {
        tabs: tabs(&mut tx, &desk, &asked).await?,
        queues: choices(
            &desk,
            desk.state().kinds().queues().into_iter().map(|word| (word, queues::label(word, desk.lang()))),
            Some(asked.queue.as_str()).filter(|queue| !queue.is_empty()),
        ),
        kinds: choices(
            &desk,
            InquiryKind::ALL.iter().map(|k| (k.as_str(), k.label(desk.lang()))),
            asked.kind.map(InquiryKind::as_str),
        ),
        grades: choices(&desk, grades(&desk), asked.grade.map(Grade::as_str)),
        assignees: assignees(&desk, &staff, asked.assignee),
        front: (asked.before.is_some() || asked.after.is_some()).then(|| asked.front()),
        at,
        asked,
        lines,
        total,
        is_cut,
        is_by_due,
        forecast,
        other_order,
        next,
    };
    desk.ctx.page(StatusCode::OK, &page)
}

/// A page of lines and one more, the total, and whether there are hits that cannot be paged to.
async fn find(tx: &mut Tx, desk: &Desk, asked: &Asked) -> Result<(Vec<Line>, i64, bool), DbError> {
    let view = asked.view(desk.id());
    let mut filter = Filter {
        kind: asked.kind.map(|kind| kind.as_str().to_owned()),
        kinds: Some(desk.state().kinds().of_queue(&asked.queue)).filter(|_| !asked.queue.is_empty()),
        grade: asked.grade,
        assignee: asked.assignee,
        ..Filter::seen_by(desk.seen_by())
    };
    let mut found_total = 0;
    if !asked.q.is_empty() {
        let index = desk.state().tickets.get().filter(|index| index.refresh().is_ok());
        let found = search::find(tx, index, &asked.q, desk.seen_by(), MOST_HITS).await?;
        found_total = found.total;
        filter.ids = Some(found.ids);
    }
    let is_cut = found_total > MOST_HITS;
    let total = match filter.ids {
        Some(_) if is_cut => found_total,
        // What was searched for is not asked again soon: not worth remembering.
        Some(_) => list::count(tx, &view, &filter).await?,
        None => desk.state().totals.total(tx, &view, &filter, desk.now()).await?,
    };
    let lines = match asked.is_by_due(desk.id()) {
        true => list::page_by_due(tx, &view, &filter, asked.after, PAGE + 1).await?,
        false => list::page(tx, &view, &filter, asked.before, PAGE + 1).await?,
    };
    Ok((lines, total, is_cut))
}

async fn tabs(tx: &mut Tx, desk: &Desk, asked: &Asked) -> Result<Vec<Tab>, DbError> {
    let kept = desk.state().totals.counts(tx, desk.seen_by(), desk.now()).await?;
    let mine = View::Mine(desk.id());
    let mine = desk.state().totals.total(tx, &mine, &Filter::seen_by(desk.seen_by()), desk.now()).await?;
    let current = asked.view(desk.id());
    let tab = |view: View, query: &str, name, count| Tab {
        href: if query.is_empty() { "/staff/tickets".into() } else { format!("/staff/tickets?{query}") },
        name,
        count,
        is_current: view == current,
    };
    let t = |ja, en| desk.lang().t(ja, en);
    let status = |status: Status, count| {
        tab(View::Status(status), &format!("status={status}"), status.label(desk.lang()), count)
    };
    Ok(vec![
        tab(View::NeedsStaff, "", t("対応が必要", "Needs action"), Some(kept.needs_staff)),
        tab(View::Mine(desk.id()), "view=mine", t("自分", "Mine"), Some(mine)),
        tab(View::Unassigned, "view=unassigned", t("未割当", "Unassigned"), Some(kept.unassigned)),
        status(Status::WaitingOnRequester, Some(kept.waiting_on_requester)),
        status(Status::WaitingOnThirdParty, Some(kept.waiting_on_third_party)),
        status(Status::Resolved, Some(kept.resolved)),
        status(Status::Closed, Some(kept.closed)),
        tab(View::Spam, "view=spam", t("迷惑", "Spam"), Some(kept.spam)),
        tab(View::All, "view=all", t("すべて", "All"), None),
    ])
}

fn grades(desk: &Desk) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lang = desk.lang();
    Grade::ALL.iter().filter(|g| **g != Grade::Stale).map(move |g| (g.as_str(), g.label(lang)))
}

fn choices<'c>(desk: &Desk, known: impl Iterator<Item = (&'c str, &'c str)>, current: Option<&str>) -> Vec<Choice> {
    let all = Choice { value: String::new(), name: desk.t("すべて", "All").into(), is_current: current.is_none() };
    let rest = known.map(|(value, name)| Choice {
        value: value.into(),
        name: name.into(),
        is_current: current == Some(value),
    });
    std::iter::once(all).chain(rest).collect()
}

fn assignees(desk: &Desk, staff: &[Staff], current: Option<Option<StaffId>>) -> Vec<Choice> {
    let current = current.map(assignee_word);
    let nobody = ("none".to_owned(), desk.t("未割当", "Nobody").to_owned());
    let known: Vec<(String, String)> = std::iter::once(nobody)
        .chain(staff.iter().filter(|p| p.role.includes(Role::Agent)).map(|p| (p.id.to_string(), p.name.clone())))
        .collect();
    choices(desk, known.iter().map(|(value, name)| (value.as_str(), name.as_str())), current.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_narrowing_from_page_to_page() {
        let asked = Asked::read(
            "view=mine&q=%E6%B8%A1%E9%82%89&queue=login&kind=id&grade=exact&assignee=none&sort=new&after=1765166400000000.7&x=y",
        );
        assert_eq!(asked.q, "渡邉");
        assert_eq!(asked.after.unwrap().0.to_rfc3339(), "2025-12-08T04:00:00+00:00");
        assert_eq!(Asked::read(asked.href().split_once('?').unwrap().1), asked);
        let from = Asked { before: Some(40), after: None, ..asked.clone() };
        assert_eq!(Asked::read(from.href().split_once('?').unwrap().1), from);
        assert!(!asked.front().contains("after"));
    }

    #[test]
    fn what_is_not_known_does_not_narrow() {
        let asked = Asked::read("status=&q=&kind=nonsense&grade=&assignee=x&before=abc&after=1.x");
        assert_eq!(asked, Asked::default());
        assert_eq!(asked.view(StaffId(1)), View::NeedsStaff);
        assert_eq!(asked.href(), "/staff/tickets");
    }

    #[test]
    fn looking_for_something_looks_everywhere_unless_a_view_is_named() {
        assert_eq!(Asked::read("q=abc").view(StaffId(1)), View::All);
        assert_eq!(Asked::read("q=abc&status=closed").view(StaffId(1)), View::Status(Status::Closed));
        assert_eq!(Asked::read("q=abc&view=mine").view(StaffId(7)), View::Mine(StaffId(7)));
    }
}
