"""Which authorities a side of TLS trusts, out of a file."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

_CERTIFICATE = re.compile(b"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def trust(context: ssl.SSLContext, path: str) -> None:
    """Trusts the authorities in a PEM file, which may hold other text as well.

    Raises:
        ValueError: in a sentence, if the file cannot be read or holds no certificate.
    """
    try:
        found = _CERTIFICATE.findall(Path(path).read_bytes())
        if found:
            context.load_verify_locations(cadata=b"\n".join(found).decode("ascii"))
    except Exception as error:  # of the system, of OpenSSL or of the text
        raise ValueError(f"The authorities in {path} cannot be read ({type(error).__name__})") from None
    if not found:
        raise ValueError(f"There is no certificate in {path}")
