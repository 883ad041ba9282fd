-- What older tables demand that Alie does not give, or give in a form that it does not take. No row is removed, and no
-- value changes its meaning.

-- A column may stay obligatory if Alie always writes it, or if it has a default.
create or replace function pg_temp.relax(relation regclass, written name[]) returns void language plpgsql as $$
declare
  name name;
begin
  for name in
    select a.attname from pg_attribute a
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attnotnull and not a.atthasdef
      and a.attidentity = '' and a.attname <> all (written)
      and not exists (select from pg_index i
                      where i.indrelid = relation and i.indisprimary and a.attnum = any (i.indkey))
  loop
    execute format('alter table %s alter column %I drop not null', relation, name);
  end loop;
end
$$;

-- What the database has to fill in, because users may not.
create or replace function pg_temp.fill(relation regclass) returns void language plpgsql as $$
declare
  name name;
  filler text;
begin
  for name, filler in
    select a.attname, case
      when a.attname = 'id' and a.atttypid = 'uuid'::regtype then 'gen_random_uuid()'
      when a.attname in ('created_at', 'updated_at', 'started_at', 'committed_at', 'timestamp') then 'now()'
    end
    from pg_attribute a where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and not a.atthasdef
  loop
    if filler is not null then
      execute format('alter table %s alter column %I set default %s', relation, name, filler);
    end if;
  end loop;
end
$$;

-- Times without a zone were written in UTC.
create or replace function pg_temp.zone(relation regclass) returns void language plpgsql as $$
declare
  name name;
begin
  for name in
    select a.attname from pg_attribute a
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.atttypid = 'timestamp'::regtype
  loop
    execute format('alter table %1$s alter column %2$I drop default', relation, name);
    execute format('alter table %1$s alter column %2$I type timestamptz using %2$I at time zone ''UTC''',
                   relation, name);
  end loop;
end
$$;

-- Rules of others about one column alone: 003 has Alie's own.
create or replace function pg_temp.uncheck(relation regclass, name name) returns void language plpgsql as $$
declare
  rule name;
begin
  for rule in
    select c.conname from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
    where c.conrelid = relation and c.contype = 'c' and a.attname = name and c.conname not like 'alie\_%'
  loop
    execute format('alter table %s drop constraint %I', relation, rule);
  end loop;
end
$$;

-- A section of a case may be committed more than once: only `id` tells the rows apart.
do $$
declare
  rule name;
begin
  for rule in
    select c.conname from pg_constraint c
    where c.conrelid = 'public.case_sessions'::regclass and c.contype in ('p', 'u')
      and c.conkey <> (select array[a.attnum] from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'id')
  loop
    execute format('alter table public.case_sessions drop constraint %I', rule);
  end loop;
  if not exists (select from pg_constraint where conrelid = 'public.case_sessions'::regclass and contype = 'p') then
    alter table public.case_sessions add primary key (id);
  end if;
end
$$;

do $$
declare
  relation regclass;
  written name[];
begin
  for relation, written in values
    ('public.clinics'::regclass, array['name']::name[]),
    ('public.profiles', array['user_id']),
    ('public.memberships', array['user_id', 'clinic_id', 'role']),
    ('public.sessions', array['user_id']),
    ('public.transcripts', array['session_id', 'content']),
    ('public.artifacts', array['session_id', 'ir', 'role_map', 'narrative']),
    ('public.cases', array['user_id']),
    ('public.case_sessions', array['case_id', 'section_id']),
    ('public.feedback', array['content']),
    ('public.audit_logs', array['user_id', 'action']),
    ('public.export_history', array['session_id', 'user_id', 'format'])
  loop
    perform pg_temp.zone(relation);
    perform pg_temp.fill(relation);
    perform pg_temp.relax(relation, written);
  end loop;
  perform pg_temp.uncheck('public.sessions', 'current_section');
  perform pg_temp.uncheck('public.transcripts', 'section');
  perform pg_temp.uncheck('public.feedback', 'content');
end
$$;

alter table public.profiles alter column user_id set default auth.uid();
alter table public.sessions alter column user_id set default auth.uid();
alter table public.cases alter column user_id set default auth.uid();
alter table public.feedback alter column user_id set default auth.uid(), alter column ttl_days set default 30;
alter table public.audit_logs alter column user_id set default auth.uid();
alter table public.export_history alter column user_id set default auth.uid();

-- Feedback of an older shape, so that it can be read in the new one.
update public.feedback f
set content = jsonb_strip_nulls(to_jsonb(f) - array['id', 'user_id', 'session_id', 'template_id', 'content', 'ttl_days',
                                                    'created_at', 'updated_at'])
where f.content is null;
