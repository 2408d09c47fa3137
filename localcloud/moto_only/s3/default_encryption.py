"""Default encryption of S3: since January 2023 every bucket without a setting of its own encrypts with SSE-S3."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from localcloud.moto.patching import wrap

if TYPE_CHECKING:
    from moto.s3.models import FakeKey, S3Backend

ALGORITHM = "AES256"


def patch() -> None:
    """Give buckets and objects SSE-S3, which moto's lack."""
    from moto.s3.models import S3Backend

    wrap(S3Backend, "get_bucket_encryption", _with_default)
    wrap(S3Backend, "put_object", _encrypted)


def _with_default(get: Callable[..., dict[str, object] | None]) -> Callable[..., dict[str, object]]:
    @wraps(get)
    def get_bucket_encryption(self: "S3Backend", bucket_name: str) -> dict[str, object]:
        default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": ALGORITHM}, "BucketKeyEnabled": "false"}
        return get(self, bucket_name) or {"Rule": default}

    return get_bucket_encryption


def _encrypted(put: Callable[..., "FakeKey"]) -> Callable[..., "FakeKey"]:
    @wraps(put)
    def put_object(self: "S3Backend", *arguments: object, **named: object) -> "FakeKey":
        stored = put(self, *arguments, **named)
        stored.encryption = stored.encryption or ALGORITHM
        return stored

    return put_object
