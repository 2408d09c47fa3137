"""ECR: policies of repositories and of the registry name principals that there are."""

from collections.abc import Callable
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import wrap
from localcloud.moto_only.principals import identities, invalid_principal

NOT_FOUND = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'"


def patch() -> None:
    """moto checks the form of these policies, and no principals."""
    from moto.ecr.models import ECRBackend

    wrap(ECRBackend, "set_repository_policy", _of_known_principals)
    wrap(ECRBackend, "put_registry_policy", _of_known_principals)


def _of_known_principals(put: Callable[..., Any]) -> Callable[..., Any]:
    def put_policy(self: Any, *arguments: Any, **named: Any) -> Any:
        policy = named.get("policy_text") or arguments[-1]
        if invalid_principal(policy, identities(self.account_id)):
            raise AwsError("InvalidParameterException", NOT_FOUND)
        return put(self, *arguments, **named)

    return put_policy
