-- Licence images: sealed bytes and their keys, what became of each image, one-time links, and the register of
-- provisional images.

-- The keys of sealed files, each wrapped by the master key. Kept apart from everything else: a backup leaves them out
-- and keeps them on their own, for a short time. Without its row a sealed file is noise: erased.
CREATE TABLE blob_keys (
  -- name of the sealed file: SHA-256 of its bytes as they lie in storage
  blob TEXT NOT NULL PRIMARY KEY,
  -- the data key, sealed under a key derived from secrets.master_key
  wrapped BLOB NOT NULL,
  created_at TEXT NOT NULL
);

-- The journal of erasures, replayed when a backup is restored: what is named here stays erased.
CREATE TABLE erasures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- name of the sealed file
  blob TEXT NOT NULL,
  -- retention, discarded, requested
  why TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE UNIQUE INDEX erasures_blob ON erasures (blob);

-- An image of a licence, or of what stands in for it for now.
CREATE TABLE images (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- random, 26 characters: what addresses and forms call it
  public_id TEXT NOT NULL UNIQUE,
  -- the browser and form that staged it, while it is staged
  staged_by TEXT NOT NULL DEFAULT '',
  -- the inquiry it came with; none while staged, and for one that staff took over from the online system
  ticket_id INTEGER REFERENCES tickets (id) ON DELETE CASCADE,
  -- the registration it shows, once somebody has said so by approving it
  account_id INTEGER REFERENCES accounts (id),
  -- licence, provisional
  kind TEXT NOT NULL,
  -- form, link, staff
  source TEXT NOT NULL,
  -- staged, waiting, approved, returned, replaced, erased
  state TEXT NOT NULL,
  -- the name its sender gave it, for display only
  file_name TEXT NOT NULL,
  -- jpeg, png: found by decoding
  file_type TEXT NOT NULL,
  -- bytes and pixels as received
  file_bytes INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  -- sealed JPEG for viewing, and a small one; NULL once erased
  view_blob TEXT,
  thumb_blob TEXT,
  -- SHA-256 of the decoded, upright pixels
  pixels TEXT NOT NULL,
  -- height by width in permille, and mean brightness in tenths: narrow the search for the same picture
  aspect INTEGER NOT NULL,
  brightness INTEGER NOT NULL,
  -- what the picture looks like, 48 by 48 shades; NULL once erased
  likeness BLOB,
  -- what we noticed: {"too_small", "blurred", "too_dark"} with the measured figures
  hints TEXT NOT NULL,
  received_at TEXT NOT NULL,
  decided_at TEXT,
  decided_by INTEGER REFERENCES staff (id),
  -- what was said when it was returned
  reason TEXT NOT NULL DEFAULT '',
  -- what was read from it: {"name", "registration_number", "birthdate", "registered_on", "sharp"}
  readings TEXT NOT NULL,
  -- when it made way for another
  replaced_at TEXT,
  erased_at TEXT
);
CREATE INDEX images_ticket ON images (ticket_id, id);
CREATE INDEX images_account ON images (account_id, id);
CREATE INDEX images_state ON images (state, id);
CREATE INDEX images_pixels ON images (pixels);
CREATE INDEX images_likeness ON images (aspect, brightness);
CREATE INDEX images_view ON images (view_blob);
CREATE INDEX images_thumb ON images (thumb_blob);

-- One-time links for sending an image. The token itself is derived (design rule 14).
CREATE TABLE upload_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- random part of the token
  link_key TEXT NOT NULL UNIQUE,
  ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
  -- licence, provisional: what is asked for
  purpose TEXT NOT NULL,
  -- the address it was mailed to, in comparable form; empty when it was only shown as a QR code
  sent_to TEXT NOT NULL DEFAULT '',
  made_by INTEGER REFERENCES staff (id),
  made_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  -- when an image came by it
  used_at TEXT,
  revoked_at TEXT
);
CREATE INDEX upload_links_ticket ON upload_links (ticket_id, id);

-- Registrations with a provisional image (仮の画像): who still owes the licence itself.
CREATE TABLE provisional_images (
  account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  -- since when, as well as we know
  since TEXT NOT NULL,
  -- when the person was told that a second step is a duty
  told_at TEXT,
  -- the last of the steps 14, 30, 60 days that was mailed; 0 for none
  reminded_days INTEGER NOT NULL DEFAULT 0,
  reminded_at TEXT,
  -- the close of the application window before which the person was reminded last
  reminded_edge TEXT,
  -- when the register noticed that the licence is there
  replaced_at TEXT
);
CREATE INDEX provisional_images_open ON provisional_images (replaced_at, since);
