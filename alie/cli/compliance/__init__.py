"""`alie compliance`: a signed statement of what this server does with what it hears."""
