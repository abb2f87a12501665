//! Route × role: the truth about who may do what behind the counter (SEC-052, SEC-053). A route that is not in this
//! table is refused to everybody, so a new page begins here; `tests/all/staff_permissions.rs` walks it.

use axum::http::Method;

use crate::desk::staff::Role;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody: signing in itself.
    Nothing,
    /// Somebody signed in, with at least this role.
    Role(Role),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// GET (which covers HEAD) or POST.
    pub method: &'static str,
    /// As it stands in the router.
    pub path: &'static str,
    /// Who may.
    pub needs: Needs,
}

const fn anybody(method: &'static str, path: &'static str) -> Rule {
    Rule { method, path, needs: Needs::Nothing }
}
const fn see(path: &'static str) -> Rule {
    Rule { method: "GET", path, needs: Needs::Role(Role::Viewer) }
}
const fn own(path: &'static str) -> Rule {
    Rule { method: "POST", path, needs: Needs::Role(Role::Viewer) }
}
const fn work(path: &'static str) -> Rule {
    Rule { method: "POST", path, needs: Needs::Role(Role::Agent) }
}
const fn role(method: &'static str, path: &'static str, role: Role) -> Rule {
    Rule { method, path, needs: Needs::Role(role) }
}

/// Every route under `/staff`.
pub const TABLE: &[Rule] = &[
    // Signing in.
    anybody("GET", "/staff/login"),
    anybody("POST", "/staff/login"),
    anybody("GET", "/staff/link/{token}"),
    anybody("POST", "/staff/link/{token}"),
    own("/staff/logout"),
    see("/staff"),
    // Tickets: viewers look, agents work.
    see("/staff/tickets"),
    role("GET", "/staff/tickets/new", Role::Agent),
    work("/staff/tickets/new"),
    see("/staff/tickets/{number}"),
    see("/staff/tickets/{number}/files/{id}"),
    see("/staff/tickets/{number}/messages/{seq}/html"),
    see("/staff/tickets/{number}/messages/{seq}/raw"),
    // Looking at masked data is a POST that is audited; a viewer's work is looking.
    own("/staff/tickets/{number}/open"),
    work("/staff/tickets/{number}/reply"),
    work("/staff/tickets/{number}/note"),
    work("/staff/tickets/{number}/change"),
    work("/staff/tickets/{number}/take"),
    work("/staff/tickets/{number}/spam"),
    work("/staff/tickets/{number}/step"),
    work("/staff/tickets/{number}/nudge"),
    work("/staff/tickets/{number}/link"),
    work("/staff/tickets/{number}/elsewhere"),
    work("/staff/tickets/{number}/login-help"),
    work("/staff/tickets/{number}/confidential"),
    see("/staff/events"),
    // Mail.
    see("/staff/mail/held"),
    see("/staff/mail/held/{id}/raw"),
    work("/staff/mail/held/{id}/open"),
    work("/staff/mail/held/{id}/dismiss"),
    see("/staff/mail/outbox"),
    work("/staff/mail/outbox/{id}/retry"),
    role("GET", "/staff/phone", Role::Agent),
    work("/staff/phone"),
    // Images: viewers look, and each look is in the audit; agents decide.
    see("/staff/images"),
    see("/staff/images/{id}"),
    own("/staff/images/{id}/open"),
    see("/staff/images/{id}/view"),
    see("/staff/images/{id}/thumb"),
    work("/staff/images/{id}/decide"),
    work("/staff/tickets/{number}/upload-link"),
    work("/staff/tickets/{number}/upload-link/revoke"),
    work("/staff/accounts/{account_id}/image"),
    // The rest of the desk.
    see("/staff/answers"),
    see("/staff/linkage"),
    work("/staff/linkage"),
    see("/staff/accounts/{account_id}"),
    own("/staff/accounts/{account_id}/open"),
    // Duplicates: viewers compare, agents ask, a lead takes back. Deciding asks for another person besides the role.
    see("/staff/duplicates"),
    see("/staff/duplicates/{account_id}/{other_id}"),
    own("/staff/duplicates/{account_id}/{other_id}/open"),
    work("/staff/duplicates/{account_id}/{other_id}"),
    role("POST", "/staff/repairs/{id}/undo", Role::Lead),
    role("GET", "/staff/approvals", Role::Agent),
    role("POST", "/staff/approvals/{id}/decide", Role::Lead),
    work("/staff/approvals/{id}/withdraw"),
    see("/staff/changes"),
    // The files hold personal data in full.
    role("GET", "/staff/changes.csv", Role::Agent),
    role("GET", "/staff/changes.json", Role::Agent),
    work("/staff/changes/handed-over"),
    // The season: everybody looks, a lead changes it.
    see("/staff/periods"),
    see("/staff/periods/moment"),
    role("GET", "/staff/periods/edit", Role::Lead),
    role("POST", "/staff/periods/preview", Role::Lead),
    role("POST", "/staff/periods/apply", Role::Lead),
    see("/staff/jobs"),
    see("/staff/schedules/{name}"),
    role("POST", "/staff/jobs/{id}/retry", Role::Lead),
    role("POST", "/staff/schedules/{name}", Role::Lead),
    role("GET", "/staff/audit", Role::Lead),
    role("GET", "/staff/people", Role::Admin),
    role("POST", "/staff/people", Role::Admin),
    role("POST", "/staff/people/{id}", Role::Admin),
    // Oneself.
    see("/staff/settings"),
    own("/staff/settings/feed"),
    own("/staff/settings"),
    own("/staff/settings/password"),
];

/// What a route needs; `None` for one that is not in the table.
pub fn needs(method: &Method, path: &str) -> Option<Needs> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    TABLE.iter().find(|rule| rule.method == method && rule.path == path).map(|rule| rule.needs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_stands_in_the_table_once() {
        for (at, rule) in TABLE.iter().enumerate() {
            assert!(!TABLE[..at].iter().any(|r| (r.method, r.path) == (rule.method, rule.path)), "{rule:?}");
        }
    }

    #[test]
    fn sec_053_a_viewer_may_only_look_and_change_their_own() {
        let own = ["/staff/logout", "/staff/settings", "/staff/settings/password", "/staff/settings/feed"];
        for rule in TABLE.iter().filter(|rule| rule.method != "GET") {
            let looks = rule.path.ends_with("/open") && !rule.path.starts_with("/staff/mail");
            let may = rule.needs == Needs::Nothing || rule.needs == Needs::Role(Role::Viewer);
            assert!(!may || looks || own.contains(&rule.path) || rule.needs == Needs::Nothing, "{rule:?}");
        }
    }
}
