"""Tests of alie.engines.assembly: which engine is taken, why, and what takes over from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie import config
from alie.config import Config
from alie.engines.amazon.engine import AmazonEngine
from alie.engines.amazon.websocket import WebSocketTransport
from alie.engines.assembly import EngineChoiceError, build, choose
from alie.engines.embedded import EmbeddedEngine, ModelError
from alie.engines.interface import Engine
from alie.engines.supervisor import SupervisedEngine
from alie.errors import EngineRejected
from alie.speech import StreamSpec

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}


class AssemblyCase(SynchronousTestCase):
    """On a machine where nothing of AWS is configured."""

    def setUp(self) -> None:
        self.home = Path(self.mktemp())
        self.home.mkdir()

    def environ(self, **values: str) -> dict[str, str]:
        """The process's variables."""
        return {"HOME": str(self.home), "AWS_EC2_METADATA_DISABLED": "true", **values}

    def config(self, **values: str) -> Config:
        """What the daemon was told."""
        return config.read(values)


class ChoiceTests(AssemblyCase):
    """By what is configured, unless it is said; the reason says where audio goes."""

    def choose(self, is_installed: bool = True, keys: dict[str, str] | None = None, **values: str) -> tuple[str, str]:
        """Name and reason."""
        asked: list[str] = []

        def find(package: str) -> object | None:
            asked.append(package)
            return package if is_installed else None

        chosen = choose(self.config(**values), self.environ(**(keys or {})), find)
        self.assertEqual(set(asked), {"botocore"})
        return chosen

    def test_nothing_configured(self) -> None:
        name, reason = self.choose()
        self.assertEqual(name, "embedded")
        self.assertIn("no audio leaves this machine", reason)
        self.assertIn("No AWS credentials are configured.", reason)

    def test_credentials(self) -> None:
        """Where they are is told, never what they are."""
        name, reason = self.choose(keys=KEYS)
        self.assertEqual(name, "amazon")
        self.assertEqual(
            reason, "AWS credentials are in the environment; audio goes to Amazon Transcribe in ca-central-1."
        )

    def test_a_region_abroad(self) -> None:
        """It is said aloud, whoever asked for Amazon; Canada is not."""
        wide = {"ALIE_ALLOWED_REGIONS": "us-east-1,ca-west-1"}
        for values in ({"keys": KEYS}, {"ALIE_ENGINE": "amazon"}):
            self.assertIn("us-east-1, outside Canada.", self.choose(AWS_REGION="us-east-1", **wide, **values)[1])  # type: ignore[arg-type]
            self.assertNotIn("outside", self.choose(AWS_REGION="ca-west-1", **wide, **values)[1])  # type: ignore[arg-type]

    def test_credentials_without_the_library(self) -> None:
        """Dictation works all the same, and the operator reads why it is not Amazon."""
        name, reason = self.choose(is_installed=False, keys=KEYS)
        self.assertEqual(name, "embedded")
        self.assertIn("alie[amazon] is not installed", reason)

    def test_asked_for(self) -> None:
        """Whatever is configured: instance roles are found out about later."""
        name, reason = self.choose(ALIE_ENGINE="amazon")
        self.assertEqual((name, "ALIE_ENGINE asks for it" in reason), ("amazon", True))
        name, reason = self.choose(keys=KEYS, ALIE_ENGINE="embedded")
        self.assertEqual((name, "no audio leaves this machine" in reason), ("embedded", True))

    def test_asked_for_and_not_installed(self) -> None:
        """Another engine than the one that was asked for would be a surprise."""
        refusal = self.assertRaises(EngineChoiceError, self.choose, is_installed=False, ALIE_ENGINE="amazon")
        self.assertIn("pip install 'alie[amazon]'", str(refusal))

    def test_the_real_finder(self) -> None:
        """Of a package that these tests need themselves."""
        self.assertEqual(choose(self.config(), self.environ(**KEYS))[0], "amazon")


class BuildTests(AssemblyCase):
    """The engine and what takes over, none of it started."""

    def build(self, keys: dict[str, str] | None = None, **values: str) -> Engine:
        """The engine."""
        return build(Clock(), self.config(**values), self.environ(**(KEYS if keys is None else keys)))[0]

    def supervised(self, **values: str) -> SupervisedEngine:
        """One around Amazon."""
        engine = self.build(**values)
        assert isinstance(engine, SupervisedEngine)
        return engine

    def amazon(self, engine: Engine) -> AmazonEngine:
        """One that is Amazon."""
        assert isinstance(engine, AmazonEngine)
        return engine

    def test_embedded(self) -> None:
        """By itself: it needs no supervision."""
        self.assertIsInstance(self.build(keys={}), EmbeddedEngine)
        self.assertEqual(self.build(keys={}, ALIE_MAX_SESSIONS="7").seats, 7)

    def test_a_model_that_is_missing(self) -> None:
        """In a sentence; where the embedded engine would only take over, with the name that does without it."""
        folder = str(self.home)
        self.assertRaises(ModelError, self.build, keys={}, ALIE_MODEL_DIR=folder)
        refusal = self.assertRaises(EngineChoiceError, self.build, ALIE_MODEL_DIR=folder)
        self.assertIn("ALIE_FAILOVER", str(refusal))
        self.assertEqual(len(self.supervised(ALIE_MODEL_DIR=folder, ALIE_FAILOVER="off").engines), 1)

    def test_the_embedded_engine_takes_over(self) -> None:
        """Its seats come on top."""
        engine = self.supervised()
        primary, fallback = engine.engines
        self.assertEqual((engine.name, self.amazon(primary).options.fips), ("amazon", False))
        self.assertIsInstance(fallback, EmbeddedEngine)
        self.assertEqual(engine.seats, 25 + fallback.seats)

    def test_nothing_takes_over(self) -> None:
        engine = self.supervised(ALIE_FAILOVER="off")
        self.assertEqual((len(engine.engines), engine.seats), (1, 25))

    def test_the_region_s_other_host_takes_over(self) -> None:
        """Its streams count against the same quota."""
        engine = self.supervised(ALIE_FAILOVER="region")
        hosts = [self.amazon(one).options.address.host for one in engine.engines]
        self.assertEqual(
            hosts,
            ["transcribestreaming.ca-central-1.amazonaws.com", "transcribestreaming-fips.ca-central-1.amazonaws.com"],
        )
        self.assertEqual(engine.seats, 25)

    def test_numbers(self) -> None:
        """The quota is not used to its end: AWS counts streams a little longer than they last."""
        engine = self.supervised(
            ALIE_TRANSCRIBE_QUOTA="100", ALIE_TRANSCRIBE_OPENS_PER_SECOND="7", ALIE_FAILOVER_SECONDS="3"
        )
        governor = engine._governor
        self.assertEqual((governor.most, governor.opens_per_s, engine.policy.fail_over_after_s), (90, 7, 3))
        self.assertEqual(self.supervised(ALIE_TRANSCRIBE_QUOTA="1")._governor.most, 1)
        self.assertEqual(self.supervised(ALIE_MAX_SESSIONS="40").seats, 40)

    def test_how_much_may_wait(self) -> None:
        """The same for either engine, whichever hears it."""
        engine = self.supervised(ALIE_AHEAD_SECONDS="12")
        embedded = engine.engines[1]
        assert isinstance(embedded, EmbeddedEngine)
        waits = (engine.policy.ahead_s, engine.policy.ahead_low_s, embedded._policy.ahead_s)
        self.assertEqual(waits, (12, 6, 12))

    def test_the_fallback_has_the_seats_that_its_cores_can_serve(self) -> None:
        """However many sessions Amazon may have."""
        engine = self.supervised(ALIE_MAX_SESSIONS="40", ALIE_WORKERS="2")
        self.assertEqual(engine.engines[1].seats, self.supervised(ALIE_WORKERS="2").engines[1].seats)

    def test_transports(self) -> None:
        """Both are Amazon."""
        transports = [
            type(self.amazon(self.supervised(ALIE_TRANSCRIBE_TRANSPORT=name).engines[0]).transport)
            for name in ("websocket", "sdk")
        ]
        self.assertIs(transports[0], WebSocketTransport)
        self.assertIsNot(transports[1], WebSocketTransport)

    def test_authorities_that_cannot_be_used(self) -> None:
        """In a sentence."""
        broken = self.home / "ca.pem"
        broken.write_text("none")
        for file in (broken, self.home / "missing"):
            self.assertRaises(ValueError, self.build, ALIE_TRANSCRIBE_CA_FILE=str(file))

    def test_what_can_be_had_is_known_at_once(self) -> None:
        """Before anything is started: a session is refused at its start, not at its first word."""
        engine = self.supervised(ALIE_TRANSCRIBE_PII="redact")
        engine.check(StreamSpec("s", "fr-CA"))
        self.assertRaises(EngineRejected, engine.check, StreamSpec("s", "auto"))

    def test_the_reason_comes_along(self) -> None:
        told: Any = build(Clock(), self.config(), self.environ())
        self.assertEqual(told[1], choose(self.config(), self.environ())[1])
