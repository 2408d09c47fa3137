"""S3: raw files, each with the checksum S3 verifies. botocore blocks, so every call runs in a thread."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import IO, Any

import anyio.to_thread
from anyio import CapacityLimiter

from app.platform.errors import UnavailableError
from app.stores import aws

ATTEMPTS = 3
CONCURRENT_CALLS = 10
DOWNLOAD_S = 3600
# A task's credentials are renewed when they have this long left, and what they signed expires with them.
UPLOAD_S = 900
CHUNK_BYTES = 256 * 1024
NOT_THERE = "NoSuchKey"
CHECKSUM_HEADER = "x-amz-checksum-sha256"


class AbsentError(Exception):
    """The bucket has no object with this key."""


class OtherContentError(Exception):
    """The object is not the expected one."""


class Storage:
    """A bucket, to which nothing connects before the first call."""

    def __init__(self, *, bucket: str, region: str, endpoint_url: str | None) -> None:
        self.bucket = bucket
        connection = aws.ClientSettings(region=region, endpoint_url=endpoint_url, attempts=ATTEMPTS)
        self.s3 = aws.Client(
            "s3",
            connection,
            max_pool_connections=CONCURRENT_CALLS,
            # A custom endpoint has no DNS name for each bucket. An explicit "virtual" makes links name the region: the
            # name without one redirects, which a presigned URL does not survive.
            s3={"addressing_style": "path" if endpoint_url else "virtual"},
            # Links have the older signature otherwise, which does not cover the length and the checksum.
            signature_version="s3v4",
        )
        self.limiter = CapacityLimiter(CONCURRENT_CALLS)  # limits the threads that a slow S3 can occupy

    async def put(self, key: str, body: IO[bytes], *, size: int, sha256: bytes, content_type: str) -> None:
        """Store `size` bytes of `body` from its start. Errors: UnavailableError."""
        await self.call(
            "put_object",
            Key=key,
            Body=body,
            ContentLength=size,
            ContentType=content_type,
            ChecksumSHA256=base64_of(sha256),
        )

    async def fetch(self, key: str, into: IO[bytes], *, size: int, sha256: bytes) -> None:
        """Append the object to a file, piece by piece.

        Errors: AbsentError; OtherContentError when its size or checksum differs; UnavailableError.
        """
        await anyio.to_thread.run_sync(self.fetch_blocking, key, into, size, sha256, limiter=self.limiter)

    def fetch_blocking(self, key: str, into: IO[bytes], size: int, sha256: bytes) -> None:
        """Fetch on the calling thread. S3's metadata can refute the object early, but the content is checked too."""
        found = hashlib.sha256()
        with failures_translated():
            answer = self.client().get_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
            with closing(answer["Body"]) as body:
                if (answer["ContentLength"], answer.get("ChecksumSHA256", base64_of(sha256))) != (
                    size,
                    base64_of(sha256),
                ):
                    raise OtherContentError(key)
                for piece in body.iter_chunks(CHUNK_BYTES):
                    found.update(piece)
                    into.write(piece)
        if found.digest() != sha256:
            raise OtherContentError(key)

    async def delete_all(self, prefix: str) -> int:
        """Delete every object with this prefix, all versions included; return how many. Errors: UnavailableError."""
        return await anyio.to_thread.run_sync(self.delete_all_blocking, prefix, limiter=self.limiter)

    def delete_all_blocking(self, prefix: str) -> int:
        """Delete on the calling thread."""
        deleted = 0
        with failures_translated():
            pages = self.client().get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix)
            for page in pages:
                found = [
                    {"Key": version["Key"], "VersionId": version["VersionId"]}
                    for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
                ]
                if found:
                    answer = self.client().delete_objects(Bucket=self.bucket, Delete={"Objects": found, "Quiet": True})
                    if answer.get("Errors"):
                        raise UnavailableError("The file storage did not delete every file")
                    deleted += len(found)
        return deleted

    async def keys(self, prefix: str) -> list[str]:
        """List the key of every object with this prefix. Errors: UnavailableError."""
        return await anyio.to_thread.run_sync(self.keys_blocking, prefix, limiter=self.limiter)

    def keys_blocking(self, prefix: str) -> list[str]:
        """List on the calling thread."""
        with failures_translated():
            pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def download_url(self, key: str) -> str:
        """Return a link with which anybody can read the object for DOWNLOAD_S. Local; blocks at the first call."""
        url: str = self.client().generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=DOWNLOAD_S
        )
        return url

    async def upload_url(self, key: str, *, size: int, sha256: bytes) -> tuple[str, dict[str, str]]:
        """Return a link with which anybody can store this content under this key for UPLOAD_S, and the headers to send.

        The signature covers the headers: S3 refuses another length, and other content by its checksum.
        Errors: UnavailableError.
        """
        url = await anyio.to_thread.run_sync(self.upload_url_blocking, key, size, sha256, limiter=self.limiter)
        return url, {"Content-Length": str(size), CHECKSUM_HEADER: base64_of(sha256)}

    def upload_url_blocking(self, key: str, size: int, sha256: bytes) -> str:
        """Sign on the calling thread."""
        parameters = {"Bucket": self.bucket, "Key": key, "ContentLength": size, "ChecksumSHA256": base64_of(sha256)}
        with failures_translated():
            url: str = self.client().generate_presigned_url("put_object", Params=parameters, ExpiresIn=UPLOAD_S)
        return url

    async def check(self) -> None:
        """Return when the bucket responds. Errors: UnavailableError."""
        await self.call("head_bucket")

    async def call(self, operation: str, **arguments: object) -> None:
        """Run one S3 operation on the bucket in a thread."""
        await anyio.to_thread.run_sync(
            self.call_blocking, operation, arguments, limiter=self.limiter, abandon_on_cancel=True
        )

    def call_blocking(self, operation: str, arguments: dict[str, Any]) -> None:
        """Run it on the calling thread."""
        with failures_translated():
            getattr(self.client(), operation)(Bucket=self.bucket, **arguments)

    def client(self) -> Any:
        """Return the client, which is made at its first use."""
        return self.s3.get()

    def close(self) -> None:
        """Close the client's connections, if one was made."""
        self.s3.close()


@contextmanager
def failures_translated() -> Iterator[None]:
    """Translate S3's errors. The import belongs to the first call, not to the start."""
    from botocore.exceptions import BotoCoreError, ClientError  # pylint: disable=import-outside-toplevel

    try:
        yield
    except ClientError as exc:
        if exc.response["Error"]["Code"] == NOT_THERE:
            raise AbsentError from None
        raise UnavailableError("The file storage does not respond") from exc
    except BotoCoreError as exc:
        raise UnavailableError("The file storage does not respond") from exc


def base64_of(sha256: bytes) -> str:
    """Encode a checksum as S3's headers need it."""
    return base64.b64encode(sha256).decode()
