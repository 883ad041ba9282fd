"""How a session's audio goes through streams that come and go (legs) without a word lost or doubled.

Pure: `supervision.py` takes what happens and says what is to be done; `engines/supervisor.py` does it.
"""
