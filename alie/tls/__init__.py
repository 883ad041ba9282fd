"""TLS by the standard library over Twisted's plain TCP: towards the engine, and for those who come to the daemon."""
