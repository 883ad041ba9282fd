"""Whether a bucket keeps what was promised of it: where it is, who may read it, and when it forgets.

Asked in a worker thread, of any client with boto3's methods. Sources: the S3 user guide, "Object lifecycle management",
"Using versioning", "Blocking public access", "Replicating objects", "Locking objects".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PREFIX = "alie-exports/"
LONGEST_DAYS = 1
_ABSENT = (
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "ReplicationConfigurationNotFoundError",
)


def complaint_of(client: Any, bucket: str, region: str) -> str | None:
    """Why nothing may be put into a bucket, in a sentence for the operator; None where it may.

    Args:
        client: boto3's for S3.
        bucket: its name.
        region: where it must be.

    Raises:
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: S3 does not answer, or not us.
    """
    # An empty answer is us-east-1, which has no constraint.
    place = client.get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
    if place != region:
        return f"The export bucket is in {place}, not in {region}"
    block = _unless_absent(client.get_public_access_block, bucket).get("PublicAccessBlockConfiguration", {})
    if not block or not all(block.values()):
        return "The export bucket does not block all public access"
    rules = _unless_absent(client.get_bucket_lifecycle_configuration, bucket).get("Rules", [])
    ours = [rule for rule in rules if _is_in_force(rule)]
    if not any(_days(rule, "Expiration", "Days") for rule in ours):
        return "The export bucket has no lifecycle rule that deletes exports within 24 hours"
    # A bucket that keeps versions, or has kept some, only hides what a rule expires.
    has_versions = client.get_bucket_versioning(Bucket=bucket).get("Status") is not None
    if has_versions and not any(_days(rule, "NoncurrentVersionExpiration", "NoncurrentDays") for rule in ours):
        return "The export bucket keeps versions, and no lifecycle rule deletes old ones within 24 hours"
    return _copies_of(client, bucket) if has_versions else None


def _copies_of(client: Any, bucket: str) -> str | None:
    """Why exports would stay, or be copied elsewhere: only buckets that keep versions can do either."""
    if _unless_absent(client.get_bucket_replication, bucket):
        return "The export bucket is replicated to another, which nobody deletes from"
    lock = _unless_absent(client.get_object_lock_configuration, bucket).get("ObjectLockConfiguration", {})
    return "The export bucket locks what is put into it: no rule could delete it" if lock.get("Rule") else None


def _is_in_force(rule: Mapping[str, Any]) -> bool:
    """Whether a rule covers every export: enabled, and bound to nothing narrower than their prefix."""
    where = rule.get("Filter", {"Prefix": rule.get("Prefix", "")})
    is_wide = not where or (set(where) == {"Prefix"} and PREFIX.startswith(where["Prefix"]))
    return rule.get("Status") == "Enabled" and is_wide


def _days(rule: Mapping[str, Any], action: str, unit: str) -> bool:
    days = rule.get(action, {}).get(unit)
    return isinstance(days, int) and 0 < days <= LONGEST_DAYS


def _unless_absent(ask: Any, bucket: str) -> Mapping[str, Any]:
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]

    try:
        answer: Mapping[str, Any] = ask(Bucket=bucket)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _ABSENT:
            return {}
        raise
    return answer
