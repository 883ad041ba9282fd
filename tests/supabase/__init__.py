"""etc/supabase on a real PostgreSQL, applied and attacked."""
