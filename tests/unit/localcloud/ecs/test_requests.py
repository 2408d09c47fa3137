"""Requests that ECS refuses without any effect."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.ecs.scheduling.placement import KEPT_FOR_RUN_TASK
from localcloud.errors import AwsError
from tests.unit.localcloud.ecs.asking import NETWORK, Asker


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    created = Asker(tmp_path)
    created.register()
    return created


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"\xff", b'{"cluster":' + b"[" * 100_000], ids=repr)
def test_a_body_that_is_not_a_json_object_is_refused(asker: Asker, body: bytes) -> None:
    with pytest.raises(AwsError) as refused:
        asker.send("ListServices", body)
    assert refused.value.code == "SerializationException"


def test_an_operation_that_does_not_exist_is_unknown(asker: Asker) -> None:
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


def test_an_unknown_strategy_creates_no_service(asker: Asker) -> None:
    with pytest.raises(AwsError, match=r"deploymentConfiguration.strategy should be one of ROLLING"):
        asker.create(deploymentConfiguration={"strategy": "SOMEHOW"})
    assert asker.world.control.store.services == {}


ROLE = {"executionRoleArn": "arn:aws:iam::123456789012:role/execution"}
ECR_IMAGE = "123456789012.dkr.ecr.us-west-1.amazonaws.com/app:1"
AWSLOGS = {"awslogs-group": "g", "awslogs-region": "us-west-1", "awslogs-stream-prefix": "p"}
SECRET = {"name": "A", "valueFrom": "arn:aws:secretsmanager:us-west-1:123456789012:secret:a-abcdef"}
FARGATE_NEEDS = "ClientException: Fargate requires task definition to have execution role ARN to support "


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"portMappings": [{"protocol": "tcp"}]}, "needs a containerPort"),
        ({"portMappings": [{"containerPortRange": "80-90"}]}, "does not offer containerPortRange"),
        ({"portMappings": [{"containerPort": 0}]}, "containerPort should be between 1 and 65535"),
        ({"portMappings": [{"containerPort": 65536}]}, "containerPort should be between 1 and 65535"),
        ({"environment": [{"value": "x"}]}, "should be a name"),
        ({"environment": [{"name": "A=B", "value": "x"}]}, "should be a name"),
        ({"environment": [{"name": "A", "value": "x\0y"}]}, "null byte"),
        ({"environment": [{"name": "A", "value": "x"}], "secrets": [SECRET]}, "The secret name must be unique"),
        ({"name": "a/b"}, "A name is 1 to 255"),
        ({"mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]}, "ClientException: Unknown volume 'v'."),
        ({"volumesFrom": [{"sourceContainer": "v"}]}, "there is no container 'v'"),
        ({"memory": 3}, "memory should be between 4"),
        ({"cpu": -1}, "cpu should be between 0"),
        ({"logConfiguration": {"logDriver": "awslogs"}}, "awslogs-group"),
    ],
    ids=str,
)
def test_containers_that_could_not_run_are_refused(asker: Asker, container: dict[str, Any], words: str) -> None:
    definition = {"family": "g", "containerDefinitions": [{"name": "c", "image": "i", **container}], **ROLE}
    refusal = asker.refusal("RegisterTaskDefinition", **definition)
    assert refusal.startswith("ClientException")
    assert words in refusal


@pytest.mark.parametrize(("key", "value"), [("memory", "abc"), ("cpu", ".. vCPU"), ("memory", "-5")])
def test_a_size_that_is_not_a_number_is_refused_also_for_ec2(asker: Asker, key: str, value: str) -> None:
    definition = {"family": "g", "containerDefinitions": [{"name": "c", "image": "i"}], key: value}
    assert f"Invalid '{key}' setting for task" in asker.refusal("RegisterTaskDefinition", **definition)


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"image": ECR_IMAGE}, FARGATE_NEEDS + "ECR images."),
        (
            {"logConfiguration": {"logDriver": "awslogs", "options": AWSLOGS}},
            FARGATE_NEEDS + "log driver awslogs.",
        ),
        ({"secrets": [SECRET]}, "you must also specify a value for 'executionRoleArn'."),
    ],
    ids=["image", "logs", "secrets"],
)
def test_fargate_needs_a_role_for_what_it_does_before_a_container_runs(
    asker: Asker, container: dict[str, Any], words: str
) -> None:
    containers = [{"name": "c", "image": "i", **container}]
    with pytest.raises(AwsError) as refused:
        asker.register("g", containerDefinitions=containers)
    assert words in f"{refused.value.code}: {refused.value.message}"
    asker.register("g", containerDefinitions=containers, **ROLE)


def test_a_container_has_memory_of_its_own_or_of_its_task(asker: Asker) -> None:
    words = "Invalid setting for container 'd'. At least one of 'memory' or 'memoryReservation' must be specified."
    for own in ({"memory": 128}, {"memoryReservation": 64}):
        containers = [{"name": "c", "image": "i", **own}, {"name": "d", "image": "i"}]
        without = {"family": "g", "containerDefinitions": containers}
        assert asker.refusal("RegisterTaskDefinition", **without) == f"ClientException: {words}"
        asker.ask("RegisterTaskDefinition", **without, memory="512")
        asker.ask(
            "RegisterTaskDefinition", family="g", containerDefinitions=[containers[0], {**containers[0], "name": "d"}]
        )


def test_a_definition_says_what_it_can_run_on(asker: Asker) -> None:
    def compatibilities(definition: str) -> list[str]:
        described = asker.ask("DescribeTaskDefinition", taskDefinition=definition)["taskDefinition"]
        return list(described["compatibilities"])

    assert compatibilities(asker.register("g")) == ["EC2", "FARGATE"]
    assert compatibilities(asker.register("g", requiresCompatibilities=["EC2"], networkMode="bridge")) == ["EC2"]


def test_a_task_that_cannot_be_started_leaves_nothing_behind(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("no runner")

    monkeypatch.setattr(asker.world, "check_ceiling", fail)
    with pytest.raises(RuntimeError):
        asker.run()
    assert asker.world.control.store.tasks == {}


ECS = "arn:aws:ecs:us-west-1:123456789012"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (f"{ECS}:service/other/s", "Identifier is for cluster other. Your cluster is c"),
        (ECS.replace("west", "east") + ":service/c/s", "Invalid Region in ARN"),
        (f"{ECS}:task/c/s", "Invalid identifier"),
    ],
    ids=["of another cluster", "of another region", "of a task"],
)
def test_an_arn_of_elsewhere_is_not_the_service_of_that_name(asker: Asker, reference: str, words: str) -> None:
    asker.create("s", desiredCount=0)
    for operation, parameters in (
        ("DeleteService", {"service": reference}),
        ("UpdateService", {"service": reference, "desiredCount": 2}),
        ("DescribeServices", {"services": [reference]}),
        ("ListTasks", {"serviceName": reference}),
        ("ListServiceDeployments", {"service": reference}),
    ):
        assert words in asker.refusal(operation, cluster="c", **parameters)
    for own in ("s", f"{ECS}:service/c/s", f"{ECS}:service/s"):
        assert asker.ask("DescribeServices", cluster="c", services=[own])["services"][0]["status"] == "ACTIVE"


def test_an_arn_of_elsewhere_is_not_the_task_of_that_id(asker: Asker) -> None:
    [task] = asker.run()
    identity = task["taskArn"].rsplit("/", 1)[1]
    for operation in ("StopTask", "ExecuteCommand"):
        more = {"command": "ls", "interactive": True} if operation == "ExecuteCommand" else {}
        refusal = asker.refusal(operation, cluster="c", task=f"{ECS}:task/other/{identity}", **more)
        assert refusal == "InvalidParameterException: Identifier is for cluster other. Your cluster is c"
        refusal = asker.refusal(operation, cluster="c", task="short", **more)
        assert refusal == "InvalidParameterException: taskId length should be one of [32,36]"
    for own in (identity, task["taskArn"], f"{ECS}:task/{identity}"):
        assert asker.ask("DescribeTasks", cluster="c", tasks=[own])["failures"] == []


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("ListServices", {"cluster": "cluster/c"}),
        ("DescribeClusters", {"clusters": ["c", "cluster/c"]}),
        ("DescribeServices", {"cluster": "c", "services": ["service/c/s"]}),
        ("DescribeTasks", {"cluster": "c", "tasks": [f"task/c/{'0' * 32}"]}),
        ("DescribeTaskDefinition", {"taskDefinition": "task-definition/f:1"}),
        ("RunTask", {"cluster": "c", "taskDefinition": "task-definition/f:1", "networkConfiguration": NETWORK}),
        ("ListTagsForResource", {"resourceArn": "service/c/s"}),
    ],
    ids=str,
)
def test_an_arn_of_another_region_is_refused(asker: Asker, operation: str, parameters: dict[str, Any]) -> None:
    elsewhere = ECS.replace("west", "east") + ":"

    def moved(value: Any) -> Any:
        if isinstance(value, list):
            return [moved(each) for each in value]
        return elsewhere + value if isinstance(value, str) and "/" in value else value

    refusal = asker.refusal(operation, **{name: moved(value) for name, value in parameters.items()})
    assert refusal == "InvalidParameterException: Invalid Region in ARN"


def test_a_cluster_of_another_account_is_missing_under_its_own_arn_and_a_deleted_one_is_inactive(asker: Asker) -> None:
    elsewhere = ECS.replace("1234", "9999") + ":cluster/c"
    assert asker.refusal("ListServices", cluster=elsewhere) == "ClusterNotFoundException: Cluster not found."
    failures = asker.ask("DescribeClusters", clusters=[elsewhere, "none"])["failures"]
    assert failures == [
        {"arn": elsewhere, "reason": "MISSING"},
        {"arn": f"{ECS}:cluster/none", "reason": "MISSING"},
    ]
    asker.ask("DeleteCluster", cluster="c")
    words = "ClusterNotFoundException: The referenced cluster was inactive."
    assert asker.refusal("ListServices", cluster=f"{ECS}:cluster/c") == words


def test_what_is_to_be_used_says_that_there_is_no_such_definition(asker: Asker) -> None:
    asker.create("s")
    for reference in ("none", "f:9", "none:x", ECS.replace("1234", "9999") + ":task-definition/f:1"):
        for operation, parameters in (("RunTask", {}), ("UpdateService", {"service": "s"})):
            refusal = asker.refusal(operation, cluster="c", taskDefinition=reference, **parameters)
            assert refusal == "ClientException: TaskDefinition not found."
        assert "Unable to describe" in asker.refusal("DescribeTaskDefinition", taskDefinition=reference)


@pytest.mark.parametrize("token", ["wrong", "LTU=", "IDUg", "MV8w", "MDU=", "é", "===="])
def test_a_token_that_no_response_had_is_refused(asker: Asker, token: str) -> None:
    assert asker.refusal("ListClusters", nextToken=token) == "InvalidParameterException: Invalid token"


def test_run_task_with_the_same_token_is_the_same_task(asker: Asker) -> None:
    first = asker.run(clientToken="t", count=2)
    assert [task["taskArn"] for task in asker.run(clientToken="t", count=2)] == [task["taskArn"] for task in first]
    assert len(asker.world.control.store.tasks) == 2
    parameters = {"cluster": "c", "taskDefinition": "f", "networkConfiguration": NETWORK, "clientToken": "t"}
    refusal = asker.refusal("RunTask", **parameters)
    assert refusal.startswith("ConflictException")
    assert first[0]["taskArn"] in refusal
    for token in ("", "with space", "t" * 65):
        assert "InvalidParameterException" in asker.refusal("RunTask", **(parameters | {"clientToken": token}))
    asker.ask("CreateCluster", clusterName="d")
    assert asker.run(cluster="d", clientToken="t")[0]["taskArn"] not in {task["taskArn"] for task in first}


def test_create_service_again_with_the_same_values_is_the_service(asker: Asker) -> None:
    created = asker.create("s", tags=[{"key": "a", "value": "b"}])
    assert asker.create("s", tags=[{"key": "a", "value": "b"}])["createdAt"] == created["createdAt"]
    assert len(asker.world.control.store.services[created["serviceArn"]].deployments) == 1
    for other in ({"desiredCount": 2}, {"enableExecuteCommand": True}, {"taskDefinition": asker.register("g")}):
        with pytest.raises(AwsError, match="not idempotent"):
            asker.create("s", **({"tags": [{"key": "a", "value": "b"}]} | other))


def test_what_cannot_be_deleted_is_a_failure_beside_what_can(asker: Asker) -> None:
    gone, active = asker.register("g"), asker.register("g")
    asker.ask("DeregisterTaskDefinition", taskDefinition=gone)
    answer = asker.ask("DeleteTaskDefinitions", taskDefinitions=[gone, "none:1", active, "g"])
    assert [definition["status"] for definition in answer["taskDefinitions"]] == ["DELETE_IN_PROGRESS"]
    assert [failure["arn"] for failure in answer["failures"]] == ["none:1", active, "g"]
    assert "does not exist" in answer["failures"][0]["reason"]
    assert "cannot be empty" in asker.refusal("DeleteTaskDefinitions", taskDefinitions=[])


def test_a_count_beyond_awss_limit_is_refused_and_the_limit_itself_is_taken(asker: Asker) -> None:
    asker.create()
    refused = "InvalidParameterException: Desired count exceeds limit."
    for count in (5001, 99_999, 2**31 - 1):
        assert asker.refusal("UpdateService", cluster="c", service="s", desiredCount=count) == refused
        with pytest.raises(AwsError, match=r"Desired count exceeds limit\."):
            asker.create("t", desiredCount=count)
    assert asker.ask("UpdateService", cluster="c", service="s", desiredCount=5000)["service"]["desiredCount"] == 5000


@pytest.mark.parametrize("maximum", [0, 100, 2**31 - 1])
@pytest.mark.parametrize("minimum", [0, 100, 2**31 - 1])
def test_numbers_at_their_extremes_keep_within_what_the_machine_runs(asker: Asker, minimum: int, maximum: int) -> None:
    percentages = {"minimumHealthyPercent": minimum, "maximumPercent": maximum}
    asker.create(desiredCount=5000, deploymentConfiguration=percentages, healthCheckGracePeriodSeconds=2**31 - 1)
    asker.world.pass_time(5)
    assert len(asker.world.runners) <= asker.world.control.placement.most


def test_a_task_of_its_own_beyond_what_the_machine_runs_is_refused(asker: Asker) -> None:
    room = asker.world.control.placement.most + KEPT_FOR_RUN_TASK
    for _ in range(room // 10):
        asker.run(count=10)
    answer = asker.ask("RunTask", cluster="c", taskDefinition="f", networkConfiguration=NETWORK, count=10)
    assert (answer["tasks"], len(answer["failures"])) == ([], 10)
    assert answer["failures"][0]["reason"].startswith("You've reached the limit on the number of vCPUs")
