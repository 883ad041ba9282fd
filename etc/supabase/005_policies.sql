-- Which rows. Every policy that was there goes; what a user may see or do is said here and nowhere else. Nothing reads
-- user_metadata, which users write themselves.

-- The clinics in which the caller is active now. Runs with the caller's own rights: the memberships that it reads are
-- those the caller may see, which are the caller's own.
create or replace function public.alie_clinics() returns setof uuid
language sql stable security invoker set search_path = '' as $$
  select m.clinic_id from public.memberships m where m.user_id = (select auth.uid()) and m.active
$$;

do $$
declare
  policy record;
  name text;
begin
  foreach name in array array['clinics', 'profiles', 'memberships', 'sessions', 'transcripts', 'artifacts', 'cases',
                              'case_sessions', 'feedback', 'audit_logs', 'export_history'] loop
    for policy in select policyname from pg_policies where schemaname = 'public' and tablename = name loop
      execute format('drop policy %I on public.%I', policy.policyname, name);
    end loop;
    -- Somebody who signed in anonymously has the role authenticated too, but is nobody.
    execute format('create policy alie_somebody on public.%I as restrictive to authenticated
      using (not coalesce((select (auth.jwt() ->> ''is_anonymous'')::boolean), false))', name);
  end loop;
end
$$;

create policy alie_read on public.clinics for select to authenticated using ((select auth.uid()) is not null);

create policy alie_read on public.memberships for select to authenticated using (user_id = (select auth.uid()));

create policy alie_read on public.profiles for select to authenticated using (user_id = (select auth.uid()));
create policy alie_add on public.profiles for insert to authenticated
  with check (user_id = (select auth.uid()) and (email is null or email = (select auth.jwt() ->> 'email')));
create policy alie_change on public.profiles for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

-- Sessions: read by their owner and the active members of their clinic; written by their owner, unless he has left it.
create policy alie_read on public.sessions for select to authenticated
  using (user_id = (select auth.uid()) or clinic_id = any (array(select public.alie_clinics())));
create policy alie_add on public.sessions for insert to authenticated
  with check (user_id = (select auth.uid())
    and (clinic_id is null or clinic_id = any (array(select public.alie_clinics()))));
create policy alie_change on public.sessions for update to authenticated
  using (user_id = (select auth.uid())
    and (clinic_id is null or clinic_id = any (array(select public.alie_clinics()))));
create policy alie_remove on public.sessions for delete to authenticated
  using (user_id = (select auth.uid())
    and (clinic_id is null or clinic_id = any (array(select public.alie_clinics()))));

-- What belongs to a session is read by whoever may read that, with a clinic or without.
do $$
declare
  name text;
  own text := 'exists (select from public.sessions s
    where s.id = session_id and s.user_id = (select auth.uid())
      and (s.clinic_id is null or s.clinic_id = any (array(select public.alie_clinics()))))';
begin
  foreach name in array array['transcripts', 'artifacts'] loop
    execute format('create policy alie_read on public.%I for select to authenticated
      using (exists (select from public.sessions s where s.id = session_id))', name);
    execute format('create policy alie_add on public.%I for insert to authenticated with check (%s)', name, own);
    execute format('create policy alie_remove on public.%I for delete to authenticated using (%s)', name, own);
  end loop;
  execute format('create policy alie_change on public.transcripts for update to authenticated using (%s)', own);
end
$$;

-- Cases: as sessions.
create policy alie_read on public.cases for select to authenticated
  using (user_id = (select auth.uid()) or clinic_id = any (array(select public.alie_clinics())));
create policy alie_add on public.cases for insert to authenticated
  with check (user_id = (select auth.uid())
    and (clinic_id is null or clinic_id = any (array(select public.alie_clinics()))));
create policy alie_change on public.cases for update to authenticated
  using (user_id = (select auth.uid())
    and (clinic_id is null or clinic_id = any (array(select public.alie_clinics()))));
create policy alie_remove on public.cases for delete to authenticated
  using (user_id = (select auth.uid())
    and (clinic_id is null or clinic_id = any (array(select public.alie_clinics()))));

-- What was committed to a case: by its owner, from a session that he may read.
create policy alie_read on public.case_sessions for select to authenticated
  using (exists (select from public.cases c where c.id = case_id));
create policy alie_add on public.case_sessions for insert to authenticated
  with check (exists (select from public.sessions s where s.id = session_id)
    and exists (select from public.cases c where c.id = case_id and c.user_id = (select auth.uid())
      and (c.clinic_id is null or c.clinic_id = any (array(select public.alie_clinics())))));
create policy alie_remove on public.case_sessions for delete to authenticated
  using (exists (select from public.cases c where c.id = case_id and c.user_id = (select auth.uid())
    and (c.clinic_id is null or c.clinic_id = any (array(select public.alie_clinics())))));

-- Feedback: one's own, until its time is over (null: an older row, to which no time was set).
create policy alie_read on public.feedback for select to authenticated
  using (user_id = (select auth.uid()) and (ttl_days is null or created_at > now() - make_interval(days => ttl_days)));
create policy alie_add on public.feedback for insert to authenticated
  with check (user_id = (select auth.uid()) and ttl_days is not null);
create policy alie_change on public.feedback for update to authenticated using (user_id = (select auth.uid()));
create policy alie_remove on public.feedback for delete to authenticated using (user_id = (select auth.uid()));

-- Added to and read, never changed. A clinic that one has left may still be named: that one was refused there counts.
create policy alie_read on public.audit_logs for select to authenticated using (user_id = (select auth.uid()));
create policy alie_add on public.audit_logs for insert to authenticated
  with check (user_id = (select auth.uid()) and (clinic_id is null or clinic_id in
    (select m.clinic_id from public.memberships m where m.user_id = (select auth.uid()))));

create policy alie_read on public.export_history for select to authenticated using (user_id = (select auth.uid()));
create policy alie_add on public.export_history for insert to authenticated
  with check (user_id = (select auth.uid()) and exists (select from public.sessions s where s.id = session_id));
