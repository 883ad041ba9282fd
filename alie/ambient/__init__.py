"""Consultations: what was said by whom, from the engine's words to a text with roles. Pure, deterministic, linear."""
