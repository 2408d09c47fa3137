"""The output of `spendsense permissions`."""

import json

import pytest

from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import Misuse, NotFound
from ops.permissions.decision_record import Record
from ops.permissions.report import Options, Permissions, check, compared
from tests.unit.ops.permissions.roles import ROLE, SERVICE, decided

RECORD = Record(
    mode="audit",
    decided=(
        decided("ecs:DescribeServices", SERVICE, count=40),
        decided("ecs:UpdateService", SERVICE),
        decided("ecs:CreateService", SERVICE, is_allowed=False),
    ),
)
PREFIX = "spendsense-local"


def printed(options: Options, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
    console = Console()
    console.report(compared(RECORD, [ROLE], PREFIX, options, console), as_json=as_json)
    return capsys.readouterr().out


def test_each_role_has_a_row_and_what_is_to_be_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(Options(), capsys)
    assert "spendsense-local-deploy" in text
    assert f"lacked      ecs:CreateService on {SERVICE} (1)" in text
    assert "never used  ecr:* (Images)" in text
    assert "not checked arn:aws:iam::aws:policy/ReadOnlyAccess" in text


def test_as_json_with_the_mode(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(Options(role="deploy"), capsys, as_json=True))
    [role] = found["roles"]
    assert (found["mode"], role["role"]) == ("audit", ROLE.name)
    assert role["used"] == [
        {"action": "ecs:DescribeServices", "times": 40},
        {"action": "ecs:UpdateService", "times": 1},
    ]
    assert role["lacked"] == [{"action": "ecs:CreateService", "resource": SERVICE, "times": 1}]
    assert {"action": "ecr:*", "statement": "Images", "reason": None} in role["never_used"]


def test_the_smallest_policy_is_printed_as_iam_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    for as_json in (False, True):
        console = Console()
        console.report(compared(RECORD, [ROLE], PREFIX, Options(policy=ROLE.name), console), as_json=as_json)
        shown = capsys.readouterr()
        [statement] = json.loads(shown.out)["Statement"]
        assert statement["Action"] == ["ecs:DescribeServices", "ecs:UpdateService"]
        assert "This policy leaves out what spendsense-local-deploy was denied: 1 request" in shown.err


def test_a_missing_role_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(NotFound, match="no role operate") as found:
        compared(RECORD, [ROLE], PREFIX, Options(role="operate"), Console())
    assert found.value.next_step == "choose one of deploy"


@pytest.mark.parametrize("option", ["role", "policy"])
def test_an_option_in_place_of_a_role_is_refused(option: str) -> None:
    with pytest.raises(Misuse, match=f"--{option} needs a role") as refused:
        check(EnvironmentName.LOCAL, Options(**{option: "--json"}))
    assert refused.value.next_step == f"name one: `--{option} deploy`"


def test_what_a_role_lacks_is_one_line_for_each_action(capsys: pytest.CaptureFixture[str]) -> None:
    streams = [decided("logs:CreateLogStream", f"arn:stream/{n}", is_allowed=False, count=n) for n in (1, 2, 3)]
    groups = [decided("logs:CreateLogGroup", f"arn:group/{n}", is_allowed=False) for n in (1, 2)]
    console = Console()
    record = Record(mode="audit", decided=(*streams, *groups))
    found = compared(record, [ROLE], PREFIX, Options(), console)
    console.report(found, as_json=False)
    lines = [line.split("lacked")[1].strip() for line in capsys.readouterr().out.splitlines() if "  lacked  " in line]
    assert lines[-2:] == [
        "logs:CreateLogGroup on arn:group/1 and another resource (2)",
        "logs:CreateLogStream on arn:stream/1 and 2 other resources (6)",
    ]
    assert isinstance(found, Permissions)
    assert len(found.as_json()["roles"][0]["lacked"]) == 5  # type: ignore[index]


def test_an_option_that_would_be_ignored_is_refused() -> None:
    with pytest.raises(Misuse, match="--role would be ignored"):
        check(EnvironmentName.LOCAL, Options(role="deploy", policy="deploy"))


def test_everything_used_leaves_nothing_to_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    Permissions(mode="enforce", usages=[]).show(Console())
    assert "never used" in capsys.readouterr().out
