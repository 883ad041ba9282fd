"""REST families, one file each."""
