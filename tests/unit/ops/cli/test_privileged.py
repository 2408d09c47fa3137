"""A role that is refused a command that is not its own is not to be widened."""

import pytest

from ops.cli import edge, privileged
from ops.errors import AwsRefused
from tests.unit.ops.command_tree import commands


def refusal(role: str) -> str:
    return (
        f"ListRoles was refused: User: arn:aws:sts::1:assumed-role/{role}/me is not authorized to perform: "
        "iam:ListRoles on resource: *"
    )


@pytest.mark.parametrize("end", ["deploy", "operate", "recover"])
@pytest.mark.parametrize(
    ("command", "needed"),
    [("plan", "plan"), ("drift", "plan"), ("permissions", "plan"), ("destroy", "apply"), ("secrets init", "apply")],
)
def test_it_names_the_role_that_the_command_is_for(command: str, needed: str, end: str) -> None:
    step = privileged.step(refusal(f"spendsense-local-{end}"), [*command.split(), "--env", "dev"])
    assert (step or "").startswith(f"spendsense-local-{end} is not meant for `{command}`, which")
    assert f"with the {needed} role of infrastructure/bootstrap" in (step or "")


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (refusal("spendsense-local-operate"), ["scale", "--desired", "2"]),
        (refusal("spendsense-terraform-dev-plan"), ["plan"]),
        ("User: arn:aws:iam::1:user/jane is not authorized to perform: iam:ListRoles", ["plan"]),
        ("gone", ["plan"]),
        (refusal("spendsense-local-operate"), []),
    ],
)
def test_otherwise_the_refusals_own_step_stays(message: str, line: list[str]) -> None:
    assert privileged.step(message, line) is None


def test_the_edge_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    error = AwsRefused(refusal("spendsense-local-deploy"), next_step="allow it")
    assert edge.fail(error, as_json=False, arguments=["plan"]) == 1
    assert "next: spendsense-local-deploy is not meant for `plan`" in " ".join(capsys.readouterr().err.split())


def test_up_is_for_nobody_but_this_machines_administrator() -> None:
    step = privileged.step(refusal("spendsense-local-deploy"), ["up", "--speed", "20"])
    assert (step or "").endswith("has created: unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN")


def test_each_entry_names_a_command() -> None:
    assert set(privileged.NEEDED) <= set(commands())
