"""The next step when AWS refuses a command that no role of an environment is for."""

from collections.abc import Sequence

from ops.aws import denials

READS, CHANGES = "reads everything that Terraform has created", "changes everything that Terraform has created"
PLAN, APPLY = "the plan role of infrastructure/bootstrap", "the apply role of infrastructure/bootstrap"
NEEDED = {
    "plan": (READS, PLAN),
    "drift": (READS, PLAN),
    "permissions": ("reads every role", PLAN),
    "destroy": (CHANGES, APPLY),
    "secrets init": ("stores secrets", APPLY),
    "up": (CHANGES, None),
}
"""Command -> what it does, and who may besides an administrator."""
OF_AN_ENVIRONMENT = ("-deploy", "-operate", "-recover")
"""Ends of the names of roles that are not meant for these commands, and so must not be widened for them."""
LOCALLY = "unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"


def step(message: str, arguments: Sequence[str]) -> str | None:
    """Return the step after a refusal, given AWS's message and the command line; None where another one fits."""
    line = f"{' '.join(arguments)} "
    command = next((each for each in NEEDED if line.startswith(f"{each} ")), None)
    role = denials.refused_role(message)
    if command is None or role is None or not role.endswith(OF_AN_ENVIRONMENT):
        return None
    does, needed = NEEDED[command]
    reason = f"{role} is not meant for `{command}`, which {does}"
    if needed is None:
        return f"{reason}: {LOCALLY}"
    return f"{reason}: run it as an administrator or with {needed}; for an environment on this machine {LOCALLY}"
