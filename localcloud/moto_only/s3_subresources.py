"""S3: refuses operations on a part of a bucket or object that moto takes for operations on the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from localcloud.errors import AwsError
from localcloud.moto.patching import wrap
from localcloud.protocol.service_models import service_model

if TYPE_CHECKING:
    from moto.s3.responses import S3Response

BUCKET, OBJECT = "/{Bucket}", "/{Bucket}/{Key+}"
BOTH_WAYS = (
    *("accelerate", "acl", "cors", "encryption", "lifecycle", "logging", "notification", "object-lock"),
    *("ownershipControls", "policy", "publicAccessBlock", "replication", "requestPayment", "tagging", "versioning"),
    "website",
)
REMOVED = (
    *("cors", "encryption", "lifecycle", "ownershipControls", "policy", "publicAccessBlock", "replication"),
    *("tagging", "website"),
)
DONE: Mapping[tuple[str, str], tuple[str, ...]] = {
    (BUCKET, "GET"): (*BOTH_WAYS, "list-type", "location", "policyStatus", "uploads", "versions"),
    (BUCKET, "PUT"): BOTH_WAYS,
    (BUCKET, "DELETE"): REMOVED,
    (BUCKET, "POST"): ("delete",),
    (OBJECT, "GET"): ("acl", "attributes", "legal-hold", "tagging"),
    (OBJECT, "PUT"): ("acl", "legal-hold", "retention", "tagging"),
    (OBJECT, "DELETE"): ("tagging",),
    (OBJECT, "POST"): ("restore", "select", "select-type", "uploads"),
}
"""Level and method -> the parts that are answered. Of all others that S3's model names, none is."""


def patch() -> None:
    """Refuse the others: moto would list, create or delete the bucket, or overwrite or delete the object."""
    from moto.s3.responses import S3Response

    wrap(S3Response, "_bucket_response", _known(BUCKET))
    wrap(S3Response, "_key_response", _known(OBJECT))


def parts_of(level: str) -> dict[tuple[str, str], str]:
    """Return S3's operations on a part: method and the part's name in the query -> operation."""
    model = service_model("s3")
    found = {}
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = str(http["requestUri"]).partition("?")
        if path == level:
            found.update({(str(http["method"]), part): name for part in parse_qs(query, keep_blank_values=True)})
    return found


def _known(level: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    operations = parts_of(level)

    def around(respond: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(respond)
        def respond_known(self: S3Response, request: Any, full_url: str) -> Any:
            for part in parse_qs(urlsplit(full_url).query, keep_blank_values=True):
                asked = operations.get((request.method, part))
                if asked and part not in DONE.get((level, request.method), ()):
                    raise AwsError("NotImplemented", f"{asked}: the local cloud does not offer this", 501)
            return respond(self, request, full_url)

        return respond_known

    return around
