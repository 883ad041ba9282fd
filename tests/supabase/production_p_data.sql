-- Anne has profile, clinic, case and feedback; Eve signed up while the trigger was broken, and has no profile.
insert into auth.users (id, email) values ({anne}, 'anne@clinic.example'), ({eve}, 'eve@clinic.example');
insert into clinics (id, name) values ({north}, 'North'), ({south}, 'South');
insert into profiles (user_id, display_name, email) values ({anne}, 'Anne', 'anne@clinic.example');
insert into memberships (user_id, clinic_id, role) values ({anne}, {north}, 'physician'), ({anne}, {north}, 'owner');
insert into sessions (id, user_id, clinic_id, patient_id, mode, current_section, created_at)
  values ({anne_session}, {anne}, {north}, 'temp-patient', 'smart_dictation', 'section_7', '2025-11-05 12:00');
insert into transcripts (session_id, section, content) values ({anne_session}, 'section_7', 'Anne');
insert into cases (id, user_id, clinic_id, name, draft) values ({anne_case}, {anne}, {north}, 'Case', '{{"a": 1}}');
insert into case_sessions (case_id, section_id, session_id, content, formatted_content)
  values ({anne_case}, 'section_7', {anne_session}, 'Anne', 'Anne.');
insert into feedback (id, user_id, meta, ratings, comment, created_at)
  values ({anne_feedback}, {anne}, '{{"page": "x"}}', '{{"stars": 5}}', 'Bien', '2025-01-01');
