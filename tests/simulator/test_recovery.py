"""The simulator is fair: whoever sends again what no final has covered hears every word once, whatever fails."""

from __future__ import annotations

import hashlib

from alie.simulator.faults import AT_OPEN, MIDSTREAM, seeded
from tests.simulator.lines import RATE_HZ, RECORDING, SESSION_ID, SPEAKER, FakeLine, ServiceCase

FRAME_BYTES = 3200
SILENCE = bytes(RATE_HZ // 2)


class Replayer:
    """Sends the recording over as many legs as it takes, each from the end of the last final on.

    Args:
        case: with a service.
        silence: sent first on every leg, as a keep-alive would.
    """

    def __init__(self, case: ServiceCase, silence: bytes) -> None:
        self._case = case
        self._silence = silence
        self._final_bytes = 0
        self.words: list[str] = []

    def run(self) -> None:
        while not self._leg():
            # An outage ends.
            self._case.clock.advance(1)

    def _leg(self) -> bool:
        """Whether it came to its end in good order."""
        line, hearing = self._case.open(session_id=SESSION_ID)
        # The slowest open takes half a second.
        self._case.clock.advance(1)
        begun_bytes = self._final_bytes
        audio = self._silence + RECORDING[begun_bytes:]
        for at in range(0, len(audio), FRAME_BYTES):
            if hearing is None or _is_dead(line):
                break
            hearing.on_audio(audio[at : at + FRAME_BYTES])
            self._case.clock.advance(0.1)
        if hearing is not None:
            if not _is_dead(line):
                hearing.on_end()
            hearing.on_lost()
        self.words += line.words
        for final in line.finals:
            heard_bytes = 2 * round(final["EndTime"] * RATE_HZ) - len(self._silence)
            self._final_bytes = begun_bytes + heard_bytes
        return self._case.service.legs[-1].ended_by == "end"


def _is_dead(line: FakeLine) -> bool:
    return line.acts[-1:] not in (["accept"], ["pause"], ["resume"])


class RecoveryTests(ServiceCase):
    """Many recordings of the same words, each failing in its own way."""

    def test_every_fault(self) -> None:
        """Words once each and in order, all audio heard, no sample of it changed."""
        seen: set[str] = set()
        for seed in range(60):
            self.serve(seeded(seed, (*AT_OPEN, *MIDSTREAM), legs=4, to_s=4.0, for_s=0.5))
            replayer = Replayer(self, SILENCE if seed % 2 else b"")
            replayer.run()
            self.assertEqual(replayer.words, self.script.texts, seed)
            heard = self.service.heard_by(SPEAKER)
            self.assertEqual(heard.sha256, hashlib.sha256(RECORDING).hexdigest(), seed)
            self.assertEqual((heard.missing, heard.differing_bytes, heard.unknown_s), ((), 0, 0.0), seed)
            seen.update(name for leg in self.service.legs for name in leg.faults)
        self.assertEqual(seen, {kind.name for kind in (*AT_OPEN, *MIDSTREAM)})
