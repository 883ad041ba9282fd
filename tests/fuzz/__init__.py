"""Coverage-guided fuzzing of everything that decodes what others send: `python -m tests.fuzz TARGET [options]`.

A target is a module with `SEEDS`, what it begins from, `WORDS`, what may be put anywhere, and `one(data)`, which raises
where a promise is broken. A bug that is found becomes a plain test beside those of the module it was found in.
"""
