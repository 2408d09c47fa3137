"""Selects the botocore model of a request: services share signing names, and some use another name for signing."""

import gzip
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from localcloud.protocol.wire import AwsRequest

MODELS = {
    "aoss": ("opensearchserverless",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "applicationinsights": ("application-insights",),
    "aws-marketplace": ("meteringmarketplace", "marketplace-agreement", "marketplace-entitlement"),
    "bedrock": ("bedrock", "bedrock-runtime"),
    "cassandra": ("keyspaces",),
    "cloudhsm": ("cloudhsmv2", "cloudhsm"),
    "connect-campaigns": ("connectcampaigns",),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "events": ("events", "eventbridgev2"),
    "execute-api": ("apigatewaymanagementapi",),
    "iotdata": ("iot-data",),
    "kinesisanalytics": ("kinesisanalyticsv2", "kinesisanalytics"),
    "monitoring": ("cloudwatch",),
    "rds": ("rds", "neptune", "docdb"),
    "sagemaker": ("sagemaker", "sagemaker-runtime"),
    "servicequotas": ("service-quotas",),
    "ses": ("ses", "sesv2", "mailmanager"),
    "sso": ("sso-admin",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "timestream": ("timestream-write", "timestream-query"),
}
"""Signing name -> botocore's name, where they differ."""

TEXT = "documentation"
PLACE = re.compile(r"\{(?P<name>[^}]+)\}")
"""A placeholder for a member in a path."""


class _WithoutDocumentation:
    """Reads models for botocore's loader without texts for people, as plain dictionaries: half of the memory."""

    def exists(self, file_path: str) -> bool:
        return any(Path(f"{file_path}{ending}").is_file() for ending in (".json", ".json.gz"))

    def load_file(self, file_path: str) -> Any:
        """Return a file's data; None if there is no such file. `file_path`: without `.json` or `.json.gz`."""
        plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return json.loads(plain.read_bytes(), object_pairs_hook=_short)
        if packed.is_file():
            return json.loads(gzip.decompress(packed.read_bytes()), object_pairs_hook=_short)
        return None


def _short(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Blank the texts; botocore requires their names in some places."""
    return {sys.intern(name): "" if name == TEXT and isinstance(value, str) else value for name, value in pairs}


@cache
def loader() -> Loader:
    """Return the process's only loader, which caches what it loads: 30 MiB for the services of an environment."""
    return Loader(file_loader=_WithoutDocumentation())


@cache
def service_model(name: str) -> ServiceModel:
    """Return the model with botocore's name. Errors: botocore's UnknownServiceError."""
    return ServiceModel(loader().load_service_model(name, "service-2"), name)


@cache
def models_of(service: str) -> tuple[ServiceModel, ...]:
    """Return the models with this signing name; none for a service that botocore does not know."""
    try:
        return tuple(service_model(name) for name in MODELS.get(service, (service,)))
    except UnknownServiceError:
        return ()


def model_with_target(service: str, target_prefix: str) -> ServiceModel | None:
    """Return the model with this target prefix, which JSON sends in X-Amz-Target and CBOR in the path."""
    named = (model for model in models_of(service) if model.metadata.get("targetPrefix") == target_prefix)
    return next(named, None)


def model_of(request: AwsRequest) -> ServiceModel | None:
    """Return the model by target or API version; None where only the path would identify it (REST)."""
    prefix = request.headers.get("x-amz-target", "").rpartition(".")[0]
    if prefix:
        return model_with_target(request.service, prefix)
    found = models_of(request.service)
    versions = [model for model in found if model.api_version == request.form.get("Version")]
    return next(iter(versions or found), None) if request.form else None


def operation_of(request: AwsRequest) -> OperationModel | None:
    """Return the operation; None when the service or the operation is unknown."""
    model = model_of(request)
    if model is None or request.operation not in model.operation_names:
        return None
    return model.operation_model(request.operation)


def operation_by_path(name: str, method: str, path: str) -> OperationModel | None:
    """Return the operation of a REST service, by botocore's name for it; None when none has this path."""
    named = (each for each, its_method, its_path in _paths(name) if its_method == method and its_path.fullmatch(path))
    found = next(named, None)
    return service_model(name).operation_model(found) if found else None


@cache
def _paths(name: str) -> list[tuple[str, str, re.Pattern[str]]]:
    """Return operation, method and path of each; paths with fewer placeholders and more literal text come first."""
    model = service_model(name)
    found = [(each, model.operation_model(each).http) for each in model.operation_names]
    found.sort(key=lambda each: (each[1]["requestUri"].count("{"), -len(PLACE.sub("", each[1]["requestUri"]))))
    return [
        (each, http["method"], re.compile(PLACE.sub(_pattern, http["requestUri"].rstrip("/")) + "/?"))
        for each, http in found
    ]


def _pattern(place: re.Match[str]) -> str:
    """Return the pattern of a placeholder; an ARN or the key of a route contains slashes of its own."""
    name = place["name"]
    has_slashes = name.endswith("+") or name.lower().endswith(("arn", "routekey"))
    return ".+" if has_slashes else "[^/]+"
