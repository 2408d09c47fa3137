"""Parses a refusal for lack of a permission: the caller, the action and the resource."""

import re

DENIED = re.compile(
    r"(?P<who>arn:[\w-]+:(?:iam|sts)::\d*:(?P<kind>user|assumed-role|federated-user)/(?P<path>\S+)) is not authorized "
    r"to perform: (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>\S+))?(?P<why>.*)",
    re.DOTALL,
)
KINDS = {"user": "user", "assumed-role": "role", "federated-user": "federated user"}
TERRAFORM = "Terraform creates an environment's roles: infrastructure/terraform/modules/iam"


def step(message: str) -> str | None:
    """Return the next step after such a refusal, given AWS's message; None for any other message."""
    found = DENIED.search(message)
    if found is None:
        return None
    kind, path = found["kind"], found["path"]
    name = path.split("/")[0] if kind == "assumed-role" else path
    on = f" on {found['resource'].rstrip('.,')}" if found["resource"] else ""
    who, what = f"the {KINDS[kind]} {name}", f"{found['action']}{on}"
    if "explicit deny" in found["why"]:
        return f"a policy denies {who} {what}: change the policy, or use another identity; {TERRAFORM}"
    return f"allow {who} {what}, or use another identity; {TERRAFORM}"
