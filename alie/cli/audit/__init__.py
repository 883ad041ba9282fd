"""`alie audit`: whether the log is what the daemon wrote, and what it knows of an incident."""
