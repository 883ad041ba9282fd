"""Tests of `POST /api/transcribe/process`: what a session sends is what the endpoint takes."""

from __future__ import annotations

import json
from typing import Any, cast

from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.web.resource import Resource

from alie import config
from alie.audit.interface import NoAudit
from alie.auth.interface import NoTickets
from alie.auth.nobody import NobodyAuthenticator
from alie.origins import Origins
from alie.transcript import Result, Word
from alie.web.api import transcribe
from alie.web.api.root import ApiResource
from alie.web.api.transcribe import Processing
from alie.web.gate import RestGate
from alie.web.limiter import NoLimiter
from alie.web.root import build_root
from alie.web.routing import Routes
from alie.web.site import AlieSite
from alie.web.workroom import MAX_WAITING, Workroom
from tests.engines.fakes import QueueReactor, ThreadlessPool
from tests.support.memory_web import Connection, Response, WebCase, request

PATH = "/api/transcribe/process"
JSON = {"Content-Type": "application/json"}


def talk(index: int, speaker: str, text: str) -> Result:
    """A final, each word of which takes half a second and says who spoke."""
    texts = text.replace(".", " .").replace("?", " ?").replace(",", " ,").split()
    start_s = index * 10.0
    words = tuple(
        Word(one, start_s + 0.5 * place, start_s + 0.5 * place + 0.5, 0.9, speaker, is_punctuation=not one.isalpha())
        for place, one in enumerate(texts)
    )
    return Result(f"e-{index}", start_s, words[-1].end_s, text, is_final=True, words=words)


def order(raw: object, **fields: object) -> bytes:
    """A request body."""
    asked = {"sessionId": "dev-session-id", "modeId": "ambient", "language": "en", "section": "section_7"}
    return json.dumps({**asked, "rawAwsJson": raw, **fields}).encode()


class ProcessCase(WebCase):
    """Posts to the endpoint."""

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> Response:
        """One request."""
        return self.ask(PATH, "POST", JSON if headers is None else headers, body)

    def assert_refused(self, response: Response, status: int, code: str) -> dict[str, Any]:
        """The one body of errors; gives it."""
        body: dict[str, Any] = response.json()
        self.assertEqual(response.status, status, body)
        self.assertEqual((body["success"], body["code"], body["error"]), (False, code, body["message"]))
        return body

    def consultation(self) -> dict[str, Any]:
        """The `transcription_final` of a session with two speakers."""
        self.engine.has_speaker_labels = True
        self.engine.name = "amazon"
        connection = self.dictate(mode="ambient")
        self.engine.stream.tell(
            talk(0, "spk_0", "Um, I have have a cough."), talk(1, "spk_1", "Since when?"), talk(2, "spk_0", "Monday.")
        )
        connection.say("stop_transcription")
        (message,) = [one for one in connection.messages() if one["type"] == "transcription_final"]
        return dict(message)


class EndToEndTests(ProcessCase):
    """From the words of an engine to the text of a consultation."""

    EXPECTED = "PATIENT: I have a cough.\nCLINICIAN: Since when?\nPATIENT: Monday."

    def test_what_a_session_sends(self) -> None:
        """As it came, or its payload, as an object or as text: the same narrative with both roles."""
        message = self.consultation()
        for raw in (message, message["payload"], json.dumps(message), json.dumps(message["payload"])):
            response = self.post(order(raw))
            self.assertEqual(response.status, 200)
            self.assertEqual(
                response.json(),
                {
                    "narrative": {
                        "format": "role_prefixed",
                        "content": self.EXPECTED,
                        "metadata": {
                            "totalSpeakers": 2,
                            "patientTurns": 2,
                            "clinicianTurns": 1,
                            "totalDuration": 21.0,
                            "wordCount": 7,
                        },
                    },
                    "irSummary": {"turnCount": 3, "speakerCount": 2, "totalDuration": 21.0},
                    "roleMap": {"spk_0": "PATIENT", "spk_1": "CLINICIAN"},
                    "meta": {"processingTime": 0, "success": True, "saved": False},
                },
            )

    def test_of_an_engine_that_knows_no_speakers(self) -> None:
        """Refused in the words of the contract."""
        connection = self.dictate(mode="ambient")
        self.engine.stream.tell(Result("e", 0, 1, "Hi.", is_final=True, words=(Word("Hi", 0, 1),)))
        connection.say("stop_transcription")
        message = next(one for one in connection.messages() if one["type"] == "transcription_final")
        body = self.assert_refused(self.post(order(message)), 400, "INVALID_AWS_RESULT")
        self.assertEqual((body["error"], body["details"]), ("Invalid AWS result", "Empty speaker_labels.segments"))


class RequestTests(ProcessCase):
    """What is refused, and how."""

    def test_content_type(self) -> None:
        """JSON only, said in any of the usual ways."""
        for value in ("application/json", "application/json; charset=utf-8", "Application/JSON"):
            response = self.post(b"{}", {"Content-Type": value})
            self.assertEqual(self.assert_refused(response, 400, "BAD_REQUEST")["error"], "Invalid request")
        for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonx"}):
            body = self.assert_refused(self.post(b"{}", headers), 400, "BAD_REQUEST")
            self.assertEqual(body["error"], "Content-Type must be application/json")

    def test_not_json(self) -> None:
        """Whatever it is."""
        for data in (b"", b"{", b"\xff\xfe{}", b"[" * 16_000, b'{"a":NaN}', b"1" * 5000, b"[" + b"1," * 8000):
            self.assertIn("not JSON", self.assert_refused(self.post(data), 400, "BAD_REQUEST")["error"])
        for data in (b"[]", b'"x"', b"1", b"null"):
            self.assertIn("not a JSON object", self.assert_refused(self.post(data), 400, "BAD_REQUEST")["error"])

    def test_fields(self) -> None:
        """Each is named, and its value is not repeated."""
        for name, value in (
            ("sessionId", ""),
            ("sessionId", 7),
            ("modeId", "s3cret"),
            ("language", ["fr"]),
            ("language", "s3cret"),
            ("section", None),
            ("section", "s3cret"),
        ):
            response = self.post(order({}, **{name: value}))
            self.assertIn(name, self.assert_refused(response, 400, "BAD_REQUEST")["details"])
            self.assertNotIn(b"s3cret", response.body)
        self.assertEqual(self.post(order(None)).json()["details"], "Missing rawAwsJson")

    def test_methods(self) -> None:
        """POST only; there is nothing above and nothing below."""
        response = self.ask(PATH)
        self.assert_refused(response, 405, "METHOD_NOT_ALLOWED")
        self.assertEqual(response.header("Allow"), "OPTIONS, POST")
        for path in ("/api/transcribe", "/api/transcribe/", f"{PATH}/x", "/api/transcribe/x"):
            self.assert_refused(self.ask(path, "POST", JSON, b"{}"), 404, "NOT_FOUND")
        self.assertEqual(self.ask(f"{PATH}/", "POST", JSON, b"{}").status, 400)

    def test_too_large(self) -> None:
        """413 in JSON, before the body is received."""
        connection = Connection(self.site)
        connection.send(request(PATH, "POST", {**JSON, "Content-Length": "2097153"}))
        self.assert_refused(connection.response(), 413, "PAYLOAD_TOO_LARGE")

    def test_another_origin(self) -> None:
        """A page that may call us may call this, after a preflight; others get 403."""
        origin = {"Origin": config.DEFAULT_ORIGINS[0]}
        asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        preflight = self.ask(PATH, "OPTIONS", {**origin, **asking})
        self.assertEqual(preflight.status, 204)
        self.assertIn("POST", preflight.header("Access-Control-Allow-Methods") or "")
        response = self.post(order(self.consultation()), {**JSON, **origin})
        self.assertEqual(
            (response.status, response.header("Access-Control-Allow-Origin")), (200, config.DEFAULT_ORIGINS[0])
        )
        self.assert_refused(self.post(b"{}", {**JSON, "Origin": "https://evil.com"}), 403, "FORBIDDEN")

    def test_token_owed(self) -> None:
        """Nobody is served while none can be verified, whatever is presented."""
        self.build(AUTH_REQUIRED="true")
        for headers in (JSON, {**JSON, "Authorization": "Bearer x"}, {}):
            response = self.post(b"{", headers)
            code = "INVALID_TOKEN" if "Authorization" in headers else "MISSING_TOKEN"
            body = response.json()
            self.assertEqual((response.status, body["error"], body["code"]), (401, "UNAUTHORIZED", code))

    def test_a_fault_of_ours(self) -> None:
        """500 without its cause, which may hold what was said; the log has no more than its name."""

        def crash(body: bytes) -> dict[str, Any]:
            raise ZeroDivisionError("what the patient said")

        self.patch(transcribe, "carry_out", crash)
        logged: list[LogEvent] = []
        observer = cast(ILogObserver, logged.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        response = self.post(b"{}")
        self.assert_refused(response, 500, "INTERNAL_ERROR")
        self.assertNotIn(b"patient", response.body)
        self.assertEqual([event["name"] for event in logged if "name" in event], ["ZeroDivisionError"])
        self.assertNotIn("patient", repr(logged))


class LongConsultationTests(ProcessCase):
    """What takes longer is worked on in a thread."""

    def setUp(self) -> None:
        super().setUp()
        self.reactor = QueueReactor()
        self.pool = ThreadlessPool()
        room = Workroom(self.reactor, self.pool)
        room.start()
        gate = RestGate(NobodyAuthenticator(), NoTickets(), NoLimiter(), is_token_owed=False, is_store_own=True)
        api = ApiResource(Routes(Processing(self.reactor, room).routes()), gate, NoAudit())
        root = build_root(door=Resource(), health={}, api=api, has_page=False)
        self.long_body = order(self.consultation(), padding="x" * transcribe.AT_ONCE_BYTES)
        self.site = AlieSite(root, Origins(()), self.reactor)

    def begin(self) -> Connection:
        """Sends a long one."""
        connection = Connection(self.site)
        connection.send(request(PATH, "POST", JSON, self.long_body))
        return connection

    def test_answered_when_done(self) -> None:
        """Not before; the time it took, waiting included, is told in milliseconds."""
        connection = self.begin()
        self.reactor.advance(0.25)
        self.pool.perform()
        self.assertEqual(connection.received(), b"")
        self.reactor.settle()
        response = connection.response()
        self.assertEqual((response.status, response.json()["meta"]["processingTime"]), (200, 250))
        self.assertEqual(response.json()["narrative"]["content"], EndToEndTests.EXPECTED)

    def test_errors_too(self) -> None:
        """As from a short one."""
        self.long_body = order({}, padding="x" * transcribe.AT_ONCE_BYTES)
        connection = self.begin()
        self.pool.perform()
        self.reactor.settle()
        self.assert_refused(connection.response(), 400, "INVALID_AWS_RESULT")

    def test_a_client_that_goes(self) -> None:
        """Nobody is answered, nothing is logged, the memory is free."""
        connection = self.begin()
        connection.transport.loseConnection()
        self.pool.perform()
        self.reactor.settle()
        self.assertEqual((self.site.bodies_bytes, connection.received()), (0, b""))

    def test_too_many(self) -> None:
        """503 at once, and the connection can be used again."""
        first, *_ = [self.begin() for _ in range(1 + MAX_WAITING)]
        refused = self.begin()
        self.assert_refused(refused.response(), 503, "CAPACITY")
        self.pool.perform()
        self.reactor.settle()
        self.assertEqual(first.response().status, 200)
        refused.send(request(PATH, "POST", JSON, self.long_body))
        self.assertEqual(refused.received(), b"")
