"""A web server on loopback with answers that are given to it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answering:
    """Answers for as long as the `with` lasts; what it has no answer to is 404.

    Args:
        answers: status and body by path.
        date: in its Date header; None: now.

    Attributes:
        url: of it.
        asked: path and headers of each request.
        bodies: of each POST.
    """

    def __init__(self, answers: Mapping[str, tuple[int, bytes]], date: str | None = None) -> None:
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.bodies: list[bytes] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers.items())))
                status, body = answers.get(self.path, (404, b""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                outer.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.do_GET()

            def date_time_string(self, timestamp: float | None = None) -> str:
                return date or super().date_time_string(timestamp)

            def log_message(self, *arguments: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Answering:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
