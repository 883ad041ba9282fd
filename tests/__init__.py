"""Tests of Alie; they mirror the package.

What Hypothesis tries is the same in every run, so that no run fails by chance; `HYPOTHESIS_PROFILE=search` has it look
elsewhere each time.
"""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
