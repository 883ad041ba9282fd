"""`alie check aws`: whether this machine, with the credentials it finds, may and can use Amazon Transcribe."""
