"""Tests of alie.errors: the table of the protocol, line by line."""

from __future__ import annotations

from itertools import combinations

from twisted.trial.unittest import SynchronousTestCase

from alie import errors
from alie.errors import AlieError

# code: (close code, retryable), as the protocol's table has them; None where the code never closes a socket.
TABLE: dict[str, tuple[int | None, bool]] = {
    "INVALID_MESSAGE": (1008, False),
    "UNSUPPORTED_LANGUAGE": (1008, False),
    "AUTH_REQUIRED": (1008, False),
    "AUTH_INVALID": (1008, False),
    "AUTH_EXPIRED": (1008, False),
    "CAPACITY": (1013, True),
    "START_TIMEOUT": (1008, True),
    "IDLE_TIMEOUT": (4408, True),
    "TAKEN_OVER": (4409, False),
    "MAX_DURATION": (4410, True),
    "FRAME_TOO_LARGE": (1009, False),
    "ENGINE_UNAVAILABLE": (1011, True),
    "ENGINE_THROTTLED": (None, True),
    "ENGINE_REJECTED": (1008, False),
    "SESSION_NOT_FOUND": (None, False),
    "RETENTION_OFF": (None, False),
    "SHUTTING_DOWN": (1001, True),
    "INTERNAL": (1011, True),
}


def tree(root: type[AlieError] = AlieError) -> list[type[AlieError]]:
    """All errors below `root` that a client can be told; those between parts of Alie are elsewhere."""
    children = [child for child in root.__subclasses__() if child.__module__.startswith(f"{errors.__name__}.")]
    return [found for child in children for found in (child, *tree(child))]


ON_THE_SOCKET = [error for error in tree() if not issubclass(error, errors.HttpError)]


class TableTests(SynchronousTestCase):
    """Every code of the protocol is one class, and says what the table says."""

    def test_every_line_of_the_table_is_an_error(self) -> None:
        """No code is missing and none is beside the table."""
        self.assertEqual({error.code for error in ON_THE_SOCKET}, set(TABLE))

    def test_close_codes_and_retryable(self) -> None:
        """As the table has them."""
        for error in ON_THE_SOCKET:
            close_code, is_retryable = TABLE[error.code]
            self.assertEqual(error.retryable, is_retryable, error.code)
            if close_code is not None:
                self.assertEqual(error.close_code, close_code, error.code)

    def test_codes_are_unique(self) -> None:
        """A code names one error, and at most what refines it, on the WebSocket and on REST."""
        named = [error for error in tree() if error is not errors.HttpError]
        for one, other in combinations(named, 2):
            if not issubclass(one, other) and not issubclass(other, one):
                self.assertNotEqual(one.code, other.code)
                self.assertNotEqual(one.rest_code, other.rest_code)

    def test_close_codes_may_be_sent(self) -> None:
        """What RFC 6455 and its registry allow on the wire."""
        for error in tree():
            self.assertTrue(error.close_code in (1001, 1008, 1009, 1011, 1013) or 4000 <= error.close_code <= 4999)

    def test_http_statuses_are_errors(self) -> None:
        """Each error is a client's (4xx) or ours (5xx)."""
        for error in tree():
            self.assertTrue(400 <= error.http_status <= 599, error)

    def test_sentences_of_the_contract(self) -> None:
        """Pages in production show these words."""
        self.assertEqual(str(errors.InvalidMessage()), "Expected start_transcription JSON")
        self.assertEqual(str(errors.UnsupportedLanguage()), "Invalid languageCode")
        self.assertEqual(str(errors.AuthRequired()), "Authentication required")
        self.assertEqual(str(errors.AuthInvalid()), "Invalid token")

    def test_rest_codes_of_the_contract(self) -> None:
        """REST keeps its older names."""
        for error, rest_code in (
            (errors.AuthRequired, "MISSING_TOKEN"),
            (errors.AuthInvalid, "INVALID_TOKEN"),
            (errors.AuthExpired, "TOKEN_EXPIRED"),
            (errors.Internal, "INTERNAL_ERROR"),
        ):
            self.assertEqual(error.rest_code, rest_code)

    def test_every_sentence_fits_a_close_frame(self) -> None:
        """A close frame has room for 123 bytes of reason."""
        for error in tree():
            self.assertLessEqual(len(error().sentence.encode()), 123, error)


class SentenceTests(SynchronousTestCase):
    """An error says what its raiser says, or its default."""

    def test_own_sentence(self) -> None:
        """The raiser's words."""
        error = errors.InvalidMessage("Field words must be true or false")
        self.assertEqual((error.sentence, str(error)), ("Field words must be true or false",) * 2)

    def test_default_sentence(self) -> None:
        """Each class has one of its own."""
        self.assertEqual(errors.Capacity().sentence, errors.Capacity.default_sentence)
        self.assertEqual(errors.Capacity("").sentence, errors.Capacity.default_sentence)
        without = (errors.HttpError, errors.Internal, errors.InvalidWsRequest)
        sentences = [error.default_sentence for error in tree() if error not in without]
        self.assertEqual(len(sentences), len(set(sentences)))
