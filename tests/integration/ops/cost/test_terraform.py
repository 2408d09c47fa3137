"""Planning without an account: what Terraform gets, and its errors."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.cost import terraform
from ops.environment import EnvironmentName
from ops.errors import CouldNotPlan, Misuse

# Notes how it was called; says it has planned, or fails when a file `fail` lies beside it.
FAKE = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "calls.jsonl").open("a") as file:
    if sys.argv[1:] != ["version"]:
        file.write(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ)}}) + "\\n")
if (here / "offline").exists() and "init" in sys.argv:
    sys.exit("╷\\n│ Error: Failed to query available provider packages\\n│ \\n│ Could not connect to the registry\\n╵")
if (here / "fail").exists() and "plan" in sys.argv:
    sys.exit("Error: Invalid value for variable")
if "version" in sys.argv:
    print("Terraform v1.6.6")
if "show" in sys.argv:
    print(json.dumps({{"planned_values": {{"root_module": {{}}}}}}))
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "terraform"
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("TERRAFORM", str(program))
    return tmp_path


def calls(fake: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (fake / "calls.jsonl").read_text().splitlines()]


def test_a_plan_gets_the_environments_file_and_variables_but_no_aws_identity(
    fake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-secret")
    monkeypatch.setenv("TF_VAR_owner_id", "somebody")
    plan = terraform.plan(EnvironmentName.STAGING, ["owner_id=jane"])
    assert plan["planned_values"]["root_module"] == {}
    init, planned, show = calls(fake)
    assert [each["arguments"][1] for each in (init, planned, show)] == ["init", "plan", "show"]
    assert planned["arguments"][-2:] == ["-var-file=environments/staging.tfvars", "-var=owner_id=jane"]
    environment = planned["environment"]
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "TF_VAR_owner_id"} & environment.keys()
    # It works on a copy, which is gone.
    assert not Path(planned["arguments"][0].removeprefix("-chdir=")).exists()


def test_the_copy_has_the_code_and_keeps_its_state_beside_itself(fake: Path, tmp_path: Path) -> None:
    workspace = terraform.prepare(tmp_path / "copy")
    assert (workspace.directory / "modules" / "vpc").is_dir()
    assert 'backend "local"' in (workspace.directory / "zz_override.tf").read_text()
    assert not (workspace.directory / ".terraform").exists()


def test_terraforms_own_words_are_shown_when_it_refuses(fake: Path) -> None:
    (fake / "fail").touch()
    with pytest.raises(CouldNotPlan, match="Error: Invalid value for variable"):
        terraform.plan(EnvironmentName.DEV)


def test_without_the_registry_the_mirror_is_named_and_terraforms_frames_are_left_out(fake: Path) -> None:
    (fake / "offline").touch()
    with pytest.raises(CouldNotPlan, match="Error: Failed to query available provider packages") as refused:
        terraform.plan(EnvironmentName.DEV)
    assert "│" not in refused.value.message
    assert "TF_CLI_CONFIG_FILE" in str(refused.value.next_step)


def test_a_variable_that_names_no_terraform_is_to_be_corrected_or_unset(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TERRAFORM", os.fspath(tmp_path / "terraform"))
    with pytest.raises(CouldNotPlan, match="which is not a program") as refused:
        terraform.plan(EnvironmentName.DEV)
    assert "`unset TERRAFORM`" in str(refused.value.next_step)
    assert "install" not in str(refused.value.next_step), "the variable hides what is on PATH"


def test_the_local_environment_has_no_plan() -> None:
    with pytest.raises(Misuse, match="this machine"):
        terraform.plan(EnvironmentName.LOCAL)


def test_the_endpoint_knows_the_zones_that_the_arguments_name(tmp_path: Path) -> None:
    (tmp_path / "own.tfvars").write_text('environment = "dev"\nhosted_zone_id = "Z2FILE"\n')
    given = ["-var-file=own.tfvars", "-var=hosted_zone_id=Z1GIVEN", "-var=public_url=https://a.example.com"]
    assert [each.zone_id for each in terraform.hosted_zones(given, tmp_path)] == ["Z1GIVEN", "Z2FILE"]
