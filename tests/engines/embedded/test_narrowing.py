"""The model without the tokens of other scripts: what stays, and that it says what the whole one does."""

from __future__ import annotations

import io
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.libraries import prepare_environment
from alie.engines.embedded.model import locate_model
from alie.engines.embedded.narrowing import kept_tokens, narrow, narrow_weights
from alie.engines.embedded.tokenizing import load_tokenizer
from tests.cli.files import folder_for
from tests.engines.embedded import small_model
from tests.engines.embedded.small_model import KEPT, TOKENS

TEXTS = (
    " Le patient, âgé de 54 ans, prend du furosémide 40 mg ; œdème, hémoptysie… « d'accord » ?",
    " L’Haÿ-les-Roses, Ça va, ŒUVRE, naïve, Noël, où, aiguë, 37,5 °C, 5 µg, 12 €, n° 3",
    " The patient's “blood pressure” is 140/90 — follow up in six weeks.",
    " Nguyen, Tremblay, Müller, Muñoz, Škoda; café",
)


class KeptTests(SynchronousTestCase):
    """Which tokens stay."""

    def test_small(self) -> None:
        """Those of French and English, single bytes, the empty one, special ones."""
        self.assertEqual(tuple(kept_tokens(TOKENS)), KEPT)

    def test_texts(self) -> None:
        """Of what is said in French and English nothing is written otherwise; of the rest all can be written still."""
        whole, narrowed = whole_tokenizer(), load_tokenizer(locate_model().prepare())
        for text in TEXTS:
            expected = whole.encode(text, add_special_tokens=False).tokens
            self.assertEqual(narrowed.encode(text, add_special_tokens=False).tokens, expected)
        other = " Привет, 日本, Nguyễn"
        tokens = narrowed.encode(other, add_special_tokens=False)
        self.assertEqual(narrowed.decode(tokens.ids), other)
        self.assertGreater(len(tokens.ids), len(whole.encode(other, add_special_tokens=False).ids))


class FilesTests(SynchronousTestCase):
    """Each file is written anew."""

    def setUp(self) -> None:
        self.whole = small_model.write(folder_for(self) / "whole")
        self.narrowed = folder_for(self)
        narrow(self.whole, self.narrowed)

    def test_tokens(self) -> None:
        """They have new numbers everywhere, and each text its old tokens."""
        listed = (self.narrowed / "vocabulary.txt").read_text(encoding="utf-8")
        self.assertEqual(listed, "".join(f"{TOKENS[number]}\n" for number in KEPT))
        config = json.loads((self.narrowed / "config.json").read_text())
        self.assertEqual(
            (config["lang_ids"], config["suppress_ids"], config["suppress_ids_begin"]), ([12], [1, 8], [2, 11])
        )
        self.assertEqual(config["alignment_heads"], [[0, 1]])
        tokenizer = json.loads((self.narrowed / "tokenizer.json").read_text(encoding="utf-8"))
        self.assertEqual([one["id"] for one in tokenizer["added_tokens"]], [11, 12])
        self.assertEqual(tokenizer["post_processor"]["special_tokens"]["<|endoftext|>"]["ids"], [11])
        self.assertEqual(tokenizer["model"]["merges"], ["a b", "Ã ©"])
        ordinary = [TOKENS[number] for number in KEPT if number < 13]
        self.assertEqual(tokenizer["model"]["vocab"], {token: number for number, token in enumerate(ordinary)})

    def test_weights(self) -> None:
        """The table has fewer rows; all else is copied."""
        self.assertEqual((self.narrowed / "model.bin").read_bytes(), small_model.model_bytes(KEPT))

    def test_another_version(self) -> None:
        """Is not understood."""
        source = io.BytesIO(small_model.model_bytes(KEPT, version=7))
        self.assertRaises(ValueError, narrow_weights, source, io.BytesIO(), KEPT)


class SameWordsTests(SynchronousTestCase):
    """The real model on a real recording, whole and narrowed."""

    def test_every_score(self) -> None:
        """Of the tokens that stay, to the last bit, at every step; hence the text."""
        whole = folder_for(self)
        write_whole(whole)
        vocabulary = (whole / "vocabulary.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
        before, steps_before = answer(whole)
        now, steps = answer(locate_model().prepare())
        self.assertEqual(now, before)
        kept = kept_tokens(vocabulary)
        self.assertLess(len(kept), 0.83 * len(vocabulary))
        self.assertEqual(len(steps), len(steps_before))
        for one, other in zip(steps, steps_before, strict=True):
            self.assertTrue(np.array_equal(one, other[kept]))


@cache
def whole_tokenizer() -> Tokenizer:
    """As the packages have it."""
    return Tokenizer.from_file(str(next(path for path in locate_model().beside if path.name == "tokenizer.json")))


def write_whole(folder: Path) -> None:
    """The packages' files, joined."""
    location = locate_model()
    for path in location.beside:
        shutil.copy(path, folder)
    with (folder / "model.bin").open("wb") as joined:
        for part in location.parts:
            joined.write(part.read_bytes())


def answer(directory: Path) -> tuple[str, list[Any]]:
    """What the model there reads in a recording, and how it scored each token at each step."""
    prepare_environment()
    import ctranslate2
    from faster_whisper.feature_extractor import FeatureExtractor

    from bench.takes import read_pcm
    from tests.engines.embedded.test_speech import RECORDINGS

    samples = (
        np.frombuffer(read_pcm(RECORDINGS / "fr-02-conf-invalid.flac", 16000), np.int16).astype(np.float32) / 32768
    )
    features = np.ascontiguousarray(FeatureExtractor()(samples, padding=32000)[None].astype(np.float32))
    model = ctranslate2.models.Whisper(str(directory), device="cpu", compute_type="int8", intra_threads=1)
    tokenizer = load_tokenizer(directory)
    prompt = [tokenizer.token_to_id(f"<|{name}|>") for name in ("startoftranscript", "fr", "transcribe")]
    features = ctranslate2.StorageView.from_array(features)
    (result,) = model.generate(features, [prompt], beam_size=1, return_logits_vocab=True)
    text = tokenizer.decode(result.sequences_ids[0])
    return text, [np.asarray(step).reshape(-1) for step in result.logits[0]]
