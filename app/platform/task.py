"""The ECS task this process runs in: its id from its metadata address, its image from the metadata itself."""

import asyncio
import json
from urllib.parse import urlsplit

TIMEOUT_S = 1.0
# Upper bound for a container's metadata, which is a few KB.
LIMIT_BYTES = 256 * 1024


class MetadataError(Exception):
    """The platform did not provide the metadata."""


def task_id_of(metadata_uri: str | None) -> str | None:
    """Return the task's id: on Fargate the metadata of a container is at .../v4/<task id>-<number>."""
    if not metadata_uri:
        return None
    return urlsplit(metadata_uri).path.rpartition("/")[2].partition("-")[0] or None


async def image_digest(metadata_uri: str) -> str | None:
    """Return the digest of the running image: the one the task definition pins, else the one the platform found.

    Source: ECS task metadata endpoint, version 4, container. Errors: MetadataError.
    """
    container = await metadata(metadata_uri)
    _, pinned, digest = str(container.get("Image", "")).partition("@")
    found = digest if pinned else container.get("ImageID")
    return str(found) if found else None


async def metadata(uri: str) -> dict[str, object]:
    """Make one GET request by hand: an HTTP client would be imported only for this. Errors: MetadataError."""
    address = urlsplit(uri)
    request = f"GET {address.path} HTTP/1.0\r\nHost: {address.netloc}\r\n\r\n"
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(address.hostname, address.port or 80, limit=LIMIT_BYTES)
            try:
                writer.write(request.encode())
                head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
            finally:
                writer.close()
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise MetadataError(f"the task metadata endpoint returned {head[:40]!r}")
        found = json.loads(body)
    except (OSError, TimeoutError, ValueError) as exc:
        raise MetadataError("the task metadata endpoint does not respond") from exc
    return found if isinstance(found, dict) else {}
