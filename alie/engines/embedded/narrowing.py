"""The packaged model without the tokens that neither French nor English is written with.

At each step of the decoder its last layer scores every token that there is: that is half of the step. A fifth of
them are of other scripts. The rows of that layer are computed one by one, so those that stay score as they did; and
single bytes stay, all 256, so that any letter can still be written. The files list the tokens that are left in their
order, numbered from 0: whoever reads them need not know that there were more.

Sources: CTranslate2's `ctranslate2.specs.model_spec` (model.bin, version 6), OpenAI's GPT-2 `encoder.py` (how bytes are
written as letters), Hugging Face's tokenizers (tokenizer.json).
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from alie.engines.embedded.vocabulary import FIRST_SPECIAL, read_vocabulary

NARROWED = ("config.json", "tokenizer.json", "vocabulary.txt", "model.bin")
"""The files that are written anew."""

_VERSION = 6
_TOKENS = b"decoder/embeddings/weight\0"
_NUMBERED = ("lang_ids", "suppress_ids", "suppress_ids_begin")
#: Bytes of UTF-8: ASCII; the first bytes of U+0080..00FF, of U+0140..017F (œ, Œ, Ÿ) and of U+2000..2FFF (’ – … €);
#: and those that may follow.
_WRITTEN_WITH = frozenset([*range(0x80), 0xC2, 0xC3, 0xC5, 0xE2, *range(0x80, 0xC0)])


def narrow(whole: Path, narrowed: Path) -> None:
    """Writes a model anew, a second or two; any thread.

    Args:
        whole: directory of the four files of a multilingual Whisper model whose last layer is its first one, too.
        narrowed: another, which is there.

    Raises:
        ValueError: model.bin is of another version.
        OSError: as files have it.
    """
    vocabulary = read_vocabulary(whole)
    kept = kept_tokens(vocabulary)
    numbers = {before: now for now, before in enumerate(kept)}
    text = "".join(f"{vocabulary[token]}\n" for token in kept)
    (narrowed / "vocabulary.txt").write_text(text, encoding="utf-8")
    for name, renumber in (("config.json", _narrow_config), ("tokenizer.json", _narrow_tokenizer)):
        content = json.loads((whole / name).read_text(encoding="utf-8"))
        renumber(content, numbers)
        (narrowed / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    with (whole / "model.bin").open("rb") as source, (narrowed / "model.bin").open("wb") as target:
        narrow_weights(source, target, kept)


def kept_tokens(vocabulary: Sequence[str]) -> list[int]:
    """The numbers of the tokens that stay, in order: those of French and English, single bytes, and all special ones.

    What a token was merged from stays if it does, since its bytes are among the token's.

    Args:
        vocabulary: all tokens; their bytes are written as letters.
    """
    first_special = vocabulary.index(FIRST_SPECIAL)
    written = _letters_of_bytes()
    return [
        number
        for number, token in enumerate(vocabulary)
        if number >= first_special or len(token) == 1 or all(written[letter] in _WRITTEN_WITH for letter in token)
    ]


def narrow_weights(source: BinaryIO, target: BinaryIO, kept: Sequence[int]) -> None:
    """Copies model.bin, of the table of tokens only the rows in `kept`.

    Raises:
        ValueError: it is of another version.
    """

    def numbers(layout: str) -> tuple[int, ...]:
        packed = source.read(struct.calcsize(layout))
        target.write(packed)
        return struct.unpack(layout, packed)

    def name() -> bytes:
        (length,) = numbers("<H")
        text = source.read(length)
        target.write(text)
        return text

    if numbers("<I") != (_VERSION,):
        raise ValueError(f"model.bin is not of version {_VERSION}")
    name()
    _, count = numbers("<II")
    for _ in range(count):
        if name() == _TOKENS:
            _narrow_table(source, target, kept)
            continue
        (rank,) = numbers("<B")
        *_, size = numbers(f"<{rank}IBI")
        target.write(source.read(size))
    shutil.copyfileobj(source, target)


def _narrow_table(source: BinaryIO, target: BinaryIO, kept: Sequence[int]) -> None:
    layout = "<BIIBI"
    rank, rows, columns, kind, size = struct.unpack(layout, source.read(struct.calcsize(layout)))
    row_bytes = size // rows
    target.write(struct.pack(layout, rank, len(kept), columns, kind, len(kept) * row_bytes))
    staying = frozenset(kept)
    for number in range(rows):
        row = source.read(row_bytes)
        if number in staying:
            target.write(row)


def _narrow_config(config: dict[str, Any], numbers: Mapping[int, int]) -> None:
    for name in _NUMBERED:
        config[name] = [numbers[token] for token in config[name] if token in numbers]


def _narrow_tokenizer(tokenizer: dict[str, Any], numbers: Mapping[int, int]) -> None:
    model = tokenizer["model"]
    model["vocab"] = {token: numbers[number] for token, number in model["vocab"].items() if number in numbers}
    model["merges"] = [pair for pair in model["merges"] if pair.replace(" ", "") in model["vocab"]]
    for added in tokenizer["added_tokens"]:
        added["id"] = numbers[added["id"]]
    for special in tokenizer["post_processor"]["special_tokens"].values():
        special["ids"] = [numbers[number] for number in special["ids"]]


def _letters_of_bytes() -> dict[str, int]:
    """Which byte each letter of a token stands for: what can be printed for itself, from U+0100 on for the others."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(0x100 + at): byte for at, byte in enumerate(others)}
