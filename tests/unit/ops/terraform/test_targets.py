"""The input of a plan, and where its requests go."""

from pathlib import Path

import pytest

from ops.aws.sessions import LOCAL_MARK
from ops.environment import EnvironmentName, LocalEndpoint
from ops.errors import Misuse
from ops.terraform import targets
from ops.terraform.program import Provider

LOCAL = LocalEndpoint(
    endpoint="http://127.0.0.1:4566",
    region="us-west-1",
    account_id="123456789012",
    pid=1,
    image_store=Path("images"),
    speed=5,
)


def test_the_file_of_this_machine_comes_after_that_of_the_environment() -> None:
    given = targets.arguments(EnvironmentName.LIKE_PROD, Path("/up.json"), ["min_capacity=3"])
    assert given == ["-var-file=environments/prod.tfvars", "-var-file=/up.json", "-var=min_capacity=3"]


def test_an_owner_on_aws_has_names_and_a_state_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPENDSENSE_OWNER_ID", "jane")
    assert targets.arguments(EnvironmentName.DEV) == ["-var-file=environments/dev.tfvars", "-var=owner_id=jane"]
    assert targets.aws_target(EnvironmentName.DEV).backend == [
        "-backend-config=environments/dev.s3.tfbackend",
        "-backend-config=key=dev/jane/terraform.tfstate",
    ]
    assert "-var=owner_id=jane" not in targets.arguments(EnvironmentName.LIKE_DEV)
    monkeypatch.setenv("SPENDSENSE_OWNER_ID", "Jane Doe")
    with pytest.raises(Misuse, match="SPENDSENSE_OWNER_ID"):
        targets.arguments(EnvironmentName.DEV)


def test_a_local_cloud_gets_every_request_and_nobodys_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("TF_VAR_environment", "prod")
    made = targets.local_target(LOCAL, Provider.STAND_IN)
    assert made.environment["AWS_ENDPOINT_URL"] == LOCAL.endpoint
    assert made.environment["AWS_SECRET_ACCESS_KEY"] == "test"
    assert not {"AWS_PROFILE", "TF_VAR_environment"} & made.environment.keys()
    assert 'backend "local"' in made.override


def test_terraform_has_the_session_of_a_local_role_that_the_shell_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIA1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    for token, sent in ((f"{LOCAL_MARK}abc", ("ASIA1", f"{LOCAL_MARK}abc")), ("IQoJ", ("test", None))):
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
        made = targets.local_target(LOCAL, Provider.STAND_IN).environment
        assert (made["AWS_ACCESS_KEY_ID"], made.get("AWS_SESSION_TOKEN")) == sent


def test_on_aws_the_callers_identity_and_the_states_bucket_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    made = targets.aws_target(EnvironmentName.PROD)
    assert made.environment["AWS_PROFILE"] == "production"
    assert made.override == ""
    assert made.backend == ["-backend-config=environments/prod.s3.tfbackend"]
