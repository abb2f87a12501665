-- Kinds of inquiry as data.

-- Every version of every form that was in use: tickets.form_version names the row a ticket was sent with.
CREATE TABLE forms (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- kind of inquiry, one of contracts.md
  kind TEXT NOT NULL,
  -- SHA-256 over the form
  fingerprint TEXT NOT NULL,
  -- what people fill in, as JSON
  form TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX forms_kind ON forms (kind, id);

-- Readers who said that the answer before a form helped; nobody stands behind the number.
CREATE TABLE answers_helped (
  kind TEXT NOT NULL,
  -- id of the answer within the kind
  answer TEXT NOT NULL,
  -- day in Japan
  day TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, answer, day)
);

-- Where the workflow of a ticket stands; without a row it stands where its form put it.
CREATE TABLE cases (
  ticket_id INTEGER NOT NULL PRIMARY KEY REFERENCES tickets (id) ON DELETE CASCADE,
  -- the workflow; a row of another one than the ticket's kind has does not count
  flow TEXT NOT NULL,
  state TEXT NOT NULL,
  -- reason, evidence or choice of the last act
  note TEXT NOT NULL,
  since TEXT NOT NULL,
  -- who did the last act; NULL for a job
  moved_by INTEGER REFERENCES staff (id)
);

-- データ連携: where the linkage of a specialty and a year of entry stands.
CREATE TABLE linkage_cells (
  -- Japanese name
  specialty TEXT NOT NULL,
  entry_fiscal_year INTEGER NOT NULL,
  -- none, planned, linking, linked
  state TEXT NOT NULL,
  linked_at TEXT,
  set_by INTEGER NOT NULL REFERENCES staff (id),
  set_at TEXT NOT NULL,
  PRIMARY KEY (specialty, entry_fiscal_year)
);

-- Tickets whose requester was told that the linkage is done: once (FAQ F44).
CREATE TABLE linkage_told (
  ticket_id INTEGER NOT NULL PRIMARY KEY REFERENCES tickets (id) ON DELETE CASCADE,
  told_at TEXT NOT NULL
);

-- 電話メモ: what a caller said. Nothing here proves who it was.
CREATE TABLE phone_memos (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- the key of the staff form: the same key is the same memo
  form_key TEXT NOT NULL UNIQUE,
  -- kind of inquiry the call was about
  kind TEXT NOT NULL,
  -- the number the caller named, if any
  registration_number INTEGER,
  memo TEXT NOT NULL,
  -- whether the link to the form was mailed
  was_mailed BOOLEAN NOT NULL,
  staff_id INTEGER NOT NULL REFERENCES staff (id),
  noted_at TEXT NOT NULL
);
CREATE INDEX phone_memos_number ON phone_memos (registration_number, id);
