"""Where AWS credentials seem to be, told from variables and files."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.configured import find_configured


class Configured(SynchronousTestCase):
    """Where credentials seem to be."""

    def setUp(self) -> None:
        self.home = Path(self.mktemp())
        (self.home / ".aws").mkdir(parents=True)
        self.vendor = self.home / "sys_vendor"

    def find(self, **environ: str) -> str | None:
        return find_configured({"HOME": str(self.home), **environ}, self.vendor)

    def test_nothing(self) -> None:
        self.assertIsNone(self.find())

    def test_keys_in_the_environment(self) -> None:
        self.assertEqual(self.find(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="s"), "the environment")
        self.assertIsNone(self.find(AWS_ACCESS_KEY_ID="a"))
        self.assertIsNone(self.find(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""))

    def test_a_named_profile(self) -> None:
        self.assertIn("profile", self.find(AWS_PROFILE="clinic") or "")
        self.assertIn("profile", self.find(AWS_DEFAULT_PROFILE="clinic") or "")

    def test_a_shared_file(self) -> None:
        (self.home / ".aws/credentials").write_text("[default]\naws_access_key_id = a\naws_secret_access_key = s\n")
        self.assertEqual(self.find(), "a shared credentials file")

    def test_a_role_in_the_shared_configuration(self) -> None:
        for key in ("role_arn", "credential_process", "sso_session", "sso_start_url", "login_session"):
            (self.home / ".aws/config").write_text(f"[default]\nregion = ca-central-1\n{key} = x\n")
            self.assertEqual(self.find(), "a shared credentials file", key)

    def test_a_configuration_that_leads_to_no_keys(self) -> None:
        for text in ("[default]\nregion = ca-central-1\n", "[profile other]\nrole_arn = x\n", "no section", "", "[x"):
            (self.home / ".aws/config").write_text(text)
            self.assertIsNone(self.find(), text)

    def test_files_elsewhere(self) -> None:
        elsewhere = self.home / "elsewhere"
        elsewhere.write_text("[default]\naws_access_key_id = a\n")
        self.assertIsNotNone(self.find(AWS_SHARED_CREDENTIALS_FILE=str(elsewhere)))
        self.assertIsNotNone(self.find(AWS_CONFIG_FILE=str(elsewhere)))
        self.assertIsNone(self.find(AWS_CONFIG_FILE=str(self.home)))

    def test_containers_and_web_identities(self) -> None:
        self.assertEqual(self.find(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/x"), "a container role")
        self.assertEqual(self.find(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://x"), "a container role")
        self.assertEqual(self.find(AWS_WEB_IDENTITY_TOKEN_FILE="/x", AWS_ROLE_ARN="arn"), "a web identity")
        self.assertIsNone(self.find(AWS_WEB_IDENTITY_TOKEN_FILE="/x"))

    def test_a_machine_of_amazons(self) -> None:
        self.vendor.write_text("Amazon EC2\n")
        self.assertEqual(self.find(), "an instance role")
        self.assertIsNone(self.find(AWS_EC2_METADATA_DISABLED="true"))
        self.vendor.write_text("QEMU\n")
        self.assertIsNone(self.find())

    def test_a_metadata_service_that_is_named(self) -> None:
        self.assertEqual(self.find(AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:1"), "an instance role")
        self.assertIsNone(
            self.find(AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:1", AWS_EC2_METADATA_DISABLED="TRUE")
        )
