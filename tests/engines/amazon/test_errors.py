"""The service's exceptions and answers as faults."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.errors import MAX_DETAIL, from_exception, from_response
from alie.faults import Fault, StreamFailed

STARVED = "Your request timed out because no new audio was received for 15 seconds."
OVERSIZE = "Your stream is too big. Reduce the frame size and try your request again."
UNKNOWN_VOCABULARY = "The requested vocabulary couldn't be found. Check the vocabulary name and try your request again."


class Exceptions(SynchronousTestCase):
    """What the service's exceptions mean."""

    def test_each_type_has_its_fault(self) -> None:
        for name, fault in {
            "LimitExceededException": Fault.LIMIT,
            "ThrottlingException": Fault.LIMIT,
            "ConflictException": Fault.CONFLICT,
            "InternalFailureException": Fault.SERVICE,
            "ServiceUnavailableException": Fault.SERVICE,
            "UnrecognizedClientException": Fault.CREDENTIALS,
            "InvalidSignatureException": Fault.CREDENTIALS,
            "ExpiredTokenException": Fault.CREDENTIALS,
            "AccessDeniedException": Fault.CREDENTIALS,
            "SomethingNewException": Fault.SERVICE,
        }.items():
            error = from_exception(name, "A sentence")
            self.assertEqual((error.fault, error.detail), (fault, name))

    def test_a_bad_request_is_told_apart_by_its_message(self) -> None:
        for message, fault in {
            STARVED: Fault.STARVED,
            OVERSIZE: Fault.OVERSIZE,
            UNKNOWN_VOCABULARY: Fault.PARAMETER,
            "": Fault.PARAMETER,
        }.items():
            self.assertIs(from_exception("BadRequestException", message).fault, fault, message)

    def test_only_a_wrong_parameter_tells_the_services_words(self) -> None:
        self.assertEqual(
            from_exception("BadRequestException", UNKNOWN_VOCABULARY).detail,
            f"BadRequestException: {UNKNOWN_VOCABULARY}",
        )
        self.assertEqual(from_exception("BadRequestException", STARVED).detail, "BadRequestException")
        self.assertEqual(from_exception("InternalFailureException", "words").detail, "InternalFailureException")

    def test_those_words_are_short_and_printable(self) -> None:
        detail = from_exception("BadRequestException", "bad\r\n\x1b[31m" + "x" * 1000).detail
        self.assertTrue(detail.isprintable())
        self.assertLessEqual(len(detail), MAX_DETAIL)

    def test_a_type_is_found_among_what_surrounds_it(self) -> None:
        for text in (
            "InvalidSignatureException:http://internal.amazon.com/coral/com.amazon.coral.service/",
            "com.amazon.coral.service#InvalidSignatureException",
        ):
            error = from_exception(text)
            self.assertEqual((error.fault, error.detail), (Fault.CREDENTIALS, "InvalidSignatureException"))

    def test_what_is_no_name_is_not_told(self) -> None:
        for text in ("", "two words", "é", "x" * 65, "new\nline"):
            error = from_exception(text)
            self.assertEqual((error.fault, error.detail), (Fault.SERVICE, "unknown"))


class Responses(SynchronousTestCase):
    """What an HTTP response means that is not 101 or 200."""

    def test_the_type_counts_before_the_status(self) -> None:
        self.assertIs(from_response(400, "ConflictException", b"").fault, Fault.CONFLICT)
        self.assertIs(from_response(403, "LimitExceededException", b"{}").fault, Fault.LIMIT)

    def test_the_status_counts_where_the_type_is_not_known(self) -> None:
        for status, fault in {
            400: Fault.PARAMETER,
            401: Fault.CREDENTIALS,
            403: Fault.CREDENTIALS,
            404: Fault.SERVICE,
            409: Fault.CONFLICT,
            429: Fault.LIMIT,
            500: Fault.SERVICE,
            503: Fault.SERVICE,
        }.items():
            error = from_response(status, "", b"<html>")
            self.assertEqual((error.fault, error.detail), (fault, f"HTTP {status}"))

    def test_the_type_may_stand_in_the_body(self) -> None:
        self.assertEqual(from_response(400, "", b'{"__type": "a#ExpiredTokenException"}').fault, Fault.CREDENTIALS)
        self.assertEqual(from_response(400, "", b'{"code": "AccessDeniedException"}').detail, "AccessDeniedException")

    def test_the_message_may_be_spelt_either_way(self) -> None:
        for name in ("Message", "message"):
            body = f'{{"{name}": "{OVERSIZE}"}}'.encode()
            self.assertIs(from_response(400, "BadRequestException", body).fault, Fault.OVERSIZE)

    @given(some.integers(0, 999), some.text(max_size=40), some.binary(max_size=60))
    def test_whatever_comes_is_a_stream_that_failed(self, status: int, name: str, body: bytes) -> None:
        error = from_response(status, name, body)
        self.assertIsInstance(error, StreamFailed)
        self.assertTrue(error.detail.isprintable())

    def test_json_of_another_shape(self) -> None:
        for body in (b"[]", b"3", b'{"Message": 3, "__type": 4}', b'{"Message": null}', b"[" * 100_000):
            self.assertIs(from_response(503, "", body).fault, Fault.SERVICE)
