"""Missing objects: S3 reports them only to callers who may list the bucket. Call in moto's thread.

Source: S3 API reference, GetObject and HeadObject, "Permissions". It is not documented that the key counts as the
prefix of that list.
"""

from collections.abc import Iterator, Mapping

from localcloud.authorization.context import Context
from localcloud.authorization.needs import Need
from localcloud.authorization.resources import Place
from localcloud.enforcement.stored_resources import bucket_of

READING = ("GetObject", "GetObjectAttributes", "HeadObject")


def listing_needs(service: str, operation: str, parameters: Mapping[str, object], place: Place) -> Iterator[Need]:
    """Return the permission to list, when a request reads a missing object."""
    if service != "s3" or operation not in READING:
        return
    bucket = bucket_of(place.account_id, str(parameters.get("Bucket")))
    if bucket is not None and parameters.get("Key") not in bucket.keys:
        keys = Context({"s3:prefix": str(parameters.get("Key"))})
        yield Need(action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket.name}", keys=keys)
