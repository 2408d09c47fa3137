"""IAM: AWS's own policies (`arn:aws:iam::aws:policy/...`) are there when somebody names one.

moto can load all 1,400 of them, which would be saved with every change of IAM.
"""

import json
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

OF_AWS = "arn:aws:iam::aws:policy/"
NAMING = ("attach_role_policy", "attach_user_policy", "attach_group_policy", "get_policy", "get_policy_version")
"""Methods whose first argument is a policy's ARN."""


def teach() -> None:
    """Let each of `NAMING` make the policy first."""
    from moto.iam.models import IAMBackend

    for name in NAMING:
        setattr(IAMBackend, name, _knowing(getattr(IAMBackend, name)))


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

    data = _known_to_moto().get(arn)
    if data is not None:  # else moto says that there is none
        policy: Any = AWSManagedPolicy
        made = policy.from_data(arn.rpartition("/")[2], backend.account_id, backend.region_name, data)
        backend.managed_policies[arn] = made


@cache
def _known_to_moto() -> dict[str, dict[str, Any]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return {
        f"{OF_AWS}{data['Path'].removeprefix('/')}{name}": data
        for name, data in json.loads(aws_managed_policies_data).items()
    }
