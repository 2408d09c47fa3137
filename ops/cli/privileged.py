"""The next step when AWS refuses a command that no role of an environment is for."""

from collections.abc import Sequence

from ops.aws import denials

READS, CHANGES = "reads everything that Terraform has made", "changes everything that Terraform has made"
PLAN, APPLY = "plan", "apply"
NEEDED = {
    "plan": (READS, PLAN),
    "drift": (READS, PLAN),
    "permissions": ("reads every role", PLAN),
    "destroy": (CHANGES, APPLY),
    "secrets": ("stores secrets", APPLY),
    "up": (CHANGES, APPLY),
}
"""First word of a command -> what it does, and which role of infrastructure/bootstrap may."""
OF_AN_ENVIRONMENT = ("-deploy", "-operate", "-recover")
"""Ends of the names of roles that are not meant for these commands, and so must not be widened for them."""


def step(message: str, arguments: Sequence[str]) -> str | None:
    """Return the step after a refusal, given AWS's message and the command line; None where another one fits."""
    word = next((each for each in arguments if not each.startswith("-")), "")
    role = denials.refused_role(message)
    if word not in NEEDED or role is None or not role.endswith(OF_AN_ENVIRONMENT):
        return None
    does, needed = NEEDED[word]
    return (
        f"{role} is not meant for `{word}`, which {does}: run it as an administrator or with the {needed} role "
        "of infrastructure/bootstrap; for an environment on this machine unset AWS_ACCESS_KEY_ID, "
        "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
    )
