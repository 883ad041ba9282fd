"""What Amazon Transcribe is to be used with: region, host, vocabularies, privacy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

WEBSOCKET_PORT = 8443
HTTP2_PORT = 443
STABILITIES = ("high", "medium", "low", "off")
PII_MODES = ("off", "identify", "redact")
FILTER_METHODS = ("remove", "mask", "tag")
TRANSPORTS = ("websocket", "sdk")

FIPS_REGIONS = ("ca-central-1", "us-east-1", "us-east-2", "us-west-2", "us-gov-east-1", "us-gov-west-1")
"""Regions with a FIPS host for streaming. Source: botocore's endpoints.json."""

_SCHEMES = {"wss": True, "https": True, "ws": False, "http": False}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a transport connects to.

    Attributes:
        host: name or address, without brackets.
        port: 1..65535.
        is_secure: whether by TLS; without it only on loopback.
    """

    host: str
    port: int
    is_secure: bool

    @property
    def netloc(self) -> str:
        """Host and port as in a URL and in the Host header; always with the port, which is signed."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class AmazonOptions:
    """How Amazon Transcribe is to be used.

    Attributes:
        region: of the service, such as "ca-central-1".
        endpoint: https or wss URL of another host (a VPC endpoint), or empty; on loopback http and ws will do.
        ca_file: PEM file of the authorities to trust instead of the system's, or empty.
        fips: whether to use the region's FIPS host.
        transport: "websocket" or "sdk".
        stability: of partial results: "high", "medium", "low" or "off".
        vocabularies: names of custom vocabularies, by language code.
        filters: names of vocabulary filters, by language code.
        filter_method: "remove", "mask" or "tag".
        language_models: names of custom language models, by language code.
        pii: "off", "identify" or "redact"; with either of the latter partial results are withheld.
        pii_types: which personal information, such as "NAME"; empty: all that the service knows.
        preferred_language: which language to presume while it is identified, or empty.

    Raises:
        ValueError: in a sentence, for a value outside these.
    """

    region: str = "ca-central-1"
    endpoint: str = ""
    ca_file: str = ""
    fips: bool = False
    transport: str = "websocket"
    stability: str = "high"
    vocabularies: Mapping[str, str] = field(default_factory=lambda: _NONE)
    filters: Mapping[str, str] = field(default_factory=lambda: _NONE)
    filter_method: str = "mask"
    language_models: Mapping[str, str] = field(default_factory=lambda: _NONE)
    pii: str = "off"
    pii_types: tuple[str, ...] = ()
    preferred_language: str = ""

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("transport", self.transport, TRANSPORTS),
            ("stability", self.stability, STABILITIES),
            ("pii", self.pii, PII_MODES),
            ("filter_method", self.filter_method, FILTER_METHODS),
        ):
            if value not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}")
        if self.endpoint:
            _parse_endpoint(self.endpoint)

    @property
    def address(self) -> Address:
        """Where the configured transport connects to."""
        port = WEBSOCKET_PORT if self.transport == "websocket" else HTTP2_PORT
        if self.endpoint:
            url = _parse_endpoint(self.endpoint)
            is_secure = _SCHEMES[url.scheme]
            return Address(url.hostname or "", url.port or (port if is_secure else 80), is_secure)
        host = "transcribestreaming-fips" if self.fips else "transcribestreaming"
        return Address(f"{host}.{self.region}.amazonaws.com", port, is_secure=True)

    @property
    def url(self) -> str:
        """Where the configured transport connects to, as a URL without a path: wss for WebSocket, https for the SDK."""
        if self.transport == "websocket":
            return f"{'wss' if self.address.is_secure else 'ws'}://{self.address.netloc}"
        scheme = "https" if self.address.is_secure else "http"
        is_default = self.address.is_secure and self.address.port == HTTP2_PORT
        return f"{scheme}://{self.address.netloc.removesuffix(f':{HTTP2_PORT}') if is_default else self.address.netloc}"

    @property
    def withholds_partials(self) -> bool:
        """Whether partial results must not be shown: the service protects personal information in finals only."""
        return self.pii != "off"

    def other_endpoint(self) -> AmazonOptions | None:
        """The same by the region's FIPS host, for when the standard one cannot be reached; None where there is none.

        Who asked for the FIPS host, or named a host, wants no other.
        """
        if self.endpoint or self.fips or self.region not in FIPS_REGIONS:
            return None
        return replace(self, fips=True)


def _parse_endpoint(endpoint: str) -> SplitResult:
    sentence = "endpoint must be an https:// or wss:// URL without a path"
    try:
        url = urlsplit(endpoint)
        port = url.port
    except ValueError:
        raise ValueError(sentence) from None
    is_plain = not _SCHEMES.get(url.scheme, True)
    if url.scheme not in _SCHEMES or not url.hostname or port == 0 or url.username is not None or url.query:
        raise ValueError(sentence)
    if url.path not in ("", "/") or url.fragment or (is_plain and url.hostname not in _LOOPBACK):
        raise ValueError(sentence)
    return url
