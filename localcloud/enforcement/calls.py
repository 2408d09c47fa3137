"""The API call of a request: service, operation, and parameters under the names of the API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from localcloud.authorization.needs import REST_API, REST_METHOD, REST_PATH
from localcloud.enforcement import rest_calls
from localcloud.protocol.service_models import model_of, operation_of
from localcloud.protocol.upload_forms import UploadForm, upload_form
from localcloud.protocol.validation import form as forms
from localcloud.protocol.wire import AwsRequest

TAGS = "/tags/"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of AWS's API. `service`: its name in signatures; `protocol`: botocore's name for it."""

    service: str
    operation: str
    parameters: Mapping[str, object]
    protocol: str


def call_of(request: AwsRequest) -> Call | None:
    """Return the call of a request; None when it is unknown or unreadable: the service refuses it then."""
    if (form := upload_form(request)) is not None and request.service in ("", "s3"):
        return Call(service="s3", operation="PutObject", parameters=_of_form(form), protocol="rest-xml")
    model = model_of(request)
    if model is None:
        found = rest_calls.operation_of(request)
        if found is None:
            return None
        return Call(
            service=request.service,
            operation=found.name,
            parameters={**rest_calls.parameters_of(found, request), **_of_rest_api(request)},
            protocol=str(found.service_model.metadata["protocol"]),
        )
    operation = operation_of(request)
    if operation is None:
        return None
    if request.is_form:
        shape = operation.input_shape
        parameters = forms.read(shape, request.form) if shape is not None else {}
        return Call(service=request.service, operation=operation.name, parameters=parameters, protocol="query")
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    return Call(service=request.service, operation=operation.name, parameters=body, protocol="json")


def _of_rest_api(request: AwsRequest) -> dict[str, object]:
    """Return method and path as IAM names them: without the version of the API, and with the ARN at `/tags/` encoded.

    Source: API Gateway Developer Guide, "Statement reference of IAM policies for API management in API Gateway".
    """
    if request.service != REST_API:
        return {}
    path = request.path.rstrip("/").removeprefix("/v2")
    if path.startswith(TAGS):
        path = TAGS + quote(path.removeprefix(TAGS), safe="")
    return {REST_METHOD: request.method, REST_PATH: path}


OF_FORM = {
    "ACL": "acl",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "ServerSideEncryption": "x-amz-server-side-encryption",
}
"""Parameters of PutObject -> the fields of a form that give them."""


def _of_form(form: UploadForm) -> dict[str, object]:
    given = {name: form.fields[field] for name, field in OF_FORM.items() if field in form.fields}
    return {"Bucket": form.bucket, "Key": form.key, **given}
