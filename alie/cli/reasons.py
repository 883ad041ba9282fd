"""Why a server could not be reached or would not talk, in one sentence each for the operator."""

from __future__ import annotations

from OpenSSL.SSL import Error as TlsError
from service_identity import VerificationError
from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.internet.error import ConnectError, ConnectionRefusedError, DNSLookupError, TimeoutError
from twisted.web.client import ResponseFailed

from alie.cli.address import WEBSOCKET_PATH, Address
from alie.server_messages import Trouble

_STATUS = {
    403: Trouble(
        "FORBIDDEN",
        "The server refused this host name or origin (403): use its public name, or add this one to ALIE_HOSTS",
    ),
    404: Trouble("NOT_FOUND", f"Nothing at this path (404): Alie's WebSocket is at {WEBSOCKET_PATH}"),
    503: Trouble("CAPACITY", "The server takes no more connections now (503); try again shortly"),
}


class SessionFailed(Exception):
    """A session that could not be opened or did not come through.

    Attributes:
        trouble: why.
    """

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(f"{trouble.sentence} ({trouble.code})")


def unreachable(error: BaseException, address: Address) -> Trouble:
    """What a failed connection attempt means."""
    if isinstance(error, ResponseFailed) and error.reasons:
        error = error.reasons[0].value
    where = address.authority
    match error:
        case ConnectionRefusedError():
            return Trouble("UNREACHABLE", f"Nothing listens at {where}: is the daemon running?")
        case DNSLookupError():
            return Trouble("UNREACHABLE", f"The name {address.host} is not known")
        case TimeoutError() | WaitedTooLong():
            return Trouble("UNREACHABLE", f"{where} did not answer in time")
        case TlsError() | VerificationError():
            return Trouble("UNTRUSTED", f"No trusted TLS connection to {where}: {_tls_reason(error)}")
        case ConnectError():
            return Trouble("UNREACHABLE", f"{where} cannot be reached: {error}")
    return Trouble("UNREACHABLE", f"{where} does not answer as a web server does")


def refused(status: int) -> Trouble:
    """What an HTTP status means where an upgrade to WebSocket was asked for."""
    sentence = f"The server does not speak WebSocket at this path (HTTP {status})"
    return _STATUS.get(status) or Trouble("NO_WEBSOCKET", sentence)


def _tls_reason(error: TlsError | VerificationError) -> str:
    if isinstance(error, VerificationError):
        return "its certificate is for another name"
    # pyOpenSSL gives [(library, function, reason)]; the last is the most telling.
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return str(reasons[-1][-1]) if reasons else "the handshake failed"
