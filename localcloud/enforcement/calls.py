"""The API call of a request: service, operation, and parameters under the names of the API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.enforcement import rest_calls
from localcloud.protocol.service_models import model_of, operation_of
from localcloud.protocol.upload_forms import UploadForm, upload_form
from localcloud.protocol.validation import form as forms
from localcloud.protocol.wire import AwsRequest


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
            parameters=rest_calls.parameters_of(found, request),
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


OF_FORM = {
    "ACL": "acl",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "ServerSideEncryption": "x-amz-server-side-encryption",
}
"""Parameters of PutObject -> the fields of a form that give them."""


def _of_form(form: UploadForm) -> dict[str, object]:
    given = {name: form.fields[field] for name, field in OF_FORM.items() if field in form.fields}
    return {"Bucket": form.bucket, "Key": form.key, **given}
