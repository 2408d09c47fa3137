"""Names that AWS resolves before IAM decides: secrets, aliases of keys, roles with a path, senders of mail.

Call in moto's thread.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import StructureShape

from localcloud.authorization.parameters import at_path
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.resources import ANY, Place
from localcloud.enforcement.stored_resources import grant_of, key_of, role_of, secret_of
from localcloud.moto.existing import backend_of
from localcloud.protocol.service_models import service_model

KEY_PARAMETERS = ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId")
ID_BYTES = 36
"""moto's ciphertexts begin with the key's id."""

Parameters = Mapping[str, object]


def resolved(service: str, operation: str, parameters: Parameters, place: Place) -> Parameters:
    """Return the parameters with names replaced by ARNs; names of missing resources stay."""
    look_up = BY_SERVICE.get(service)
    return {**parameters, **look_up(operation, parameters, place)} if look_up else parameters


def with_own_name(service: str, operation: str, parameters: Parameters, who: Principal) -> Parameters:
    """Return the parameters with the caller's own name, where a user calls IAM without naming a user."""
    if service != "iam" or who.kind is not Kind.USER or "UserName" in parameters:
        return parameters
    shape = service_model("iam").operation_model(operation).input_shape
    is_optional = isinstance(shape, StructureShape) and "UserName" in set(shape.members) - set(shape.required_members)
    return {**parameters, "UserName": who.arn.rpartition("/")[2]} if is_optional else parameters


def _secrets(operation: str, parameters: Parameters, place: Place) -> Parameters:
    found: dict[str, object] = {}
    for parameter in ("SecretId", "SecretIdList"):
        arns = [_secret_arn(each, place) for each in at_path(parameters, parameter)]
        if arns:
            found[parameter] = arns[0] if parameter == "SecretId" else arns
    return found


def _secret_arn(named: str, place: Place) -> str:
    secret = secret_of(place.account_id, place.region, named)
    return named if secret is None else str(secret.arn)


def _keys(operation: str, parameters: Parameters, place: Place) -> Parameters:
    given: dict[str, object] = {name: parameters[name] for name in KEY_PARAMETERS if name in parameters}
    if "KeyId" not in given and operation in ("Decrypt", "ReEncrypt") and (key := _key_in(parameters)):
        given["KeyId"] = key
    token = parameters.get("GrantToken")
    if operation == "RetireGrant" and isinstance(token, str) and (grant := _grant(token, place)) is not None:
        given["KeyId"] = grant.key_id  # KMS does not look at the others then
    alias = parameters.get("AliasName")
    found: dict[str, object] = {"AliasName": alias.removeprefix("alias/")} if isinstance(alias, str) else {}
    for name, named in given.items():
        key_found = key_of(place.account_id, place.region, named) if isinstance(named, str) else None
        found[name] = named if key_found is None else key_found.arn
    return found


def _grant(token: str, place: Place) -> Any:
    return grant_of(place.account_id, place.region, token)


def _key_in(parameters: Parameters) -> str:
    """Return the id of the key that encrypted a ciphertext; empty if it cannot be read."""
    blob = parameters.get("CiphertextBlob")
    if not isinstance(blob, str):
        return ""
    try:
        return base64.b64decode(blob)[:ID_BYTES].decode("ascii")
    except (binascii.Error, ValueError):
        return ""


def _roles(operation: str, parameters: Parameters, place: Place) -> Parameters:
    """Add the paths that IAM's ARNs have and requests leave out."""
    found: dict[str, object] = {}
    backend = backend_of("iam", place.account_id)
    if backend is None:
        return found
    for name, owners in (("RoleName", backend.roles), ("UserName", backend.users), ("GroupName", backend.groups)):
        owner = next((each for each in owners.values() if each.name == parameters.get(name)), None)
        if owner is not None and not operation.startswith("Create"):
            found[name] = owner.arn
    path = parameters.get("Path")
    for name in ("RoleName", "UserName", "GroupName", "PolicyName"):
        if operation.startswith("Create") and name in parameters and isinstance(path, str):
            found[name] = f"{path.strip('/')}/{parameters[name]}".removeprefix("/")
    return found


def _assumed(operation: str, parameters: Parameters, place: Place) -> Parameters:
    named = parameters.get("RoleArn")
    found = role_of(place.account_id, named) if isinstance(named, str) else None
    return {"RoleArn": found.arn} if found is not None else {}


def _groups(operation: str, parameters: Parameters, place: Place) -> Parameters:
    """Add the stream part to the ARNs of log groups: CloudWatch Logs' operations on tags leave it out, IAM does not."""
    named = parameters.get("resourceArn")
    found = named.partition(":log-group:")[2].removesuffix(":*") if isinstance(named, str) else ""
    return {"logGroupName": found} if found else {}


def _targets(operation: str, parameters: Parameters, place: Place) -> Parameters:
    """Name an existing target by its own ARN, as Application Auto Scaling does."""
    backend = backend_of("applicationautoscaling", place.account_id, place.region)
    of_dimension = {} if backend is None else backend.targets.get(parameters.get("ScalableDimension"), {})
    found = of_dimension.get(parameters.get("ResourceId"))
    return {"ResourceId": ANY if found is None else found.arn}


def _senders(operation: str, parameters: Parameters, place: Place) -> Parameters:
    """Name the sending identity: the address itself if it is verified, otherwise its domain."""
    for path in ("FromEmailAddress", "Source"):
        for sender in at_path(parameters, path):
            address = sender.rpartition("<")[2].rstrip(">").strip()
            host = address.rpartition("@")[2].lower()
            labels = host.split(".")
            known = _identities(place)
            candidates = (address, *(".".join(labels[number:]) for number in range(len(labels))))
            return {"IdentityName": next((each for each in candidates if each in known), host), path: address}
    named = next(at_path(parameters, "EmailIdentity"), None)
    return {"IdentityName": named} if named else {}


def _identities(place: Place) -> set[str]:
    backend = backend_of("ses", place.account_id, place.region)
    return set() if backend is None else set(backend.email_identities)


BY_SERVICE: Mapping[str, Callable[[str, Parameters, Place], Parameters]] = {
    "application-autoscaling": _targets,
    "iam": _roles,
    "kms": _keys,
    "logs": _groups,
    "secretsmanager": _secrets,
    "ses": _senders,
    "sts": _assumed,
}
