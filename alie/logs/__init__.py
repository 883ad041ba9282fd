"""The log of the daemon: events of twisted.logger as lines on standard output."""
