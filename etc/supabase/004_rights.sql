-- Who may name which tables and columns at all. A project gives anon and authenticated everything by default; RLS then
-- is the only wall, and none against TRUNCATE. Here everything is taken back, and given column by column: what users
-- may not write (ids, times, whose a row is, which clinic's) they cannot even try to.

revoke create on schema public from public, anon, authenticated;

revoke all on public.clinics, public.profiles, public.memberships, public.sessions, public.transcripts,
  public.artifacts, public.cases, public.case_sessions, public.feedback, public.audit_logs, public.export_history
  from public, anon, authenticated;

grant select on public.clinics, public.profiles, public.memberships, public.sessions, public.transcripts,
  public.artifacts, public.cases, public.case_sessions, public.feedback, public.audit_logs, public.export_history
  to authenticated;

grant insert (user_id, display_name, email, locale, consent_pipeda, consent_marketing, consent_analytics,
              default_clinic_id),
      update (display_name, locale, consent_pipeda, consent_marketing, consent_analytics, default_clinic_id, updated_at)
  on public.profiles to authenticated;

grant insert (user_id, clinic_id, patient_id, consent_verified, status, mode, current_section, started_at, ended_at,
              duration_seconds),
      update (patient_id, consent_verified, status, mode, current_section, ended_at, duration_seconds, updated_at),
      delete
  on public.sessions to authenticated;

grant insert (session_id, section, content, is_final, confidence_score, language_detected),
      update (section, content, is_final),
      delete
  on public.transcripts to authenticated;

grant insert (session_id, ir, role_map, narrative, processing_time), delete on public.artifacts to authenticated;

grant insert (user_id, clinic_id, name, status, draft), update (name, status, draft, updated_at), delete
  on public.cases to authenticated;

grant insert (case_id, section_id, session_id, content, formatted_content), delete
  on public.case_sessions to authenticated;

grant insert (user_id, session_id, template_id, content, ttl_days), update (content, updated_at), delete
  on public.feedback to authenticated;

grant insert (user_id, session_id, clinic_id, action, resource_type, resource_id, metadata, ip_address, user_agent)
  on public.audit_logs to authenticated;

grant insert (session_id, user_id, format, fidelity, sections, file_path, file_size_bytes)
  on public.export_history to authenticated;

-- What was written down is not unwritten with any key, the service key included.
revoke update, delete, truncate on public.audit_logs from service_role;

-- Older projects have a table of users beside Supabase's own: nobody's business but the owner's.
do $$
declare
  name name;
begin
  if to_regclass('public.users') is not null then
    alter table public.users enable row level security;
    revoke all on public.users from public, anon, authenticated;
    for name in select policyname from pg_policies where schemaname = 'public' and tablename = 'users' loop
      execute format('drop policy %I on public.users', name);
    end loop;
  end if;
end
$$;
