"""Deletes all versions of all objects of a bucket, for `force_destroy`."""

from typing import Any

from terraform_provider.framework.errors import ProviderError

AT_ONCE = 1000


def empty(s3: Any, bucket: str, *, is_locked: bool) -> None:
    """Errors: ProviderError with the first object that S3 did not delete."""
    bypass = {"BypassGovernanceRetention": True} if is_locked else {}
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": AT_ONCE})
    for page in pages:
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if is_locked:
            _release(s3, bucket, page.get("Versions", []))
        if not listed:
            continue
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in listed]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}, **bypass)
        for error in answer.get("Errors", []):
            raise ProviderError(
                f"emptying S3 Bucket ({bucket}): deleting {error.get('Key')} (version {error.get('VersionId')}): "
                f"{error.get('Code')}: {error.get('Message')}",
                "Delete the object by hand, then apply again.",
            )


def _release(s3: Any, bucket: str, versions: list[dict[str, Any]]) -> None:
    """End legal holds, which no permission overrides."""
    for each in versions:
        place = {"Bucket": bucket, "Key": each["Key"], "VersionId": each["VersionId"]}
        if s3.head_object(**place).get("ObjectLockLegalHoldStatus") == "ON":
            s3.put_object_legal_hold(LegalHold={"Status": "OFF"}, **place)
