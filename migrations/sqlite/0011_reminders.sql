-- What the desk sends by itself so that a deadline is kept.

-- Letters to a director who is silent about a withdrawal (FAQ F24).
CREATE TABLE director_nudges (
  ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
  -- day in Japan: one letter a day at most
  day TEXT NOT NULL,
  -- who sent it; NULL for the job
  staff_id INTEGER REFERENCES staff (id),
  sent_at TEXT NOT NULL,
  PRIMARY KEY (ticket_id, day)
);

-- Reminders of a kind before a deadline (config/kinds, reminders): each ticket once for each reminder and deadline.
CREATE TABLE deadline_reminders (
  ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
  -- id of the reminder within the kind
  reminder TEXT NOT NULL,
  -- the deadline it was about
  deadline_at TEXT NOT NULL,
  sent_at TEXT NOT NULL,
  PRIMARY KEY (ticket_id, reminder, deadline_at)
);

-- Members of staff told that a table of rules is due to be looked at again: once for each table and day.
CREATE TABLE rule_reviews (
  -- topic of the table
  topic TEXT NOT NULL,
  -- the last day the rules are known to hold
  holds_until TEXT NOT NULL,
  told_at TEXT NOT NULL,
  PRIMARY KEY (topic, holds_until)
);
