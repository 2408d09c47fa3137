"""Mistakes in S3 requests on which moto fails, in S3's words."""

from urllib.parse import parse_qs

from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest, AwsResponse

COPY_SOURCE = "x-amz-copy-source"
CANNED_ACL = "x-amz-acl"
COUNTS = ("max-keys", "max-buckets", "max-parts", "max-uploads", "part-number-marker")
"""Numeric parameters of the query string."""
GRANT = "x-amz-grant-"
VERSIONING = "versioning"


def client_error(request: AwsRequest, error: Exception) -> AwsError | None:
    """Return the client's mistake behind an exception in moto; None when the fault is moto's."""
    query = parse_qs(request.query_string, keep_blank_values=True)
    if isinstance(error, KeyError) and error.args and error.args[0] in query.get("uploadId", ()):
        message = (
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
            "completed."
        )
        return AwsError("NoSuchUpload", message, 404)
    if isinstance(error, KeyError) and error.args == ("key",) and request.method == "POST" and query:
        return AwsError("NotImplemented", f"POST ?{next(iter(query))} is not offered by the local cloud.", 501)
    if isinstance(error, ValueError) and not query.get("partNumber", ["1"])[0].isdecimal():
        return AwsError("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
    if query.get("continuation-token") and isinstance(error, TypeError | ValueError | KeyError):
        return AwsError("InvalidArgument", "The continuation token provided is incorrect")
    for name in COUNTS:
        if isinstance(error, ValueError) and not query.get(name, ["1"])[0].isdecimal():
            return AwsError("InvalidArgument", f"Provided {name} not an integer or within integer range")
    if isinstance(error, AssertionError) and CANNED_ACL in request.headers:
        return AwsError("InvalidArgument", f"Invalid canned ACL {request.headers[CANNED_ACL][:100]}")
    if COPY_SOURCE in request.headers and "/" not in request.headers[COPY_SOURCE].strip("/"):
        return AwsError("InvalidArgument", "Invalid copy source object key")
    if any(name.startswith(GRANT) and "=" not in value for name, value in request.headers.items()):
        return AwsError("InvalidArgument", "Argument format not recognized")
    is_setting = request.method in ("PUT", "POST") and bool(query) and request.body.lstrip().startswith(b"<")
    if is_setting and isinstance(error, KeyError | TypeError | AttributeError):
        return AwsError(
            "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
        )
    return None


def refused(request: AwsRequest, response: AwsResponse) -> AwsError | None:
    """Return the error where moto returns 404 with an empty body; None for all other responses."""
    is_versioning = request.method == "PUT" and request.query_string.startswith(VERSIONING)
    if is_versioning and response.status == 404 and not response.body:
        return AwsError("IllegalVersioningConfigurationException", "The Versioning element must be specified")
    return None
