"""Connections to where others reach the daemon, and to the services that it uses: blocking, with deadlines."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

import alie
from alie.cli.address import Address

TIMEOUT_S = 8.0
MAX_BODY_BYTES = 4 << 20
_OPEN = "see whether a firewall, or a security group, lets packets through to TCP port"


class Unreached(Exception):
    """Nobody answers; the text says who and why, in a sentence.

    Attributes:
        advice: what to do about it.
    """

    def __init__(self, sentence: str, advice: str) -> None:
        super().__init__(sentence)
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Answer:
    """What a web server answered.

    Attributes:
        status: of HTTP.
        headers: names in lower case.
        body: at most 4 MB of it.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


def open_socket(address: Address, connect_to: tuple[str, int] | None, timeout_s: float = TIMEOUT_S) -> socket.socket:
    """A connection, without TLS yet.

    Args:
        address: of the server.
        connect_to: host and port to go to in its place; None: there.
        timeout_s: for each wait.

    Raises:
        Unreached: there is none.
    """
    host, port = connect_to or (address.host, address.port)
    try:
        return socket.create_connection((host, port), timeout_s)
    except socket.gaierror:
        raise Unreached(
            f"the name {host} is not known", "correct it, or see the DNS: its zone, /etc/resolv.conf"
        ) from None
    except ConnectionRefusedError:
        raise Unreached(f"nothing listens on {host} port {port}", "see whether its server runs") from None
    except TimeoutError:
        raise Unreached(f"{host} port {port} does not answer", f"{_OPEN} {port}") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreached(f"{host} port {port} cannot be reached: {reason}", f"{_OPEN} {port}") from None


def any_certificate() -> ssl.SSLContext:
    """TLS with whoever is there: for looks that send nothing of anybody's; the certificate has a look of its own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def get(
    address: Address,
    path: str,
    context: ssl.SSLContext,
    connect_to: tuple[str, int] | None = None,
    headers: Mapping[str, str] = {},
    body: bytes | None = None,
) -> Answer:
    """Asks once, follows nothing. With `body`, posts it as JSON.

    Raises:
        Unreached: no answer.
    """
    connection = http.client.HTTPConnection(address.host, address.port, timeout=TIMEOUT_S)
    with closing(open_socket(address, connect_to)) as tcp:
        try:
            connection.sock = context.wrap_socket(tcp, server_hostname=address.host) if address.is_secure else tcp
            sent = {"Host": address.authority, "User-Agent": f"alie/{alie.__version__}", **headers}
            sent |= {} if body is None else {"Content-Type": "application/json"}
            connection.request("GET" if body is None else "POST", path, body, sent)
            answer = connection.getresponse()
            told = {name.lower(): text for name, text in answer.getheaders()}
            return Answer(answer.status, told, answer.read(MAX_BODY_BYTES))
        except ssl.SSLCertVerificationError as error:
            sentence = f"{address.authority} is not trusted: {error.verify_message}"
            raise Unreached(sentence, "see its certificate; of an authority of your own, trust its root here") from None
        except (OSError, http.client.HTTPException) as error:
            sentence = f"{address.authority} does not answer as a web server ({type(error).__name__})"
            raise Unreached(sentence, "see its log") from None
        finally:
            connection.close()
