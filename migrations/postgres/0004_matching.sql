-- The mirror in full: what does not fit a row of accounts.csv (PUT /api/v1/accounts), keys that hold no personal data,
-- and the pairs of registrations that are one person's (二重登録).

-- What an account can be found by besides number and birthdate: each name in each listed writing, the reading, its
-- romanisation, each address. Written anew, since the shape of a key has changed.
DROP TABLE account_keys;
CREATE TABLE account_keys (
  -- the first 64 bits of the SHA-256 of the key and its kind: finds, and is compared in full afterwards
  key BIGINT NOT NULL,
  -- no foreign key, whose check costs more than the row: a key of no account finds nothing
  account_id BIGINT NOT NULL,
  PRIMARY KEY (key, account_id)
);

-- addresses registered before, separated by blanks
ALTER TABLE accounts ADD COLUMN former_emails TEXT NOT NULL DEFAULT '';
-- hash over applications, withdrawal and training records; empty when there are none
ALTER TABLE accounts ADD COLUMN nested_hash TEXT NOT NULL DEFAULT '';
-- its content has tables of its own now
ALTER TABLE accounts DROP COLUMN more;

-- One application in one round (応募).
CREATE TABLE account_applications (
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  -- 1, 2, 3 … in the order given
  place BIGINT NOT NULL,
  fiscal_year BIGINT NOT NULL,
  -- 1, 2, final, … as the board names it
  round TEXT NOT NULL,
  program TEXT NOT NULL,
  specialty TEXT NOT NULL,
  -- as accounts.application_state
  state TEXT NOT NULL,
  -- when the director decided
  decided_at TIMESTAMPTZ,
  PRIMARY KEY (account_id, place)
);

-- The withdrawal after an acceptance (採用辞退), step by step.
CREATE TABLE account_withdrawals (
  account_id BIGINT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  requested_at TIMESTAMPTZ,
  -- the director reads it too (F26)
  reason_given TEXT NOT NULL,
  director_decided_at TIMESTAMPTZ,
  -- approved, denied; empty while undecided
  decision TEXT NOT NULL,
  -- when the person was told and may apply again
  mailed_at TIMESTAMPTZ
);

-- 研修実績: spans of training, breaks and pauses.
CREATE TABLE training_records (
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  -- 1, 2, 3 … in the order of their beginning
  place BIGINT NOT NULL,
  -- first day
  from_on DATE NOT NULL,
  -- last day; NULL while it goes on
  to_on DATE,
  -- 研修状況 as the online system words it
  status TEXT NOT NULL,
  -- 研修施設名
  site TEXT NOT NULL,
  -- 中断理由
  interruption_reason TEXT NOT NULL,
  -- その他詳細
  note TEXT NOT NULL,
  PRIMARY KEY (account_id, place)
);

-- Pairs of registrations that the rule takes for one person's. The nightly finder keeps it; staff dismiss and repair.
CREATE TABLE duplicate_pairs (
  -- the account with the smaller id
  a BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  b BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  -- what agrees, field by field, as in ticket_candidates
  reasons JSONB NOT NULL,
  -- version of the rule that found it
  rule_version TEXT NOT NULL,
  -- first and last time the finder saw it
  found_at TIMESTAMPTZ NOT NULL,
  seen_at TIMESTAMPTZ NOT NULL,
  -- set when staff said that they are two people; such a pair is not proposed again
  dismissed_at TIMESTAMPTZ,
  dismissed_by BIGINT REFERENCES staff (id),
  dismissed_why TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (a, b)
);
CREATE INDEX duplicate_pairs_b ON duplicate_pairs (b);
CREATE INDEX duplicate_pairs_open ON duplicate_pairs (found_at) WHERE dismissed_at IS NULL;

-- what is looked up when accounts have changed and matches must be made again
CREATE INDEX tickets_born ON tickets (born_on);
CREATE INDEX ticket_candidates_account ON ticket_candidates (account_id);
