-- What refers to what, which values there are, and what is looked for. A rule that old rows break holds for new rows
-- only; a notice says so.

create or replace function pg_temp.holds(relation regclass, rule name) returns void language plpgsql as $$
begin
  execute format('alter table %s validate constraint %I', relation, rule);
exception when check_violation or foreign_key_violation or not_null_violation then
  raise notice 'Some old rows of % break %: it holds for new rows.', relation, rule;
end
$$;

-- One reference for a column, to the table and with the action given; others of that column go.
create or replace function pg_temp.refers(relation regclass, name name, target text, action "char")
returns void language plpgsql as $$
declare
  rule name;
  ours name := 'alie_' || name || '_fkey';
begin
  for rule in
    select c.conname from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
    where c.conrelid = relation and c.contype = 'f' and a.attname = name
      and (target is null or c.conname <> ours)
  loop
    execute format('alter table %s drop constraint %I', relation, rule);
  end loop;
  if target is null or exists (select from pg_constraint where conrelid = relation and conname = ours) then
    return;
  end if;
  execute format('alter table %s add constraint %I foreign key (%I) references %s on delete %s not valid', relation,
                 ours, name, target, case action when 'c' then 'cascade' when 'n' then 'set null' else 'no action' end);
  perform pg_temp.holds(relation, ours);
end
$$;

create or replace function pg_temp.demands(relation regclass, rule name, condition text)
returns void language plpgsql as $$
begin
  if exists (select from pg_constraint where conrelid = relation and conname = rule) then
    return;
  end if;
  execute format('alter table %s add constraint %I check (%s) not valid', relation, rule, condition);
  perform pg_temp.holds(relation, rule);
end
$$;

-- Records outlive no clinic by accident: an account or a clinic that has some cannot be deleted.
select pg_temp.refers('public.profiles', 'user_id', 'auth.users (id)', 'c'),
  pg_temp.refers('public.profiles', 'default_clinic_id', 'public.clinics (id)', 'n'),
  pg_temp.refers('public.memberships', 'user_id', 'auth.users (id)', 'c'),
  pg_temp.refers('public.memberships', 'clinic_id', 'public.clinics (id)', 'c'),
  pg_temp.refers('public.sessions', 'user_id', 'auth.users (id)', 'a'),
  pg_temp.refers('public.sessions', 'clinic_id', 'public.clinics (id)', 'a'),
  pg_temp.refers('public.transcripts', 'session_id', 'public.sessions (id)', 'c'),
  pg_temp.refers('public.artifacts', 'session_id', 'public.sessions (id)', 'c'),
  pg_temp.refers('public.cases', 'user_id', 'auth.users (id)', 'a'),
  pg_temp.refers('public.cases', 'clinic_id', 'public.clinics (id)', 'a'),
  pg_temp.refers('public.case_sessions', 'case_id', 'public.cases (id)', 'c'),
  pg_temp.refers('public.case_sessions', 'session_id', 'public.sessions (id)', 'n'),
  pg_temp.refers('public.feedback', 'user_id', 'auth.users (id)', 'c'),
  pg_temp.refers('public.export_history', 'user_id', 'auth.users (id)', 'a'),
  pg_temp.refers('public.export_history', 'session_id', 'public.sessions (id)', 'c');

-- A dictation is no row of sessions, and what is written down stays when a user goes: these refer to nothing.
select pg_temp.refers('public.audit_logs', 'user_id', null, 'a'),
  pg_temp.refers('public.audit_logs', 'session_id', null, 'a'),
  pg_temp.refers('public.audit_logs', 'clinic_id', null, 'a'),
  pg_temp.refers('public.feedback', 'session_id', null, 'a'),
  pg_temp.refers('public.feedback', 'template_id', null, 'a');

select pg_temp.demands('public.profiles', 'alie_locale', $$locale in ('en-CA', 'fr-CA')$$),
  pg_temp.demands('public.memberships', 'alie_role',
                  $$role in ('owner', 'admin', 'physician', 'staff', 'it_support')$$),
  pg_temp.demands('public.sessions', 'alie_status', $$status in ('active', 'paused', 'completed', 'cancelled')$$),
  pg_temp.demands('public.sessions', 'alie_mode', $$mode in ('word_for_word', 'smart_dictation', 'ambient')$$),
  pg_temp.demands('public.sessions', 'alie_section', 'length(current_section) between 1 and 100'),
  pg_temp.demands('public.transcripts', 'alie_confidence', 'confidence_score between 0 and 1'),
  pg_temp.demands('public.cases', 'alie_status', $$status in ('draft', 'in_progress', 'completed')$$),
  pg_temp.demands('public.cases', 'alie_draft', $$jsonb_typeof(draft) = 'object'$$),
  pg_temp.demands('public.case_sessions', 'alie_section', 'length(section_id) between 1 and 100'),
  pg_temp.demands('public.feedback', 'alie_ttl', 'ttl_days between 1 and 365'),
  -- The server takes 10240 characters; as jsonb writes them they may be some more.
  pg_temp.demands('public.feedback', 'alie_content', $$content is not null and jsonb_typeof(content) = 'object'
                  and content <> '{}' and octet_length(content::text) <= 65536$$),
  pg_temp.demands('public.audit_logs', 'alie_action', 'length(action) between 1 and 100'),
  pg_temp.demands('public.audit_logs', 'alie_metadata', 'octet_length(metadata::text) <= 8192'),
  pg_temp.demands('public.export_history', 'alie_format', $$format in ('docx', 'pdf')$$);

do $$
begin
  create unique index if not exists alie_memberships_one on public.memberships (user_id, clinic_id);
exception when unique_violation then
  raise notice 'Somebody is a member of one clinic twice: mend public.memberships, then apply this again.';
end
$$;
set client_min_messages = warning;
create index if not exists alie_sessions_user on public.sessions (user_id, created_at desc);
create index if not exists alie_sessions_clinic on public.sessions (clinic_id);
create index if not exists alie_transcripts_session on public.transcripts (session_id);
create index if not exists alie_artifacts_session on public.artifacts (session_id, created_at desc);
create index if not exists alie_cases_user on public.cases (user_id, updated_at desc);
create index if not exists alie_cases_clinic on public.cases (clinic_id);
create index if not exists alie_case_sessions_case on public.case_sessions (case_id);
create index if not exists alie_case_sessions_session on public.case_sessions (session_id);
create index if not exists alie_feedback_user on public.feedback (user_id, created_at desc);
create index if not exists alie_audit_logs_user on public.audit_logs (user_id, "timestamp" desc);
create index if not exists alie_export_history_user on public.export_history (user_id);
create index if not exists alie_export_history_session on public.export_history (session_id);
reset client_min_messages;
