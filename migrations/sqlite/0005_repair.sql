-- Two people for one act, repair of double registrations, what is asked of the online system, and who may see what.

-- What waits for a second person (承認), and what became of it.
CREATE TABLE approvals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- repair, disclosure, login_help, profile, exception
  kind TEXT NOT NULL,
  -- what it is about, as kind:id
  object TEXT NOT NULL,
  -- what will be done, exactly as it was shown to the person who asked
  request TEXT NOT NULL,
  -- why, in the words of the person who asked
  reason TEXT NOT NULL,
  asked_by INTEGER NOT NULL REFERENCES staff (id),
  asked_at TEXT NOT NULL,
  -- asked, approved, refused, withdrawn
  state TEXT NOT NULL,
  -- the other person; for a withdrawn one the person who asked
  decided_by INTEGER REFERENCES staff (id),
  decided_at TEXT,
  -- what they said
  note TEXT NOT NULL DEFAULT '',
  -- an open request can no longer be approved from this instant on
  expires_at TEXT NOT NULL
);
-- of one thing only one request is open at a time
CREATE UNIQUE INDEX approvals_open ON approvals (kind, object) WHERE state = 'asked';
CREATE INDEX approvals_state ON approvals (state, id);

-- Registrations that a repair put away: their tickets follow the survivor, and matching takes the survivor for them.
CREATE TABLE retired_accounts (
  account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  survivor_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  retired_at TEXT NOT NULL
);
CREATE INDEX retired_accounts_survivor ON retired_accounts (survivor_id);

-- The journal of repairs (二重登録の修正): what was chosen, what was done, and how it is taken back.
CREATE TABLE repairs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  survivor_id INTEGER NOT NULL REFERENCES accounts (id),
  retired_id INTEGER NOT NULL REFERENCES accounts (id),
  -- fields whose value is taken from the retired one
  taken TEXT NOT NULL,
  reason TEXT NOT NULL,
  -- asked, applied, dropped (refused or withdrawn), undone
  state TEXT NOT NULL,
  asked_by INTEGER NOT NULL REFERENCES staff (id),
  asked_at TEXT NOT NULL,
  applied_by INTEGER REFERENCES staff (id),
  applied_at TEXT,
  -- what was moved: {"tickets": [ids]}
  inverse TEXT NOT NULL,
  undone_by INTEGER REFERENCES staff (id),
  undone_at TEXT
);
CREATE INDEX repairs_survivor ON repairs (survivor_id, id);
CREATE INDEX repairs_retired ON repairs (retired_id, id);

-- What the desk asks of the online system (変更依頼): the mirror itself is never edited.
CREATE TABLE change_requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- アカウントID of the online system
  account_id TEXT NOT NULL,
  -- set, take_image, retire, restore, void_temporary_password, resend_login_mail
  act TEXT NOT NULL,
  -- the field to set, under its name in accounts.csv; empty for the other acts
  field TEXT NOT NULL,
  old_value TEXT NOT NULL,
  new_value TEXT NOT NULL,
  -- what it came from, as kind:id: repair:7, ticket:26-ABCD-EFGH
  cause TEXT NOT NULL,
  asked_by INTEGER NOT NULL REFERENCES staff (id),
  asked_at TEXT NOT NULL,
  -- waiting, handed_over, withdrawn
  state TEXT NOT NULL,
  settled_at TEXT
);
CREATE INDEX change_requests_state ON change_requests (state, id);
CREATE INDEX change_requests_account ON change_requests (account_id, id);
CREATE INDEX change_requests_cause ON change_requests (cause, id);

-- Addresses from which a mail of ours came back for good: reminders no longer go there until somebody releases them.
CREATE TABLE suppressions (
  -- comparable form of the address
  to_key TEXT NOT NULL PRIMARY KEY,
  -- what the other side said
  why TEXT NOT NULL,
  since TEXT NOT NULL,
  released_by INTEGER REFERENCES staff (id),
  released_at TEXT
);

-- Replies that two people agreed to send to another address than the one on file.
CREATE TABLE disclosures (
  message_id INTEGER NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  approval_id INTEGER NOT NULL REFERENCES approvals (id),
  -- the address it was approved for, comparable
  address_key TEXT NOT NULL
);

-- Tickets whose match is put on hold (保留): nothing is linked by itself until somebody decides.
CREATE TABLE match_holds (
  ticket_id INTEGER NOT NULL PRIMARY KEY REFERENCES tickets (id) ON DELETE CASCADE,
  held_by INTEGER NOT NULL REFERENCES staff (id),
  held_at TEXT NOT NULL
);

-- Confidential tickets (機密; FAQ F64): only their readers, and leads, see, find and count them.
ALTER TABLE tickets ADD COLUMN is_confidential BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE ticket_readers (
  ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
  staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
  added_at TEXT NOT NULL,
  PRIMARY KEY (ticket_id, staff_id)
);
CREATE INDEX ticket_readers_staff ON ticket_readers (staff_id, ticket_id);
-- the queue, newest first, covering its filter with who may see it
DROP INDEX tickets_queue;
CREATE INDEX tickets_queue ON tickets (needs_staff, is_spam, id, is_confidential);
