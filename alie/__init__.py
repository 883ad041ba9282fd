"""Alie, a live-dictation gateway."""

__version__ = "0.1.0"
