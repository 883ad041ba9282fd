"""`alie check aws`: what it asks AWS, and what it says of the answers."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import boto3  # type: ignore[import-untyped]
from botocore.stub import Stubber  # type: ignore[import-untyped]
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.cli.aws.account import Account
from alie.cli.aws.checkup import Checkup
from alie.cli.aws.command import WITHOUT_BOTO3
from alie.cli.aws.finding import FAILED, OK, UNKNOWN, WARNING, Finding
from alie.engines.amazon.options import AmazonOptions
from alie.transcribe_settings import EngineSettings
from tests.cli.aws_answers import HTTP2, WEBSOCKET, evaluation, states

SECRET = "secretkeythatmustnotbetold"
NOW_S = 1_790_000_000.0


class CheckupTests(SynchronousTestCase):
    """One walk, against answers in the form that AWS gives."""

    ROLE = "arn:aws:iam::123456789012:role/clinic/alie"
    ASSUMED = "arn:aws:sts::123456789012:assumed-role/alie/i-0123456789abcdef0"

    def setUp(self) -> None:
        session = boto3.session.Session("AKIAEXAMPLE", SECRET, region_name="ca-central-1")
        self.clients = {name: session.client(name) for name in ("sts", "iam", "service-quotas", "organizations")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()
        self.account = Account(session, "ca-central-1", self.clients.__getitem__)
        self.target = EngineSettings(amazon=AmazonOptions(endpoint="http://127.0.0.1:1"), quota=30)

    def answer_identity(self, arn: str, aws_s: float = NOW_S) -> None:
        date = format_datetime(datetime.fromtimestamp(aws_s, UTC), usegmt=True)
        metadata = {"HTTPHeaders": {"date": date}}
        self.stubs["sts"].add_response("get_caller_identity", {"Arn": arn, "ResponseMetadata": metadata})

    def answer_simulation(self, arn: str, *decisions: str) -> None:
        entry = {
            "ContextKeyName": "aws:RequestedRegion",
            "ContextKeyValues": ["ca-central-1"],
            "ContextKeyType": "string",
        }
        self.stubs["iam"].add_response(
            "simulate_principal_policy",
            {"EvaluationResults": [evaluation(*pair) for pair in zip((WEBSOCKET, HTTP2), decisions, strict=True)]},
            {"PolicySourceArn": arn, "ActionNames": [WEBSOCKET, HTTP2], "ContextEntries": [entry]},
        )

    def answer_all(self) -> None:
        self.answer_identity(self.ASSUMED)
        role = {"Path": "/clinic/", "RoleName": "alie", "RoleId": "A" * 20, "Arn": self.ROLE, "CreateDate": NOW_S}
        self.stubs["iam"].add_response("get_role", {"Role": role}, {"RoleName": "alie"})
        self.answer_simulation(self.ROLE, "allowed", "allowed")
        for more, page in (
            ({}, {"Quotas": [{"QuotaName": "Number of concurrent HTTP/2 requests", "Value": 25.0}], "NextToken": "n"}),
            ({"NextToken": "n"}, {"Quotas": [{"QuotaName": "Number of concurrent WebSocket requests", "Value": 25.0}]}),
        ):
            self.stubs["service-quotas"].add_response(
                "list_service_quotas", page, {"ServiceCode": "transcribe", **more}
            )
        content = json.dumps({"services": {"default": {"opt_out_policy": "optOut"}}})
        self.stubs["organizations"].add_response(
            "describe_effective_policy",
            {"EffectivePolicy": {"PolicyContent": content, "PolicyType": "AISERVICES_OPT_OUT_POLICY"}},
            {"PolicyType": "AISERVICES_OPT_OUT_POLICY"},
        )

    def refuse(self, service: str, question: str, code: str) -> None:
        self.stubs[service].add_client_error(question, code, f"{SECRET} in a message", http_status_code=400)

    def findings(self, now_s: float = NOW_S) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for step in Checkup(self.account, self.target, lambda: now_s).steps():
            for finding in step():
                found.setdefault(finding.step, []).append(finding)
        self.assertNotIn(SECRET, repr(found))
        return found

    def test_all_is_well(self) -> None:
        """Every question is asked once, the role's own ARN is simulated, and all pages of quotas are read."""
        self.answer_all()
        found = self.findings()
        seen = {step: states(findings) for step, findings in found.items() if step != "reach"}
        self.assertEqual(
            seen,
            {
                "credentials": [OK],
                "identity": [OK],
                "clock": [OK],
                "region": [OK],
                "permission": [OK, OK],
                "quota": [WARNING],  # 30 streams were configured
                "opt-out": [OK],
            },
        )
        self.assertEqual(found["identity"][0].detail, "arn:aws:sts::123456789012:assumed-role/alie")
        self.assertEqual(found["credentials"][0].detail, "found by the provider explicit")
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()

    def test_nothing_is_allowed(self) -> None:
        """Each is told with the action that is missing; nothing has failed."""
        self.answer_identity(self.ASSUMED)
        self.refuse("iam", "get_role", "AccessDenied")
        self.refuse("iam", "simulate_principal_policy", "AccessDenied")
        self.refuse("service-quotas", "list_service_quotas", "AccessDeniedException")
        self.refuse("organizations", "describe_effective_policy", "AccessDeniedException")
        found = self.findings()
        for step, action in (
            ("permission", "iam:SimulatePrincipalPolicy"),
            ("quota", "servicequotas:ListServiceQuotas"),
            ("opt-out", "organizations:DescribeEffectivePolicy"),
        ):
            (finding,) = found[step]
            self.assertEqual(finding.state, UNKNOWN)
            self.assertIn(action, finding.detail)
            self.assertIn("check-policy.json", finding.advice)

    def test_role_without_its_path(self) -> None:
        """Where IAM does not tell it, the role is taken to have none."""
        self.answer_identity(self.ASSUMED)
        self.refuse("iam", "get_role", "AccessDenied")
        self.answer_simulation("arn:aws:iam::123456789012:role/alie", "allowed", "implicitDeny")
        self.refuse("service-quotas", "list_service_quotas", "ServiceException")
        self.refuse("organizations", "describe_effective_policy", "AWSOrganizationsNotInUseException")
        found = self.findings()
        self.assertEqual(states(found["permission"]), [OK, WARNING])
        self.assertEqual((found["quota"][0].state, found["opt-out"][0].state), (UNKNOWN, WARNING))
        self.assertIn("no organization", found["opt-out"][0].detail)

    def test_user(self) -> None:
        """Is simulated as it is."""
        user = "arn:aws:iam::123456789012:user/alie"
        self.answer_identity(user)
        self.answer_simulation(user, "explicitDeny", "allowed")
        self.refuse("service-quotas", "list_service_quotas", "AccessDeniedException")
        self.refuse("organizations", "describe_effective_policy", "EffectivePolicyNotFoundException")
        found = self.findings()
        self.assertEqual(states(found["permission"]), [FAILED, OK])
        self.assertEqual((found["opt-out"][0].state, found["identity"][0].detail), (WARNING, user))

    def test_root(self) -> None:
        """May do everything, which is not well either."""
        self.answer_identity("arn:aws:iam::123456789012:root")
        self.refuse("service-quotas", "list_service_quotas", "AccessDeniedException")
        self.refuse("organizations", "describe_effective_policy", "AccessDeniedException")
        found = self.findings()
        self.assertEqual((found["identity"][0].state, found["permission"][0].state), (WARNING, OK))

    def test_clock_is_told_even_by_a_refusal(self) -> None:
        """A clock that is far off is the reason for it."""
        date = format_datetime(datetime.fromtimestamp(NOW_S, UTC), usegmt=True)
        self.stubs["sts"].add_client_error(
            "get_caller_identity", "SignatureDoesNotMatch", response_meta={"HTTPHeaders": {"date": date}}
        )
        found = self.findings(NOW_S + 1000)
        self.assertEqual((found["identity"][0].state, found["clock"][0].state), (FAILED, FAILED))
        self.assertEqual(found["permission"][0].detail, "needs credentials")

    def test_no_answer(self) -> None:
        """A machine that does not reach AWS does not know; what it needs to reach is told by other steps."""
        self.stubs["sts"].add_client_error("get_caller_identity", "ServiceUnavailable", http_status_code=503)
        self.assertEqual(states(self.findings()["identity"]), [UNKNOWN])

    def test_expired_keys(self) -> None:
        """That is a failure, and the clock is not to blame."""
        self.refuse("sts", "get_caller_identity", "ExpiredToken")
        found = self.findings()
        self.assertEqual((found["identity"][0].state, found["clock"][0].state), (FAILED, UNKNOWN))


class CommandTests(TestCase):
    """From the shell."""

    timeout = 60

    async def run_check(self, *arguments: str, before: str = "", **environment: str) -> tuple[int, str, str]:
        """Status, standard output, standard error; nothing outside this machine is asked."""
        code = f"{before}\nfrom alie.cli import main; main()"
        home = Path(self.mktemp()).absolute()
        home.mkdir()
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            **environment,
        }
        command = ["-c", code, "check", *arguments]
        out, err, status = await getProcessOutputAndValue(sys.executable, command, env=settings)
        return status, out.decode(), err.decode()

    def env_file(self, text: str) -> str:
        path = Path(self.mktemp()).absolute()
        path.write_text(text)
        return str(path)

    async def test_no_credentials(self) -> None:
        """What needs none is checked all the same, with the settings of the file."""
        name = self.env_file("ALIE_TRANSCRIBE_ENDPOINT=http://127.0.0.1:1\nAWS_REGION=ca-west-1\n")
        status, out, err = await self.run_check("aws", "--json", "--env-file", name)
        content = json.loads(out)
        seen = [(step["step"], step["state"]) for step in content["steps"]]
        expected = [
            ("credentials", FAILED),
            ("identity", UNKNOWN),
            ("clock", UNKNOWN),
            ("region", FAILED),
            ("reach", FAILED),
            ("permission", UNKNOWN),
            ("quota", UNKNOWN),
            ("opt-out", UNKNOWN),
        ]
        self.assertEqual((status, err, content["ok"], seen), (1, "", False, expected))

    async def test_lines(self) -> None:
        """Without --json, one for each finding."""
        name = self.env_file("ALIE_TRANSCRIBE_ENDPOINT=http://127.0.0.1:1\n")
        status, out, err = await self.run_check("aws", "--env-file", name)
        self.assertEqual((status, err), (1, ""))
        self.assertIn("failed   credentials  none were found\n         what to do: ", out)
        self.assertIn("ok       region       ca-central-1", out)

    async def test_without_boto3(self) -> None:
        """One line says what to install."""
        answer = await self.run_check("aws", before="import sys; sys.modules['boto3'] = None")
        self.assertEqual(answer, (1, "", WITHOUT_BOTO3))

    async def test_what_cannot_be_used(self) -> None:
        """Each in one line."""
        for arguments, environment, told in (
            (("aws", "--env-file", "/nonexistent"), {}, "/nonexistent"),
            (("aws",), {"ALIE_TRANSCRIBE_FIPS": "perhaps"}, "ALIE_TRANSCRIBE_FIPS"),
            (("aws",), {"AWS_PROFILE": "clinic"}, "clinic"),
        ):
            status, out, err = await self.run_check(*arguments, **environment)
            self.assertEqual((status, out, err.count("\n")), (1, "", 1), err)
            self.assertIn(told, err)

    async def test_env_file_is_for_aws(self) -> None:
        """A server is not asked by this machine's settings."""
        status, _, err = await self.run_check("http://127.0.0.1:1", "--env-file", "x")
        self.assertEqual(status, 2)
        self.assertIn("alie check aws", err)
