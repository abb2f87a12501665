-- The mirror of the online system's records (登録情報): read only here, changed by import. Raw and canonical stand side
-- by side; keys are what matching looks up.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- アカウントID of the online system
  account_id TEXT NOT NULL UNIQUE,
  -- 医籍登録番号 without leading zeros; several registrations of one person share it
  registration_number INTEGER,
  -- 生年月日
  born_on TEXT,
  family_name TEXT NOT NULL,
  given_name TEXT NOT NULL,
  family_kana TEXT NOT NULL,
  given_kana TEXT NOT NULL,
  -- 旧姓, separated by ;
  former_names TEXT NOT NULL,
  -- the address on file, as registered, and comparable
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  phone TEXT NOT NULL,
  -- applicant, trainee
  phase TEXT NOT NULL,
  entry_fiscal_year INTEGER,
  -- 基本領域
  specialty TEXT NOT NULL,
  program TEXT NOT NULL,
  director_name TEXT NOT NULL,
  director_email TEXT NOT NULL,
  -- unapplied, applied, accepted, rejected, unset, withdrawal_requested, withdrawn
  application_state TEXT NOT NULL,
  registered_at TEXT,
  login_mail_sent_at TEXT,
  -- sent, bounced, opened; empty when unknown
  login_mail_state TEXT NOT NULL,
  temporary_password_issued_at TEXT,
  -- none, provisional, licence
  licence_image TEXT NOT NULL,
  -- what does not fit a row: applications, withdrawal, training records
  more TEXT NOT NULL,
  -- hash over all of the above: an import knows what has changed
  row_hash TEXT NOT NULL,
  -- where the row came from (a file's name, the API) and when it was last read
  source TEXT NOT NULL,
  imported_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX accounts_registration ON accounts (registration_number);
CREATE INDEX accounts_born ON accounts (born_on);

-- What an account can be found by besides number and birthdate: each name in each listed writing, each reading, each
-- address it has had.
CREATE TABLE account_keys (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  -- name, kana, email
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (account_id, kind, key)
);
CREATE INDEX account_keys_key ON account_keys (kind, key);
