"""Where a server is."""

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.address import Address, parse


class ParseTests(SynchronousTestCase):
    """Every URL an operator may paste."""

    def test_without_a_path_the_websocket_is_where_alie_has_it(self) -> None:
        for url in ("http://h:3001", "http://h:3001/", "ws://h:3001"):
            self.assertEqual(parse(url), Address("h", 3001, False, "/ws/transcription"))

    def test_a_path_and_a_query_are_kept(self) -> None:
        self.assertEqual(parse("wss://h/ws?a=1").path, "/ws?a=1")
        self.assertEqual(parse("https://h/?a=1").path, "/ws/transcription?a=1")

    def test_the_scheme_decides_tls_and_port(self) -> None:
        self.assertEqual((parse("https://h").port, parse("https://h").is_secure), (443, True))
        self.assertEqual((parse("ws://h").port, parse("ws://h").is_secure), (80, False))

    def test_urls_of_both_sides(self) -> None:
        address = parse("wss://h:8443/ws")
        self.assertEqual(address.websocket_url, "wss://h:8443/ws")
        self.assertEqual(address.http_url("/healthz"), "https://h:8443/healthz")
        self.assertEqual(parse("https://h").websocket_url, "wss://h/ws/transcription")

    def test_an_ipv6_address_keeps_its_brackets_in_urls(self) -> None:
        address = parse("http://[::1]:3001")
        self.assertEqual(address.host, "::1")
        self.assertEqual(address.http_url("/x"), "http://[::1]:3001/x")

    def test_what_is_no_such_url_is_refused(self) -> None:
        for url in ("h:3001", "ftp://h", "http://", "http://h:port", "http://u:p@h", "ws://h/ws#x", "http://[::1"):
            with self.assertRaises(ValueError, msg=url):
                parse(url)
