-- What is wrong with a project to which the numbered files have been applied: one line each, none if nothing is.
-- It changes nothing, and may be run at any time.
with tables as (
  select c.oid, c.relname, c.relrowsecurity and c.relforcerowsecurity as closed
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and c.relname in ('clinics', 'profiles', 'memberships', 'sessions', 'transcripts', 'artifacts', 'cases',
                      'case_sessions', 'feedback', 'audit_logs', 'export_history')
),
problems (problem) as (
  select format('%s tables are missing: apply the numbered files', 11 - count(*)) from tables having count(*) < 11
  union all
  select format('%s: row level security is off', relname) from tables where not closed
  union all
  select format('%s: policy %s is not from here', p.tablename, p.policyname)
  from pg_policies p join tables t on p.schemaname = 'public' and p.tablename = t.relname
  where p.policyname not like 'alie\_%'
  union all
  select format('%s: %s may %s', t.relname, r.role, lower(r.right))
  from tables t, (values ('anon', 'SELECT'), ('anon', 'INSERT'), ('anon', 'UPDATE')) r (role, "right")
  where has_any_column_privilege(r.role, t.oid, r.right)
  union all
  select format('%s: %s may %s', t.relname, r.role, lower(r.right))
  from tables t, (values ('anon', 'DELETE'), ('anon', 'TRUNCATE'), ('authenticated', 'TRUNCATE'),
                         ('authenticated', 'TRIGGER')) r (role, "right")
  where has_table_privilege(r.role, t.oid, r.right)
  union all
  select format('%s: users may %s', t.relname, lower(r.right))
  from tables t, (values ('INSERT'), ('UPDATE')) r ("right")
  where t.relname in ('clinics', 'memberships') and has_any_column_privilege('authenticated', t.oid, r.right)
  union all
  select format('audit_logs: %s may change what was written down', r.role)
  from tables t, (values ('authenticated'), ('service_role')) r (role)
  where t.relname = 'audit_logs' and (has_any_column_privilege(r.role, t.oid, 'UPDATE')
    or has_table_privilege(r.role, t.oid, 'DELETE') or has_table_privilege(r.role, t.oid, 'TRUNCATE'))
  union all
  select format('%s: runs with its owner''s rights, and looks names up anywhere', p.oid::regprocedure)
  from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
    and not exists (select from unnest(p.proconfig) setting where setting like 'search\_path=%')
  union all
  select distinct format('%s: a view that shows %s to whoever may read the view', v.oid::regclass, t.relname)
  from pg_depend d join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    join pg_class v on v.oid = r.ev_class and v.relkind in ('v', 'm') join tables t on t.oid = d.refobjid
  where not coalesce('security_invoker=true' = any (v.reloptions) or 'security_invoker=on' = any (v.reloptions), false)
  union all
  select 'auth.users: no trigger makes the profiles of new users'
  where not exists (select from pg_trigger where tgrelid = 'auth.users'::regclass and tgname = 'alie_new_user')
  union all
  select 'memberships: somebody is a member of one clinic twice'
  where to_regclass('public.memberships') is not null and to_regclass('public.alie_memberships_one') is null
  union all
  select format('%s: some old rows break %s', t.relname, c.conname)
  from pg_constraint c join tables t on t.oid = c.conrelid where not c.convalidated
)
select problem from problems order by problem;
