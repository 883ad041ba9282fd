"""Pages that send a token with every REST call and none on the socket, from another site than the daemon's, with
third-party cookies blocked: the ticket lets them in."""

from __future__ import annotations

from playwright.sync_api import Page
from twisted.trial.unittest import TestCase

from tests.e2e.cases import PATIENCE_MS
from tests.e2e.two_sites import API, OTHER_PAGE, PAGE, STRANGER, UNPARTITIONED, browser, two_sites

READY = ["connection_established", "stream_ready", "transcription_complete", 1000]
REFUSED = ["connection_established", "transcription_error AUTH_REQUIRED", 1008]
#: As the pages in production do: an authenticated call, if anybody is signed in; what it is answered.
CALL = """async ({ url, key }) => {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const answer = await fetch(url, { headers, credentials: "include" });
  return [answer.status, await answer.text()];
}"""
#: As they dictate: the bare URL. What the server says, and the code it closes with.
DICTATE = """(url) => new Promise((resolve) => {
  const said = [];
  const socket = new WebSocket(url);
  const send = (message) => socket.send(JSON.stringify(message));
  socket.onopen = () => send({ type: "start_transcription", languageCode: "fr-CA", sampleRate: 16000 });
  socket.onmessage = ({ data }) => {
    const { type, code } = JSON.parse(data);
    said.push(code ? `${type} ${code}` : type);
    if (type === "stream_ready") send({ type: "stop_transcription" });
  };
  socket.onclose = ({ code }) => resolve([...said, code]);
})"""


class TwoSitesTest(TestCase):
    """One browser that has no cookie of ours yet, and a page on another site."""

    def setUp(self) -> None:
        self.sites = two_sites()

    def open_page(self, host: str = PAGE, *, blocks_third_party_cookies: bool = True) -> Page:
        """Opens a page; the browser forgets its cookies when the test ends."""
        context = browser(blocks_third_party_cookies=blocks_third_party_cookies)
        page = context.new_page()
        self.addCleanup(context.clear_cookies)
        self.addCleanup(page.close)
        page.set_default_timeout(PATIENCE_MS)
        page.goto(self.sites.url(host))
        return page

    def call(
        self, page: Page, host: str = API, path: str = "/api/profile", *, signed_in: bool = True
    ) -> tuple[int, str]:
        """Makes a REST call; gives status and body."""
        key = self.sites.key if signed_in else None
        status, body = page.evaluate(CALL, {"url": self.sites.url(host) + path, "key": key})
        return status, body

    def dictate(self, page: Page, host: str = API) -> list[str | int]:
        """Dictates; gives what the server said, and its close code."""
        said: list[str | int] = page.evaluate(DICTATE, self.sites.url(host, "wss") + "/ws")
        return said


class TicketTests(TwoSitesTest):
    """The ticket goes with the upgrade, and nothing else is needed."""

    def test_signed_in(self) -> None:
        """After one authenticated call the page dictates; scripts never see the ticket."""
        page = self.open_page()
        self.assertEqual(self.call(page)[0], 200)
        self.assertEqual(self.dictate(page), READY)
        self.assertEqual(page.evaluate("document.cookie"), "")
        (cookie,) = page.context.cookies()
        self.assertEqual((cookie["name"], cookie["domain"], cookie["httpOnly"]), ("__Host-alie_ticket", API, True))

    def test_never_signed_in(self) -> None:
        """Without an authenticated call nobody dictates; a call without a token is none, whether answered or not."""
        page = self.open_page()
        self.assertEqual(self.call(page, path="/api/config", signed_in=False)[0], 200)
        self.assertEqual(self.call(page, signed_in=False)[0], 401)
        self.assertEqual(self.dictate(page), REFUSED)

    def test_of_another_site(self) -> None:
        """What a page earned is of no use to a page of another site, though that is configured as well."""
        self.call(self.open_page())
        page = self.open_page(OTHER_PAGE)
        self.assertEqual(self.dictate(page), REFUSED)
        self.call(page)
        self.assertEqual(self.dictate(page), READY)

    def test_stranger(self) -> None:
        """A page of an origin that is not configured is refused at the door, before any proof is looked at."""
        page = self.open_page(STRANGER)
        with page.expect_console_message(lambda message: "WebSocket" in message.text) as remark:
            self.assertEqual(self.dictate(page), [1006])
        self.assertIn("Unexpected response code: 403", remark.value.text)


class BlockingTests(TwoSitesTest):
    """Third-party cookies really are blocked here, so that it is `Partitioned` that lets the ticket through."""

    def test_control(self) -> None:
        """Of two cookies that differ in that word alone one comes back; both do where the user allows it."""
        for blocks, expected in ((True, "apart=1"), (False, "plain=1; apart=1")):
            page = self.open_page(blocks_third_party_cookies=blocks)
            self.call(page, path="/control", signed_in=False)
            self.assertEqual(self.call(page, path="/control", signed_in=False), (200, expected))

    def test_ticket_without_it(self) -> None:
        """The ticket of a daemon whose proxy takes the word away is not sent, but where the user allows it."""
        for blocks, expected in ((True, REFUSED), (False, READY)):
            page = self.open_page(blocks_third_party_cookies=blocks)
            self.assertEqual(self.call(page, UNPARTITIONED)[0], 200)
            self.assertEqual(self.dictate(page, UNPARTITIONED), expected)
