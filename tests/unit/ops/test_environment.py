"""The environment on which a command acts, by its settings."""

import pytest

from ops.environment import EnvironmentName, resolve
from ops.errors import Misuse


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
