"""Commands for an environment on AWS say at once that credentials are missing, or that their profile does not exist."""

from pathlib import Path

import pytest

from ops.aws.sessions import PROFILE_VARIABLES
from ops.cli import edge, main
from ops.configuration import FILE_VARIABLE, OWN_CREDENTIALS


@pytest.fixture(autouse=True)
def nothing_of_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for each in (*OWN_CREDENTIALS, *PROFILE_VARIABLES, "AWS_SECRET_ACCESS_KEY", FILE_VARIABLE):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv("SPENDSENSE_HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def said(line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = edge.outcome(main.app, line.split(), as_json=False)
    return status, " ".join(capsys.readouterr().err.split())


ON_AWS = ("status", "history", "plan", "destroy --yes", "drift", "deploy --tag v1", "scale --desired 2", "lock status")


@pytest.mark.parametrize("line", ON_AWS)
def test_missing_credentials_are_named_with_how_to_get_them(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = said(f"{line} --env prod", capsys)
    assert status == 3
    assert "prod is on AWS and needs credentials; none were found (AWS_PROFILE and AWS_ACCESS_KEY_ID are not" in printed
    assert "`spendsense doctor --env prod` checks it" in printed


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("promote --from staging --to prod --from-profile staging", "--to-profile"),
        (f"promote --to prod --image r@sha256:{'1' * 64}", "--to-profile"),
    ],
)
def test_a_promotion_without_credentials_names_the_option_for_the_profile(
    line: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = said(line, capsys)
    assert (status, f"next: give `{option} NAME`; or `aws sso login" in printed) == (3, True), printed


@pytest.mark.parametrize("variable", PROFILE_VARIABLES)
@pytest.mark.parametrize("line", ON_AWS)
def test_an_unknown_profile_of_the_shell_is_named_with_its_variable(
    line: str, variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, "nope")
    status, printed = said(f"{line} --env prod", capsys)
    assert (status, f"{variable} names the AWS profile 'nope', which does not exist" in printed) == (3, True), printed
    assert "aws configure list-profiles" in printed


def test_an_unknown_profile_of_the_file_is_named_with_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "spendsense.toml"
    file.write_text('[environments.prod]\nprofile = "nope"\n')
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    status, printed = said("status --env prod", capsys)
    assert (status, "environments.prod.profile names the AWS profile 'nope'" in printed) == (3, True), printed


def test_an_unknown_profile_of_the_command_line_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = said("promote --from staging --to prod --to-profile nope", capsys)
    assert (status, "the command line names the AWS profile 'nope'" in printed) == (3, True), printed


def test_doctor_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    edge.outcome(main.app, ["doctor", "--env", "prod"], as_json=False)
    assert "needs credentials; none were found" in " ".join(capsys.readouterr().out.split())
