-- The roles of a Supabase project, as far as etc/supabase meets them. The project's owner is no superuser there either.
create role postgres login createdb createrole bypassrls;
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
create role supabase_auth_admin login noinherit createrole;
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres;
-- Supabase lets the owner drop triggers on auth.users by an extension (supautils.drop_trigger_grants).
grant supabase_auth_admin to postgres;
