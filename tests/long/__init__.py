"""What takes as long as what it tries: a lane of its own, which mostly waits."""
