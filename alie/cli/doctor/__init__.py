"""`alie doctor`: looks at everything on this machine that a dictation needs, and says what to do."""
