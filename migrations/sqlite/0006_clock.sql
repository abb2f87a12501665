-- The clock: edges of recruitment periods, and which of them an inquiry touched when it was received.

-- counts the changes of a period: SEQUENCE of its event in the calendar feed (RFC 5545 §3.8.7.4)
ALTER TABLE periods ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
