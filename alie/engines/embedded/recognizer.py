"""Whisper on CTranslate2: one model, shared by all workers. Called in worker threads only.

Three things make it quick enough for live use. The window is cut to the speech and some silence instead of 30 s:
the encoder then costs a tenth. Without that silence the model repeats itself, hence the pads. And a partial begins
at the last place where the words before are fixed and their time is known. (To be given those words as a beginning
alone would spare nothing: the library decodes them one by one, as if they were new.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor

from alie.engines.embedded import guards
from alie.engines.embedded.ear import Ear
from alie.engines.embedded.hearing import Asked, Begun, Joint, Reading, Utterance
from alie.engines.embedded.joints import find_joints
from alie.engines.embedded.model import ModelError, ModelLocation
from alie.engines.embedded.policy import SAMPLE_RATE_HZ, Policy
from alie.engines.embedded.prompting import SECONDS_PER_MARK, UNFINISHED, Prompter, longest_answer
from alie.engines.embedded.tokenizing import load_tokenizer
from alie.engines.embedded.vad import load_detector
from alie.engines.embedded.words import Piece, to_words

LANGUAGES = ("fr", "en")
FULL_WINDOW_S = 30.0
HOP_SAMPLES = 160
_SILENCE_SAMPLES = 5 * HOP_SAMPLES
_SECONDS_PER_ENCODED = 0.02


@dataclass(frozen=True, slots=True)
class _Decoded:
    """What came out of the model.

    Attributes:
        tokens: of the text alone.
        text: of the tokens.
        score: mean log probability of a token.
        no_speech: 0..1, the model's own probability that there is none.
        is_capped: whether the token cap stopped it.
        last_time_s: how far into the audio it read, where it was asked for marks of time.
        time_scores: of a partial, see `find_joints`.
    """

    tokens: tuple[int, ...]
    text: str
    score: float
    no_speech: float
    is_capped: bool
    last_time_s: float | None
    time_scores: list[Any]


class Recognizer:
    """The model with its tokenizer and features, the detector, and the policy they are used by.

    Args:
        location: a model that `locate_model` has checked.
        workers: how many threads will call at the same time.
        policy: the numbers to decide by.

    Raises:
        ModelError: it cannot be joined, understands English only, or cannot be computed with here.
        RuntimeError, ValueError, OSError: the files are not a model after all.
    """

    def __init__(self, location: ModelLocation, workers: int, policy: Policy) -> None:
        directory = location.prepare()
        self._policy = policy
        self._model = ctranslate2.models.Whisper(
            str(directory), device="cpu", compute_type="int8", inter_threads=workers, intra_threads=1
        )
        if not self._model.is_multilingual:
            raise ModelError(f"The speech model in {directory} understands English only")
        self._tokenizer = load_tokenizer(directory)
        self._prompter = Prompter(self._tokenizer)
        self._features = FeatureExtractor(feature_size=self._model.n_mels)
        self._detector_session = load_detector()
        self._try_out()

    def _try_out(self) -> None:
        # A sandbox that lets nobody make machine code shows only now; else it would at the first word of a dictation.
        try:
            self._encode(np.zeros(SAMPLE_RATE_HZ // 2, np.float32), 0.0)
        except RuntimeError:
            raise ModelError(
                "The speech model cannot compute here; under systemd, MemoryDenyWriteExecute must be off"
            ) from None

    def new_ear(self, sample_rate_hz: int) -> Ear:
        """An ear for one stream of `sample_rate_hz` (8000..48000)."""
        return Ear(self._detector_session, sample_rate_hz, self._policy.endpoints)

    def begins_word(self, token: int) -> bool:
        """Whether `token` begins a new word."""
        return self._prompter.begins_word(token)

    def read_partial(self, utterance: Utterance, asked: Asked, begun: Begun) -> Reading:
        """Reads quickly what may change, going on from `begun`."""
        limits, how = self._policy.guards, self._policy.reading
        samples = utterance.samples[int(begun.from_s * SAMPLE_RATE_HZ) :]
        length_s = _length_s(samples)
        encoded = self._encode(samples, how.partial_pad_s)
        language = asked.language or self._identify(encoded)
        cap = guards.token_cap(limits, length_s, is_partial=True)
        prompt = self._prompter.prompt(language, asked, begun)
        decoded = self._decode(encoded, prompt, how.partial_beam, cap, begun.fixed, is_partial=True)
        text = guards.without_loop(decoded.text, decoded.is_capped)
        if text != decoded.text:
            return Reading(f"{self._text(begun.read)} {text}".strip(), language)
        is_fit = bool(text) and decoded.score >= limits.partial_score
        text = self._text(begun.read + decoded.tokens) if is_fit else ""
        joints = self._joints(decoded, length_s)
        return Reading(text, language, decoded.tokens, score=decoded.score, joints=joints)

    def read_final(self, utterance: Utterance, asked: Asked) -> Reading:
        """Reads as well as can be, with words and punctuation."""
        limits, how = self._policy.guards, self._policy.reading
        samples = self._trimmed(utterance)
        cap = guards.token_cap(limits, _length_s(samples))
        encoded = self._encode(samples, how.final_pad_s)
        language = asked.language or self._identify(encoded)
        decoded = self._decode(encoded, self._prompter.prompt(language, asked), how.final_beam, cap)
        if self._is_doubtful(decoded, _length_s(samples)):
            # As the model was trained: its full window; and without marks of time or vocabulary.
            encoded = self._encode(samples, FULL_WINDOW_S)
            again = self._decode(encoded, self._prompter.plain_prompt(language), how.final_beam, cap)
            decoded = max(again, decoded, key=lambda one: (not one.is_capped, one.score))
        if guards.is_invented(limits, decoded.text, decoded.score, utterance.voiced_s, decoded.no_speech):
            return Reading("", language)
        return self._with_words(encoded, decoded, language, utterance, len(samples))

    def _is_doubtful(self, decoded: _Decoded, length_s: float) -> bool:
        limits = self._policy.guards
        if guards.is_doubtful(limits, decoded.text, decoded.score, decoded.is_capped):
            return True
        return decoded.last_time_s is not None and length_s - decoded.last_time_s > limits.unread_s

    def _trimmed(self, utterance: Utterance) -> Any:
        wanted_s = utterance.voice_end_s - utterance.start_s + self._policy.pacing.tail_s
        return utterance.samples[: int(wanted_s * SAMPLE_RATE_HZ)]

    def _encode(self, samples: Any, pad_s: float) -> Any:
        window = min(len(samples) + int(pad_s * SAMPLE_RATE_HZ), int(FULL_WINDOW_S * SAMPLE_RATE_HZ))
        # The last frame is of nothing but silence, and stands for all that follow: cheaper than to compute them.
        features = self._features(samples, padding=_SILENCE_SAMPLES)
        missing = window // HOP_SAMPLES - features.shape[1]
        if missing > 0:
            features = np.pad(features, ((0, 0), (0, missing)), mode="edge")
        features = np.ascontiguousarray(features[None], np.float32)
        return self._model.encode(ctranslate2.StorageView.from_array(features))

    def _identify(self, encoded: Any) -> str:
        found = dict(self._model.detect_language(encoded)[0])
        return max(LANGUAGES, key=lambda language: found.get(f"<|{language}|>", 0.0))

    def _decode(
        self,
        encoded: Any,
        prompt: list[int],
        beam: int,
        cap: int,
        fixed: tuple[int, ...] = (),
        is_partial: bool = False,
    ) -> _Decoded:
        result = self._model.generate(
            encoded,
            [prompt],
            beam_size=beam,
            max_length=longest_answer(prompt, fixed, cap),
            return_scores=True,
            return_no_speech_prob=not is_partial,
            return_logits_vocab=is_partial,
        )[0]
        answered = result.sequences_ids[0]
        tokens = self._prompter.text_tokens(answered, fixed)
        return _Decoded(
            tokens=tokens,
            text=self._text(tokens),
            score=result.scores[0],
            no_speech=result.no_speech_prob,
            is_capped=len(tokens) >= cap,
            last_time_s=self._prompter.last_time_s(answered),
            time_scores=self._prompter.time_scores(answered, result.logits[0]) if is_partial else [],
        )

    def _joints(self, decoded: _Decoded, length_s: float) -> tuple[Joint, ...]:
        if len(decoded.time_scores) != len(decoded.tokens):
            return ()  # the words that it was given as a beginning were left out of the answer
        limits = self._policy.joints
        return find_joints(decoded.tokens, decoded.time_scores, self.begins_word, SECONDS_PER_MARK, length_s, limits)

    def _text(self, tokens: tuple[int, ...]) -> str:
        return str(self._tokenizer.decode(list(tokens))).replace(UNFINISHED, "").strip()

    def _with_words(
        self, encoded: Any, decoded: _Decoded, language: str, utterance: Utterance, sample_count: int
    ) -> Reading:
        text = guards.without_loop(decoded.text, decoded.is_capped)
        if text != decoded.text or not decoded.tokens:
            # Times of what was said only once are not known any more.
            return Reading(text, language, decoded.tokens, score=decoded.score)
        frames = sample_count // HOP_SAMPLES
        start = self._prompter.start(language)
        aligned = self._model.align(encoded, start, [list(decoded.tokens)], frames)[0]
        pieces = self._pieces(decoded.tokens, aligned)
        words = to_words(pieces, utterance.start_s, utterance.voice_end_s)
        return Reading(text, language, decoded.tokens, words, decoded.score)

    def _pieces(self, tokens: tuple[int, ...], aligned: Any) -> list[Piece]:
        """Times of tokens: the first and the last encoder frame that the alignment gives to each."""
        begins: dict[int, int] = {}
        for token_index, frame in aligned.alignments:
            begins.setdefault(token_index, frame)
        last_frame = max((frame for _, frame in aligned.alignments), default=0)
        pieces: list[Piece] = []
        for first, after in self._prompter.letters(tokens):
            begin = begins.get(first, last_frame)
            end = begins.get(after, last_frame)
            probability = sum(aligned.text_token_probs[first:after]) / (after - first)
            text = self._tokenizer.decode(list(tokens[first:after]))
            pieces.append(Piece(text, begin * _SECONDS_PER_ENCODED, end * _SECONDS_PER_ENCODED, probability))
        return pieces


def _length_s(samples: Any) -> float:
    return len(samples) / SAMPLE_RATE_HZ
