-- What a ticket is due for: the queue sorts by the nearer of its edge and its promised answer.

-- when the promised answer is due (working days of its kind); NULL while the requester is waited for, and when finished
ALTER TABLE tickets ADD COLUMN answer_by TIMESTAMPTZ;
-- working seconds that were left when the requester was asked something: the promise stands still meanwhile
ALTER TABLE tickets ADD COLUMN answer_left_s BIGINT;
-- when staff first answered
ALTER TABLE tickets ADD COLUMN answered_at TIMESTAMPTZ;
-- the nearer of edge_at (unless it came too late) and answer_by; the year 9999 when there is neither
ALTER TABLE tickets ADD COLUMN due_at TIMESTAMPTZ NOT NULL DEFAULT '9999-12-31 00:00:00+00';
-- tickets of before: their edge, else their arrival, so that none hides behind newer ones
UPDATE tickets SET due_at = COALESCE(edge_at, received_at) WHERE status IN ('new', 'open', 'waiting_on_third_party');

-- the queue, what is due first in front; who may see a line is read from the index, too
CREATE INDEX tickets_due ON tickets (needs_staff, is_spam, due_at, id, is_confidential, assignee_id);
-- the queue of one person likewise
DROP INDEX tickets_assignee;
CREATE INDEX tickets_assignee ON tickets (assignee_id, needs_staff, is_spam, due_at, id, is_confidential);
-- the latest answers: what the forecast and the estimate of the reply time are made of
CREATE INDEX tickets_answered ON tickets (answered_at) WHERE answered_at IS NOT NULL;
