"""Downloads the content of an AWS link, piece by piece: layers of images come from storage, not through the API."""

import os
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import ConnectionError as EndpointUnreachable
from botocore.exceptions import HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from ops.errors import AnswerLost, AwsRefused

OK = 200
FAILING = 500
TIMEOUT_S = 60
PIECE_BYTES = 2**20


def pieces(url: str, *, is_local: bool) -> Iterator[bytes]:
    """Yield the content. is_local: the link is the local cloud's, which is never reached through a proxy.

    Errors: AnswerLost when the connection ended early, after which the caller reads everything again; AwsRefused.
    """
    from urllib3.exceptions import HTTPError

    session = URLLib3Session(
        verify=os.environ.get("AWS_CA_BUNDLE") or True,
        proxies={} if is_local else get_environ_proxies(url),
        timeout=TIMEOUT_S,
    )
    try:
        response: Any = session.send(AWSRequest(method="GET", url=url, stream_output=True).prepare())
        if response.status_code >= FAILING:
            raise lost(f"status {response.status_code}")
        if response.status_code != OK:
            raise AwsRefused(
                f"AWS refused a download link with status {response.status_code}",
                next_step="run the command again: it gets a new link, and keeps what has been copied",
            )
        yield from response.raw.stream(PIECE_BYTES)
    except (HTTPClientError, EndpointUnreachable, HTTPError) as exc:
        raise lost(str(exc)) from exc
    finally:
        session.close()


def lost(why: str) -> AnswerLost:
    return AnswerLost(
        f"a layer was downloaded only in part: {why}", next_step="run the command again: it keeps what has been copied"
    )
