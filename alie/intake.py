"""The audio of one session on its way in: whole samples, counted, and read at the rate it really has."""

from __future__ import annotations

from alie.audio import EvenCarry
from alie.ledger import Ledger
from alie.rates import RateScale, is_doubtful
from alie.wire import PLAIN_SAMPLE_RATE_HZ

HELD_BYTES = 524_288


class Intake:
    """Takes frames in and gives audio out.

    An Alie client's declared rate is believed. A plain client is taken at 16000 Hz whatever it declares; only if it
    declared 44100 or 48000 its first two seconds are held back and weighed, so that nothing is ever heard at the
    wrong speed.

    Args:
        declared_rate_hz: what the client said, 8000..48000; None if it said nothing.
        is_alie_client: whether it is believed.
    """

    def __init__(self, declared_rate_hz: int | None, *, is_alie_client: bool) -> None:
        self.ledger = Ledger((is_alie_client and declared_rate_hz) or PLAIN_SAMPLE_RATE_HZ)
        self._carry = EvenCarry()
        self._doubtful_rate_hz = declared_rate_hz if is_doubtful(declared_rate_hz) and not is_alie_client else None
        self._scale: RateScale | None = None
        self._held: list[bytes] = []

    @property
    def due_at(self) -> float | None:
        """When `settle` must be called at the latest; None while nothing is held."""
        return None if self._scale is None else self._scale.due_at

    def take(self, frame: bytes, now: float) -> bytes:
        """Takes one frame and gives the audio that may be handed on; nothing while the rate is in doubt.

        Args:
            frame: PCM16 of any length; an odd last byte is carried into the next frame.
            now: seconds.
        """
        samples = self._carry.push(frame)
        self.ledger.receive(len(samples), now)
        if self._doubtful_rate_hz is None:
            return samples
        if self._scale is None:
            self._scale = RateScale(self._doubtful_rate_hz, now)
        self._held.append(samples)
        self._scale.add(len(samples), now)
        is_settled = now >= self._scale.due_at or self.ledger.received_bytes > HELD_BYTES
        return self.settle(now) if is_settled else b""

    def go_on(self) -> int:
        """The client goes on where whole samples ended; gives that place, in bytes since the first one."""
        self._carry.clear()
        return self.ledger.received_bytes

    def settle(self, now: float) -> bytes:
        """Ends the doubt, if there is one, and gives what was held back."""
        if self._scale is not None:
            self.ledger.rebase(self._scale.verdict(now))
        held = b"".join(self._held)
        self._held.clear()
        self._scale = self._doubtful_rate_hz = None
        return held
