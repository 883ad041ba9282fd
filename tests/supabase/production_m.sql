-- The older schema as the first pages' backend left it, with its broken policies, on a project begun before PostgreSQL
-- 15, in which everybody may make tables.
grant create on schema public to public;
create table users (id uuid primary key default gen_random_uuid(), email varchar(255) unique not null, name text not null,
  role text not null, clinic_id uuid, created_at timestamp not null default now(), updated_at timestamp default now());
create table clinics (id uuid primary key default gen_random_uuid(), name varchar(255) not null, address text,
  phone varchar(20), email varchar(255), created_at timestamp not null default now(), updated_at timestamp default now());
create table profiles (user_id uuid primary key references auth.users (id) on delete cascade,
  display_name varchar(255) not null, locale text not null default 'fr-CA', consent_pipeda boolean not null default false,
  consent_marketing boolean not null default false, default_clinic_id uuid references clinics (id) on delete set null,
  created_at timestamp not null default now(), updated_at timestamp not null default now());
create table memberships (id uuid primary key default gen_random_uuid(), user_id uuid not null,
  clinic_id uuid not null references clinics (id) on delete cascade, role text not null, active boolean not null default true,
  created_at timestamp not null default now(), updated_at timestamp not null default now(), unique (user_id, clinic_id));
create table sessions (id uuid primary key default gen_random_uuid(), user_id uuid not null references users (id),
  clinic_id uuid references clinics (id), patient_id varchar(255) not null, consent_verified boolean not null default false,
  status text not null default 'active', mode text not null,
  current_section text not null check (current_section in ('section_7', 'section_8', 'section_11')),
  started_at timestamp not null default now(), ended_at timestamp, duration_seconds integer,
  created_at timestamp not null default now(), updated_at timestamp not null default now());
create table transcripts (id uuid primary key default gen_random_uuid(),
  session_id uuid not null references sessions (id) on delete cascade, section text not null, content text not null,
  is_final boolean not null default false, confidence_score numeric(3, 2), language_detected varchar(10),
  "timestamp" timestamp not null default now(), created_at timestamp not null default now());
create table artifacts (id uuid primary key default gen_random_uuid(),
  session_id uuid not null references sessions (id) on delete cascade, ir jsonb not null, role_map jsonb not null,
  narrative jsonb not null, processing_time jsonb not null, created_at timestamptz not null default now());
create table audit_logs (id uuid primary key default gen_random_uuid(), user_id uuid not null references users (id),
  session_id uuid references sessions (id), clinic_id uuid references clinics (id), action text not null,
  resource_type text not null, resource_id text, metadata json, ip_address varchar(45), user_agent text,
  "timestamp" timestamp not null default now());
create table export_history (id uuid primary key default gen_random_uuid(),
  session_id uuid not null references sessions (id), user_id uuid not null references users (id), format text not null,
  fidelity text not null, sections json, file_path text, file_size_bytes integer,
  created_at timestamp not null default now());
create table feedback (id uuid primary key default gen_random_uuid(),
  content jsonb not null check (octet_length(content::text) < 10240 and content <> '{}'),
  created_at timestamp not null default now(), ttl_days integer not null default 30 check (ttl_days between 1 and 365),
  user_id uuid, session_id uuid, template_id text);

alter table profiles enable row level security;
alter table clinics enable row level security;
alter table memberships enable row level security;
alter table sessions enable row level security;
alter table transcripts enable row level security;
create policy "own profile" on profiles using (auth.uid() = user_id) with check (auth.uid() = user_id);
create policy "clinics for all" on clinics for select to authenticated using (true);
create policy "own memberships" on memberships for select using (auth.uid() = user_id);
create policy "join" on memberships for insert with check (auth.uid() = user_id);
create policy "change" on memberships for update using (auth.uid() = user_id);
create policy "own or clinic" on sessions for select using (auth.uid() = user_id or exists (
  select from memberships m where m.clinic_id = sessions.clinic_id and m.user_id = auth.uid() and m.active));
create policy "own" on sessions for insert with check (auth.uid() = user_id);
create policy "clinic only" on transcripts for select using (exists (select from sessions s
  join memberships m on m.clinic_id = s.clinic_id where s.id = session_id and m.user_id = auth.uid() and m.active));

create function handle_new_user() returns trigger language plpgsql security definer as $$
begin
  insert into public.profiles (user_id, display_name, locale, locale)
  values (new.id, coalesce(new.raw_user_meta_data ->> 'name', split_part(new.email, '@', 1)), 'fr-CA', 'fr-CA');
  return new;
end
$$;
