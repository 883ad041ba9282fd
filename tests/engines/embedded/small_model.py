"""A model of a few tokens, in the files that CTranslate2 and tokenizers have."""

from __future__ import annotations

import json
import struct
from pathlib import Path

TOKENS = ("!", "a", "Ġ", "Ã", "©", "Ð", "ab", "Ã©", "ĠÐ", "ÐŁ", "âĢĻ", "b", "", "<|endoftext|>", "<|fr|>", "<|0.00|>")
"""Among them two of Cyrillic, "ĠÐ" and "ÐŁ"; "Ð" is a byte of its own."""
KEPT = (*range(8), *range(10, len(TOKENS)))
WIDTH = 3
TABLE = "decoder/embeddings/weight"


def write(folder: Path) -> Path:
    """Writes it there; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocabulary.txt").write_text("".join(f"{token}\n" for token in TOKENS), encoding="utf-8")
    config = {"lang_ids": [14], "suppress_ids": [1, 8, 10], "suppress_ids_begin": [2, 13], "alignment_heads": [[0, 1]]}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer()), encoding="utf-8")
    (folder / "model.bin").write_bytes(model_bytes(tuple(range(len(TOKENS)))))
    return folder


def model_bytes(rows: tuple[int, ...], version: int = 6) -> bytes:
    """Its model.bin: each of the rows of its table has that number in it, as bytes."""
    table = b"".join(bytes([row] * WIDTH) for row in rows)
    variables = (("decoder/num_heads", (), b"\x08"), (TABLE, (len(rows), WIDTH), table), ("z", (2,), b"zz"))
    packed = b"".join(
        _text(name) + struct.pack(f"<B{len(shape)}IBI", len(shape), *shape, 1, len(content)) + content
        for name, shape, content in variables
    )
    aliases = struct.pack("<I", 1) + _text("decoder/projection/weight") + _text(TABLE)
    return struct.pack("<I", version) + _text("WhisperSpec") + struct.pack("<II", 3, len(variables)) + packed + aliases


def _text(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def _tokenizer() -> dict[str, object]:
    ordinary = TOKENS[: TOKENS.index("<|endoftext|>")]
    special = [{"id": number, "content": TOKENS[number]} for number in (13, 14)]
    return {
        "added_tokens": special,
        "post_processor": {"special_tokens": {"<|endoftext|>": {"ids": [13]}}},
        "model": {
            "vocab": {token: number for number, token in enumerate(ordinary)},
            "merges": ["a b", "Ã ©", "Ġ Ð", "Ð Ł"],
        },
    }
