"""The forms that a secret may be left in, and looking for all of them at once. Pure."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import quote, quote_plus

LEAST_BYTES = 6
"""Anything shorter would be found where it is not."""
_PIECE_BYTES = 1 << 20
# Between the words of a phrase: a list in Python or JSON, a line break, marks.
_GAP = rb"[^0-9A-Za-z\x80-\xff]{1,12}"


@dataclass(frozen=True, slots=True)
class Secret:
    """What must not be found.

    Attributes:
        label: names it in a report, which never has the content.
        content: a text, or bytes such as a piece of audio; `LEAST_BYTES` or more.
    """

    label: str
    content: str | bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret that was found.

    Attributes:
        label: of the secret.
        form: it was found in, such as "base64".
        offset: in bytes, of where it begins.
    """

    label: str
    form: str
    offset: int


class Needles:
    """Looks for secrets, each in all its forms, whatever the case of its letters; Base64 as it is.

    Args:
        secrets: to look for.

    Raises:
        ValueError: one is too short to be told from anything else.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._exact: list[tuple[bytes, str, str]] = []
        self._caseless: list[tuple[bytes, str, str]] = []
        self._loose: list[tuple[re.Pattern[bytes], str]] = []
        for secret in secrets:
            self._add(secret)
        # No form is longer than this; a loose phrase is no longer than its words in hexadecimal.
        self._overlap = 64 + max((len(form) for form, _, _ in (*self._exact, *self._caseless)), default=0)

    def find(self, data: bytes, offset: int = 0) -> list[Hit]:
        """Looks through bytes: the first place of each form of each secret.

        Args:
            data: where to look.
            offset: of its first byte, for the hits.
        """
        lowered = data.lower()
        hits = [*_hits(self._exact, data), *_hits(self._caseless, lowered)]
        for pattern, label in self._loose:
            found = pattern.search(lowered)
            if found:
                hits.append(Hit(label, "words", found.start()))
        return [Hit(hit.label, hit.form, hit.offset + offset) for hit in hits]

    def scan(self, stream: BinaryIO) -> list[Hit]:
        """Looks through a stream, a megabyte at a time; raises OSError like the stream."""
        found: dict[tuple[str, str], Hit] = {}
        data, offset = b"", 0
        while piece := stream.read(_PIECE_BYTES):
            data += piece
            for hit in self.find(data, offset):
                found.setdefault((hit.label, hit.form), hit)
            kept = data[-self._overlap :]
            offset += len(data) - len(kept)
            data = kept
        return list(found.values())

    def _add(self, secret: Secret) -> None:
        content, label = secret.content, secret.label
        raw = content.encode() if isinstance(content, str) else content
        if len(raw) < LEAST_BYTES:
            raise ValueError(f"{label} is too short to be looked for")
        if isinstance(content, bytes):
            self._exact.append((content, label, "bytes"))
        else:
            texts = {content, content.lower(), content.upper()}
            forms = {(form.lower(), name) for text in texts for form, name in _text_forms(text)}
            self._caseless += [(form, label, name) for form, name in sorted(forms)]
            words = [re.escape(word.encode()) for word in re.findall(r"\w+", content.lower())]
            if len(words) > 1:
                self._loose.append((re.compile(_GAP.join(words)), label))
            raws = {text.encode() for text in texts}
            self._exact += [(form, label, "base64") for one in sorted(raws) for form in _base64(one)]
            return
        self._caseless.append((raw.hex().encode(), label, "hexadecimal"))
        self._exact += [(form, label, "base64") for form in _base64(raw)]


def _hits(forms: Iterable[tuple[bytes, str, str]], data: bytes) -> Iterator[Hit]:
    for form, label, name in forms:
        at = data.find(form)
        if at >= 0:
            yield Hit(label, name, at)


def _text_forms(text: str) -> list[tuple[bytes, str]]:
    """Each form once: ASCII reads the same in JSON, in URLs and plain."""
    forms = {text.encode(): "text"}
    for form, name in (
        (text.encode("utf-16-le"), "UTF-16"),
        (text.encode("utf-16-be"), "UTF-16"),
        (text.encode("latin-1", "replace"), "Latin-1"),
        (json.dumps(text)[1:-1].encode(), "JSON"),
        (json.dumps(json.dumps(text))[3:-3].encode(), "JSON in JSON"),
        (repr(text.encode())[2:-1].encode(), "escaped"),
        (quote(text, safe="").encode(), "URL"),
        (quote_plus(text).encode(), "URL"),
        (html.escape(text).encode(), "HTML"),
        (text.encode().hex().encode(), "hexadecimal"),
    ):
        forms.setdefault(form, name)
    return list(forms.items())


def _base64(raw: bytes) -> list[bytes]:
    """As it reads within something longer, wherever in a group of three bytes it begins; both alphabets.

    What depends on the bytes around is left out: of the first group two or three characters, of the last one one.
    """
    forms: list[bytes] = []
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).rstrip(b"=")
        start = (0, 2, 3)[before]
        end = len(encoded) - (1 if (before + len(raw)) % 3 else 0)
        form = encoded[start:end]
        forms += {form, form.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms
