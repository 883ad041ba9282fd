-- What the server asks for in one transaction, by /rest/v1/rpc. All run with the caller's own rights: the policies
-- decide, and these only group. A case or a session that the caller may not write or see gives null, whoever owns it.

-- One lock a caller and matter, until the transaction ends: two presses of a button come one after the other.
create or replace function public.alie_lock(p_matter text) returns void
language sql volatile security invoker set search_path = '' as $$
  select pg_advisory_xact_lock(hashtextextended('alie:' || auth.uid()::text || ':' || p_matter, 0))
$$;

-- Saves a dictation: session and transcript. The same text of the same user in the same section within so many seconds
-- is the same row.
create or replace function public.alie_save_session(
  p_section text, p_mode text, p_transcript text, p_language text, p_consent boolean, p_clinic_id uuid,
  p_repeat_seconds int
) returns json language plpgsql volatile security invoker set search_path = '' as $$
declare
  saved public.sessions;
begin
  perform public.alie_lock('session');
  select s.* into saved
  from public.sessions s join public.transcripts t on t.session_id = s.id
  where s.user_id = (select auth.uid()) and s.current_section = p_section and t.content = p_transcript
    and s.created_at > now() - make_interval(secs => p_repeat_seconds)
  order by s.created_at limit 1;
  if not found then
    insert into public.sessions (clinic_id, consent_verified, status, mode, current_section, ended_at)
    values (p_clinic_id, coalesce(p_consent, false), 'completed', p_mode, p_section, now())
    returning * into saved;
    insert into public.transcripts (session_id, section, content, is_final, language_detected)
    values (saved.id, p_section, p_transcript, true, p_language);
  end if;
  return row_to_json(saved);
end
$$;

-- Puts one section into the draft of a case, and leaves the others.
create or replace function public.alie_save_section(p_case_id uuid, p_section_id text, p_data jsonb, p_status text)
returns json language plpgsql volatile security invoker set search_path = '' as $$
declare
  saved public.cases;
begin
  update public.cases c
  set status = coalesce(p_status, c.status),
    draft = coalesce(c.draft, '{}') || jsonb_build_object('sections',
      coalesce(c.draft -> 'sections', '{}') || jsonb_build_object(p_section_id, p_data))
  where c.id = p_case_id
  returning * into saved;
  return case when found then row_to_json(saved) end;
end
$$;

-- Adds a session's text to a case, and shows it in the draft's section beside what else that holds; the same again is
-- the same row.
create or replace function public.alie_commit_section(
  p_case_id uuid, p_section_id text, p_session_id uuid, p_text text
) returns json language plpgsql volatile security invoker set search_path = '' as $$
declare
  committed public.case_sessions;
begin
  perform from public.sessions s where s.id = p_session_id;
  if not found then
    return null;
  end if;
  -- The case's row is the lock, and becomes the one that was worked on last.
  update public.cases c set updated_at = now() where c.id = p_case_id;
  if not found then
    return null;
  end if;
  select k.* into committed from public.case_sessions k
  where k.case_id = p_case_id and k.section_id = p_section_id and k.session_id = p_session_id and k.content = p_text
  order by k.committed_at limit 1;
  if not found then
    insert into public.case_sessions (case_id, section_id, session_id, content)
    values (p_case_id, p_section_id, p_session_id, p_text)
    returning * into committed;
  end if;
  update public.cases c set draft = coalesce(c.draft, '{}') || jsonb_build_object('sections',
    coalesce(c.draft -> 'sections', '{}') || jsonb_build_object(p_section_id,
      case when jsonb_typeof(c.draft -> 'sections' -> p_section_id) = 'object'
        then c.draft -> 'sections' -> p_section_id else '{}' end
      || jsonb_build_object('finalText', p_text, 'sessionId', committed.session_id,
                            'committedAt', committed.committed_at)))
  where c.id = p_case_id;
  return json_build_object('id', committed.id, 'section_id', committed.section_id,
                           'session_id', committed.session_id, 'committed_at', committed.committed_at);
end
$$;

-- Removes the feedback of everybody whose time is over. Runs as its owner, because nobody sees it any more; it tells
-- nothing. It runs by itself when feedback is added; a schedule (pg_cron) may call it daily.
create or replace function public.alie_feedback_purge() returns void
language sql volatile security definer set search_path = '' as $$
  delete from public.feedback where created_at <= now() - make_interval(days => ttl_days)
$$;

create or replace function public.alie_feedback_added() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  perform public.alie_feedback_purge();
  return null;
end
$$;
create or replace trigger alie_feedback_purge after insert on public.feedback
  for each statement execute function public.alie_feedback_added();

-- A function is everybody's until it is taken back, and a project gives it to anon once more.
do $$
declare
  routine regprocedure;
begin
  for routine in
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'alie\_%'
  loop
    execute format('revoke all on function %s from public, anon, authenticated', routine);
  end loop;
end
$$;
grant execute on function public.alie_clinics(), public.alie_lock(text), public.alie_feedback_purge(),
  public.alie_save_session(text, text, text, text, boolean, uuid, int),
  public.alie_save_section(uuid, text, jsonb, text),
  public.alie_commit_section(uuid, text, uuid, text)
  to authenticated, service_role;

-- PostgREST looks again at what there is.
notify pgrst, 'reload schema';
