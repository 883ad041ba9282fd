"""Who may speak: tokens, keys, tickets, and what becomes of them when they are revoked."""
