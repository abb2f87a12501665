//! iCalendar text (RFC 5545), as much of it as a feed of dates needs. Pure.

use chrono::{DateTime, Utc};

/// Octets of a line without its end (RFC 5545 §3.1).
const LINE: usize = 75;

/// A calendar under construction.
#[derive(Debug)]
pub(super) struct Calendar(String);

impl Calendar {
    /// Begins a calendar that a program may subscribe to and ask for again every six hours (RFC 7986 §5.7).
    pub(super) fn new(name: &str, lang: &str) -> Self {
        let mut calendar = Self(String::new());
        calendar.line("BEGIN:VCALENDAR");
        calendar.line("VERSION:2.0");
        calendar.line("PRODID:-//Madoguchi//Recruitment periods//EN");
        calendar.line("CALSCALE:GREGORIAN");
        calendar.line(&format!("NAME;LANGUAGE={lang}:{}", text(name)));
        calendar.line(&format!("X-WR-CALNAME:{}", text(name)));
        calendar.line("X-WR-TIMEZONE:Asia/Tokyo");
        calendar.line("REFRESH-INTERVAL;VALUE=DURATION:PT6H");
        calendar
    }

    /// Adds an event.
    pub(super) fn event(&mut self, event: &Event) {
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{}", text(&event.uid)));
        // Without a METHOD, DTSTAMP is when the event was last changed (RFC 5545 §3.8.7.2).
        self.line(&format!("DTSTAMP:{}", stamp(event.changed_at)));
        self.line(&format!("LAST-MODIFIED:{}", stamp(event.changed_at)));
        self.line(&format!("SEQUENCE:{}", event.sequence));
        self.line(&format!("DTSTART:{}", stamp(event.starts_at)));
        // An end that is the start is not written: such an event is an instant (§3.6.1).
        if event.ends_at > event.starts_at {
            self.line(&format!("DTEND:{}", stamp(event.ends_at)));
        }
        self.line(&format!("SUMMARY:{}", text(&event.summary)));
        self.line(&format!("DESCRIPTION:{}", text(&event.description)));
        self.line(&format!("URL:{}", event.url));
        self.line("CLASS:PUBLIC");
        // A window of two weeks must not show two busy weeks.
        self.line("TRANSP:TRANSPARENT");
        let related = if event.ends_at > event.starts_at { ";RELATED=END" } else { "" };
        for alarm in &event.alarms {
            self.line("BEGIN:VALARM");
            self.line("ACTION:DISPLAY");
            self.line(&format!("TRIGGER{related}:-P{}D", alarm.days_before_end));
            self.line(&format!("DESCRIPTION:{}", text(&alarm.text)));
            self.line("END:VALARM");
        }
        self.line("END:VEVENT");
    }

    /// The finished text.
    pub(super) fn finish(mut self) -> String {
        self.line("END:VCALENDAR");
        self.0
    }

    /// A line, folded where it grows longer than 75 octets, never inside a character.
    fn line(&mut self, line: &str) {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(character);
            octets += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// An event.
#[derive(Debug)]
pub(super) struct Event {
    /// The same for ever, whatever changes.
    pub(super) uid: String,
    /// Grows with every change.
    pub(super) sequence: i64,
    /// Of the last change.
    pub(super) changed_at: DateTime<Utc>,
    pub(super) starts_at: DateTime<Utc>,
    /// The same as the start for an instant.
    pub(super) ends_at: DateTime<Utc>,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) url: String,
    pub(super) alarms: Vec<Alarm>,
}

/// A reminder that the reader's own program gives.
#[derive(Debug)]
pub(super) struct Alarm {
    pub(super) days_before_end: u32,
    pub(super) text: String,
}

/// In UTC: no zone definition can be missing or wrong.
fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// A TEXT value (§3.3.11). Control characters have no place in one.
fn text(plain: &str) -> String {
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            _ if character.is_control() => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_at_75_octets_and_never_inside_a_character() {
        let mut calendar = Calendar(String::new());
        let long = format!("SUMMARY:{}", "締切".repeat(40));
        calendar.line(&long);
        assert!(calendar.0.ends_with("\r\n"));
        for line in calendar.0.trim_end().split("\r\n") {
            assert!(line.len() <= 75, "{} octets", line.len());
        }
        assert_eq!(calendar.0.replace("\r\n ", "").trim_end(), long);
        assert!(calendar.0.lines().count() > 3);
    }

    #[test]
    fn what_has_a_meaning_in_the_format_is_escaped() {
        assert_eq!(text("a,b;c\\d\ne\r\u{7}"), "a\\,b\\;c\\\\d\\ne");
    }
}
