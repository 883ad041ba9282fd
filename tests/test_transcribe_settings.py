"""Tests of alie.transcribe_settings: how Amazon Transcribe is to be used, and what happens when it stays away."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.options import AmazonOptions
from alie.settings import Settings
from alie.transcribe_settings import EngineSettings, read_engine

REGION = "ca-central-1"
ALL = {
    "ALIE_ENGINE": "amazon",
    "ALIE_FAILOVER": "off",
    "ALIE_FAILOVER_SECONDS": "12",
    "ALIE_TRANSCRIBE_QUOTA": "200",
    "ALIE_TRANSCRIBE_OPENS_PER_SECOND": "25",
    "ALIE_TRANSCRIBE_ENDPOINT": "https://vpce-1.transcribestreaming.ca-central-1.vpce.amazonaws.com",
    "ALIE_TRANSCRIBE_CA_FILE": "/etc/alie/ca.pem",
    "ALIE_TRANSCRIBE_FIPS": "yes",
    "ALIE_TRANSCRIBE_TRANSPORT": "sdk",
    "ALIE_TRANSCRIBE_STABILITY": "low",
    "ALIE_TRANSCRIBE_VOCABULARIES": "fr-CA=alie-fr, en-US=alie-en",
    "ALIE_TRANSCRIBE_FILTERS": "fr-CA=mots",
    "ALIE_TRANSCRIBE_FILTER_METHOD": "tag",
    "ALIE_TRANSCRIBE_LANGUAGE_MODELS": "en-US=clinic",
    "ALIE_TRANSCRIBE_PII": "redact",
    "ALIE_TRANSCRIBE_PII_TYPES": "NAME, PHONE,BANK_ACCOUNT_NUMBER",
    "ALIE_TRANSCRIBE_PREFERRED_LANGUAGE": "fr-CA",
}


def complaints(region: str = REGION, **values: str) -> list[str]:
    """What is complained of."""
    settings = Settings(values)
    read_engine(settings, region)
    return settings.complaints


class ReadingTests(SynchronousTestCase):
    """From names to values."""

    def test_nothing_set(self) -> None:
        """The defaults of both classes; the region is the daemon's."""
        settings = Settings({})
        self.assertEqual(read_engine(settings, REGION), EngineSettings())
        self.assertEqual(read_engine(settings, "us-west-2").amazon.region, "us-west-2")
        self.assertEqual(settings.complaints, [])

    def test_everything_set(self) -> None:
        """Every name there is."""
        settings = Settings(ALL)
        found = read_engine(settings, REGION)
        self.assertEqual((settings.complaints, settings.unknown("ALIE_")), ([], []))
        self.assertEqual(settings.known, set(ALL))
        amazon = AmazonOptions(
            region=REGION,
            endpoint=ALL["ALIE_TRANSCRIBE_ENDPOINT"],
            ca_file="/etc/alie/ca.pem",
            fips=True,
            transport="sdk",
            stability="low",
            vocabularies={"fr-CA": "alie-fr", "en-US": "alie-en"},
            filters={"fr-CA": "mots"},
            filter_method="tag",
            language_models={"en-US": "clinic"},
            pii="redact",
            pii_types=("NAME", "PHONE", "BANK_ACCOUNT_NUMBER"),
            preferred_language="fr-CA",
        )
        self.assertEqual(found, EngineSettings("amazon", "off", 12, amazon, 200, 25))

    def test_endpoints(self) -> None:
        """https or wss, and without TLS on this machine only."""
        for good in ("wss://h.example", "https://h.example:8443/", "ws://127.0.0.1:9", "http://localhost:9"):
            self.assertEqual(complaints(ALIE_TRANSCRIBE_ENDPOINT=good), [], good)
        for bad in (
            "h.example",
            "http://h.example",
            "https://h.example/path",
            "ftp://h.example",
            "https://u@h.example",
        ):
            self.assertEqual(len(complaints(ALIE_TRANSCRIBE_ENDPOINT=bad)), 1, bad)

    def test_names_by_language(self) -> None:
        """Languages that are known, names as AWS allows."""
        for name in ("VOCABULARIES", "FILTERS", "LANGUAGE_MODELS"):
            for bad in ("alie-fr", "de-DE=alie", "fr-CA=", "fr-CA=a b", "=a", "fr-CA=" + "a" * 201, "fr-CA=a=b"):
                (complaint,) = complaints(**{f"ALIE_TRANSCRIBE_{name}": bad})
                self.assertIn("must be names by language", complaint)

    def test_words_that_are_not_known(self) -> None:
        """One complaint each; what is allowed is said, the value is not."""
        bad = {name: "sometimes" for name in ALL if name not in ("ALIE_TRANSCRIBE_CA_FILE",)}
        found = complaints(**bad)
        self.assertEqual(sorted(line.split()[0] for line in found), sorted(bad))
        self.assertNotIn("sometimes", " ".join(found))

    def test_numbers_have_bounds(self) -> None:
        for name, highest in (
            ("FAILOVER_SECONDS", 60),
            ("TRANSCRIBE_QUOTA", 10**5),
            ("TRANSCRIBE_OPENS_PER_SECOND", 10**4),
        ):
            for number, is_good in ((0, False), (1, True), (highest, True), (highest + 1, False)):
                self.assertEqual(complaints(**{f"ALIE_{name}": str(number)}) == [], is_good, (name, number))


class RegionTests(SynchronousTestCase):
    """Failover within a region needs another host there."""

    def test_where_there_is_one(self) -> None:
        self.assertEqual(complaints(ALIE_FAILOVER="region"), [])

    def test_where_there_is_none(self) -> None:
        """No FIPS host, already used, or the host was named."""
        for region, values in (
            ("ca-west-1", {}),
            (REGION, {"ALIE_TRANSCRIBE_FIPS": "on"}),
            (REGION, {"ALIE_TRANSCRIBE_ENDPOINT": "wss://h.example"}),
        ):
            (complaint,) = complaints(region, ALIE_FAILOVER="region", **values)
            self.assertIn("no other host", complaint)
            self.assertEqual(complaints(region, **values), [])
