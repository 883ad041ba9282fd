"""`alie drill`: a fault exercise of the real daemon against a simulated Amazon Transcribe, all on loopback."""
