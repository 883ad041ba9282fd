"""Tokens of text, with and without tokenizer.json."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded import locate_model

# No word begins with a t here: the shipped tokenizer.json lacks the very first merge, of a blank and a t.
TEXTS = (
    " Le patient, âgé de 54 ans, prend du furosémide 40 mg.",
    " The patient's blood pressure is 140/90; follow up in six weeks.",
    " œdème, hémoptysie… « d'accord » ?",
)


class TokenizerTests(SynchronousTestCase):
    """The vocabulary alone gives the same tokens as tokenizer.json."""

    def test_from_the_vocabulary(self) -> None:
        from alie.engines.embedded.tokenizing import load_tokenizer

        directory = locate_model().prepare()
        expected = load_tokenizer(directory)
        words = (directory / "vocabulary.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
        for name in ("vocabulary.txt", "vocabulary.json"):
            bare = Path(self.mktemp())
            bare.mkdir(parents=True)
            if name.endswith("txt"):
                shutil.copy(directory / name, bare)
            else:
                (bare / name).write_text(json.dumps(words), encoding="utf-8")
            found = load_tokenizer(bare)
            for text in TEXTS:
                tokens = found.encode(text, add_special_tokens=False).ids
                self.assertEqual(tokens, expected.encode(text, add_special_tokens=False).ids)
                self.assertEqual(found.decode(tokens), text)
            for special in ("<|endoftext|>", "<|startofprev|>", "<|fr|>", "<|transcribe|>", "<|notimestamps|>"):
                self.assertEqual(found.token_to_id(special), expected.token_to_id(special))
