"""A daemon with faults planted in it: `python -m tests.support.canary_plants NAMES ARGUMENTS-OF-TWISTD`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from twisted.scripts.twistd import run

from alie.auth.access_keys import AccessKeyAuthenticator
from alie.dictation import Dictation


def print_text() -> None:
    """The text of each result on standard output."""

    def tell(dictation: Any, result: Any, *rest: float) -> Any:
        print(result.text)
        return genuine(dictation, result, *rest)

    genuine, Dictation.tell = Dictation.tell, tell  # type: ignore[method-assign]


def print_token() -> None:
    """Each token that is to be verified."""

    async def verify(authenticator: Any, token: str) -> Any:
        print("who is", token)
        return await genuine(authenticator, token)

    genuine, AccessKeyAuthenticator.verify = AccessKeyAuthenticator.verify, verify  # type: ignore[method-assign]


def keep_audio() -> None:
    """Each frame in a temporary file that nobody takes away."""

    def hear(dictation: Any, frame: bytes, *rest: float) -> Any:
        handle, _ = tempfile.mkstemp()
        os.write(handle, frame)
        os.close(handle)
        return genuine(dictation, frame, *rest)

    genuine, Dictation.hear = Dictation.hear, hear  # type: ignore[method-assign]


def fail() -> None:
    """An exception in the middle that quotes the text, and so does its cause; no daemon may log that."""

    def tell(dictation: Any, result: Any, *rest: float) -> Any:
        try:
            raise KeyError(result.text)
        except KeyError as error:
            raise ValueError(f"cannot tell {result.text}") from error

    Dictation.tell = tell  # type: ignore[method-assign]


PLANTS: dict[str, Callable[[], None]] = {"text": print_text, "token": print_token, "audio": keep_audio, "fail": fail}


if __name__ == "__main__":
    for name in sys.argv.pop(1).split(","):
        PLANTS[name]()
    run()
