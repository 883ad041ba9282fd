"""A stand-in for Amazon Transcribe streaming on loopback, for tests and for `alie drill`: it checks every signature
and checksum, hears scripted words in stamped audio, and fails when and how it is told to. It recognises no speech."""
