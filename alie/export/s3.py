"""Exports to S3: encrypted, in one region, deleted within a day, reached by a link that soon ends."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from alie.engines.bridge import Bridge, BridgeReactor, Pool
from alie.engines.scheduling import Kind
from alie.errors import Capacity, RetentionOff
from alie.export.bucket import PREFIX, complaint_of
from alie.export.interface import Link
from alie.guard_settings import ExportSettings
from alie.origins import is_loopback
from alie.principal import Principal
from alie.residency import Destination, Residency

MAX_WAITING = 8


def s3_client(region: str) -> Any:
    """boto3's client for S3: in the region itself, with signatures that S3 takes everywhere, and little patience."""
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(
        region_name=region,
        signature_version="s3v4",
        # Acceleration, which a profile may ask for, would take texts to whichever of AWS's edges is nearest.
        s3={
            "addressing_style": "virtual",
            "us_east_1_regional_endpoint": "regional",
            "use_accelerate_endpoint": False,
        },
        connect_timeout=5,
        read_timeout=10,
        retries={"max_attempts": 2},
    )
    return boto3.client("s3", config=config)


class S3Exporter:
    """See `alie.export.interface.Exporter`.

    Args:
        reactor: its clock and its `callFromThread`.
        settings: the bucket, and how long links are good.
        region: where the bucket must be.
        residency: which hosts are where texts may go, whatever boto3 was told of addresses.
        now: Unix time.
        client: makes boto3's client; called in the thread, once.
        pool: for tests; by default a thread of its own, since boto3 waits for the network.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: BridgeReactor,
        settings: ExportSettings,
        region: str,
        residency: Residency,
        now: Callable[[], float],
        client: Callable[[str], Any] = s3_client,
        pool: Pool | None = None,
    ) -> None:
        self._reactor = reactor
        self._settings = settings
        self._region = region
        self._residency = residency
        self._now = now
        self._make_client = client
        self._client: Any = None
        self._bridge = Bridge(reactor, 1, pool or ThreadPool(minthreads=0, maxthreads=1, name="alie-export"))
        self._problem: str | None = None

    def start(self) -> None:
        """Lets exports begin."""
        self._bridge.start()

    def stop(self) -> Deferred[None]:
        """Forgets what waits; fires when what is under way has ended. For once only."""
        return self._bridge.stop()

    def problems(self) -> list[str]:
        """Why the last export was refused; empty where it was not."""
        return [] if self._problem is None else [self._problem]

    async def export(self, principal: Principal, session_id: str, text: str) -> Link:
        """Puts a text into the bucket, if that is as promised at this moment; its name says nothing of whose it is.

        Raises:
            RetentionOff: it is not, or S3 refuses.
            Capacity: too many wait.
        """
        if self._bridge.queued_jobs >= MAX_WAITING:
            raise Capacity("Too many exports are being made; try again shortly")
        work = self._bridge.run(object(), Kind.FINAL, self._reactor.seconds(), lambda: self._put(text))
        found: str | Link = await work
        if isinstance(found, Link):
            self._problem = None
            return found
        self._problem = found
        self._log.error(
            "Nothing was exported for session {session_id}: {problem}",
            event="export.failed",
            session_id=session_id,
            problem=found,
        )
        raise RetentionOff("Nothing was exported: the export bucket cannot be used")

    # -- in the thread -------------------------------------------------------------------------------------------------

    def _put(self, text: str) -> str | Link:
        """The link, or why there is none."""
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        try:
            self._client = self._client or self._make_client(self._region)
            place = {"Bucket": self._settings.bucket, "Key": f"{PREFIX}{uuid.uuid4()}.txt"}
            link = self._link(place)
            problem = self._address_complaint(link.url)
            problem = problem or complaint_of(self._client, self._settings.bucket, self._region)
            return problem or self._upload(place, text, link)
        except ClientError as error:
            # The code only: what S3 says may hold parts of the request.
            return f"S3 refused: {error.response.get('Error', {}).get('Code', 'unknown')}"
        except BotoCoreError as error:
            return f"S3 could not be asked: {type(error).__name__}"

    def _address_complaint(self, url: str) -> str | None:
        """Why nothing may go where boto3 would take it; a link has the host that uploads go to."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not is_loopback(host):
            return "S3 would be asked without TLS"
        return self._residency.complaint(Destination("Exports", host))

    def _link(self, place: Mapping[str, str]) -> Link:
        wanted = {**place, "ResponseContentDisposition": 'attachment; filename="dictation.txt"'}
        url = self._client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=self._settings.link_s)
        expires_at = datetime.fromtimestamp(self._now() + self._settings.link_s, UTC)
        return Link(url, expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"))

    def _upload(self, place: Mapping[str, str], text: str, link: Link) -> Link:
        self._client.put_object(
            **place,
            Body=text.encode(),
            ContentType="text/plain; charset=utf-8",
            CacheControl="no-store",
            ServerSideEncryption="AES256",
        )
        return link
