-- Which edge of a recruitment period an inquiry touched, as it stood when the whole of it had been received.

-- the close it is in time or late for; NULL when its kind has to do with none, or no window was known
ALTER TABLE tickets ADD COLUMN edge_at TEXT;
-- received at edge_at or later
ALTER TABLE tickets ADD COLUMN is_late BOOLEAN NOT NULL DEFAULT FALSE;
