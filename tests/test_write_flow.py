"""A full write buffer is told once, however often the transport says so."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.write_flow import WriteFlow


class WriteFlowTests(SynchronousTestCase):
    """What a transport tells, and what is told on."""

    def test_once_each_time(self) -> None:
        told: list[bool] = []
        flow = WriteFlow(told.append)
        flow.pauseProducing()
        flow.pauseProducing()
        flow.resumeProducing()
        flow.pauseProducing()
        flow.stopProducing()
        self.assertEqual(told, [True, False, True])
