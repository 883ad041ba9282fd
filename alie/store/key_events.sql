-- Version 2: who issued and revoked keys, until the daemon has taken it down in its audit log.

CREATE TABLE key_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('issue', 'revoke')),
    key_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    role TEXT,
    uid INTEGER NOT NULL,
    sudo_uid INTEGER
) STRICT;
