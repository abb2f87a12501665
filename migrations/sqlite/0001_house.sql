-- The first house: people, tickets, mail, the clock. Ids are 64-bit; instants are UTC with microseconds; what a
-- person typed is kept beside what it means. Both folders hold the same tables and columns (a test compares them).

-- Small facts about the desk itself: which embedded data was loaded, the last event the index has seen.
CREATE TABLE meta (
  -- name of the fact
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- People of the desk (事務局).
CREATE TABLE staff (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  -- sign-in name, lower case
  email TEXT NOT NULL UNIQUE,
  -- viewer, agent, lead, admin
  role TEXT NOT NULL,
  -- PHC string of argon2id; NULL until the first password is set
  password_hash TEXT,
  -- ja or en
  lang TEXT NOT NULL DEFAULT 'ja',
  -- single-key shortcuts on or off (WCAG 2.1.4)
  shortcuts BOOLEAN NOT NULL DEFAULT TRUE,
  created_at TEXT NOT NULL,
  -- set when the person may no longer sign in; sessions die with it (SEC-054)
  disabled_at TEXT
);

-- One-time links: first sign-in and password renewal (SEC-065).
CREATE TABLE staff_links (
  -- SHA-256 of the token; the token itself is never stored
  token_hash TEXT NOT NULL PRIMARY KEY,
  -- whose; NULL for the link that makes the first admin of an empty desk
  staff_id INTEGER REFERENCES staff (id) ON DELETE CASCADE,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT
);
CREATE INDEX staff_links_staff ON staff_links (staff_id);

-- Signed-in browsers.
CREATE TABLE sessions (
  -- SHA-256 of the cookie
  token_hash TEXT NOT NULL PRIMARY KEY,
  staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
  created_at TEXT NOT NULL,
  -- touched at most every 5 minutes
  seen_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
);
CREATE INDEX sessions_staff ON sessions (staff_id);

-- Failed sign-ins, for the delay that grows with them.
CREATE TABLE login_failures (
  -- the address tried, lower case, or ip: and the client's address
  subject TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL,
  last_at TEXT NOT NULL
);

-- API tokens (`madoguchi token add`).
CREATE TABLE api_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  -- SHA-256 of the token
  token_hash TEXT NOT NULL UNIQUE,
  -- what it may do, words separated by blanks: inquiries, accounts
  scope TEXT NOT NULL,
  created_at TEXT NOT NULL,
  revoked_at TEXT
);

-- Who did and who saw what. Append only; a sealing job chains the lines.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- NULL for the command line and jobs
  staff_id INTEGER REFERENCES staff (id),
  -- what was done: signed_in, opened_personal_data, …
  act TEXT NOT NULL,
  -- what it was done to, as kind:id
  object TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL,
  -- hash over this line and the one before it; NULL in the unsealed tail
  seal TEXT
);
CREATE INDEX audit_object ON audit (object, id);

-- One request of one person: the ticket (問い合わせ).
CREATE TABLE tickets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- 受付番号: fiscal year, random, check character
  number TEXT NOT NULL UNIQUE,
  -- the key of the form (or of the mail, or of the API call) it came from: the same key is the same ticket
  form_key TEXT NOT NULL UNIQUE,
  -- kind of inquiry, one of contracts.md
  kind TEXT NOT NULL,
  -- version of the kind's form it was sent with
  form_version INTEGER NOT NULL,
  -- new, open, waiting_on_requester, waiting_on_third_party, resolved, closed
  status TEXT NOT NULL,
  -- 1 while the ticket needs somebody here (new, open), else 0: the queue's first key
  needs_staff INTEGER NOT NULL,
  -- web, mail, phone, api
  channel TEXT NOT NULL,
  -- ja or en
  lang TEXT NOT NULL,
  subject TEXT NOT NULL,
  requester_name TEXT NOT NULL,
  requester_kana TEXT NOT NULL,
  -- as typed, trimmed
  requester_email TEXT NOT NULL,
  -- the same as a comparable key: width folded, domain lower case
  requester_email_key TEXT NOT NULL,
  requester_phone TEXT NOT NULL,
  -- 医籍登録番号 without leading zeros, and as typed
  registration_number INTEGER,
  registration_number_raw TEXT NOT NULL,
  -- 生年月日, and as typed
  born_on TEXT,
  birthdate_raw TEXT NOT NULL,
  -- the kind's own fields as typed, {name: value}
  fields TEXT NOT NULL,
  -- the account it is about, once linked
  account_id INTEGER,
  -- pending until matched; exact, strong, weak, none, conflict; stale when it must be matched again
  grade TEXT NOT NULL,
  -- why: field by field, as the rule of link_rule saw it
  match_reasons TEXT NOT NULL,
  -- version of the matching rule
  match_rule TEXT NOT NULL,
  -- who linked: a member of staff, or NULL for the rule itself
  linked_by INTEGER REFERENCES staff (id),
  linked_at TEXT,
  -- 担当
  assignee_id INTEGER REFERENCES staff (id),
  -- points of suspicion (honeypot, haste); only sorts, never refuses
  spam_score INTEGER NOT NULL,
  is_spam BOOLEAN NOT NULL DEFAULT FALSE,
  -- a ticket whose number or Message-ID this one names without proof
  may_belong_to INTEGER REFERENCES tickets (id),
  -- number of messages so far; a reply is refused when it moved meanwhile
  last_seq INTEGER NOT NULL,
  -- links and reply addresses made under an older epoch are void
  token_epoch INTEGER NOT NULL DEFAULT 0,
  received_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  -- since when it waits for the requester (reminder, auto-close)
  waiting_since TEXT,
  reminded_at TEXT,
  resolved_at TEXT,
  closed_at TEXT
);
-- the queue, newest first, covering its filter
CREATE INDEX tickets_queue ON tickets (needs_staff, is_spam, id);
CREATE INDEX tickets_status ON tickets (status, id);
CREATE INDEX tickets_assignee ON tickets (assignee_id, needs_staff, id);
CREATE INDEX tickets_account ON tickets (account_id, id);
CREATE INDEX tickets_registration ON tickets (registration_number, id);
CREATE INDEX tickets_requester ON tickets (requester_email_key, received_at);
-- what the matching job looks for
CREATE INDEX tickets_unmatched ON tickets (id) WHERE grade IN ('pending', 'stale');
CREATE INDEX tickets_waiting ON tickets (waiting_since) WHERE waiting_since IS NOT NULL;

-- Candidates of a ticket, as the last match saw them.
CREATE TABLE ticket_candidates (
  ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL,
  -- rank, 1 first
  place INTEGER NOT NULL,
  points INTEGER NOT NULL,
  reasons TEXT NOT NULL,
  -- set when staff said it is another person
  rejected_at TEXT,
  PRIMARY KEY (ticket_id, account_id)
);

-- Mails as they came, stored before they were read.
CREATE TABLE raw_mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- the folder, mailbox or file it came from
  mailbox TEXT NOT NULL,
  -- mailbox and Message-ID, or the hash of the bytes when there is none: the same key is the same mail
  dedupe_key TEXT NOT NULL UNIQUE,
  message_id TEXT NOT NULL,
  -- SHA-256 of the bytes, which is also the blob's name
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  -- hash of sender, subject and body: what stays the same when a mail comes again under another Message-ID
  content_key TEXT NOT NULL,
  -- how often reading it was begun; one that stops the reader again and again is held
  attempts INTEGER NOT NULL DEFAULT 1,
  -- received (stored, not yet read), opened, appended, held, ignored
  outcome TEXT NOT NULL,
  -- why it is held: too_large, undecodable, too_complex, bounce_of_nobody, automatic, list, too_many, own_address,
  -- same_id_other_text, dismissed; or ignored: own, same_content
  cause TEXT NOT NULL DEFAULT '',
  from_address TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  ticket_id INTEGER REFERENCES tickets (id),
  received_at TEXT NOT NULL,
  -- when staff dealt with a held mail
  settled_at TEXT
);
CREATE INDEX raw_mails_held ON raw_mails (outcome, settled_at, id);
CREATE INDEX raw_mails_sha ON raw_mails (sha256);
CREATE INDEX raw_mails_message_id ON raw_mails (message_id);
CREATE INDEX raw_mails_content ON raw_mails (content_key, id);

-- The thread.
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
  -- 1, 2, 3 … within the ticket
  seq INTEGER NOT NULL,
  -- inquiry, requester_reply, staff_reply, note, automatic, bounce
  kind TEXT NOT NULL,
  -- web, mail, phone, api, staff, job
  channel TEXT NOT NULL,
  staff_id INTEGER REFERENCES staff (id),
  -- plain text; for mail without quotation
  body TEXT NOT NULL,
  -- the whole text of a mail, when it differs
  full_body TEXT,
  -- sanitised HTML of a mail that had no text part
  html TEXT,
  -- for incoming mail the address it says it is from; for outgoing the address it was sent to (key form)
  address TEXT NOT NULL,
  -- outgoing: whether it speaks about the account, so that only the address on file may see it (rule 7)
  about_account BOOLEAN NOT NULL DEFAULT FALSE,
  raw_mail_id INTEGER REFERENCES raw_mails (id),
  created_at TEXT NOT NULL,
  UNIQUE (ticket_id, seq)
);

-- Files that came with a message. Bytes lie in the blob store under their hash.
CREATE TABLE attachments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
  message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  -- for display only
  name TEXT NOT NULL,
  -- as declared, for display only
  mime TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL
);
CREATE INDEX attachments_ticket ON attachments (ticket_id);

-- Every change of state, in the transaction of the change: the timeline, the live page and the index read this.
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER REFERENCES tickets (id) ON DELETE CASCADE,
  -- received, matched, linked, assigned, status_changed, kind_changed, replied, noted, …
  kind TEXT NOT NULL,
  -- requester, staff, job, system
  actor TEXT NOT NULL,
  staff_id INTEGER REFERENCES staff (id),
  data TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX events_ticket ON events (ticket_id, id);

-- Mail waiting to leave (送信待ち), queued in the transaction of its cause.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- acknowledgement, staff_reply, waiting_reminder, …
  kind TEXT NOT NULL,
  -- a second mail of the same cause is the same mail
  dedupe_key TEXT NOT NULL UNIQUE,
  ticket_id INTEGER REFERENCES tickets (id) ON DELETE CASCADE,
  -- the message of the thread it carries
  message_id INTEGER REFERENCES messages (id) ON DELETE CASCADE,
  -- fixed when queued, without angle brackets
  mail_id TEXT NOT NULL UNIQUE,
  in_reply_to TEXT NOT NULL DEFAULT '',
  to_address TEXT NOT NULL,
  -- the comparable form of to_address: caps are counted on it
  to_key TEXT NOT NULL,
  -- the token of the reply address, empty for the plain one
  reply_token TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  -- automatic mails carry Auto-Submitted and an empty envelope sender (RFC 3834)
  is_automatic BOOLEAN NOT NULL,
  -- queued, sending, sent, unknown, failed
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- attempts whose answer after the final dot was lost; after the second it is left to people
  lost_answers INTEGER NOT NULL DEFAULT 0,
  -- when it is tried next; while it is being sent, the end of the lease
  due_at TEXT NOT NULL,
  lease_until TEXT,
  -- counts the claims; a late finish with an old number is refused
  fencing INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  sent_at TEXT,
  bounced_at TEXT,
  bounce_detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX outbox_ticket ON outbox (ticket_id, id);
CREATE INDEX outbox_recipient ON outbox (to_key, created_at);
CREATE INDEX outbox_state ON outbox (state, id);

-- Recruitment periods (募集期間): half-open windows [opens_at, closes_at).
CREATE TABLE periods (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fiscal_year INTEGER NOT NULL,
  -- 1, 2, final, … as the board names it
  round TEXT NOT NULL,
  name TEXT NOT NULL,
  -- apply, decide, confirm, result, deadline
  kind TEXT NOT NULL,
  opens_at TEXT NOT NULL,
  closes_at TEXT NOT NULL,
  is_published BOOLEAN NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (fiscal_year, round, kind)
);
CREATE INDEX periods_closes ON periods (closes_at);

-- Recurring work, and how far it has been walked.
CREATE TABLE schedules (
  name TEXT NOT NULL PRIMARY KEY,
  -- cron in Japan Standard Time: second minute hour day month weekday
  cron TEXT NOT NULL,
  -- each, last, none: which due runs are made up for after downtime
  catch_up TEXT NOT NULL,
  is_enabled BOOLEAN NOT NULL,
  -- the last due instant that has a row in runs (or the start of the schedule)
  walked_to TEXT NOT NULL
);

-- Each due run of each schedule, exactly once.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  schedule TEXT NOT NULL REFERENCES schedules (name) ON DELETE CASCADE,
  due_at TEXT NOT NULL,
  -- due, running, done, failed, skipped
  state TEXT NOT NULL,
  -- not taken before this instant: due_at, or later after a failure
  ready_at TEXT NOT NULL,
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_until TEXT,
  fencing INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  started_at TEXT,
  finished_at TEXT,
  -- what it did: a count and a sentence, or the error
  effects INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  UNIQUE (schedule, due_at)
);
CREATE INDEX runs_open ON runs (due_at) WHERE state IN ('due', 'running');
CREATE INDEX runs_schedule ON runs (schedule, due_at);

-- Work that goes on all the time (delivery, inbox, matching, index): when it last went well, what went wrong.
CREATE TABLE services (
  name TEXT NOT NULL PRIMARY KEY,
  last_ok_at TEXT,
  last_error_at TEXT,
  last_error TEXT NOT NULL DEFAULT '',
  -- things done since the desk was made
  done INTEGER NOT NULL DEFAULT 0
);

-- The FAQ: the text of each entry as its file has it, per language.
CREATE TABLE faq_entries (
  id TEXT NOT NULL,
  -- ja or en
  lang TEXT NOT NULL,
  source TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (id, lang)
);
