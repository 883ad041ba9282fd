"""Transcripts that a user asks to be exported, for as long as a link to them is good."""
