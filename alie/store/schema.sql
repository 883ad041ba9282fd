-- The embedded store, version 1: the tables of etc/supabase as far as a clinic of its own needs them.
-- Ids are uuid texts, times ISO 8601 in UTC with milliseconds and Z, JSON is text, and truth is 0 or 1.

CREATE TABLE clinics (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT,
    phone TEXT,
    email TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE profiles (
    user_id TEXT PRIMARY KEY,
    display_name TEXT NOT NULL DEFAULT '',
    email TEXT,
    locale TEXT NOT NULL DEFAULT 'fr-CA' CHECK (locale IN ('fr-CA', 'en-CA')),
    consent_pipeda INTEGER NOT NULL DEFAULT 0,
    consent_marketing INTEGER NOT NULL DEFAULT 0,
    consent_analytics INTEGER NOT NULL DEFAULT 0,
    default_clinic_id TEXT REFERENCES clinics ON DELETE SET NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE memberships (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    clinic_id TEXT NOT NULL REFERENCES clinics ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'physician', 'staff', 'it_support')),
    active INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (user_id, clinic_id)
) STRICT;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    clinic_id TEXT REFERENCES clinics ON DELETE SET NULL,
    patient_id TEXT,
    consent_verified INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'completed', 'cancelled')),
    mode TEXT NOT NULL CHECK (mode IN ('word_for_word', 'smart_dictation', 'ambient')),
    current_section TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    duration_seconds INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

CREATE TABLE transcripts (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    section TEXT NOT NULL,
    content TEXT NOT NULL,
    content_sha256 TEXT NOT NULL,
    is_final INTEGER NOT NULL,
    confidence_score REAL,
    language_detected TEXT,
    timestamp TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX transcripts_by_session ON transcripts (session_id);

CREATE TABLE artifacts (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    ir TEXT NOT NULL,
    role_map TEXT NOT NULL,
    narrative TEXT NOT NULL,
    processing_time TEXT,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX artifacts_by_session ON artifacts (session_id, created_at);

CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    clinic_id TEXT REFERENCES clinics ON DELETE SET NULL,
    name TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'in_progress', 'completed')),
    draft TEXT NOT NULL DEFAULT '{}',
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX cases_by_user ON cases (user_id, updated_at);

CREATE TABLE case_sessions (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases ON DELETE CASCADE,
    section_id TEXT NOT NULL,
    session_id TEXT REFERENCES sessions ON DELETE SET NULL,
    content TEXT NOT NULL,
    formatted_content TEXT,
    committed_at TEXT NOT NULL
) STRICT;
CREATE INDEX case_sessions_by_case ON case_sessions (case_id, section_id);

CREATE TABLE feedback (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    session_id TEXT,
    template_id TEXT,
    content TEXT NOT NULL,
    ttl_days INTEGER NOT NULL DEFAULT 30 CHECK (ttl_days BETWEEN 1 AND 365),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX feedback_by_user ON feedback (user_id, created_at);
CREATE INDEX feedback_by_expiry ON feedback (expires_at);

CREATE TABLE audit_logs (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    session_id TEXT,
    clinic_id TEXT,
    action TEXT NOT NULL,
    resource_type TEXT,
    resource_id TEXT,
    metadata TEXT,
    ip_address TEXT,
    user_agent TEXT,
    timestamp TEXT NOT NULL
) STRICT;

CREATE TABLE access_keys (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
    clinic_id TEXT NOT NULL REFERENCES clinics ON DELETE CASCADE,
    label TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    revoked_at TEXT,
    last_used TEXT
) STRICT;
