"""Speech engines: one small interface, each engine imported only when it is used."""
