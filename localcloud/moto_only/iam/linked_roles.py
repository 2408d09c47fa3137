"""Service-linked roles: only their service changes them. `iam.py` makes and deletes them.

Source: IAM User Guide, "Create a service-linked role": description and tags can be changed. The words are AWS's.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import wrap

PATH = "/aws-service-role/"
PROTECTED = (
    *("add_role_to_instance_profile", "attach_role_policy", "delete_role", "delete_role_permissions_boundary"),
    *("delete_role_policy", "detach_role_policy", "put_role_permissions_boundary", "put_role_policy"),
    "update_assume_role_policy",
)
"""Operations that AWS refuses for them."""


def patch() -> None:
    """moto lets every caller change them. The service's own changes do not come as requests."""
    from moto.iam.responses import IamResponse

    for name in PROTECTED:
        wrap(IamResponse, name, _sparing_linked_roles)


def _sparing_linked_roles(respond: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(respond)
    def answered(self: Any) -> Any:
        name = self._get_param("RoleName")
        if any(role.name == name and role.path.startswith(PATH) for role in self.backend.roles.values()):
            words = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
            raise AwsError("UnmodifiableEntity", words, 400)
        return respond(self)

    return answered
