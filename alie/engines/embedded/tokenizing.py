"""The model's tokenizer, from tokenizer.json or else from its vocabulary alone. Called in worker threads only.

A CTranslate2 model always has its vocabulary, but tokenizer.json is an extra that some converters leave out. The
vocabulary lists tokens in the order in which they were merged, so the merges can be found again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from alie.engines.embedded.vocabulary import FIRST_SPECIAL, read_vocabulary


def load_tokenizer(directory: Path) -> Tokenizer:
    """The tokenizer of the model in `directory`; takes a second or two without tokenizer.json.

    Raises:
        ValueError: the vocabulary is not Whisper's.
    """
    ready = directory / "tokenizer.json"
    if ready.is_file():
        return Tokenizer.from_file(str(ready))
    return _build(read_vocabulary(directory))


def _build(vocabulary: Sequence[str]) -> Tokenizer:
    first_special = vocabulary.index(FIRST_SPECIAL)
    ranks = {token: rank for rank, token in enumerate(vocabulary[:first_special])}
    merges = [pair for token in ranks if len(token) > 1 and (pair := _merged_from(token, ranks))]
    tokenizer = Tokenizer(models.BPE(vocab=ranks, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    # Added in their order, they get the ids that follow.
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in vocabulary[first_special:]])
    return tokenizer


def _merged_from(token: str, ranks: dict[str, int]) -> tuple[str, str] | None:
    """The two tokens that `token` was merged from: what older merges, the oldest first, make of its letters."""
    own = ranks[token]
    parts = list(token)
    while len(parts) > 2:
        joined = [ranks.get(first + second, own) for first, second in pairwise(parts)]
        oldest = min(joined)
        if oldest >= own:
            return None
        at = joined.index(oldest)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]
