-- Takes away what the numbered files made happen: policies, triggers, functions, and the rules that they added. Tables,
-- columns, rows and rights stay, and row level security stays on: until something else is applied, only the project's
-- owner and the service key reach anything. The numbered files may be applied again after this.
begin;
do $$
declare
  thing record;
begin
  drop trigger if exists alie_new_user on auth.users;
  for thing in select tablename, policyname from pg_policies where schemaname = 'public' and policyname like 'alie\_%' loop
    execute format('drop policy %I on public.%I', thing.policyname, thing.tablename);
  end loop;
  for thing in select t.tgname, t.tgrelid::regclass as relation from pg_trigger t join pg_class c on c.oid = t.tgrelid
               where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and t.tgname like 'alie\_%' loop
    execute format('drop trigger %I on %s', thing.tgname, thing.relation);
  end loop;
  for thing in select p.oid::regprocedure as routine from pg_proc p
               where p.pronamespace = 'public'::regnamespace and p.proname like 'alie\_%' loop
    execute format('drop function %s', thing.routine);
  end loop;
  for thing in select c.conname, c.conrelid::regclass as relation from pg_constraint c
               where c.connamespace = 'public'::regnamespace and c.conname like 'alie\_%' loop
    execute format('alter table %s drop constraint %I', thing.relation, thing.conname);
  end loop;
end
$$;
commit;
