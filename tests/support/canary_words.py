"""Words and tokens that nobody has ever said, and what must not be found of them where."""

from __future__ import annotations

import base64
import json
import random
import secrets
from collections.abc import Iterable

from alie.canary.needles import Needles, Secret
from alie.canary.recording import pieces

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Book:
    """Makes them up, and keeps all of them.

    Attributes:
        saved: labels of what a user saves on purpose: it belongs into the database, and nowhere else.
        deleted: labels of what he saves and takes away again.
    """

    def __init__(self) -> None:
        self.saved: set[str] = set()
        self.deleted: set[str] = set()
        self._secrets: list[Secret] = []
        self._random = random.Random(secrets.token_bytes(16))

    def word(self, label: str) -> str:
        """One rare word, of twelve letters; each of them is looked for, whatever the words around it."""
        text = "zy" + "".join(self._random.choices(_LETTERS, k=10))
        self._secrets.append(Secret(label, text))
        return text

    def phrase(self, label: str, words: int = 2) -> str:
        """Several rare words, with a letter that each encoding writes in its own way."""
        return " ".join([*(self.word(label) for _ in range(words)), self.accented(label)])

    def accented(self, label: str) -> str:
        """One rare word with accents."""
        text = "é" + "".join(self._random.choices(_LETTERS, k=9)) + "ç"
        self._secrets.append(Secret(label, text))
        return text

    def save(self, label: str) -> str:
        """A phrase that is going to be saved."""
        self.saved.add(label)
        return self.phrase(label)

    def token(self, label: str, **claims: object) -> str:
        """What looks like a JWT; its claims and its signature are looked for besides."""
        parts = [{"alg": "HS256", "kid": self.word(f"{label}: kid")}, {"email": self.email(label), **claims}]
        text = ".".join([*(_base64(json.dumps(part).encode()) for part in parts), self.word(f"{label}: signature")])
        return self.known(label, text)

    def email(self, label: str) -> str:
        """An address."""
        return f"{self.word(f'{label}: e-mail')}@example.test"

    def known(self, label: str, text: str) -> str:
        """A text that was made elsewhere, such as an access key."""
        self._secrets.append(Secret(label, text))
        return text

    def audio(self, label: str, pcm: bytes) -> bytes:
        """A recording."""
        self._secrets += pieces(label, pcm)
        return pcm

    @property
    def labels(self) -> set[str]:
        """All of them."""
        return {secret.label for secret in self._secrets}

    def needles(self, without: Iterable[str] = ()) -> Needles:
        """To look for all, but for those with these labels."""
        left_out = set(without)
        return Needles(secret for secret in self._secrets if secret.label not in left_out)

    def only(self, labels: Iterable[str]) -> Needles:
        """To look for these."""
        return self.needles(self.labels - set(labels))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
