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
