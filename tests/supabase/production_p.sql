-- The older schema as the later pages' backend left it: no table of users, cases, feedback in columns; row level
-- security nowhere on what came later.
create table clinics (id uuid primary key default gen_random_uuid(), name varchar(255) not null, address text,
  phone varchar(20), email varchar(255), created_at timestamptz not null default now(), updated_at timestamptz);
create table profiles (user_id uuid primary key references auth.users (id) on delete cascade,
  display_name varchar(255) not null, email varchar(255), locale text not null default 'fr-CA',
  consent_pipeda boolean not null default false, consent_marketing boolean not null default false,
  consent_analytics boolean not null default true, default_clinic_id uuid references clinics (id) on delete set null,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create table memberships (id uuid primary key default gen_random_uuid(), user_id uuid not null references profiles (user_id),
  clinic_id uuid not null references clinics (id) on delete cascade, role text not null, active boolean not null default true,
  created_at timestamp not null default now(), updated_at timestamp not null default now());
create table sessions (id uuid primary key default gen_random_uuid(), user_id uuid not null references profiles (user_id),
  clinic_id uuid references clinics (id), patient_id varchar(255) not null, consent_verified boolean not null default false,
  status text not null default 'active', mode text not null, current_section text not null,
  started_at timestamp not null default now(), ended_at timestamp, duration_seconds integer,
  created_at timestamp not null default now(), updated_at timestamp not null default now());
create table transcripts (id uuid primary key default gen_random_uuid(),
  session_id uuid not null references sessions (id) on delete cascade, section text not null, content text not null,
  is_final boolean not null default false, confidence_score numeric(3, 2), language_detected varchar(10),
  "timestamp" timestamp not null default now(), created_at timestamp not null default now());
create table cases (id uuid primary key default gen_random_uuid(), user_id uuid not null references profiles (user_id),
  clinic_id uuid references clinics (id), name text not null, status text not null default 'draft', draft jsonb not null,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create table case_sessions (case_id uuid not null references cases (id) on delete cascade, section_id text not null,
  session_id uuid not null references sessions (id) on delete cascade, content text not null,
  formatted_content text not null, primary key (case_id, section_id, session_id));
create table feedback (id uuid primary key default gen_random_uuid(), user_id uuid not null references profiles (user_id),
  session_id uuid references sessions (id), meta jsonb not null, ratings jsonb not null, artifacts jsonb, highlights jsonb,
  comment text, attachments jsonb, status text not null default 'open', created_at timestamptz not null default now(),
  updated_at timestamptz not null default now());
create policy "open" on cases using (true) with check (true);
