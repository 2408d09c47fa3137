"""What ECS refuses of requests, before anything has happened."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.errors import AwsError
from tests.unit.localcloud.ecs.asking import Asker


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    made = Asker(tmp_path)
    made.register()
    return made


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"\xff", b'{"cluster":' + b"[" * 100_000], ids=repr)
def test_a_body_that_is_no_object_of_json_is_refused(asker: Asker, body: bytes) -> None:
    with pytest.raises(AwsError) as refused:
        asker.send("ListServices", body)
    assert refused.value.code == "SerializationException"


def test_an_operation_that_there_is_not_is_unknown(asker: Asker) -> None:
    assert asker.refusal("ListUnicorns").startswith("UnknownOperationException")


@pytest.mark.parametrize(
    ("operation", "parameters", "where"),
    [
        ("ListTasks", {"desiredStatus": "GONE"}, "desiredStatus"),
        ("ListTasks", {"launchType": "CLOUD"}, "launchType"),
        ("DescribeServices", {"services": ["s"], "include": ["ALL"]}, "include[0]"),
        ("ListTaskDefinitions", {"status": "GONE"}, "status"),
        ("ListServiceDeployments", {"service": "s", "createdAt": {"after": "2026-01-01T00:00:00Z"}}, "createdAt.after"),
        ("ListServiceDeployments", {"service": "s", "createdAt": {"after": 1e12}}, "createdAt.after"),
        ("ListServiceDeployments", {"service": "s", "createdAt": {"after": 1e300}}, "1e+300"),
        ("ListTasks", {"maxResults": True}, "maxResults"),
        ("UpdateService", {"service": "s", "desiredCount": 2**31}, "desiredCount"),
        ("ListTasks", {"unicorns": 1}, "unicorns"),
        ("ListTasks", {"maxResults": "1"}, "maxResults"),
    ],
    ids=str,
)
def test_values_that_the_service_model_does_not_know_are_refused(
    asker: Asker, operation: str, parameters: dict[str, Any], where: str
) -> None:
    words = asker.refusal(operation, cluster="c", **parameters)
    assert words.startswith("InvalidParameterException")
    assert where in words


def test_a_strategy_that_there_is_not_makes_no_service(asker: Asker) -> None:
    with pytest.raises(AwsError, match=r"deploymentConfiguration.strategy should be one of ROLLING"):
        asker.create(deploymentConfiguration={"strategy": "SOMEHOW"})
    assert asker.world.control.store.services == {}
