"""`spendsense open`: which URL, and whether a browser shows it."""

from dataclasses import replace

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.daily import open as open_verb
from ops.environment import EnvironmentName
from ops.errors import NotFound


@pytest.fixture
def balanced(scripted: Aws) -> Aws:
    """An environment with a load balancer that listens on 8080."""
    stubber = Stubber(scripted.elbv2)
    stubber.add_response("describe_load_balancers", {"LoadBalancers": [{"LoadBalancerArn": "arn", "DNSName": "name"}]})
    listener = {"Protocol": "HTTP", "Port": 8080, "DefaultActions": [{"Type": "forward"}]}
    stubber.add_response("describe_listeners", {"Listeners": [listener]})
    stubber.activate()
    return scripted


def test_the_url_is_printed_and_its_documentation_shown(balanced: Aws) -> None:
    shown: list[str] = []

    def browse(page: str) -> bool:
        shown.append(page)
        return True

    found = open_verb.run(balanced, browse)
    assert found.as_json() == {"env": "local", "url": "http://127.0.0.1:8080", "opened": True}
    assert shown == ["http://127.0.0.1:8080/docs"]


def test_without_a_browser_it_is_only_printed(balanced: Aws) -> None:
    assert open_verb.run(balanced, None).as_json()["opened"] is False


def test_on_aws_the_public_url_is_what_is_set(scripted: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted.environment = replace(scripted.environment, name=EnvironmentName.PROD, local=None)
    monkeypatch.setenv("SERVICE_URL", "https://api.example.com")
    shown: list[str] = []
    found = open_verb.run(scripted, lambda page: not shown.append(page))  # type: ignore[func-returns-value]
    assert (found.url, shown) == ("https://api.example.com", ["https://api.example.com"])


def test_an_environment_without_a_load_balancer_has_no_url(scripted: Aws) -> None:
    stubber = Stubber(scripted.elbv2)
    stubber.add_client_error("describe_load_balancers", "LoadBalancerNotFound")
    stubber.activate()
    with pytest.raises(NotFound, match="local has no URL"):
        open_verb.run(scripted, None)
