"""What users save: profiles, sessions, cases, feedback. One interface, two back ends."""
