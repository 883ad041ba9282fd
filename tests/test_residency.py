"""Tests of alie.residency: which hosts are where, and which of them audio may go to."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import config
from alie.errors import EngineUnavailable
from alie.guard_settings import ResidencySettings
from alie.guarding import ResidencyGuard
from alie.residency import LOCAL, Destination, Residency, place_of

CANADA = Residency(ResidencySettings())


class RegionTests(SynchronousTestCase):
    """A host's region is told by its name, or declared."""

    def test_told_by_the_name(self) -> None:
        """Hosts of AWS."""
        for host, region in (
            ("transcribestreaming.ca-central-1.amazonaws.com", "ca-central-1"),
            ("transcribestreaming-fips.ca-central-1.amazonaws.com", "ca-central-1"),
            ("transcribestreaming.ca-central-1.api.aws", "ca-central-1"),
            ("TranscribeStreaming.CA-Central-1.AmazonAWS.com.", "ca-central-1"),
            ("vpce-01-ab.transcribestreaming.ca-central-1.vpce.amazonaws.com", "ca-central-1"),
            ("clinic-exports.s3.ca-west-1.amazonaws.com", "ca-west-1"),
            ("transcribestreaming.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            ("transcribe.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("s3.amazonaws.com", None),
            ("ca-central-1.example.com", None),
            ("transcribestreaming.ca-central-1.amazonaws.com.evil.com", None),
            ("ca-central-1.amazonaws.com.evil", None),
            ("abcdefgh.supabase.co", None),
            ("203.0.113.9", None),
        ):
            self.assertEqual(CANADA.region_of(host), region, host)

    def test_this_machine(self) -> None:
        """By any of its names."""
        for host in ("localhost", "127.0.0.1", "::1", "simulator.localhost"):
            self.assertEqual(CANADA.region_of(host), LOCAL)

    def test_declared(self) -> None:
        """For names that do not tell; never against those that do."""
        oregon = "transcribestreaming.us-west-2.amazonaws.com"
        declared = {"abcdefgh.supabase.co": "ca-central-1", oregon: "ca-central-1"}
        residency = Residency(ResidencySettings(host_regions=declared))
        self.assertEqual(residency.region_of("ABCDEFGH.supabase.co"), "ca-central-1")
        self.assertEqual(residency.region_of(oregon), "us-west-2")
        self.assertTrue(residency.is_attested("abcdefgh.supabase.co"))
        self.assertFalse(residency.is_attested(oregon))

    def test_provinces(self) -> None:
        """Québec's law asks before anything leaves Québec."""
        self.assertEqual(place_of("ca-central-1"), "ca-central-1 (Québec, Canada)")
        self.assertEqual(place_of("ca-west-1"), "ca-west-1 (Alberta, Canada)")
        self.assertIn("outside Canada", place_of("us-east-1"))


class StartTests(SynchronousTestCase):
    """A daemon that would send anything elsewhere does not start."""

    def complaints(self, **values: str) -> list[str]:
        """What is complained of."""
        try:
            config.read(values)
        except config.ConfigError as error:
            return error.complaints
        return []

    def test_region(self) -> None:
        """Only those that are allowed."""
        for region in ("us-east-1", "ca-west-1", "eu-west-1"):
            (complaint,) = self.complaints(AWS_REGION=region)
            self.assertIn(region, complaint)
            self.assertIn("ALIE_ALLOWED_REGIONS", complaint)
        self.assertEqual(self.complaints(AWS_REGION="ca-west-1", ALIE_ALLOWED_REGIONS="ca-central-1,ca-west-1"), [])

    def test_endpoint(self) -> None:
        """A host in another region, or in nobody knows which."""
        abroad = "https://vpce-1.transcribestreaming.us-east-1.vpce.amazonaws.com"
        at_home = "https://vpce-1.transcribestreaming.ca-central-1.vpce.amazonaws.com"
        self.assertEqual(len(self.complaints(ALIE_TRANSCRIBE_ENDPOINT=abroad)), 1)
        self.assertEqual(self.complaints(ALIE_TRANSCRIBE_ENDPOINT=at_home), [])
        (complaint,) = self.complaints(ALIE_TRANSCRIBE_ENDPOINT="https://proxy.clinic.lan")
        self.assertIn("ALIE_HOST_REGIONS", complaint)
        declared = {"ALIE_HOST_REGIONS": "proxy.clinic.lan=ca-central-1"}
        self.assertEqual(self.complaints(ALIE_TRANSCRIBE_ENDPOINT="https://proxy.clinic.lan", **declared), [])
        self.assertEqual(self.complaints(ALIE_TRANSCRIBE_ENDPOINT="ws://127.0.0.1:9999"), [])

    def test_unused_endpoint(self) -> None:
        """Nothing is sent there."""
        abroad = "https://transcribestreaming.us-east-1.amazonaws.com"
        self.assertEqual(self.complaints(ALIE_TRANSCRIBE_ENDPOINT=abroad, ALIE_ENGINE="embedded"), [])

    def test_supabase(self) -> None:
        """Its name does not tell: declared elsewhere it is refused, undeclared it is left to the statement."""
        project = {"SUPABASE_URL": "https://abcdefgh.supabase.co"}
        self.assertEqual(self.complaints(**project), [])
        self.assertEqual(self.complaints(**project, ALIE_HOST_REGIONS="abcdefgh.supabase.co=ca-central-1"), [])
        (complaint,) = self.complaints(**project, ALIE_HOST_REGIONS="abcdefgh.supabase.co=us-east-1")
        self.assertIn("What users save", complaint)


class GuardTests(SynchronousTestCase):
    """While it runs."""

    def test_a_change_refuses_dictations(self) -> None:
        """From the next one on, and the operator is told."""
        hosts = ["transcribestreaming.ca-central-1.amazonaws.com"]
        guard = ResidencyGuard(CANADA, lambda: tuple(hosts))
        guard.check()
        self.assertEqual(guard.problems(), [])
        hosts.append("transcribestreaming.us-east-1.amazonaws.com")
        self.assertRaises(EngineUnavailable, guard.check)
        self.assertIn("us-east-1", guard.problems()[0])
        hosts.pop()
        guard.check()

    def test_a_complaint_names_what(self) -> None:
        """And where."""
        complaint = CANADA.complaint(Destination("Exports", "s3.amazonaws.com")) or ""
        self.assertIn("Exports would go to s3.amazonaws.com", complaint)
