"""A deploy against scripted answers of ECS and CloudWatch Logs."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from ops import deploy
from ops.aws import Aws
from ops.console import Console
from ops.environment import Environment, EnvironmentName
from ops.errors import DeployRefused, Misuse, NotFound
from ops.rollout import Verdict
from ops.strategy import Strategy, Wish

ARN = "arn:aws:ecs:us-west-1:123456789012:task-definition/spendsense-backend"
HISTORY = "arn:aws:ecs:us-west-1:123456789012:service-deployment/spendsense-local/spendsense-backend/d7"
OLD_IMAGE = "registry/spendsense-backend@sha256:" + "0" * 64
INSTANCE = {"DBInstanceIdentifier": "spendsense-local", "DBInstanceClass": "db.t4g.micro", "DBParameterGroups": []}
NEW_IMAGE = "registry/spendsense-backend@sha256:" + "1" * 64


class Cluster:
    """One service as ECS would describe it; a test moves it by hand."""

    def __init__(self, aws: Aws, wire: Any) -> None:
        self.ecs = wire(aws.ecs)
        self.logs = wire(aws.logs)
        self.ecr = wire(aws.ecr)
        self.ssm = wire(aws.ssm)
        self.autoscaling = wire(aws.autoscaling)
        self.definition: dict[str, Any] = {
            "taskDefinitionArn": f"{ARN}:6",
            "family": "spendsense-backend",
            "revision": 6,
            "containerDefinitions": [
                {
                    "name": "backend",
                    "image": OLD_IMAGE,
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {
                            "awslogs-group": "/ecs/spendsense-backend",
                            "awslogs-region": "us-west-1",
                            "awslogs-stream-prefix": "backend",
                        },
                    },
                }
            ],
        }
        self.newest: dict[str, Any] | None = None  # of the family, when that is not the one that runs
        self.desired = 2
        self.deployments = [deployment(6, "PRIMARY", "COMPLETED")]
        self.events = [{"id": "before", "createdAt": 1.0, "message": "(service s) has reached a steady state."}]
        self.running = [task("old1", 6, OLD_IMAGE), task("old2", 6, OLD_IMAGE)]
        self.stopped: list[dict[str, Any]] = []
        self.migration_exit_code = 0
        self.after_update: list[Any] = []  # steps, one for each DescribeServices that follows UpdateService
        self.updated = False
        self.configuration: dict[str, Any] = {"strategy": "ROLLING", "maximumPercent": 150}
        self.load_balancers: list[dict[str, Any]] = []
        self.history: dict[str, Any] = {"serviceDeploymentArn": HISTORY, "status": "IN_PROGRESS"}
        for operation, answer in {
            "DescribeServices": self.describe_services,
            "DescribeTaskDefinition": self.describe_task_definition,
            "RegisterTaskDefinition": self.register,
            "RunTask": lambda _: {"tasks": [task("migration", 7, NEW_IMAGE)], "failures": []},
            "UpdateService": self.update,
            "ListServiceDeployments": self.list_service_deployments,
            "DescribeServiceDeployments": lambda _: {"serviceDeployments": [self.history]},
            "ListTasks": self.list_tasks,
            "DescribeTasks": self.describe_tasks,
        }.items():
            self.ecs.on(operation, answer)
        self.ssm.on("PutParameter", {"Version": 2})
        self.ssm.on("GetParameter", {"__type": "ParameterNotFound"})
        self.rds = Stubber(aws.rds)  # speaks another protocol
        for _ in range(3):
            self.rds.add_response("describe_db_instances", {"DBInstances": [INSTANCE]})
        self.rds.activate()
        self.logs.on("GetLogEvents", {"events": [{"timestamp": 1, "message": "Traceback ...\n"}]})

    def service(self) -> dict[str, Any]:
        primary = self.deployments[0]
        return {
            "serviceName": "spendsense-backend",
            "status": "ACTIVE",
            "taskDefinition": primary["taskDefinition"],
            "desiredCount": self.desired,
            "runningCount": len(self.running),
            "pendingCount": 0,
            "deployments": copy.deepcopy(self.deployments),
            "events": list(reversed(self.events)),
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
            "deploymentConfiguration": self.configuration,
            "loadBalancers": self.load_balancers,
        }

    def describe_task_definition(self, request: dict[str, Any]) -> dict[str, Any]:
        by_family = request["taskDefinition"] == self.definition["family"]
        tags = [{"key": "project", "value": "spendsense"}, {"key": "aws:cloudformation:stack-id", "value": "x"}]
        told = {"tags": tags} if request.get("include") == ["TAGS"] else {}
        return {"taskDefinition": self.newest if by_family and self.newest else self.definition, **told}

    def describe_services(self, _: dict[str, Any]) -> dict[str, Any]:
        if self.updated and self.after_update:
            self.after_update.pop(0)()
        return {"services": [self.service()], "failures": []}

    def register(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"taskDefinition": {**request, "taskDefinitionArn": f"{ARN}:7", "revision": 7}}

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        assert request["taskDefinition"] == f"{ARN}:7"
        self.updated = True
        self.desired = request.get("desiredCount", self.desired)
        self.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS"), deployment(6, "ACTIVE", "COMPLETED")]
        return {"service": self.service()}

    def list_service_deployments(self, _: dict[str, Any]) -> dict[str, Any]:
        arns = [HISTORY, HISTORY + "-before"] if self.updated else [HISTORY + "-before"]
        return {"serviceDeployments": [{"serviceDeploymentArn": arn} for arn in arns]}

    def list_tasks(self, request: dict[str, Any]) -> dict[str, Any]:
        tasks = self.running if request["desiredStatus"] == "RUNNING" else self.stopped
        return {"taskArns": [each["taskArn"] for each in tasks]}

    def describe_tasks(self, request: dict[str, Any]) -> dict[str, Any]:
        migration = stopped("migration", self.migration_exit_code, "Essential container in task exited")
        known = {each["taskArn"]: each for each in [*self.running, *self.stopped, migration]}
        return {"tasks": [known[arn] for arn in request["tasks"]]}

    def say(self, number: int, message: str) -> None:
        self.events.append({"id": f"e{number}", "createdAt": 1.0 + number, "message": message})

    def complete(self) -> None:
        self.deployments = [deployment(7, "PRIMARY", "COMPLETED")]
        self.running = [task("new1", 7, NEW_IMAGE), task("new2", 7, NEW_IMAGE)]
        self.say(1, "(service s) (deployment ecs-svc/7) deployment completed.")

    def crash(self) -> None:
        self.stopped = [
            stopped("crash1", 1, "Essential container in task exited"),
            stopped("crash2", 1, "Essential container in task exited"),
            stopped("scaled", 0, "Scaling activity initiated by (deployment ecs-svc/7)"),
        ]

    def roll_back(self) -> None:
        self.deployments = [deployment(6, "PRIMARY", "COMPLETED")]
        self.say(2, "(service s) (deployment ecs-svc/7) deployment failed: tasks failed to start.")
        self.say(3, "(service s) rolling back to deployment ecs-svc/6.")


def deployment(revision: int, status: str, rollout_state: str) -> dict[str, Any]:
    return {
        "id": f"ecs-svc/{revision}",
        "status": status,
        "taskDefinition": f"{ARN}:{revision}",
        "desiredCount": 2,
        "runningCount": 2,
        "pendingCount": 0,
        "failedTasks": 0,
        "rolloutState": rollout_state,
        "rolloutStateReason": "",
    }


def task(name: str, revision: int, image: str) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:us-west-1:123456789012:task/spendsense-local/{name}",
        "taskDefinitionArn": f"{ARN}:{revision}",
        "lastStatus": "RUNNING",
        "containers": [{"name": "backend", "image": image}],
    }


def stopped(name: str, exit_code: int, reason: str) -> dict[str, Any]:
    made = task(name, 7, NEW_IMAGE)
    made["containers"][0]["exitCode"] = exit_code
    return made | {"lastStatus": "STOPPED", "stopCode": "EssentialContainerExited", "stoppedReason": reason}


@pytest.fixture
def cluster(scripted: Aws, wire: Any) -> Cluster:
    return Cluster(scripted, wire)


def run(aws: Aws, **changes: Any) -> deploy.Result:
    options = {"image": NEW_IMAGE, "timeout_s": 5.0, **changes}
    return deploy.run(aws, deploy.Options(**options), Console())


def test_a_deploy_succeeds_when_its_revision_is_all_that_serves(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [lambda: None, lambda: None, cluster.complete]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.DEPLOYED, 0)
    assert (result.revision, result.previous_revision) == (7, 6)
    registered = cluster.ecs.sent("RegisterTaskDefinition")[0]["containerDefinitions"][0]
    assert registered["image"] == NEW_IMAGE
    assert {"name": "APP_REVISION", "value": "1" * 12} in registered["environment"]


def test_what_serves_is_recorded_for_terraform(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    request = cluster.ssm.sent("PutParameter")[0]
    assert (request["Name"], request["Overwrite"]) == ("/spendsense-local/deployed", True)
    assert json.loads(request["Value"]) == {"image": NEW_IMAGE, "revision": "1" * 12}


def test_how_service_and_database_are_made_is_noted_for_a_recovery(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    request = cluster.ssm.sent("PutParameter")[1]
    assert (request["Name"], request["Overwrite"]) == ("/spendsense-local/shape", True)
    noted = json.loads(request["Value"])
    assert noted["service"]["taskDefinition"] == f"{ARN}:7"
    assert noted["database"]["restore"]["DBInstanceClass"] == "db.t4g.micro"


def test_nothing_is_deployed_while_a_recovery_is_under_way(cluster: Cluster, scripted: Aws) -> None:
    began = {"id": "1", "began_at": "2026-01-01T00:00:00+00:00"}
    cluster.ssm.on("GetParameter", {"Parameter": {"Value": json.dumps(began)}})
    with pytest.raises(DeployRefused, match="a recovery is under way since 2026-01-01"):
        run(scripted, force=True)
    assert cluster.ecs.sent("RegisterTaskDefinition") == []


def test_who_may_not_note_it_has_deployed_all_the_same(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.rds.deactivate()
    cluster.rds = Stubber(scripted.rds)
    cluster.rds.add_client_error("describe_db_instances", "AccessDenied")
    cluster.rds.activate()
    cluster.after_update = [cluster.complete]
    assert run(scripted).exit_code == 0
    assert "AccessDenied" in capsys.readouterr().err


def test_what_does_not_serve_is_not_recorded(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    run(scripted)
    assert cluster.ssm.sent("PutParameter") == []


def test_a_shape_that_terraform_registered_since_is_taken_along(cluster: Cluster, scripted: Aws) -> None:
    cluster.newest = copy.deepcopy(cluster.definition) | {"revision": 8, "cpu": "1024"}
    assert '+ cpu: "1024"' in run(scripted, dry_run=True).changes
    cluster.after_update = [cluster.complete]
    run(scripted)
    registered = cluster.ecs.sent("RegisterTaskDefinition")[0]
    assert (registered["cpu"], registered["containerDefinitions"][0]["image"]) == ("1024", NEW_IMAGE)
    assert registered["tags"] == [{"key": "project", "value": "spendsense"}]


def test_the_first_deploy_starts_the_least_tasks_that_scaling_keeps(cluster: Cluster, scripted: Aws) -> None:
    cluster.definition["containerDefinitions"][0]["image"] = "registry/spendsense-backend:never-deployed"
    cluster.desired, cluster.running = 0, []
    cluster.autoscaling.on("DescribeScalableTargets", {"ScalableTargets": [{"MinCapacity": 2}]})
    assert "~ desiredCount: 0 -> 2" in run(scripted, dry_run=True).changes
    cluster.after_update = [cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED
    assert cluster.ecs.sent("UpdateService")[0]["desiredCount"] == 2


def test_the_first_deploy_need_not_wait_for_tasks_that_have_no_image(cluster: Cluster, scripted: Aws) -> None:
    cluster.definition["containerDefinitions"][0]["image"] = "registry/spendsense-backend:never-deployed"
    cluster.deployments = [deployment(1, "PRIMARY", "IN_PROGRESS")]
    cluster.after_update = [cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED


def test_a_service_that_somebody_stopped_stays_stopped(cluster: Cluster, scripted: Aws) -> None:
    cluster.desired = 0
    assert not any("desiredCount" in line for line in run(scripted, dry_run=True).changes)


@pytest.mark.parametrize(("desired", "maximum"), [(1, 200), (3, 134), (7, 115), (10, 110)])
def test_tasks_are_replaced_one_at_a_time(cluster: Cluster, scripted: Aws, desired: int, maximum: int) -> None:
    cluster.desired = desired
    assert desired * maximum // 100 == desired + 1
    assert f"~ maximumPercent: 150 -> {maximum}" in run(scripted, dry_run=True).changes


def test_only_new_events_are_reported(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    result = run(scripted)
    assert [event["message"] for event in result.as_json()["events"]] == [  # type: ignore[attr-defined]
        "(service s) (deployment ecs-svc/7) deployment completed."
    ]


def test_a_rollback_is_a_failure_that_says_what_serves_and_why(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert "rolled back to revision 6, which serves" in result.message
    first = result.as_json()["failures"][0]  # type: ignore[index]
    assert first == {
        "task": "crash1",
        "stopped_reason": "Essential container in task exited",
        "stop_code": "EssentialContainerExited",
        "exit_code": 1,
        "container_reason": None,
        "log": ["Traceback ..."],
    }
    assert cluster.logs.sent("GetLogEvents")[0]["logStreamName"] == "backend/backend/crash1"


def test_the_same_cause_is_told_once_and_scaling_is_no_failure(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    result = run(scripted)
    progress = capsys.readouterr().err
    assert progress.count("Traceback ...") == 1
    assert "task crash2 failed alike (2 so far)" in progress
    assert result.outcome is not None
    assert [failure.task for failure in result.outcome.failures] == ["crash1", "crash2"]


def test_a_timeout_says_what_was_waited_for_and_what_serves(cluster: Cluster, scripted: Aws) -> None:
    result = run(scripted, timeout_s=0.5)
    assert (result.verdict, result.exit_code) == (Verdict.TIMED_OUT, 1)
    assert "waited for deployment ecs-svc/7 to complete" in result.message
    assert "revision 6 (2 tasks)" in result.message
    assert any("deploy --timeout 1" in step for step in result.next_steps)


def test_a_deployment_that_its_percentages_keep_from_going_on_is_to_be_replaced(
    cluster: Cluster, scripted: Aws
) -> None:
    """They fit the number of tasks that there were when it began: somebody has changed that."""
    stuck = "(service s) was unable to stop or start tasks during a deployment because of the service deployment ..."
    cluster.after_update = [lambda: cluster.say(9, stuck)]
    result = run(scripted, timeout_s=0.5)
    assert result.verdict is Verdict.TIMED_OUT
    assert any("deploy --force" in step for step in result.next_steps)
    assert not any("--timeout" in step for step in result.next_steps)


def test_a_failed_migration_stops_the_deploy_before_the_service_is_touched(cluster: Cluster, scripted: Aws) -> None:
    cluster.migration_exit_code = 1
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.MIGRATION_FAILED, 1)
    assert "Traceback ..." in result.message
    assert "Revision 6 still serves" in result.message
    assert cluster.ecs.sent("UpdateService") == []


def test_the_migration_runs_the_new_image_in_the_services_network(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    (request,) = cluster.ecs.sent("RunTask")
    assert request["taskDefinition"] == f"{ARN}:7"
    assert request["networkConfiguration"] == {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    assert request["overrides"]["containerOverrides"] == [
        {"name": "backend", "command": ["python", "-m", "app.migrate"]}
    ]


@pytest.mark.parametrize(
    ("current", "wanted", "migrates"),
    [("0001", "0001", False), ("0001", "0002", True), (None, "0001", True), ("0001", None, True)],
)
def test_a_migration_runs_unless_the_schema_surely_stays(
    current: str | None, wanted: str | None, migrates: bool
) -> None:
    assert deploy.migration_need(current, wanted)[0] is migrates


def test_a_dry_run_shows_the_changes_and_has_no_effect(cluster: Cluster, scripted: Aws) -> None:
    result = run(scripted, dry_run=True)
    assert result.exit_code == 0
    assert any(line.startswith("~ containerDefinitions[backend].image") for line in result.changes)
    effects = {"RegisterTaskDefinition", "RunTask", "UpdateService"}
    assert effects.isdisjoint(name for name, _ in cluster.ecs.requests)


def test_a_dry_run_leaves_the_registry_as_it_is(cluster: Cluster, scripted: Aws, source: Path) -> None:
    cluster.ecr.on("DescribeRepositories", {"repositories": [{"repositoryUri": "registry/spendsense-backend"}]})
    result = run(scripted, image=None, source=source, dry_run=True)
    assert result.image.startswith("registry/spendsense-backend@sha256:")
    assert [name for name, _ in cluster.ecr.requests] == ["DescribeRepositories"]


def test_a_deploy_is_refused_while_another_is_in_progress(cluster: Cluster, scripted: Aws) -> None:
    cluster.deployments = [deployment(5, "PRIMARY", "IN_PROGRESS")]
    with pytest.raises(DeployRefused, match="deployment ecs-svc/5 of revision 5 is in progress"):
        run(scripted)
    cluster.after_update = [cluster.complete]
    assert run(scripted, force=True).verdict is Verdict.DEPLOYED


def test_of_two_deploys_at_once_the_later_does_not_take_the_place_of_the_first(cluster: Cluster, scripted: Aws) -> None:
    def somebody_else_was_faster(request: dict[str, Any]) -> dict[str, Any]:
        cluster.deployments = [deployment(5, "PRIMARY", "IN_PROGRESS"), deployment(4, "ACTIVE", "COMPLETED")]
        return cluster.register(request)

    cluster.ecs.on("RegisterTaskDefinition", somebody_else_was_faster)
    with pytest.raises(DeployRefused, match="deployment ecs-svc/5 of revision 5 is in progress"):
        run(scripted)
    assert cluster.ecs.sent("UpdateService") == []


def test_an_image_that_is_not_pinned_is_refused(cluster: Cluster, scripted: Aws) -> None:
    with pytest.raises(Misuse, match="should be pinned by digest"):
        run(scripted, image="registry/spendsense-backend:latest")


@pytest.fixture
def on_aws(wire: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Aws, Cluster]:
    """The same service in an account of AWS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    aws = Aws(Environment(name=EnvironmentName.DEV, region="us-west-1"))
    cluster = Cluster(aws, wire)
    cluster.ecr.on("DescribeRepositories", {"repositories": [{"repositoryUri": "registry/spendsense-backend"}]})
    return aws, cluster


def test_on_aws_a_pushed_tag_is_deployed_by_its_digest(on_aws: tuple[Aws, Cluster]) -> None:
    aws, cluster = on_aws
    cluster.ecr.on("DescribeImages", {"imageDetails": [{"imageDigest": "sha256:" + "1" * 64}]})
    cluster.after_update = [cluster.complete]
    result = run(aws, image=None, tag="v1")
    assert result.verdict is Verdict.DEPLOYED
    registered = cluster.ecs.sent("RegisterTaskDefinition")[0]["containerDefinitions"][0]
    assert registered["image"] == NEW_IMAGE
    assert {"name": "APP_REVISION", "value": "v1"} in registered["environment"]


def test_on_aws_a_tag_that_was_never_pushed_is_refused(on_aws: tuple[Aws, Cluster]) -> None:
    aws, cluster = on_aws
    cluster.ecr.on("DescribeImages", {"__type": "ImageNotFoundException", "message": "no"})
    with pytest.raises(NotFound, match="holds no image tagged v1") as refused:
        run(aws, image=None, tag="v1")
    assert "push it under that tag" in str(refused.value.next_step)
    assert cluster.ecs.sent("RegisterTaskDefinition") == []


def test_a_missing_service_is_named(cluster: Cluster, scripted: Aws) -> None:
    cluster.ecs.on("DescribeServices", {"services": [], "failures": [{"reason": "MISSING"}]})
    with pytest.raises(NotFound, match="no service spendsense-backend in cluster spendsense-local"):
        run(scripted)


def test_ctrl_c_leaves_the_deployment_going_on_and_says_so(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    cluster.after_update = [interrupt]
    with pytest.raises(KeyboardInterrupt):
        run(scripted)
    told = capsys.readouterr().err
    assert "Deployment ecs-svc/7 of revision 7 goes on" in told
    assert "aws ecs stop-service-deployment --stop-type ROLLBACK" in told
    assert f"--service-deployment-arn {HISTORY}" in told


def test_without_a_word_about_it_the_strategy_stays_as_it_is(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    assert run(scripted).strategy is Strategy.ROLLING
    assert set(cluster.ecs.sent("UpdateService")[0]) == {"cluster", "service", "taskDefinition"}


def test_a_shift_is_asked_for_with_its_settings_and_followed_by_its_stages(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    advanced = {"alternateTargetGroupArn": "other", "productionListenerRule": "rule", "roleArn": "role"}
    cluster.load_balancers = [{"containerName": "backend", "containerPort": 8000, "advancedConfiguration": advanced}]

    def bake() -> None:
        cluster.history |= {"lifecycleStage": "BAKE_TIME"}
        cluster.history["targetServiceRevision"] = {"requestedProductionTrafficWeight": 100}

    def succeed() -> None:
        cluster.history["status"] = "SUCCESSFUL"
        cluster.complete()

    cluster.after_update = [bake, lambda: None, succeed]
    result = run(scripted, wish=Wish(strategy=Strategy.BLUE_GREEN, bake_minutes=3))
    assert (result.verdict, result.as_json()["strategy"]) == (Verdict.DEPLOYED, "blue-green")
    (request,) = cluster.ecs.sent("UpdateService")
    assert request["deploymentConfiguration"] == {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 3,
        "maximumPercent": 150,
    }
    assert "BAKE_TIME: the new revision has 100 % of the traffic" in capsys.readouterr().err


def test_a_shift_that_was_rolled_back_is_a_failure_with_its_reason(cluster: Cluster, scripted: Aws) -> None:
    def go_back() -> None:
        cluster.history |= {
            "status": "ROLLBACK_SUCCESSFUL",
            "lifecycleStage": "SCALE_UP",
            "statusReason": "Service deployment rolled back because of circuit breaker: tasks failed to start.",
        }
        cluster.roll_back()

    cluster.after_update = [cluster.crash, go_back]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert "circuit breaker: tasks failed to start" in result.message
