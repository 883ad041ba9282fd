"""Amazon Transcribe streaming, as an engine: two transports, one set of parameters, results and errors."""
