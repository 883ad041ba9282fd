"""Hours of sessions that come and go, and whether anything of them is left."""
