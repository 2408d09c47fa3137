"""Parses a refusal for lack of a permission: the caller, the action and the resource."""

import re

DENIED = re.compile(
    r"(?P<who>arn:[\w-]+:(?:iam|sts)::\d*:(?P<kind>user|assumed-role|federated-user)/(?P<path>\S+)) is not authorized "
    r"to perform: (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>\S+))?(?P<why>.*)",
    re.DOTALL,
)
# A service that may not use a key for its caller names neither caller nor key.
WITHOUT_KEY = re.compile(r"Access to KMS is not allowed|ciphertext refers to a .* key that does not exist")
ROLE = "assumed-role"
KINDS = {"user": "user", ROLE: "role", "federated-user": "federated user"}
TERRAFORM = "Terraform creates an environment's roles: infrastructure/terraform/modules/iam"


def step(message: str, *, of_a_task: bool = False) -> str | None:
    """Return the next step after such a refusal, given AWS's message; None for any other message.

    of_a_task: ECS used a role of the task, so another identity of the caller does not help.
    """
    found = DENIED.search(message)
    if found is None and WITHOUT_KEY.search(message):
        who = "the task's execution role" if of_a_task else "the caller"
        return f"allow {who} kms:Decrypt on the key that encrypts it, also in the key's own policy; {TERRAFORM}"
    if found is None:
        return None
    on = f" on {found['resource'].rstrip('.,')}" if found["resource"] else ""
    who, what = f"the {KINDS[found['kind']]} {name_in(found)}", f"{found['action']}{on}"
    otherwise = "" if of_a_task else ", or use another identity"
    if "explicit deny" in found["why"]:
        return f"a policy denies {who} {what}: change the policy{otherwise}; {TERRAFORM}"
    return f"allow {who} {what}{otherwise}; {TERRAFORM}"


def in_short(message: str) -> str | None:
    """Return who lacks what, without AWS's reasons and the names of sessions; None for any other message."""
    found = DENIED.search(message)
    if found is None:
        return None
    on = f" on {found['resource'].rstrip('.,')}" if found["resource"] else ""
    return f"the {KINDS[found['kind']]} {name_in(found)} is not allowed {found['action']}{on}"


def refused_role(message: str) -> str | None:
    """Return the name of the role that such a message refuses; None for another identity or message."""
    found = DENIED.search(message)
    return name_in(found) if found is not None and found["kind"] == ROLE else None


def name_in(found: re.Match[str]) -> str:
    path: str = found["path"]
    return path.split("/")[0] if found["kind"] == ROLE else path
