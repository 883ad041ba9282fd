-- The tables, each column said once: what is there already stays as it is, what is missing is added.
-- A table is closed (row level security on, no policy) before anybody can read it; 005 opens what users need.

-- That something is there already is no news.
set client_min_messages = warning;

create table if not exists public.clinics (id uuid primary key default gen_random_uuid());
alter table public.clinics
  add column if not exists name varchar(255),
  add column if not exists address text,
  add column if not exists phone varchar(50),
  add column if not exists email varchar(255),
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists updated_at timestamptz not null default now();

create table if not exists public.profiles (user_id uuid primary key default auth.uid());
alter table public.profiles
  add column if not exists display_name varchar(255),
  add column if not exists email varchar(255),
  add column if not exists locale text not null default 'fr-CA',
  add column if not exists consent_pipeda boolean not null default false,
  add column if not exists consent_marketing boolean not null default false,
  add column if not exists consent_analytics boolean not null default false,
  add column if not exists default_clinic_id uuid,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists updated_at timestamptz not null default now();

create table if not exists public.memberships (id uuid primary key default gen_random_uuid());
alter table public.memberships
  add column if not exists user_id uuid not null,
  add column if not exists clinic_id uuid not null,
  add column if not exists role text not null default 'physician',
  add column if not exists active boolean not null default true,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists updated_at timestamptz not null default now();

create table if not exists public.sessions (id uuid primary key default gen_random_uuid());
alter table public.sessions
  add column if not exists user_id uuid not null default auth.uid(),
  add column if not exists clinic_id uuid,
  add column if not exists patient_id varchar(255),
  add column if not exists consent_verified boolean not null default false,
  add column if not exists status text not null default 'active',
  add column if not exists mode text not null default 'smart_dictation',
  add column if not exists current_section text,
  add column if not exists started_at timestamptz not null default now(),
  add column if not exists ended_at timestamptz,
  add column if not exists duration_seconds integer,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists updated_at timestamptz not null default now();

create table if not exists public.transcripts (id uuid primary key default gen_random_uuid());
alter table public.transcripts
  add column if not exists session_id uuid not null,
  add column if not exists section text,
  add column if not exists content text not null,
  add column if not exists is_final boolean not null default true,
  add column if not exists confidence_score numeric(3, 2),
  add column if not exists language_detected varchar(10),
  add column if not exists "timestamp" timestamptz not null default now(),
  add column if not exists created_at timestamptz not null default now();

create table if not exists public.artifacts (id uuid primary key default gen_random_uuid());
alter table public.artifacts
  add column if not exists session_id uuid not null,
  add column if not exists ir jsonb not null,
  add column if not exists role_map jsonb not null,
  add column if not exists narrative jsonb not null,
  add column if not exists processing_time jsonb,
  add column if not exists created_at timestamptz not null default now();

create table if not exists public.cases (id uuid primary key default gen_random_uuid());
alter table public.cases
  add column if not exists user_id uuid not null default auth.uid(),
  add column if not exists clinic_id uuid,
  add column if not exists name text,
  add column if not exists status text not null default 'draft',
  add column if not exists draft jsonb not null default '{}',
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists updated_at timestamptz not null default now();

create table if not exists public.case_sessions (id uuid primary key default gen_random_uuid());
alter table public.case_sessions
  add column if not exists id uuid not null default gen_random_uuid(),
  add column if not exists case_id uuid not null,
  add column if not exists section_id text not null,
  add column if not exists session_id uuid,
  add column if not exists content text,
  add column if not exists formatted_content text,
  add column if not exists committed_at timestamptz not null default now();

-- Rows of an older feedback table keep no time to live: nobody promised them one.
create table if not exists public.feedback (id uuid primary key default gen_random_uuid());
alter table public.feedback
  add column if not exists user_id uuid,
  add column if not exists session_id uuid,
  add column if not exists template_id text,
  add column if not exists content jsonb,
  add column if not exists ttl_days integer,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists updated_at timestamptz not null default now();

create table if not exists public.audit_logs (id uuid primary key default gen_random_uuid());
alter table public.audit_logs
  add column if not exists user_id uuid not null default auth.uid(),
  add column if not exists session_id uuid,
  add column if not exists clinic_id uuid,
  add column if not exists action text not null,
  add column if not exists resource_type text,
  add column if not exists resource_id text,
  add column if not exists metadata jsonb,
  add column if not exists ip_address varchar(45),
  add column if not exists user_agent text,
  add column if not exists "timestamp" timestamptz not null default now();

create table if not exists public.export_history (id uuid primary key default gen_random_uuid());
alter table public.export_history
  add column if not exists session_id uuid not null,
  add column if not exists user_id uuid not null default auth.uid(),
  add column if not exists format text not null,
  add column if not exists fidelity text,
  add column if not exists sections jsonb,
  add column if not exists file_path text,
  add column if not exists file_size_bytes integer,
  add column if not exists created_at timestamptz not null default now();

do $$
declare
  name text;
begin
  foreach name in array array['clinics', 'profiles', 'memberships', 'sessions', 'transcripts', 'artifacts', 'cases',
                              'case_sessions', 'feedback', 'audit_logs', 'export_history'] loop
    execute format('alter table public.%I enable row level security', name);
    execute format('alter table public.%I force row level security', name);
  end loop;
end
$$;
reset client_min_messages;
