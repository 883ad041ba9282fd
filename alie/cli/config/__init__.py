"""`alie config`: the settings of a daemon, where each comes from, and whether it would start with them."""
