"""The canary: looks for what was dictated, and for tokens, in every place where a daemon could have left them.

`needles` has the forms that a secret may be left in, `phrases` and `recording` what of a dictation can be told from
anything else, `search`, `process` and `journal` the places, `report` what became of it.
"""
