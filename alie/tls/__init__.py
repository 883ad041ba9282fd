"""TLS by the standard library over Twisted's plain TCP."""
