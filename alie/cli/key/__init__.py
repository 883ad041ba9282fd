"""`alie key`: access keys of a clinic of its own, in the embedded store."""
