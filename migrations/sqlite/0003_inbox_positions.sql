-- How far each IMAP folder of mail.inbox was taken in.
CREATE TABLE inbox_positions (
  -- its URL without the password
  inbox TEXT NOT NULL PRIMARY KEY,
  -- UIDVALIDITY (RFC 9051 §2.3.1.1): when the server gives another, the UIDs were given anew
  uid_validity INTEGER NOT NULL,
  -- every mail up to this UID is settled
  settled_uid INTEGER NOT NULL,
  -- when it moved last
  moved_at TEXT NOT NULL
);
