"""The audit log: who did what, when; never what was said."""
