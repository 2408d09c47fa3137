"""IAM: managed policies, created on first use; principals of trust policies; service-linked roles; lengths.

moto can load all 1,400 policies, but they would be saved with every change of IAM. It derives names of service-linked
roles from the service's name, whereas AWS uses other names.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.managed_policies import OF_AWS, of_aws
from localcloud.moto.patching import checking, wrap
from localcloud.moto_only.checks import iam_quotas, identity_policies, policy_lengths
from localcloud.moto_only.iam import deleted_principals, identity_providers, linked_roles, simulation, user_boundaries
from localcloud.moto_only.principals import identities, invalid_principal

NAMING = ("attach_role_policy", "attach_user_policy", "attach_group_policy", "get_policy", "get_policy_version")
"""Methods whose first argument is a policy's ARN."""

TRUST = {"create_role": "assume_role_policy_document", "update_assume_role_policy": "policy_document"}
"""Method -> its argument with a trust policy."""
BOUNDED = ("create_role", "put_role_permissions_boundary")
LINKED_ROLES = {
    "backup.amazonaws.com": ("AWSServiceRoleForBackup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    "ecs.amazonaws.com": ("AWSServiceRoleForECS", "AmazonECSServiceRolePolicy"),
    "ecs.application-autoscaling.amazonaws.com": (
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "AWSApplicationAutoscalingECSServicePolicy",
    ),
    "elasticache.amazonaws.com": ("AWSServiceRoleForElastiCache", "ElastiCacheServiceRolePolicy"),
    "elasticloadbalancing.amazonaws.com": (
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    "ops.apigateway.amazonaws.com": ("AWSServiceRoleForAPIGateway", "APIGatewayServiceRolePolicy"),
    "rds.amazonaws.com": ("AWSServiceRoleForRDS", "AmazonRDSServiceRolePolicy"),
    "wafv2.amazonaws.com": ("AWSServiceRoleForWAFV2Logging", "WAFV2LoggingServiceRolePolicy"),
}
"""Role and its policy, by the names that AWS documents."""


def patch() -> None:
    """Make the `NAMING` methods create the policy first, and give service-linked roles AWS's names."""
    deleted_principals.patch()
    identity_providers.patch()
    simulation.patch()
    linked_roles.patch()
    user_boundaries.patch()
    from moto.iam.models import IAMBackend
    from moto.iam.policy_validation import IAMPolicyDocumentValidator

    backend: Any = IAMBackend
    backend.remove_role_from_instance_profile = _of_known_role(backend.remove_role_from_instance_profile)
    for name, policy in TRUST.items():
        wrap(IAMBackend, name, checking(_trust_check(policy)))
    for kind in policy_lengths.INLINE:
        wrap(IAMBackend, f"put_{kind}_policy", checking(_inline_check(kind)))
        wrap(IAMBackend, f"attach_{kind}_policy", checking(iam_quotas.attaching(kind)))
    wrap(IAMBackend, "add_user_to_group", checking(iam_quotas.check_groups))
    for name in NAMING:
        setattr(IAMBackend, name, _knowing(getattr(IAMBackend, name)))
    for name in ("create_policy", "create_policy_version"):
        wrap(IAMBackend, name, checking(lambda _, given: _check_managed(given["policy_document"])))
    for name in BOUNDED:
        wrap(IAMBackend, name, checking(identity_policies.check_boundary))
    validator: Any = IAMPolicyDocumentValidator
    validator._validate_version = lambda self: None  # only managed policies need the newer one
    backend.create_service_linked_role = _named_as_aws_does(backend.create_service_linked_role)
    backend.delete_service_linked_role = _with_its_policies(backend.delete_service_linked_role)


def _of_known_role(remove: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(remove)
    def remove_role_from_instance_profile(self: Any, profile_name: str, role_name: str) -> Any:
        profile, role = self.get_instance_profile(profile_name), self.get_role(role_name)
        if role not in profile.roles:
            raise AwsError("NoSuchEntity", f"Role {role_name} in Instance Profile {profile_name} cannot be found.")
        return remove(self, profile_name, role_name)

    return remove_role_from_instance_profile


def _trust_check(argument: str) -> Callable[[Any, Mapping[str, Any]], None]:
    """Return the check of the trust policy in this argument: moto checks those of updates only, without principals."""
    return lambda backend, given: check_trust(given[argument], backend.account_id)


def check_trust(policy: str, account_id: str) -> None:
    """Check a trust policy. Call in moto's thread. Errors: AwsError or moto's, MalformedPolicyDocument."""
    from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

    try:
        document = json.loads(policy)
    except ValueError:
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json") from None
    validator: Any = IAMTrustPolicyDocumentValidator(policy)
    validator.validate()
    policy_lengths.check_trust(policy)
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if not (statement.get("Principal") or statement.get("NotPrincipal")):
            raise AwsError("MalformedPolicyDocument", "Missing required field Principal")
    found = invalid_principal(policy, identities(account_id), are_services_known=True)
    if found is None:
        return
    kind, value = found
    if kind == "Federated":
        words = "Federated principals must be valid domain names or SAML metadata ARNs"
        raise AwsError("MalformedPolicyDocument", words)
    shown = kind if kind == "AWS" else kind.upper()
    raise AwsError("MalformedPolicyDocument", f'Invalid principal in policy: "{shown}":"{value}"')


def _check_managed(policy: str) -> None:
    identity_policies.check_identity_policy(policy)
    identity_policies.check_managed_version(policy)
    policy_lengths.check_managed(policy)


def _inline_check(kind: str) -> Callable[[Any, Mapping[str, Any]], None]:
    """Return the check of all inline policies of a `role`, with the one to put."""

    def check(backend: Any, given: Mapping[str, Any]) -> None:
        name = given[f"{kind}_name"]
        held = getattr(backend, f"get_{kind}")(name).policies
        identity_policies.check_identity_policy(given["policy_json"])
        policy_lengths.check_inline(kind, name, {**held, given["policy_name"]: given["policy_json"]})

    return check


def _named_as_aws_does(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def create_service_linked_role(self: Any, service_name: str, description: str, suffix: str) -> Any:
        name, policy = LINKED_ROLES.get(service_name, (None, ""))
        if "." not in service_name:
            from moto.iam.exceptions import InvalidInput

            raise InvalidInput(f"Service name {service_name} is not valid: it should end with .amazonaws.com.")
        if name is None:
            return method(self, service_name, description, suffix)
        if suffix:
            from moto.iam.exceptions import InvalidInput

            raise InvalidInput(f"Custom suffix is not allowed for {service_name}")
        if any(role.name == name for role in self.roles.values()):
            from moto.iam.exceptions import InvalidInput

            raise InvalidInput(
                f"Service role name {name} has been taken in this account, please try a different suffix."
            )
        trust = {"Effect": "Allow", "Principal": {"Service": [service_name]}, "Action": ["sts:AssumeRole"]}
        role = self.create_role(
            name,
            json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            f"/aws-service-role/{service_name}/",
            permissions_boundary=None,
            description=description,
            tags=[],
            max_session_duration="3600",
            linked_service=service_name,
        )
        self.attach_role_policy(f"{OF_AWS}aws-service-role/{policy}", name)
        return role

    return create_service_linked_role


def _with_its_policies(method: Callable[..., Any]) -> Callable[..., Any]:
    """Delete a service's policies with its role, since nobody else may detach them."""

    @wraps(method)
    def delete_service_linked_role(self: Any, role_name: str) -> Any:
        for arn in list(self.get_role(role_name).managed_policies):
            self.detach_role_policy(arn, role_name)
        return method(self, role_name)

    return delete_service_linked_role


def _knowing(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def knowing(self: Any, policy_arn: str, *arguments: Any, **named: Any) -> Any:
        _know(self, policy_arn)
        return method(self, policy_arn, *arguments, **named)

    return knowing


def _know(backend: Any, arn: str) -> None:
    if not arn.startswith(OF_AWS) or arn in backend.managed_policies:
        return
    from moto.iam.models import AWSManagedPolicy

    data = of_aws().get(arn)
    if data is not None:  # Otherwise moto reports that there is none.
        policy: Any = AWSManagedPolicy
        made = policy.from_data(arn.rpartition("/")[2], backend.account_id, backend.region_name, data)
        backend.managed_policies[arn] = made
