"""The cloud, cluster and load balancer that all cases share; all their resources are removed at the end."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cloud import Cloud, from_environment
from tests.conformance.differences import DIFFERENCES
from tests.conformance.facts import FACTS
from tests.conformance.local import local_cloud
from tests.conformance.stage import Stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Check that cases name existing facts and differences; mark cases of differences to fail here, and only here."""
    here = from_environment() is None
    for item in items:
        for known, marker in ((FACTS, "fact"), (DIFFERENCES, "differs")):
            unknown = {name for mark in item.iter_markers(marker) for name in mark.args} - set(known)
            if unknown:
                raise pytest.UsageError(f"{item.nodeid}: no such {marker}: {', '.join(sorted(unknown))}")
        for mark in item.iter_markers("differs"):
            if here:
                item.add_marker(pytest.mark.xfail(strict=True, reason=DIFFERENCES[mark.args[0]].here))


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Use the endpoint in the environment variables, else start a local cloud."""
    settings = from_environment()
    if settings is not None:
        yield from _used(Cloud(settings))
        return
    with local_cloud(tmp_path_factory.mktemp("conformance")) as own:
        yield from _used(Cloud(own))


def _used(cloud: Cloud) -> Iterator[Cloud]:
    try:
        yield cloud
    finally:
        cloud.remove_everything()
    left = _left(cloud)
    assert not left, f"still there, remove by hand: {left}"


def _left(cloud: Cloud) -> list[str]:
    """Return the remaining resources of this run that cost money."""
    found: list[str] = [arn for arn in cloud.ecs.list_clusters()["clusterArns"] if cloud.name in arn]
    balancers: list[dict[str, Any]] = cloud.elb.describe_load_balancers()["LoadBalancers"]
    found += [each["LoadBalancerArn"] for each in balancers if cloud.name in each["LoadBalancerName"]]
    rds = cloud.client("rds")
    found += [each["DBInstanceArn"] for each in rds.describe_db_instances()["DBInstances"]]
    found += [each["DBSnapshotArn"] for each in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]]
    return [each for each in found if cloud.name in each]


@pytest.fixture(scope="package")
def stage(cloud: Cloud) -> Stage:
    cluster = cloud.new_name("cluster")
    cloud.ecs.create_cluster(clusterName=cluster)
    groups = cloud.settings.balancer_groups
    balancer = cloud.elb.create_load_balancer(
        Name=cloud.new_name("balancer"),
        Subnets=cloud.settings.subnets,
        Scheme="internet-facing",
        **({"SecurityGroups": groups} if groups else {}),
    )["LoadBalancers"][0]

    def remove_cluster() -> None:
        for page in cloud.ecs.get_paginator("list_services").paginate(cluster=cluster):
            for service in page["serviceArns"]:  # Created by a case that expected a refusal.
                cloud.ecs.delete_service(cluster=cluster, service=service, force=True)
        cloud.until(lambda: not _busy(cloud, cluster), f"{cluster} to be empty", 1200)
        cloud.ecs.delete_cluster(cluster=cluster)

    cloud.at_the_end(remove_cluster)
    cloud.at_the_end(cloud.elb.delete_load_balancer, LoadBalancerArn=balancer["LoadBalancerArn"])
    cloud.elb.get_waiter("load_balancer_available").wait(
        LoadBalancerArns=[balancer["LoadBalancerArn"]], WaiterConfig=cloud.waiter_delay(15)
    )
    return Stage(cloud, cluster, balancer["LoadBalancerArn"], balancer["DNSName"])


def _busy(cloud: Cloud, cluster: str) -> bool:
    [described] = cloud.ecs.describe_clusters(clusters=[cluster])["clusters"]
    return any(described[key] for key in ("activeServicesCount", "runningTasksCount", "pendingTasksCount"))
