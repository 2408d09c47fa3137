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
"""Level and method -> the parts that are offered. Of all others that S3's model names, none is."""
OF_THE_WHOLE: Mapping[tuple[str, str], str] = {
    (BUCKET, "GET"): "ListObjects",
    (BUCKET, "HEAD"): "HeadBucket",
    (BUCKET, "PUT"): "CreateBucket",
    (BUCKET, "DELETE"): "DeleteBucket",
    (OBJECT, "GET"): "GetObject",
    (OBJECT, "HEAD"): "HeadObject",
    (OBJECT, "PUT"): "PutObject",
    (OBJECT, "DELETE"): "DeleteObject",
}


def patch() -> None:
    """Refuse the others: moto would list, create or delete the bucket, or overwrite or delete the object.

    And name the operation first: moto fails at its own errors before it has.
    """
    from moto.s3.responses import S3Response

    wrap(S3Response, "_bucket_response", _known(BUCKET))
    wrap(S3Response, "_key_response", _known(OBJECT))


def parts_of(level: str) -> dict[tuple[str, str], str]:
    """Return S3's operations on a part: method and the part's name in the query -> operation.

    The level is read from the members: botocore takes the bucket out of the paths once somebody has made a client.
    """
    model = service_model("s3")
    found = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        members = operation.input_shape.members.values() if operation.input_shape else ()
        places = sum(member.serialization.get("location") == "uri" for member in members)
        query = str(operation.http["requestUri"]).partition("?")[2]
        if (BUCKET, OBJECT)[places - 1 : places] == (level,):
            parts = parse_qs(query, keep_blank_values=True)
            found.update({(str(operation.http["method"]), part): name for part in parts})
    return found


def _known(level: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    operations = parts_of(level)

    def around(respond: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(respond)
        def respond_known(self: S3Response, request: Any, full_url: str) -> Any:
            named = OF_THE_WHOLE.get((level, request.method))
            for part in parse_qs(urlsplit(full_url).query, keep_blank_values=True):
                asked = operations.get((request.method, part))
                named = asked or named
                if asked and part not in DONE.get((level, request.method), ()):
                    raise AwsError("NotImplemented", f"{asked}: the local cloud does not offer this", 501)
            if named:
                self.data.setdefault("Action", named)
            return respond(self, request, full_url)

        return respond_known

    return around
