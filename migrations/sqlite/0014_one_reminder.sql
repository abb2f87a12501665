-- One mechanism tells requesters of deadlines: what a kind promises and what somebody asked for stand in one table.

-- id of the reminder of the kind (config/kinds) whose words the notice carried; empty when it carried none
ALTER TABLE edge_notices ADD COLUMN reminder TEXT NOT NULL DEFAULT '';

-- the step is the whole hours that were left when it was sent
INSERT INTO edge_notices (ticket_id, edge_at, hours, reminder, told_at)
SELECT ticket_id, deadline_at, MAX(1, CAST((julianday(deadline_at) - julianday(sent_at)) * 24 + 1 AS INTEGER)) AS hours,
  MIN(reminder), MIN(sent_at)
FROM deadline_reminders WHERE TRUE GROUP BY 1, 2, 3
ON CONFLICT (ticket_id, edge_at, hours) DO UPDATE SET reminder = excluded.reminder;
DROP TABLE deadline_reminders;

-- the job of those who asked is the one of the deadlines now
DELETE FROM schedules WHERE name = 'remind_edge';
