"""The policies under etc/aws say what they should, and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.aws.judging import ACTIONS, opt_out
from alie.export.bucket import PREFIX

FOLDER = Path(__file__).parent.parent / "etc" / "aws"
STREAMING = sorted(ACTIONS.values())


def policy(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


def statement(name: str) -> dict[str, Any]:
    """The only one there is."""
    (only,) = policy(name)["Statement"]
    return dict(only)


class AwsPolicyTests(SynchronousTestCase):
    """Least privilege, in the form that AWS reads."""

    def test_all_are_statements_of_the_current_version(self) -> None:
        for path in FOLDER.glob("*.json"):
            if path.name.startswith(("ai-services", "export-lifecycle")):
                continue
            content = policy(path.name)
            self.assertEqual((sorted(content), content["Version"]), (["Statement", "Version"], "2012-10-17"))
            self.assertEqual(statement(path.name)["Effect"], "Allow")
            self.assertTrue(statement(path.name)["Sid"].isalnum())

    def test_streaming_in_one_region(self) -> None:
        """Both transports' actions, which know no resources, in ca-central-1."""
        self.assertEqual(
            {key: value for key, value in statement("iam-policy.json").items() if key != "Sid"},
            {
                "Effect": "Allow",
                "Action": STREAMING,
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestedRegion": "ca-central-1"}},
            },
        )

    def test_no_action_is_a_pattern(self) -> None:
        for path in FOLDER.glob("*.json"):
            if "Statement" in policy(path.name):
                actions = statement(path.name)["Action"]
                self.assertFalse([action for action in actions if "*" in action or "?" in action], path.name)

    def test_the_check_only_reads(self) -> None:
        verbs = {action.partition(":")[2] for action in statement("check-policy.json")["Action"]}
        self.assertFalse([verb for verb in verbs if not verb.startswith(("Get", "List", "Describe", "Simulate"))])

    def test_the_endpoint_lets_one_role_through(self) -> None:
        only = statement("vpc-endpoint-policy.json")
        self.assertEqual((only["Action"], only["Principal"]), (STREAMING, "*"))
        self.assertRegex(only["Condition"]["ArnEquals"]["aws:PrincipalArn"], r"^arn:aws:iam::\d{12}:role/alie$")

    def test_instances_only(self) -> None:
        only = statement("instance-trust-policy.json")
        self.assertEqual((only["Principal"], only["Action"]), ({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole"))

    def test_exports_are_gone_within_a_day(self) -> None:
        """The rule is one that the daemon accepts, for the place that the policy opens."""
        (rule,) = policy("export-lifecycle.json")["Rules"]
        self.assertEqual(
            (rule["Status"], rule["Filter"], rule["Expiration"]), ("Enabled", {"Prefix": PREFIX}, {"Days": 1})
        )
        self.assertEqual(rule["NoncurrentVersionExpiration"], {"NoncurrentDays": 1})
        places = statement("export-policy.json")["Resource"]
        self.assertEqual(
            [place.partition(":::")[2] for place in places], ["CLINIC-EXPORTS", f"CLINIC-EXPORTS/{PREFIX}*"]
        )

    def test_opt_out(self) -> None:
        """For every service there is and will be; for this one, whatever lies further down."""
        services = policy("ai-services-opt-out-policy.json")["services"]
        self.assertEqual(sorted(services), ["default", "transcribe"])
        choices = {name: entry["opt_out_policy"]["@@assign"] for name, entry in services.items()}
        self.assertEqual(set(choices.values()), {"optOut"})
        locked = services["transcribe"]["opt_out_policy"]["@@operators_allowed_for_child_policies"]
        self.assertEqual(locked, ["@@none"])
        # What AWS makes of it is what `alie check aws` wants to see.
        effective = {name: {"opt_out_policy": choice} for name, choice in choices.items()}
        self.assertEqual(opt_out(json.dumps({"services": effective})).state, "ok")


class AwsReadmeTests(SynchronousTestCase):
    """It says what each file is for."""

    def test_every_file_is_named(self) -> None:
        text = (FOLDER / "README.md").read_text(encoding="utf-8")
        for path in FOLDER.iterdir():
            if path.name != "README.md":
                self.assertIn(f"| `{path.name}` |", text)
