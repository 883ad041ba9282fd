"""What the SDK's exceptions mean."""

from __future__ import annotations

from amazon_transcribe.eventstream import ChecksumMismatch
from amazon_transcribe.exceptions import HTTPException
from awscrt.exceptions import AwsCrtError  # type: ignore[import-untyped]
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.results import ResultsError
from alie.engines.amazon.sdk_leg import stream_failed
from alie.faults import Fault, StreamFailed


class FaultTests(SynchronousTestCase):
    """Each exception has its class of trouble, and none of them tells more than a name."""

    def check(self, error: Exception, fault: Fault, detail: str) -> None:
        failed = stream_failed(error)
        self.assertEqual((failed.fault, failed.detail), (fault, detail))

    def test_connection(self) -> None:
        """Whatever keeps bytes from coming through."""
        crt = AwsCrtError(1, "AWS_IO_SOCKET_CLOSED", "socket is closed.")
        self.check(crt, Fault.CONNECTION, "AWS_IO_SOCKET_CLOSED")
        self.check(ConnectionRefusedError("text"), Fault.CONNECTION, "ConnectionRefusedError")
        self.check(HTTPException("text"), Fault.CONNECTION, "HTTPException")
        self.check(TimeoutError(), Fault.CONNECTION, "no answer in time")

    def test_what_cannot_be_read(self) -> None:
        """On the way, or from the start."""
        self.check(ChecksumMismatch(1, 2), Fault.CONNECTION, "event stream damaged")
        self.check(ResultsError(), Fault.SERVICE, "event not understood")

    def test_unexpected(self) -> None:
        """Anything else may be mended by trying again."""
        self.check(KeyError("secret"), Fault.SERVICE, "KeyError")

    def test_known_already(self) -> None:
        """What the service said is left as it is."""
        failed = StreamFailed(Fault.LIMIT, "LimitExceededException")
        self.assertIs(stream_failed(failed), failed)
