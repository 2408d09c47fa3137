"""The registry's requests, which are not part of AWS's APIs: each is authorized before its body is read."""

import io
import logging
from collections.abc import Callable
from typing import BinaryIO

from localcloud.ecr.distribution import Distribution
from localcloud.ecr.refusals import RegistryError, refused
from localcloud.endpoint.request_bodies import Body, BodyReader, ClientGone, Receive, TooLarge
from localcloud.moto.failures import Failures
from localcloud.protocol.wire import AwsRequest, AwsResponse

log = logging.getLogger(__name__)


async def answer(
    distribution: Distribution,
    head: AwsRequest,
    receive: Receive,
    new_file: Callable[[], BinaryIO],
    failures: Failures,
) -> tuple[AwsResponse, bool]:
    """Return the response, and whether the body was read to its end. Errors: ClientGone."""
    bodies: list[Body] = []

    async def read(largest: int) -> BinaryIO:
        try:
            body = await BodyReader(largest, new_file).read(receive)
        except TooLarge as error:
            raise RegistryError("SIZE_INVALID", f"The body should have at most {largest} bytes", 413) from error
        bodies.append(body)
        return io.BytesIO(body.content) if body.file is None else body.file

    try:
        response = await distribution.answer(head, read)
    except ClientGone:
        raise
    except Exception as error:  # The edge of the program, as for AWS requests.
        failures.add(f"registry {head.method}", error)
        log.exception("Registry request failed", extra={"action": "registry_request_failed", "path": head.path})
        response = refused(RegistryError("UNKNOWN", "see the local cloud's log", 500))
    finally:
        for body in bodies:
            if body.file is not None:
                body.file.close()
    if bodies or "transfer-encoding" in head.headers or head.headers.get("content-length", "0") != "0":
        return response, bool(bodies)
    await BodyReader(0).read(receive)  # to its end: the next message then reports that the client has disconnected
    return response, True
