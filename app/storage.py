"""S3: raw files, each with the checksum S3 verifies. boto3 blocks, so every call runs in a thread."""

import base64
import threading
from typing import IO, Any

import anyio.to_thread
from anyio import CapacityLimiter

from app import aws
from app.errors import UnavailableError

CONNECT_TIMEOUT_S = 2
ANSWER_TIMEOUT_S = 10
ATTEMPTS = 3
CONCURRENT_CALLS = 10
DOWNLOAD_S = 3600


class Storage:
    """One bucket. Nothing connects before the first call."""

    def __init__(self, *, bucket: str, region: str, endpoint_url: str | None) -> None:
        self.bucket = bucket
        self.region = region
        self.endpoint_url = endpoint_url
        self.lock = threading.Lock()
        self.made: Any = None
        self.limiter = CapacityLimiter(CONCURRENT_CALLS)  # bounds the threads a slow S3 can hold

    async def put(self, key: str, body: IO[bytes], *, size: int, sha256: bytes, content_type: str) -> None:
        """Store `size` bytes of `body` from its start. Errors: UnavailableError."""
        await self.call(
            "put_object",
            Key=key,
            Body=body,
            ContentLength=size,
            ContentType=content_type,
            ChecksumSHA256=base64.b64encode(sha256).decode(),
        )

    async def delete_all(self, prefix: str) -> int:
        """Delete every object whose key begins so, all its versions; returns how many. Errors: UnavailableError."""
        return await anyio.to_thread.run_sync(self.delete_all_blocking, prefix, limiter=self.limiter)

    def delete_all_blocking(self, prefix: str) -> int:
        """The same, on the calling thread."""
        from botocore.exceptions import BotoCoreError, ClientError  # pylint: disable=import-outside-toplevel

        deleted = 0
        try:
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
        except (BotoCoreError, ClientError) as exc:
            raise UnavailableError("The file storage does not answer") from exc
        return deleted

    def download_url(self, key: str) -> str:
        """A link that lets whoever has it read the object for DOWNLOAD_S. Asks nobody; blocks at the first call."""
        url: str = self.client().generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=DOWNLOAD_S
        )
        return url

    async def check(self) -> None:
        """Return when the bucket answers. Errors: UnavailableError."""
        await self.call("head_bucket")

    async def call(self, operation: str, **arguments: Any) -> None:
        """Run one S3 operation on the bucket in a thread."""
        await anyio.to_thread.run_sync(
            self.call_blocking, operation, arguments, limiter=self.limiter, abandon_on_cancel=True
        )

    def call_blocking(self, operation: str, arguments: dict[str, Any]) -> None:
        """The same, on the calling thread. The imports are part of the first call, not of the start."""
        from botocore.exceptions import BotoCoreError, ClientError  # pylint: disable=import-outside-toplevel

        try:
            getattr(self.client(), operation)(Bucket=self.bucket, **arguments)
        except (BotoCoreError, ClientError) as exc:
            raise UnavailableError("The file storage does not answer") from exc

    def client(self) -> Any:
        """boto3's client, made once: making one takes time and is not thread-safe, using it is."""
        with self.lock:
            if self.made is None:
                reach = aws.Reach(
                    region=self.region,
                    endpoint_url=self.endpoint_url,
                    connect_timeout_s=CONNECT_TIMEOUT_S,
                    answer_timeout_s=ANSWER_TIMEOUT_S,
                    attempts=ATTEMPTS,
                )
                # A custom endpoint has no DNS name for each bucket.
                style = {"addressing_style": "path"} if self.endpoint_url else None
                self.made = aws.client("s3", reach, max_pool_connections=CONCURRENT_CALLS, s3=style)
            return self.made

    def close(self) -> None:
        """Close the client's connections, if one was made."""
        if self.made is not None:
            self.made.close()
