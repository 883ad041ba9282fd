"""One utterance as the listener sees it: partials that grow, then exactly one final. Pure; reactor thread."""

from __future__ import annotations

from collections.abc import Callable

from alie.engines.embedded.agreement import Agreement
from alie.engines.embedded.hearing import Begun, Reading, Utterance
from alie.speech import EN_US, FR_CA
from alie.transcript import Result

LANGUAGE_CODES = {"fr": FR_CA, "en": EN_US}


class Segment:
    """What was read and shown of one utterance.

    Args:
        segment_id: unique within the stream.
        is_identified: whether results tell the language, because nobody had fixed it.
        begins_word: see `Agreement`.
    """

    def __init__(self, segment_id: str, is_identified: bool, begins_word: Callable[[int], bool]) -> None:
        self._id = segment_id
        self._is_identified = is_identified
        self._begins_word = begins_word
        self._agreement = Agreement(begins_word)
        self._read: tuple[int, ...] = ()
        self._from_s = 0.0
        self._shown_text = ""
        self._shown_s = 0.0
        self._ahead: Reading | None = None
        self._ahead_voice_end_s: float | None = None
        self.language: str | None = None
        self.read_s = 0.0
        """Length of the utterance that was last read to be shown, in seconds; 0 before the first."""

    @property
    def begun(self) -> Begun:
        """What the next partial goes on from."""
        return Begun(self._read, self._from_s, self._agreement.fixed)

    @property
    def is_shown(self) -> bool:
        """Whether the listener has seen any text of it."""
        return bool(self._shown_text)

    def keep(self, utterance: Utterance, reading: Reading) -> None:
        """Keeps a final reading: it holds as long as no voice follows."""
        self._ahead = reading
        self._ahead_voice_end_s = utterance.voice_end_s

    def kept(self, utterance: Utterance) -> Reading | None:
        """The final reading of the utterance as it is now, if there is one."""
        return self._ahead if self._ahead_voice_end_s == utterance.voice_end_s else None

    def partial(self, utterance: Utterance, reading: Reading, counts: bool = True) -> Result | None:
        """Takes a reading of the open utterance.

        Args:
            utterance: as it was when read.
            reading: of it.
            counts: whether it may fix words; not for a final read ahead, which was asked for in another way and
                spares a partial only where it says something.

        Returns:
            What to show; None when it says nothing new, or is older than what is shown.
        """
        if counts or reading.text:
            self.read_s = max(self.read_s, utterance.end_s - utterance.start_s)
        if counts and reading.text:
            self._agree(reading)
        if not reading.text or utterance.end_s <= self._shown_s or reading.text == self._shown_text:
            return None
        self._shown_s = utterance.end_s
        self._shown_text = reading.text
        return self._result(utterance, reading, is_final=False)

    def final(self, utterance: Utterance, reading: Reading) -> Result | None:
        """The last word; None when there is nothing to say and nothing was shown."""
        if not reading.text and not self._shown_text:
            return None
        return self._result(utterance, reading, is_final=True)

    def _agree(self, reading: Reading) -> None:
        if self.language not in (None, reading.language):
            self._agreement = Agreement(self._begins_word)
        self.language = reading.language
        self._agreement.push(reading.tokens)
        fixed = self._agreement.fixed
        joint = next((one for one in reversed(reading.joints) if one.after <= len(fixed)), None)
        if joint is not None:
            self._read += fixed[: joint.after]
            self._from_s += joint.at_s
            self._agreement.forget(joint.after)

    def _result(self, utterance: Utterance, reading: Reading, is_final: bool) -> Result:
        start_s = reading.words[0].start_s if reading.words else utterance.start_s
        return Result(
            segment_id=self._id,
            start_s=start_s,
            end_s=max(start_s, utterance.voice_end_s),
            text=reading.text,
            is_final=is_final,
            words=reading.words,
            language_code=LANGUAGE_CODES[reading.language] if self._is_identified else None,
        )
