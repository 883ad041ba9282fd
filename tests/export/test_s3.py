"""Tests of alie.export.s3 against moto's S3: nothing is put into a bucket that does not keep to what was promised."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

from moto import mock_aws
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from alie.errors import RetentionOff
from alie.export.bucket import PREFIX
from alie.export.interface import Link
from alie.export.s3 import S3Exporter, s3_client
from alie.guard_settings import ExportSettings, ResidencySettings
from alie.principal import SUPABASE, Principal
from alie.residency import Residency
from tests.engines.fakes import QueueReactor, ThreadlessPool

BUCKET, REGION = "clinic-exports", "ca-central-1"
TEXT = "Le patient tousse depuis zéphyrine."
ANNE = Principal("anne", SUPABASE)
DAY = {"ID": "day", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
VERSIONS = {"ID": "old", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


class ExportCase(SynchronousTestCase):
    """A bucket at moto's S3, made as a test wants it."""

    def setUp(self) -> None:
        keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        self.patch(os, "environ", {**os.environ, **keys})
        aws = mock_aws()
        aws.start()
        self.addCleanup(aws.stop)
        self.s3 = s3_client(REGION)
        self.reactor, self.pool = QueueReactor(), ThreadlessPool()
        residency = Residency(ResidencySettings())
        self.exporter = S3Exporter(
            self.reactor, ExportSettings(BUCKET, 600), REGION, residency, lambda: 1e9, pool=self.pool
        )
        self.exporter.start()

    def make(
        self,
        rules: tuple[dict[str, Any], ...] = (DAY,),
        region: str = REGION,
        block: dict[str, bool] | None = None,
        versioning: str | None = None,
    ) -> None:
        """Makes the bucket."""
        where = s3_client(region)
        extra = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        where.create_bucket(Bucket=BUCKET, **extra)
        where.put_public_access_block(
            Bucket=BUCKET, PublicAccessBlockConfiguration=CLOSED if block is None else {**CLOSED, **block}
        )
        if rules:
            where.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": list(rules)})
        if versioning:
            where.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": versioning})

    def export(self) -> Link:
        """One export."""
        work = Deferred.fromCoroutine(self.exporter.export(ANNE, "session", TEXT))
        self.pool.perform()
        self.reactor.settle()
        return self.successResultOf(work)

    def refusal(self) -> str:
        """Why an export is refused; nothing is in the bucket then."""
        logged: list[Any] = []
        globalLogPublisher.addObserver(logged.append)
        self.addCleanup(globalLogPublisher.removeObserver, logged.append)
        work = Deferred.fromCoroutine(self.exporter.export(ANNE, "session", TEXT))
        self.pool.perform()
        self.reactor.settle()
        self.failureResultOf(work, RetentionOff)
        self.assertNotIn("zéphyrine", repr(logged))
        (problem,) = self.exporter.problems()
        return problem


class ExportTests(ExportCase):
    """A bucket as promised."""

    def test_put_and_linked(self) -> None:
        """The text is there, encrypted, under a name of nobody; the link ends when it says."""
        self.make()
        link = self.export()
        (entry,) = self.s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        self.assertTrue(entry["Key"].startswith(PREFIX))
        self.assertNotIn("anne", entry["Key"])
        stored = self.s3.get_object(Bucket=BUCKET, Key=entry["Key"])
        self.assertEqual(stored["Body"].read().decode(), TEXT)
        self.assertEqual((stored["ServerSideEncryption"], stored["CacheControl"]), ("AES256", "no-store"))
        url = urlsplit(link.url)
        self.assertEqual((url.scheme, url.hostname), ("https", f"{BUCKET}.s3.{REGION}.amazonaws.com"))
        self.assertEqual(parse_qs(url.query)["X-Amz-Expires"], ["600"])
        self.assertEqual(link.expires_at, "2001-09-09T01:56:40Z")
        self.assertNotIn("http", repr(link))
        self.assertEqual(self.exporter.problems(), [])

    def test_a_rule_for_exports_only(self) -> None:
        """Is enough; one in the older form, too."""
        self.make(({**DAY, "Filter": {"Prefix": PREFIX}},))
        self.export()

    def test_versions_that_go_as_soon(self) -> None:
        """Are as good as none."""
        self.make((DAY, VERSIONS), versioning="Enabled")
        self.export()


class RefusalTests(ExportCase):
    """A bucket that is not as promised: nothing reaches it."""

    def assert_refused(self, part: str) -> None:
        """The reason holds this part, and nothing was put."""
        self.assertIn(part, self.refusal())

    def test_elsewhere(self) -> None:
        """Another region, be it in Canada."""
        self.make(region="ca-west-1")
        self.assert_refused("is in ca-west-1")

    def test_the_region_without_a_name(self) -> None:
        """us-east-1 says nothing of itself."""
        self.make(region="us-east-1")
        self.assert_refused("is in us-east-1")

    def test_public(self) -> None:
        """One of the four switches open is open."""
        for name in CLOSED:
            with self.subTest(name):
                self.make(block={name: False})
                self.assert_refused("public access")
                self.s3.delete_bucket(Bucket=BUCKET)

    def test_no_rule(self) -> None:
        """Exports would stay."""
        self.make(())
        self.assert_refused("no lifecycle rule")

    def test_rules_that_are_none(self) -> None:
        """Too late, switched off, or for something else."""
        for rule in (
            {**DAY, "Expiration": {"Days": 2}},
            {**DAY, "Status": "Disabled"},
            {**DAY, "Filter": {"Prefix": "other/"}},
            {**DAY, "Filter": {"Prefix": PREFIX + "a"}},
            {**DAY, "Filter": {"Tag": {"Key": "a", "Value": "b"}}},
            VERSIONS,
        ):
            with self.subTest(rule):
                self.make((rule,))
                self.assert_refused("no lifecycle rule")
                self.s3.delete_bucket(Bucket=BUCKET)

    def test_versions_that_stay(self) -> None:
        """Also where versions are kept no more: old ones may be there."""
        for status in ("Enabled", "Suspended"):
            with self.subTest(status):
                self.make(versioning=status)
                self.assert_refused("keeps versions")
                self.s3.delete_bucket(Bucket=BUCKET)

    def test_replicated(self) -> None:
        """A copy would be in another bucket, wherever that is."""
        self.make((DAY, VERSIONS), versioning="Enabled")
        self.s3.create_bucket(Bucket="copies", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_versioning(Bucket="copies", VersioningConfiguration={"Status": "Enabled"})
        rule = {"ID": "copy", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::copies"}}
        configuration = {"Role": "arn:aws:iam::111122223333:role/copier", "Rules": [rule]}
        self.s3.put_bucket_replication(Bucket=BUCKET, ReplicationConfiguration=configuration)
        self.assert_refused("is replicated")

    def test_locked(self) -> None:
        """What is locked no rule deletes."""
        self.make((DAY, VERSIONS), versioning="Enabled")
        years = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 7}}}
        self.s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=years)
        self.assert_refused("locks what is put")

    def test_an_address_elsewhere(self) -> None:
        """boto3 goes where its environment says; the bucket's own word, which comes from there, is worth nothing."""
        for address, part in (
            ("https://s3.us-east-1.amazonaws.com", f"{BUCKET}.s3.us-east-1.amazonaws.com in us-east-1"),
            ("https://keeper.example", "nothing says in which region"),
            (f"http://s3.{REGION}.amazonaws.com", "without TLS"),
        ):
            with self.subTest(address):
                self.patch(os, "environ", {**os.environ, "AWS_ENDPOINT_URL_S3": address})
                self.exporter._client = None
                self.assert_refused(part)

    def test_no_bucket(self) -> None:
        """S3's code is told to the operator, nothing of its text."""
        self.assertEqual(self.refusal(), "S3 refused: NoSuchBucket")

    def test_checked_each_time(self) -> None:
        """A rule that is removed ends exports."""
        self.make()
        self.export()
        self.s3.delete_bucket_lifecycle(Bucket=BUCKET)
        self.assertIn("no lifecycle rule", self.refusal())
        self.assertEqual(self.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"], 1)
