"""A stand-in for an advisory service, on loopback: OSV's query (google.github.io/osv.dev/post-v1-query)."""

import json
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from packaging.version import Version

# PYSEC-2024-75 as OSV has it: the parts that pip-audit reads.
TWISTED: dict[str, Any] = {
    "id": "PYSEC-2024-75",
    "aliases": ["CVE-2024-41671", "GHSA-c8m8-j448-xjx7"],
    "summary": "twisted.web has disordered HTTP pipeline response",
    "schema_version": "1.6.0",
    "affected": [
        {
            "package": {"name": "twisted", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "24.7.0rc1"}]}],
        }
    ],
}


def since(version: str) -> dict[str, Any]:
    """The same, as if it had come with `version` and nobody had mended it."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": version}]}]
    return {**TWISTED, "affected": [{**TWISTED["affected"][0], "ranges": ranges}]}


class Advisories:
    """Answers as OSV does, for as long as the `with` lasts.

    Args:
        records: what is known.
        status: of every answer.

    Attributes:
        asked: (name, version) of each question.
    """

    def __init__(self, records: Iterable[dict[str, Any]] = (), status: int = 200) -> None:
        self.asked: list[tuple[str, str]] = []
        service, known = self, tuple(records)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                name, version = query["package"]["name"], query["version"]
                service.asked.append((name, version))
                found = [one for one in known if _affects(one, name, version)]
                body = json.dumps({"vulns": found} if found else {}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/query"

    def __enter__(self) -> "Advisories":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _affects(record: dict[str, Any], name: str, version: str) -> bool:
    for affected in record["affected"]:
        events = {kind: Version(text) for event in affected["ranges"][0]["events"] for kind, text in event.items()}
        is_mended = "fixed" in events and Version(version) >= events["fixed"]
        if affected["package"]["name"] == name and Version(version) >= events["introduced"] and not is_mended:
            return True
    return False
