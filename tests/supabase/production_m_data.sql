-- Anne has signed up before the trigger broke, and Eve without clinic; an orphan is in the older table of users alone.
insert into auth.users (id, email) values ({anne}, 'anne@clinic.example'), ({eve}, 'eve@clinic.example');
create trigger on_auth_user_created after insert on auth.users for each row execute function handle_new_user();
insert into users (id, email, name, role) values ({anne}, 'anne@clinic.example', 'Anne', 'doctor'),
  ({eve}, 'eve@clinic.example', 'Eve', 'doctor'), ({nothing}, 'orphan@clinic.example', 'Orphan', 'doctor');
insert into clinics (id, name) values ({north}, 'North'), ({south}, 'South');
insert into profiles (user_id, display_name) values ({anne}, 'Anne'), ({eve}, 'Eve');
insert into memberships (user_id, clinic_id, role) values ({anne}, {north}, 'physician');
insert into sessions (id, user_id, clinic_id, patient_id, mode, current_section, created_at) values
  ({anne_session}, {anne}, {north}, 'P1', 'ambient', 'section_7', '2025-09-19 12:00'),
  ({eve_session}, {eve}, null, 'P2', 'ambient', 'section_8', '2025-09-19 12:00'),
  ({dora_session}, {nothing}, {north}, 'P3', 'dictee', 'section_11', '2025-09-19 12:00');
insert into transcripts (session_id, section, content) values ({anne_session}, 'section_7', 'Anne'),
  ({eve_session}, 'section_8', 'Eve'), ({dora_session}, 'section_11', 'Orphan');
insert into artifacts (session_id, ir, role_map, narrative, processing_time)
  values ({anne_session}, '{{}}', '{{}}', '{{}}', '{{}}');
insert into audit_logs (user_id, action, resource_type) values ({nothing}, 'login', 'session');
insert into export_history (session_id, user_id, format, fidelity) values ({anne_session}, {anne}, 'pdf', 'full');
insert into feedback (content, created_at, user_id) values ('{{"a": 1}}', '2025-09-19 12:00', {anne});
