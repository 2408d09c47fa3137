"""The environment on which a command acts, by its settings."""

from pathlib import Path

import pytest

from ops.environment import Environment, EnvironmentName, data_directory, resolve
from ops.errors import Misuse, NotReachable


def test_D3_cluster_and_service_of_the_settings_are_those_acted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER_NAME", "spendsense-dev-jane")
    monkeypatch.setenv("SERVICE_NAME", "spendsense-backend")
    monkeypatch.setenv("SPENDSENSE_OWNER_ID", "jane")
    where = resolve(EnvironmentName.DEV)
    assert (where.cluster, where.service) == ("spendsense-dev-jane", "spendsense-backend")


@pytest.mark.parametrize("variable", ["CLUSTER_NAME", "SERVICE_NAME"])
def test_D3_settings_of_another_environment_are_refused(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "spendsense-prod")
    with pytest.raises(Misuse, match=f"{variable}=spendsense-prod"):
        resolve(EnvironmentName.DEV)


def test_what_is_like_prod_has_its_names_on_this_machine() -> None:
    name = EnvironmentName.LIKE_PROD
    assert (name.is_local, EnvironmentName.PROD.is_local) == (True, False)
    where = Environment(name=name, region="us-west-1")
    assert (where.cluster, where.short_name, where.backend_name) == (
        "spendsense-prod",
        "spendsense-prod",
        "spendsense-backend",
    )
    assert data_directory(name).name == "like-prod"


def test_without_its_local_cloud_the_command_that_starts_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPENDSENSE_HOME", str(tmp_path))
    with pytest.raises(NotReachable, match="the like-dev environment is not running") as refused:
        resolve(EnvironmentName.LIKE_DEV)
    assert "spendsense up --like dev" in str(refused.value.next_step)


def test_a_home_below_a_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPENDSENSE_HOME", str(tmp_path / "file"))
    with pytest.raises(NotReachable, match="a part of its path is a file") as refused:
        resolve(EnvironmentName.LOCAL)
    assert refused.value.next_step == "correct SPENDSENSE_HOME"
