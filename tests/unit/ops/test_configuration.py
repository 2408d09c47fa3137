"""spendsense.toml and the variables that override it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops import configuration
from ops.aws.clients import Aws
from ops.aws.service import public_url
from ops.environment import ON_AWS, EnvironmentName, resolve
from ops.errors import Misuse
from ops.terraform.targets import arguments, aws_target

EVERYTHING = """
[environments.dev]
region = "eu-central-1"
profile = "spendsense-dev"
owner_id = "jane"
url = "https://dev.example"
"""
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes the configuration file, in a shell without variables of its own."""
    variables = ("AWS_REGION", "AWS_DEFAULT_REGION", "SPENDSENSE_OWNER_ID", "SERVICE_URL")
    for each in (*variables, *configuration.OWN_CREDENTIALS):
        monkeypatch.delenv(each, raising=False)
    path = tmp_path / "spendsense.toml"
    monkeypatch.setenv("SPENDSENSE_CONFIG", str(path))

    def written(text: str) -> Path:
        path.write_text(text)
        return path

    return written


def test_the_file_says_how_an_environment_is_reached(write: Write) -> None:
    write(EVERYTHING)
    where = resolve(EnvironmentName.DEV)
    aws = Aws(where)
    assert (where.region, where.owner_id, where.cluster) == ("eu-central-1", "jane", "spendsense-dev-jane")
    assert (aws.profile, public_url(aws)) == ("spendsense-dev", "https://dev.example")
    target = aws_target(EnvironmentName.DEV)
    assert target.environment["AWS_PROFILE"] == "spendsense-dev"
    assert "-backend-config=key=dev/jane/terraform.tfstate" in target.backend
    assert "-var=owner_id=jane" in arguments(EnvironmentName.DEV)


def test_another_environment_keeps_the_defaults(write: Write) -> None:
    write(EVERYTHING)
    where = resolve(EnvironmentName.PROD)
    assert (where.region, where.owner_id, Aws(where).profile) == ("us-west-1", "", None)


def test_variables_override_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(EVERYTHING)
    for name, value in (("AWS_REGION", "eu-west-1"), ("SPENDSENSE_OWNER_ID", ""), ("SERVICE_URL", "https://other")):
        monkeypatch.setenv(name, value)
    where = resolve(EnvironmentName.DEV)
    assert (where.region, where.owner_id, public_url(Aws(where))) == ("eu-west-1", "", "https://other")


@pytest.mark.parametrize("variable", configuration.OWN_CREDENTIALS)
def test_the_shells_own_credentials_come_before_the_files_profile(
    variable: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(EVERYTHING)
    monkeypatch.setenv(variable, "set")
    assert Aws(resolve(EnvironmentName.DEV)).profile is None


def test_a_profile_named_by_an_option_comes_first(write: Write) -> None:
    write(EVERYTHING)
    assert Aws(resolve(EnvironmentName.DEV), profile="other").profile == "other"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[environments.dev", "should be TOML"),
        ("[environment.dev]", "did you mean environments?"),
        ("region = 'eu-west-1'", "region should be in the table of an environment, such as [environments.dev]"),
        ("[environments.local]", "environments.local is not a setting: should be one of dev, staging, prod"),
        ("[environments.stagin]", "did you mean environments.staging?"),
        ("environments = 1", "environments should be a table, found 1"),
        ("[environments]\ndev = 'eu-west-1'", "environments.dev should be a table, found 'eu-west-1'"),
        ("[environments.dev]\nregoin = 'eu-west-1'", "did you mean environments.dev.region?"),
        ("[environments.dev]\nregion = 1", "environments.dev.region should be a string on one line, found 1"),
        ("[environments.dev]\nprofile = ''", "environments.dev.profile should be a string on one line, found ''"),
        ("[environments.dev]\nurl = 'dev.example'", "environments.dev.url should begin with https:// or http://"),
        (
            "[environments.dev]\nowner_id = 'Jane'",
            "environments.dev.owner_id=Jane: should be at most 16 lower-case",
        ),
    ],
)
def test_a_mistake_is_refused_with_file_and_setting(text: str, found: str, write: Write) -> None:
    path = write(text)
    with pytest.raises(Misuse) as refused:
        resolve(EnvironmentName.DEV)
    assert refused.value.message.startswith(f"{path}: ")
    assert found in refused.value.message
    assert refused.value.next_step


def test_bytes_that_are_no_text_are_refused(write: Write) -> None:
    write("").write_bytes(b"\xff")
    with pytest.raises(Misuse, match="should be UTF-8 text, found byte 0xff at 0"):
        resolve(EnvironmentName.DEV)


def test_a_file_that_a_variable_names_has_to_exist(write: Write) -> None:
    path = write("")
    path.unlink()
    with pytest.raises(Misuse, match="does not exist, but SPENDSENSE_CONFIG names it") as refused:
        resolve(EnvironmentName.DEV)
    assert refused.value.next_step == "correct SPENDSENSE_CONFIG, or `unset SPENDSENSE_CONFIG`"


def test_without_a_file_there_are_only_defaults(write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write("")
    monkeypatch.delenv("SPENDSENSE_CONFIG")
    monkeypatch.setattr(configuration, "PROJECT_ROOT", tmp_path / "elsewhere")
    assert configuration.in_file("dev") == configuration.OnAws()


def test_the_file_has_a_table_for_each_environment_on_aws() -> None:
    assert tuple(each.value for each in ON_AWS) == configuration.ENVIRONMENTS
