"""`spendsense doctor`: findings and next steps, without any cloud."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.console import Console
from ops.daily import doctor
from ops.daily.doctor import GIB, Diagnosis
from ops.daily.finding import Finding, Grade
from ops.environment import EnvironmentName
from terraform_provider.runner import terraform

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SPENDSENSE_HOME", str(tmp_path))
    return tmp_path


def test_without_a_local_cloud_it_looks_at_this_machine_alone() -> None:
    found = doctor.run(EnvironmentName.LOCAL)
    names = [each.name for each in found.findings]
    assert names == ["Python", "Terraform", "disk", "local cloud", "port", "port"]
    assert found.findings[3].found == "not running; `make up` starts it"


def test_a_damaged_description_of_the_local_cloud_is_a_finding(home: Path) -> None:
    (home / "local").mkdir()
    (home / "local" / "endpoint.json").write_text("{")
    [found] = [each for each in doctor.run(EnvironmentName.LOCAL).findings if each.name == "local cloud"]
    assert found.grade is Grade.FAIL
    assert "restart" in found.next_step


def test_an_old_python_and_a_missing_terraform_are_named_with_their_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.python((3, 9)).grade is Grade.FAIL
    assert doctor.python((3, 12)).grade is Grade.OK

    def missing() -> Any:
        raise terraform.NoTerraform("there is no Terraform", "install it")

    monkeypatch.setattr(terraform, "find", missing)
    found = doctor.terraform()
    assert (found.grade, found.found) == (Grade.FAIL, "there is no Terraform")
    assert found.next_step == "install it"


@pytest.mark.parametrize(("gib", "grade"), [(10, Grade.OK), (2, Grade.WARN), (0.5, Grade.FAIL)])
def test_a_disk_is_assessed_by_its_free_space(home: Path, gib: float, grade: Grade) -> None:
    found = doctor.disk(home / "not" / "there", int(gib * GIB))
    assert (found.grade, bool(found.next_step)) == (grade, grade is not Grade.OK)
    assert str(home) in found.found


@pytest.mark.parametrize(
    ("off_s", "grade"), [(0, Grade.OK), (59, Grade.OK), (-90, Grade.WARN), (299, Grade.WARN), (-300, Grade.FAIL)]
)
def test_a_clock_is_assessed_by_what_aws_accepts(off_s: int, grade: Grade) -> None:
    found = doctor.clock(NOW, NOW + timedelta(seconds=off_s))
    assert found.grade is grade
    assert ("behind" in found.found) is (off_s < 0)


def test_a_port_in_use_is_a_warning_because_another_does() -> None:
    assert doctor.port(8080, lambda _: False).grade is Grade.WARN
    assert doctor.port(8080, lambda _: True).grade is Grade.OK


@pytest.mark.parametrize("zone", ["GMT", "-0000"])  # a proxy may write the second
def test_on_aws_it_says_who_asks_and_whether_the_clocks_agree(scripted: Aws, zone: str) -> None:
    stubber = Stubber(scripted.sts)
    headers = {"date": f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S} {zone}"}
    answer = {"Arn": "arn:aws:sts::123456789012:assumed-role/operate/jane", "Account": "123456789012", "UserId": "u"}
    stubber.add_response("get_caller_identity", answer | {"ResponseMetadata": {"HTTPHeaders": headers}})
    stubber.activate()
    known, clock = doctor.identity(scripted)
    assert (known.grade, clock.grade) == (Grade.OK, Grade.OK)
    assert known.found == "arn:aws:sts::123456789012:assumed-role/operate/jane in account 123456789012"


def test_credentials_that_aws_refuses_are_named_with_the_step(scripted: Aws) -> None:
    stubber = Stubber(scripted.sts)
    stubber.add_client_error("get_caller_identity", "ExpiredToken", "The security token has expired")
    stubber.activate()
    [found] = doctor.identity(scripted)
    assert (found.grade, "sign in" in found.next_step) == (Grade.FAIL, True)


def test_the_region_says_where_it_comes_from(scripted: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    assert doctor.region(scripted.environment).found == "us-west-1, the default"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert doctor.region(replace(scripted.environment, region="eu-west-1")).found == "eu-west-1, from AWS_REGION"


def test_a_region_that_aws_cannot_have_fails(scripted: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "mars-1")
    found = doctor.region(scripted.environment)
    assert (found.grade, found.found) == (Grade.FAIL, "mars-1, from AWS_REGION, is not an AWS region")


def test_the_port_of_the_last_run_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPENDSENSE_HOME", str(tmp_path))
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "last-url").write_text("http://127.0.0.1:8090\n")
    assert any("127.0.0.1:8090 " in each.found for each in doctor.on_this_machine(EnvironmentName.LOCAL))


@pytest.mark.parametrize(("grades", "status"), [([Grade.OK], 0), ([Grade.OK, Grade.WARN], 0), ([Grade.FAIL], 1)])
def test_only_a_failed_check_gives_exit_1(grades: list[Grade], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    findings = [Finding(name="disk", grade=grade, found="little", next_step="free space") for grade in grades]
    found = Diagnosis(environment="local", findings=findings)
    assert (found.exit_code, found.as_json()["ok"]) == (status, status == 0)
    found.show(Console())
    assert "free space" in capsys.readouterr().out


def test_a_missing_docker_is_a_warning() -> None:
    assert (doctor.docker(None).grade, doctor.docker("/usr/bin/docker").grade) == (Grade.WARN, Grade.OK)
