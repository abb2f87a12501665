-- The season edited in the browser, who is told before an edge, and how right the clock was.

-- Every change of a recruitment period, with what it was before and after.
CREATE TABLE period_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fiscal_year INTEGER NOT NULL,
  round TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- {name, opens_at, closes_at, is_published}; NULL when it was not there
  before_change TEXT,
  -- likewise; NULL when it was removed
  after_change TEXT,
  -- NULL: the command line
  staff_id INTEGER REFERENCES staff (id),
  at TEXT NOT NULL
);
CREATE INDEX period_changes_year ON period_changes (fiscal_year, id);

-- the requester wants to be reminded before the close the ticket touches
ALTER TABLE tickets ADD COLUMN wants_reminder BOOLEAN NOT NULL DEFAULT FALSE;

-- What was told before an edge: one notice for each ticket, edge and step.
CREATE TABLE edge_notices (
  ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
  edge_at TEXT NOT NULL,
  -- hours before the edge: 168, 72, 24, 3; 0 is a correction after the date moved away
  hours INTEGER NOT NULL,
  told_at TEXT NOT NULL,
  PRIMARY KEY (ticket_id, edge_at, hours)
);
CREATE INDEX edge_notices_edge ON edge_notices (edge_at);

-- How far the clock of a process stood from the database's: the proof beside every instant of receipt.
CREATE TABLE clock_checks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  process TEXT NOT NULL,
  at TEXT NOT NULL,
  -- milliseconds this process was ahead of the database
  ahead_ms INTEGER NOT NULL,
  -- whether the machine said that its clock is kept by a time server; NULL when it does not say
  is_synchronised BOOLEAN
);
CREATE INDEX clock_checks_at ON clock_checks (at);
CREATE INDEX tickets_reminder ON tickets (edge_at) WHERE wants_reminder;

-- hash of the secret part of the address of this person's calendar; NULL when there is none
ALTER TABLE staff ADD COLUMN feed_hash TEXT;
CREATE UNIQUE INDEX staff_feed ON staff (feed_hash);
