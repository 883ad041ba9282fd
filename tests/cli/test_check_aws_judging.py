"""`alie check aws`: what it makes of answers, and how it tells it."""

from __future__ import annotations

import io
import json
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.aws import settings
from alie.cli.aws.checkup import without_session
from alie.cli.aws.command import report
from alie.cli.aws.finding import FAILED, OK, UNKNOWN, WARNING, Finding, line
from alie.cli.aws.judging import clock, opt_out, permissions, quotas, region
from alie.engines.amazon.options import AmazonOptions
from alie.transcribe_settings import EngineSettings
from tests.cli.aws_answers import HTTP2, WEBSOCKET, evaluation, states


class JudgingTests(SynchronousTestCase):
    """From answers to findings."""

    def test_clock(self) -> None:
        """AWS refuses five minutes, whichever way."""
        for skew_s, state in ((0, OK), (119, OK), (-120, WARNING), (299, WARNING), (300, FAILED), (-4000, FAILED)):
            self.assertEqual(clock(skew_s).state, state, skew_s)
        self.assertIn("behind", clock(-200).detail)
        self.assertIn("ahead", clock(200).detail)

    def test_region(self) -> None:
        """One is in Québec, one has no service, all others are abroad."""
        found = {name: region(name).state for name in ("ca-central-1", "ca-west-1", "us-east-1")}
        self.assertEqual(found, {"ca-central-1": OK, "ca-west-1": FAILED, "us-east-1": WARNING})

    def test_permissions(self) -> None:
        """What the other transport needs fails nothing."""
        results = [evaluation(HTTP2, "implicitDeny"), evaluation(WEBSOCKET, "allowed")]
        self.assertEqual(states(permissions(results, "websocket")), [OK, WARNING])
        self.assertEqual(states(permissions(results, "sdk")), [OK, FAILED])
        self.assertEqual(states(permissions([], "sdk")), [UNKNOWN, UNKNOWN])

    def test_why_not(self) -> None:
        """Each reason has a remedy of its own."""
        above = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
        outside = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}
        for decision, more, told in (
            ("implicitDeny", {}, "iam-policy.json"),
            ("explicitDeny", {}, "Deny statement"),
            ("implicitDeny", above, "organization"),
            ("implicitDeny", outside, "boundary"),
        ):
            finding, _ = permissions([evaluation(WEBSOCKET, decision, **more)], "websocket")
            self.assertEqual(finding.state, FAILED)
            self.assertIn(told, finding.advice)

    def test_quota(self) -> None:
        """Only ours count, and only those of the transport that is used."""
        found = [
            {"QuotaName": "Number of concurrent WebSocket requests", "Value": 25.0},
            {"QuotaName": "Number of concurrent HTTP/2 requests", "Value": 50.0},
            {"QuotaName": "Number of concurrent medical WebSocket requests", "Value": 1.0},
            {"QuotaName": "Total number of vocabularies", "Value": 1.0},
        ]
        for transport, streams, state in (
            ("websocket", 25, OK),
            ("websocket", 26, WARNING),
            ("sdk", 26, OK),
            ("sdk", 51, WARNING),
        ):
            finding = quotas(found, transport, streams)
            self.assertEqual(finding.state, state, (transport, streams))
            self.assertIn("WebSocket requests: 25", finding.detail)
            self.assertNotIn("medical", finding.detail)
        self.assertEqual(quotas([], "websocket", 1).state, UNKNOWN)

    def test_opt_out(self) -> None:
        """The service's own entry counts before that for all; letters count large and small."""
        for services, state in (
            ({"default": {"opt_out_policy": "optOut"}}, OK),
            ({"default": {"opt_out_policy": "optIn"}, "transcribe": {"opt_out_policy": "optOut"}}, OK),
            ({"default": {"opt_out_policy": "optOut"}, "transcribe": {"opt_out_policy": "optIn"}}, WARNING),
            ({"transcribe": {"opt_out_policy": "optout"}}, WARNING),
            ({"lex": {"opt_out_policy": "optOut"}}, WARNING),
            ({}, WARNING),
        ):
            self.assertEqual(opt_out(json.dumps({"services": services})).state, state, services)
        for content in ("", "[]", "{}", '{"services": [1]}'):
            self.assertEqual(opt_out(content).state, UNKNOWN, content)

    def test_session_names_are_not_told(self) -> None:
        """They may be e-mail addresses."""
        role = "arn:aws:sts::123456789012:assumed-role/Reserved"
        self.assertEqual(without_session(f"{role}/who@example.org"), role)
        user = "arn:aws:iam::123456789012:user/path/alie"
        self.assertEqual(without_session(user), user)


class ReportTests(SynchronousTestCase):
    """How findings are told."""

    def test_lines(self) -> None:
        """What to do has a line of its own."""
        self.assertEqual(line(Finding("clock", OK, "0 s")), "ok       clock        0 s\n")
        self.assertEqual(
            line(Finding("region", FAILED, "none", "set one")),
            "failed   region       none\n         what to do: set one\n",
        )

    def test_status(self) -> None:
        """Only what failed counts."""
        well = [Finding("a", OK, ""), Finding("b", WARNING, ""), Finding("c", UNKNOWN, "")]
        self.assertEqual(report(well, "ca-central-1", None), 0)
        stdout = io.StringIO()
        self.assertEqual(report([*well, Finding("d", FAILED, "x", "y")], "ca-central-1", stdout), 1)
        content = json.loads(stdout.getvalue())
        self.assertEqual((content["ok"], content["region"], len(content["steps"])), (False, "ca-central-1", 4))
        self.assertEqual(content["steps"][3], {"step": "d", "state": "failed", "detail": "x", "advice": "y"})


class SettingsTests(SynchronousTestCase):
    """The daemon's own names."""

    def test_defaults(self) -> None:
        self.assertEqual(settings.read({}), EngineSettings())

    def test_names(self) -> None:
        """All that matter here."""
        values = {
            "AWS_REGION": "us-east-1",
            "ALIE_TRANSCRIBE_FIPS": "1",
            "ALIE_TRANSCRIBE_CA_FILE": "/ca.pem",
            "ALIE_TRANSCRIBE_TRANSPORT": "sdk",
        }
        expected = AmazonOptions(region="us-east-1", fips=True, ca_file="/ca.pem", transport="sdk")
        self.assertEqual(settings.read(values).amazon, expected)

    def test_faults(self) -> None:
        """In a sentence."""
        for name, text in (
            ("ALIE_TRANSCRIBE_ENDPOINT", "ftp://host"),
            ("ALIE_TRANSCRIBE_FIPS", "perhaps"),
            ("ALIE_TRANSCRIBE_TRANSPORT", "pigeon"),
        ):
            self.assertRaises(ValueError, settings.read, {name: text})

    def test_file(self) -> None:
        """The environment comes first; what is empty counts as not set."""
        path = Path(self.mktemp())
        path.write_text("AWS_REGION=us-east-1\nAWS_PROFILE=clinic\nEMPTY=\n")
        environ = {"AWS_REGION": "ca-central-1"}
        settings.add_file(environ, str(path))
        self.assertEqual(environ, {"AWS_REGION": "ca-central-1", "AWS_PROFILE": "clinic"})
