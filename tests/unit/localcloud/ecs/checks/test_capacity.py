"""Launch types, capacity providers, schedulers and networks: which are accepted, and how they are shown."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.errors import AwsError
from tests.unit.localcloud.ecs.asking import NETWORK, Asker

SPOT = [{"capacityProvider": "FARGATE", "base": 1, "weight": 1}, {"capacityProvider": "FARGATE_SPOT", "weight": 3}]
NOT_FOUND = "The specified capacity provider was not found."


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    created = Asker(tmp_path)
    created.register()
    return created


def with_providers(asker: Asker, default: list[dict[str, Any]] | None = None) -> None:
    providers = {"capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": default or []}
    asker.ask("PutClusterCapacityProviders", cluster="c", **providers)


def test_a_strategy_needs_providers_of_the_cluster_and_no_launch_type(asker: Asker) -> None:
    run = {"cluster": "c", "taskDefinition": "f", "networkConfiguration": NETWORK, "capacityProviderStrategy": SPOT}
    create = run | {"serviceName": "s", "desiredCount": 1}
    for operation, parameters in (("RunTask", run), ("CreateService", create)):
        assert NOT_FOUND in asker.refusal(operation, **parameters)
        both = asker.refusal(operation, **parameters, launchType="FARGATE")
        assert "Specifying both a launch type and capacity provider strategy is not supported." in both
    asker.create("s")
    update = {"cluster": "c", "service": "s", "capacityProviderStrategy": SPOT}
    assert NOT_FOUND in asker.refusal("UpdateService", **update)
    for wrong in ({"weight": 1001}, {"base": 100_001}):
        with_providers(asker)
        strategy = [{"capacityProvider": "FARGATE"} | wrong]
        assert "should be between" in asker.refusal("RunTask", **(run | {"capacityProviderStrategy": strategy}))


def test_clusters_have_only_existing_providers(asker: Asker) -> None:
    assert NOT_FOUND in asker.refusal("CreateCluster", clusterName="d", capacityProviders=["MINE"])
    only = {"capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": SPOT}
    assert NOT_FOUND in asker.refusal("PutClusterCapacityProviders", cluster="c", **only)


def test_providers_are_not_taken_from_services_that_use_them(asker: Asker) -> None:
    with_providers(asker, SPOT)
    asker.create("s")
    for left in ([], ["FARGATE"]):
        nothing = {"capacityProviders": left, "defaultCapacityProviderStrategy": []}
        refusal = asker.refusal("PutClusterCapacityProviders", cluster="c", **nothing)
        assert "The specified capacity provider is in use and cannot be removed." in refusal
    asker.ask("DeleteService", cluster="c", service="s", force=True)
    asker.world.control.look()
    answer = asker.ask(
        "PutClusterCapacityProviders", cluster="c", capacityProviders=[], defaultCapacityProviderStrategy=[]
    )
    assert answer["cluster"]["capacityProviders"] == []


def test_tasks_and_services_show_their_provider(asker: Asker) -> None:
    assert "capacityProviderName" not in asker.run()[0]
    with_providers(asker, SPOT)
    assert asker.run()[0]["capacityProviderName"] == "FARGATE_SPOT", "by the cluster's default"
    assert "capacityProviderName" not in asker.run(launchType="FARGATE")[0]
    service = asker.create("s")
    assert ("launchType" in service, service["capacityProviderStrategy"]) == (False, SPOT)
    assert service["deployments"][0]["capacityProviderStrategy"] == SPOT
    asker.world.control.look()
    arns = asker.ask("ListTasks", cluster="c", serviceName="s")["taskArns"]
    [task] = asker.ask("DescribeTasks", cluster="c", tasks=arns)["tasks"]
    assert task["capacityProviderName"] == "FARGATE_SPOT"


def test_fargate_runs_only_what_is_for_fargate(asker: Asker) -> None:
    asker.register("g", requiresCompatibilities=["EC2"], networkMode="bridge")
    parameters = {"cluster": "c", "taskDefinition": "g", "launchType": "FARGATE", "networkConfiguration": NETWORK}
    words = "InvalidParameterException: Task definition does not support launch_type FARGATE."
    assert asker.refusal("RunTask", **parameters) == words
    assert asker.refusal("CreateService", **parameters, serviceName="s", desiredCount=1) == words


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({}, "Network Configuration must be provided"),
        ({"awsvpcConfiguration": {"subnets": []}}, "subnets cannot be empty"),
        ({"awsvpcConfiguration": {"subnets": ["subnet-1"] * 17}}, "subnets can have at most 16"),
        ({"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"] * 6}}, "securityGroups can have"),
    ],
    ids=["none", "no subnet", "subnets", "groups"],
)
def test_networks_that_no_task_can_have_are_refused(asker: Asker, network: dict[str, Any], words: str) -> None:
    parameters = {"cluster": "c", "taskDefinition": "f", "networkConfiguration": network}
    assert words in asker.refusal("RunTask", **parameters)
    assert words in asker.refusal("CreateService", **parameters, serviceName="s", desiredCount=1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"schedulingStrategy": "DAEMON"}, "DAEMON"),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "CODE_DEPLOY"),
        ({"deploymentController": {"type": "EXTERNAL"}}, "EXTERNAL"),
        ({"loadBalancers": [{}] * 6}, "at most 5"),
    ],
    ids=str,
)
def test_schedulers_that_are_not_here_are_refused(asker: Asker, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(AwsError, match=words):
        asker.create("s", **settings)


def test_a_service_says_how_many_tasks_it_wants(asker: Asker) -> None:
    parameters = {"cluster": "c", "serviceName": "s", "taskDefinition": "f", "networkConfiguration": NETWORK}
    assert "desiredCount is required" in asker.refusal("CreateService", **parameters)


def test_lists_show_only_what_is_requested(asker: Asker) -> None:
    asker.run()
    asker.create("s", desiredCount=0)

    def counted(operation: str, key: str, **filters: str) -> int:
        return len(asker.ask(operation, cluster="c", **filters)[key])

    assert counted("ListTasks", "taskArns", launchType="FARGATE") == 1
    assert counted("ListTasks", "taskArns", launchType="EC2") == 0
    assert counted("ListTasks", "taskArns", desiredStatus="PENDING") == 0, "no task ever has it"
    assert counted("ListServices", "serviceArns", schedulingStrategy="REPLICA") == 1
    assert counted("ListServices", "serviceArns", schedulingStrategy="DAEMON") == 0
    assert "container instance was not found" in asker.refusal("ListTasks", cluster="c", containerInstance="i")


def test_fargates_providers_are_described_and_others_are_missing(asker: Asker) -> None:
    everything = asker.ask("DescribeCapacityProviders")
    assert [provider["name"] for provider in everything["capacityProviders"]] == ["FARGATE", "FARGATE_SPOT"]
    arn = everything["capacityProviders"][1]["capacityProviderArn"]
    some = asker.ask("DescribeCapacityProviders", capacityProviders=[arn, "MINE"])
    assert [provider["status"] for provider in some["capacityProviders"]] == ["ACTIVE"]
    assert some["failures"] == [{"arn": "MINE", "reason": "MISSING"}]
