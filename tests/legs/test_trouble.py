"""Tests of faults of different kinds in a row: each is answered by how often it came itself."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.faults import Fault, StreamFailed
from alie.legs import orders as do
from alie.legs.succession import Choice
from alie.legs.supervision import Supervision
from alie.speech import StreamSpec
from tests.legs.recogniser import AMAZON


class TroubleTests(SynchronousTestCase):
    """An outage, and then keys that have expired during it."""

    def test_keys_that_expire_in_an_outage(self) -> None:
        """They are renewed and tried at once, as without an outage before: another try may be a minute away."""
        supervision = Supervision(
            StreamSpec("id", "fr-CA", 16000), (Choice("amazon", AMAZON),), chance=lambda: 1.0, new_id=str
        )
        now, generation = 0.0, 1
        supervision.feed(bytes(32000), now)
        for _ in range(4):
            supervision.failed(generation, StreamFailed(Fault.CONNECTION), now)
            now = supervision.due_at
            supervision.tick(now)
            generation += 1
        orders = supervision.failed(generation, StreamFailed(Fault.CREDENTIALS), now)
        self.assertEqual([type(order) for order in orders[-1:]], [do.OpenLeg])
