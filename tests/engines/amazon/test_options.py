"""Hosts and values."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.options import Address, AmazonOptions


class Hosts(SynchronousTestCase):
    """Where a transport connects to."""

    def test_a_websocket_goes_to_its_own_port(self) -> None:
        options = AmazonOptions(region="ca-central-1")
        self.assertEqual(options.url, "wss://transcribestreaming.ca-central-1.amazonaws.com:8443")
        self.assertEqual(options.address, Address("transcribestreaming.ca-central-1.amazonaws.com", 8443, True))

    def test_the_sdk_goes_to_the_usual_port(self) -> None:
        options = AmazonOptions(region="us-east-1", transport="sdk")
        self.assertEqual(options.url, "https://transcribestreaming.us-east-1.amazonaws.com")
        self.assertEqual(options.address.port, 443)

    def test_fips_has_a_host_of_its_own(self) -> None:
        self.assertEqual(AmazonOptions(fips=True).address.host, "transcribestreaming-fips.ca-central-1.amazonaws.com")

    def test_a_named_endpoint_wins_whatever_its_scheme(self) -> None:
        for scheme in ("https", "wss"):
            options = AmazonOptions(endpoint=f"{scheme}://vpce-1.example.com:9000/", fips=True)
            self.assertEqual(options.url, "wss://vpce-1.example.com:9000")
            self.assertEqual(replace(options, transport="sdk").url, "https://vpce-1.example.com:9000")

    def test_a_named_endpoint_without_a_port_has_that_of_the_transport(self) -> None:
        options = AmazonOptions(endpoint="https://vpce-1.example.com")
        self.assertEqual(options.url, "wss://vpce-1.example.com:8443")
        self.assertEqual(replace(options, transport="sdk").url, "https://vpce-1.example.com")

    def test_loopback_may_do_without_tls(self) -> None:
        self.assertEqual(AmazonOptions(endpoint="http://127.0.0.1:5000").url, "ws://127.0.0.1:5000")
        self.assertEqual(AmazonOptions(endpoint="ws://[::1]:5000").url, "ws://[::1]:5000")
        self.assertEqual(AmazonOptions(endpoint="ws://[::1]:5000").address.host, "::1")
        self.assertEqual(AmazonOptions(endpoint="ws://localhost", transport="sdk").url, "http://localhost:80")

    def test_other_endpoints_are_refused(self) -> None:
        for endpoint in (
            "http://vpce-1.example.com",
            "ftp://127.0.0.1",
            "vpce-1.example.com",
            "https://",
            "https://host:0",
            "https://host:99999",
            "https://host:port",
            "https://user@host",
            "https://host/path",
            "https://host?query",
            "https://host#fragment",
            "https://[::1",
        ):
            with self.assertRaises(ValueError, msg=endpoint) as caught:
                AmazonOptions(endpoint=endpoint)
            self.assertIn("endpoint must be", str(caught.exception))

    def test_the_other_endpoint_of_a_region_is_its_fips_host(self) -> None:
        options = AmazonOptions(region="ca-central-1", pii="redact")
        other = options.other_endpoint()
        self.assertEqual(other, replace(options, fips=True))

    def test_who_asked_for_a_host_gets_no_other(self) -> None:
        self.assertIsNone(AmazonOptions(fips=True).other_endpoint())
        self.assertIsNone(AmazonOptions(endpoint="https://vpce-1.example.com").other_endpoint())
        self.assertIsNone(AmazonOptions(region="eu-west-1").other_endpoint())


class Values(SynchronousTestCase):
    """What may be said."""

    def test_words_that_mean_nothing_are_refused_by_name(self) -> None:
        for name in ("transport", "stability", "pii", "filter_method"):
            with self.assertRaises(ValueError) as caught:
                AmazonOptions(**{name: "loud"})  # type: ignore[arg-type]
            self.assertIn(f"{name} must be one of", str(caught.exception))

    def test_partials_are_withheld_wherever_personal_information_is_looked_for(self) -> None:
        self.assertFalse(AmazonOptions().withholds_partials)
        self.assertTrue(AmazonOptions(pii="identify").withholds_partials)
        self.assertTrue(AmazonOptions(pii="redact").withholds_partials)
