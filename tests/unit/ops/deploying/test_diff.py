"""The changes that a deploy would make to what serves."""

import copy
import json

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.deploying.diff import Options, run
from ops.errors import NotFound
from tests.unit.ops.scripted_cluster import NEW_IMAGE, Cluster


@pytest.fixture
def steady(cluster: Cluster) -> Cluster:
    """A service that spendsense has deployed."""
    container = cluster.definition["containerDefinitions"][0]
    container["environment"] = [{"name": "APP_REVISION", "value": "v0"}, {"name": "LOG_LEVEL", "value": "INFO"}]
    return cluster


def test_a_deploy_of_what_serves_changes_nothing(steady: Cluster, scripted: Aws) -> None:
    found = run(scripted, Options(), Console())
    assert (found.exit_code, found.as_json()["differs"]) == (0, False)
    assert steady.ecs.sent("RegisterTaskDefinition") == []


def test_what_terraform_has_registered_since_is_shown(steady: Cluster, scripted: Aws) -> None:
    steady.newest = copy.deepcopy(steady.definition) | {"revision": 8, "cpu": 1024, "enableFaultInjection": False}
    steady.newest["containerDefinitions"][0]["environment"].reverse()
    found = run(scripted, Options(), Console())
    assert [str(each) for each in found.definition] == ['+ cpu: "1024"']
    assert found.exit_code == 2


def test_another_image_is_shown_with_its_tag(
    steady: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    del steady
    found = run(scripted, Options(tag="v1"), Console())
    assert [each.path for each in found.definition] == [
        "containerDefinitions[backend].environment[APP_REVISION].value",
        "containerDefinitions[backend].image",
    ]
    assert (found.image, found.exit_code) == (NEW_IMAGE, 2)
    json.dumps(found.as_json())
    found.show(Console())
    assert "serving  revision 6 (v0, sha256:000000000000)" in capsys.readouterr().out


def test_settings_of_the_service_are_compared_too(steady: Cluster, scripted: Aws) -> None:
    steady.desired = 4
    assert [str(each) for each in run(scripted, Options(), Console()).service] == [
        "~ deploymentConfiguration.maximumPercent: 150 -> 125"
    ]


def test_an_unknown_image_is_an_error(steady: Cluster, scripted: Aws) -> None:
    del steady
    with pytest.raises(NotFound, match="has no image tagged v9"):
        run(scripted, Options(tag="v9"), Console())
