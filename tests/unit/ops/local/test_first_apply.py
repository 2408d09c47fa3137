"""`up` deploys the current source only if no version has ever served."""

import json
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.aws.service import describe_service
from ops.local.first_apply import is_first_deploy
from tests.unit.ops.scripted_cluster import OLD_IMAGE, Cluster, deployment

SERVED = {"image": OLD_IMAGE, "revision": "v0"}
NEVER = {"image": "registry/spendsense-backend:never-deployed", "revision": "never-deployed"}


@pytest.mark.parametrize(
    ("deployments", "record", "first"),
    [
        ([deployment(6, "PRIMARY", "COMPLETED")], SERVED, False),
        ([deployment(7, "PRIMARY", "IN_PROGRESS"), deployment(6, "ACTIVE", "COMPLETED")], SERVED, False),
        # The tasks of revision 6 have ended, and revision 7 waits for its alarms.
        ([deployment(7, "PRIMARY", "IN_PROGRESS")], SERVED, False),
        ([deployment(7, "PRIMARY", "IN_PROGRESS")], SERVED | {"pending": SERVED}, False),
        # The watch of the first deploy was killed.
        ([deployment(6, "PRIMARY", "IN_PROGRESS")], NEVER | {"pending": SERVED}, True),
        ([deployment(6, "PRIMARY", "IN_PROGRESS")], None, True),
        ([deployment(6, "PRIMARY", "IN_PROGRESS")], {"of": "others"}, True),
        ([deployment(6, "PRIMARY", "FAILED")], NEVER, True),
        ([deployment(7, "PRIMARY", "FAILED")], SERVED, True),
    ],
)
def test_a_version_that_serves_or_has_a_successor_is_not_deployed_again(
    deployments: list[dict[str, Any]], record: dict[str, Any] | None, first: bool, cluster: Cluster, scripted: Aws
) -> None:
    cluster.deployments = deployments
    if record is not None:
        cluster.ssm.on("GetParameter", {"Parameter": {"Value": json.dumps(record)}})
    assert is_first_deploy(scripted, describe_service(scripted)) is first


def test_a_service_without_an_image_gets_its_first(cluster: Cluster, scripted: Aws) -> None:
    cluster.definition["containerDefinitions"][0]["image"] = NEVER["image"]
    assert is_first_deploy(scripted, describe_service(scripted))
