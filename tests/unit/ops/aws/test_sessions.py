"""The commands' AWS clients: all can be created, for this machine and for AWS."""

from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import HTTPClientError, ProfileNotFound

from localcloud.authorization.principals import Kind, Principal
from localcloud.identity.sealing import Seal
from localcloud.protocol.caller import Session
from ops.aws.clients import Aws, explain
from ops.aws.sessions import ADMINISTRATOR, SERVICES, local_credentials
from ops.environment import Environment, EnvironmentName
from ops.errors import Misuse, NotReachable

CLIENTS = [name for name, value in vars(Aws).items() if isinstance(value, cached_property) and name[0] != "_"]


@pytest.mark.parametrize("name", CLIENTS)
def test_each_client_of_this_machine_goes_to_its_endpoint(scripted: Aws, name: str) -> None:
    client = getattr(scripted, name)
    assert client.meta.endpoint_url == "http://127.0.0.1:1"
    assert client.meta.region_name == "us-west-1"
    assert client.meta.service_model.service_name in SERVICES


def test_every_listed_service_is_used_by_a_client(scripted: Aws) -> None:
    clients = [*(getattr(scripted, name) for name in CLIENTS), scripted.tagging("us-west-1")]
    assert {each.meta.service_model.service_name for each in clients} == set(SERVICES)


@pytest.mark.parametrize("name", CLIENTS)
def test_each_client_of_aws_goes_to_aws(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client = getattr(Aws(Environment(name=EnvironmentName.DEV, region="eu-central-1")), name)
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    assert host.endswith(".amazonaws.com")
    assert client.meta.region_name in {"eu-central-1", "aws-global"}


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """AWS as a shell with these variables and this configuration sees it."""

    def make(configuration: str = "", **variables: str) -> Aws:
        (tmp_path / "config").write_text(configuration)
        settings = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in (settings | {"AWS_EC2_METADATA_DISABLED": "true"} | variables).items():
            monkeypatch.setenv(name, value)
        return Aws(Environment(name=EnvironmentName.DEV, region="eu-central-1"))

    return make


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.mark.parametrize("url", ["nowhere", "http://[::1", "http://", "http://a b", "https://host:port"])
def test_an_endpoint_that_is_not_a_url_is_a_misuse(on_aws: Any, url: str) -> None:
    with pytest.raises(Misuse, match="endpoint of AWS's ecs") as refused:
        on_aws(**KEYS, AWS_ENDPOINT_URL=url).ecs.describe_clusters()
    assert "AWS_ENDPOINT_URL" in str(refused.value.next_step)


@pytest.mark.parametrize("program", ["/no/such/program", "/"])
def test_a_credential_process_that_cannot_be_started_is_named(on_aws: Any, program: str) -> None:
    with pytest.raises(NotReachable, match=f"process could not be started: .*'{program}'") as refused:
        _ = on_aws(f"[default]\ncredential_process = {program}\n").ecs
    assert "credential_process" in str(refused.value.next_step)


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"])
def test_credentials_that_no_header_may_contain_fail_at_once_and_are_not_shown(
    on_aws: Any, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = on_aws(**KEYS | {name: "planted\nsecret"}, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    with pytest.raises(HTTPClientError) as raised:
        aws.ecs.describe_clusters()
    explained = explain(raised.value)
    assert explained is not None
    assert "characters that HTTP does not allow" in explained.message
    assert "planted" not in explained.message + capsys.readouterr().err


def in_shell(token: str, **more: str) -> dict[str, str]:
    names = {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": token}
    return names | more


def own_token() -> str:
    now = datetime.now(UTC)
    session = Session(name="s", issued=now, expires=now)
    return Seal(b"k" * 32).issue(Principal(kind=Kind.ROLE_SESSION, arn="arn"), session).token


def test_a_local_cloud_gets_its_own_sessions_and_nothing_that_is_meant_for_aws() -> None:
    own = own_token()
    assert local_credentials(in_shell(own)) == ("ASIAEXAMPLE", "secret", own)
    for shell in (
        in_shell("IQoJb3JpZ2luX2VjEXAMPLE"),
        in_shell(""),
        in_shell(own, AWS_SECRET_ACCESS_KEY=""),
        {"AWS_SESSION_TOKEN": own},
        {},
    ):
        assert local_credentials(shell) == ADMINISTRATOR


def test_a_profile_may_hold_a_session_of_a_local_cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = own_token()
    keys = "aws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = secret\naws_session_token = "
    (tmp_path / "credentials").write_text(f"[here]\n{keys}{own}\n[aws]\n{keys}IQoJb3JpZ2luX2VjEXAMPLE\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert local_credentials(in_shell(""), "here") == ("ASIAEXAMPLE", "secret", own)
    assert local_credentials(in_shell(own), "aws") == ADMINISTRATOR
    with pytest.raises(ProfileNotFound, match="nobody"):
        local_credentials(in_shell(own), "nobody")
