"""A page on one site and the daemon on another, both behind a real nginx with TLS, as a clinic has them."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.e2e import shared
from tests.e2e.processes import TWISTD, Server
from tests.support.nginx import Nginx, listening_socket

#: Configured origins, of two sites.
PAGE, OTHER_PAGE = "page.clinic.test", "page.hospital.test"
#: An origin that is not configured.
STRANGER = "page.stranger.test"
API = "api.alie.test"
#: The same daemon, behind a proxy that takes `Partitioned` off every cookie.
UNPARTITIONED = "api.plain.test"
ALIE = Path(sys.executable).with_name("alie")
_HOSTS = (PAGE, OTHER_PAGE, STRANGER, API, UNPARTITIONED)
_SERVERS = """
  map $upstream_http_set_cookie $plain_cookie {{ "~^(?<kept>.*); Partitioned$" $kept; }}
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name {pages};
    default_type text/html;
    location / {{ return 200 "<!doctype html><title>Page</title>"; }}
  }}
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name {api};
    location / {{ proxy_pass {daemon}; }}
    # Two cookies that differ in one word, and what comes back of them.
    location = /control {{
      default_type text/plain;
      add_header Set-Cookie "plain=1; Path=/; Secure; HttpOnly; SameSite=None";
      add_header Set-Cookie "apart=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned";
      add_header Access-Control-Allow-Origin $http_origin;
      add_header Access-Control-Allow-Credentials true;
      return 200 "$http_cookie";
    }}
  }}
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name {unpartitioned};
    proxy_hide_header Set-Cookie;
    add_header Set-Cookie $plain_cookie;
    location / {{ proxy_pass {daemon}; }}
  }}
"""


class TwoSites:
    """The daemon, which owes proof and knows one access key, and nginx before it.

    Attributes:
        port: of all sites.
        key: good wherever a token is.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        listening = listening_socket()
        self.port = int(listening.getsockname()[1])
        state = Path(self._folder.name) / "state"
        settings = {
            "ALIE_STATE_DIR": str(state),
            "ALIE_HOSTS": f"{API},{UNPARTITIONED}",
            "AUTH_REQUIRED": "true",
            "WS_REQUIRE_AUTH": "true",
            "CORS_ALLOWED_ORIGINS": f"{self.url(PAGE)},{self.url(OTHER_PAGE)}",
        }
        environment = [f"{name}={value}" for name, value in settings.items()]
        self._daemon = Server("env", *environment, TWISTD, "--nodaemon", "--pidfile=", "alie")
        servers = _SERVERS.format(
            port=self.port,
            pages=f"{PAGE} {OTHER_PAGE} {STRANGER}",
            api=API,
            unpartitioned=UNPARTITIONED,
            daemon=self._daemon.url,
        )
        self._nginx = Nginx(listening, _HOSTS, servers)
        self.key = self._new_key(state)

    def _new_key(self, state: Path) -> str:
        command = [ALIE, "key", "new", "--user", "Dr Roy", "--clinic", "Clinique", "--state-dir", state]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def url(self, host: str, scheme: str = "https") -> str:
        """The origin of a site."""
        return f"{scheme}://{host}:{self.port}"

    def stop(self) -> None:
        """Ends all of it."""
        self._nginx.stop()
        self._daemon.stop()
        self._folder.cleanup()


@cache
def two_sites() -> TwoSites:
    """One for all tests."""
    sites = TwoSites()
    atexit.register(sites.stop)
    return sites


@cache
def browser(*, blocks_third_party_cookies: bool) -> BrowserContext:
    """A real Chromium with a profile of its own, in which the user has blocked third-party cookies, or allowed them."""
    profile = tempfile.TemporaryDirectory()
    atexit.register(profile.cleanup)
    preferences = Path(profile.name) / "Default" / "Preferences"
    preferences.parent.mkdir()
    # chrome://settings/cookies writes this: 0 allows all, 1 blocks those of third parties.
    preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": int(blocks_third_party_cookies)}}))
    context = shared.driver().chromium.launch_persistent_context(
        profile.name,
        executable_path=shared.CHROMIUM,
        args=[
            "--no-sandbox",
            "--host-resolver-rules=MAP *.test 127.0.0.1",
            "--ignore-certificate-errors",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--disable-quic",
            "--disable-gpu",
        ],
    )
    atexit.register(context.close)
    return context
