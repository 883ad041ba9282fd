"""Where audio and data may go: regions by host name, and what the operator has declared of the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alie.guard_settings import ResidencySettings
from alie.origins import is_loopback

LOCAL = "this machine"
# Names of AWS: SERVICE.REGION.amazonaws.com, FIPS and dual-stack hosts, interface endpoints, buckets. What has no
# region in its name, such as s3.amazonaws.com, is in us-east-1 or anywhere. Source: botocore's endpoints.json.
_AWS = re.compile(r"(?:.+\.)?([a-z]{2}(?:-[a-z]+){1,2}-[0-9]{1,2})(?:\.vpce)?\.(?:amazonaws\.com(?:\.cn)?|api\.aws)")
_PROVINCES = {"ca-central-1": "Québec", "ca-west-1": "Alberta"}


@dataclass(frozen=True, slots=True)
class Destination:
    """A host that something is sent to.

    Attributes:
        what: is sent there, as a part of a sentence.
        host: its name or address.
        must_be_known: whether nothing may be sent while nobody knows where it is; what carries no audio may be left to
            the operator's word.
    """

    what: str
    host: str
    must_be_known: bool = True


class Residency:
    """Tells whether a destination is where audio and data may go.

    Args:
        settings: regions that are allowed, and regions that were declared.
    """

    def __init__(self, settings: ResidencySettings) -> None:
        self._allowed = settings.allowed_regions
        self._declared = settings.host_regions

    def region_of(self, host: str) -> str | None:
        """The region of a host: declared, or told by its name; `LOCAL` for this machine, None where nobody knows."""
        name = host.lower().rstrip(".")
        if is_loopback(name):
            return LOCAL
        told = _AWS.fullmatch(name)
        # What the name tells counts for more than a word: nobody can declare Oregon to be Montréal.
        return told[1] if told else self._declared.get(name)

    def is_attested(self, host: str) -> bool:
        """Whether only the operator's word says where a host is."""
        return self.region_of(host) != LOCAL and not _AWS.fullmatch(host.lower().rstrip("."))

    def allows(self, region: str) -> bool:
        """Whether a region is one of those allowed."""
        return region == LOCAL or region in self._allowed

    def complaint(self, destination: Destination) -> str | None:
        """Why nothing may be sent there, in a sentence; None where it may."""
        region = self.region_of(destination.host)
        if region is None and destination.must_be_known:
            return (
                f"{destination.what} would go to {destination.host}, and nothing says in which region that is: "
                "declare it in ALIE_HOST_REGIONS"
            )
        if region is None or self.allows(region):
            return None
        return (
            f"{destination.what} would go to {destination.host} in {region}, and ALIE_ALLOWED_REGIONS has only "
            f"{', '.join(self._allowed)}"
        )


def place_of(region: str) -> str:
    """A region in words, with its province where it is in Canada: the law asks about provinces, too (P-39.1, s. 17)."""
    if region in _PROVINCES:
        return f"{region} ({_PROVINCES[region]}, Canada)"
    return region if region == LOCAL or region.startswith("ca-") else f"{region} (outside Canada)"
