"""The deployment circuit breaker and alarms: when they trip, and what happens then."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.cloud import Wire
from tests.conformance.record import Record, watch
from tests.conformance.stage import SLEEPER, Stage, server, sh

fact = pytest.mark.fact

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def with_threshold(kind: str, value: int) -> Wire:
    threshold = {"type": kind, "value": value}
    return {"deploymentCircuitBreaker": {"enable": True, "rollback": True, "thresholdConfiguration": threshold}}


def newest(service: Wire) -> Wire:
    return dict(service["deployments"][0])


@pytest.fixture(scope="module")
def definitions(stage: Stage) -> dict[str, str]:
    """Revisions of one family: `good`, `better`, `bad` and `slowly bad`, which is slow enough to observe each state."""
    family = stage.cloud.new_name("breaker")
    return {
        "good": stage.register(SLEEPER, family=family),
        "better": stage.register(SLEEPER, family=family),
        "bad": stage.register(sh("exit 1"), family=family),
        "slowly bad": stage.register(sh("sleep 1; exit 1"), family=family),
    }


@pytest.fixture(scope="module")
def rolled_back(stage: Stage, definitions: dict[str, str]) -> Any:
    """A service whose second deployment replaces the first task and crashes on start: the rollback takes time."""
    in_place = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    name = stage.create_service(definitions["good"], deploymentConfiguration=BREAKER | in_place)
    good = newest(stage.until_steady(name))["id"]
    bad = newest(stage.update(name, taskDefinition=definitions["slowly bad"]))["id"]

    def over() -> bool:
        """the first revision again"""
        service = stage.describe(name)
        return stage.is_steady(service) and service["taskDefinition"] == definitions["good"]

    record = watch(stage, name, over)
    return {"name": name, "record": record, "good": good, "bad": bad}


@fact("1.7/rollback")
def test_the_last_completed_deployment_is_promoted_again(rolled_back: Wire, definitions: dict[str, str]) -> None:
    record: Record = rolled_back["record"]
    assert record.of_primary("taskDefinition") == [definitions["slowly bad"], definitions["good"]]
    assert record.of_primary("rolloutState") == ["IN_PROGRESS", "COMPLETED"]
    assert record.services[-1]["runningCount"] == 1
    assert record.services[-1]["deployments"][0]["id"] == rolled_back["good"], "observed: its id is used again"


@fact("1.7/reasons")
def test_the_promoted_deployment_says_why_it_is_back(rolled_back: Wire) -> None:
    good = rolled_back["good"]
    assert rolled_back["record"].of_primary("rolloutStateReason")[-2:] == [
        f"ECS deployment circuit breaker: rolling back to deploymentId {good}.",
        f"ECS deployment {good} completed.",
    ]


@fact("1.3/failed-deployment", "1.3/rollback")
def test_events_report_the_failure_and_the_rollback(rolled_back: Wire, stage: Stage) -> None:
    name, good, bad = rolled_back["name"], rolled_back["good"], rolled_back["bad"]
    messages = stage.messages(name)
    failed = messages.index(f"(service {name}) (deployment {bad}) deployment failed: tasks failed to start.")
    assert messages[failed + 1] == f"(service {name}) rolling back to deployment {good}."


@fact("1.7/status", "1.7/threshold")
def test_the_service_deployment_shows_failures_threshold_and_outcome(rolled_back: Wire, stage: Stage) -> None:
    ended = stage.until_deployment(rolled_back["name"], "ROLLBACK_SUCCESSFUL")
    assert ended["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    assert ended["rollback"]["serviceRevisionArn"] == ended["sourceServiceRevisions"][0]["arn"]
    statuses = list(dict.fromkeys(d["status"] for d in rolled_back["record"].deployments))
    assert statuses[0] == "IN_PROGRESS"
    assert set(statuses) <= {"IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"}


@fact("1.4/stable-after-rollback", "1.4/services-stable")
def test_services_stable_is_content_with_a_rollback(
    rolled_back: Wire, stage: Stage, definitions: dict[str, str]
) -> None:
    stage.cloud.ecs.get_waiter("services_stable").wait(
        cluster=stage.cluster, services=[rolled_back["name"]], WaiterConfig=stage.cloud.waiter_delay(15)
    )
    assert stage.describe(rolled_back["name"])["taskDefinition"] == definitions["good"]


@fact("1.7/nothing-to-go-back-to", "1.7/reasons")
def test_without_a_completed_deployment_it_fails_and_stalls(stage: Stage, definitions: dict[str, str]) -> None:
    with stage.service(definitions["bad"], deploymentConfiguration=BREAKER) as name:
        failed = stage.cloud.until(
            lambda: (d := newest(stage.describe(name)))["rolloutState"] == "FAILED" and d, "FAILED", 1800
        )
        assert failed
        assert (failed["status"], failed["failedTasks"]) == ("PRIMARY", 3)
        assert failed["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
        stage.cloud.until(lambda: not stage.tasks_of(name), "the last task to go")
        assert stage.describe(name)["pendingCount"] == 0
        assert len(stage.tasks_of(name, "STOPPED")) == 3


@fact("1.7/off")
def test_without_circuit_breaker_it_continues_trying(stage: Stage, definitions: dict[str, str]) -> None:
    with stage.service(definitions["bad"]) as name:
        stage.cloud.until(lambda: newest(stage.describe(name))["failedTasks"] > 3, "a fourth failure", 1800)
        assert newest(stage.describe(name))["rolloutState"] == "IN_PROGRESS"
        assert stage.newest(name)["deploymentCircuitBreaker"]["status"] == "DISABLED"


@fact("1.7/threshold", "1.7/latest-desired", "1.7/tunable")
@pytest.mark.parametrize(
    ("desired", "configuration", "threshold"),
    [
        (1, BREAKER, 3),
        pytest.param(6, BREAKER, 3, marks=pytest.mark.long),
        pytest.param(7, BREAKER, 4, marks=pytest.mark.long),
        (10, BREAKER, 5),
        (2, with_threshold("COUNT", 7), 7),
        (10, with_threshold("BOUNDED_PERCENT", 80), 8),
        pytest.param(10, with_threshold("BOUNDED_PERCENT", 10), 3, marks=pytest.mark.long),
        (10, with_threshold("UNBOUNDED_PERCENT", 10), 1),
    ],
)
def test_the_threshold(stage: Stage, quiet: str, desired: int, configuration: Wire, threshold: int) -> None:
    """The newest deployment shows it after the desired count has changed; no task needs to start."""
    with stage.service(quiet, 1, deploymentConfiguration=configuration) as name:
        stage.update(name, desiredCount=desired)
        breaker = stage.newest(name)["deploymentCircuitBreaker"]
        assert breaker["threshold"] == threshold
        assert breaker["status"] in ("MONITORING", "TRIGGERED"), "a threshold of 1 may have been reached"


@pytest.fixture(scope="module")
def quiet(stage: Stage) -> str:
    """A service whose tasks never start, and so need no capacity."""
    return stage.register({**SLEEPER, "image": stage.cloud.settings.image + "-missing"})


@fact("1.7/health-checks-count", "1.5/elb-reason")
def test_tasks_that_fail_their_checks_count(stage: Stage) -> None:
    group = stage.group()
    stage.door_to(group)
    sick = stage.register(server(environment={"HEALTH": "500"}))
    settings = stage.behind(group, healthCheckGracePeriodSeconds=30, deploymentConfiguration=BREAKER)
    with stage.service(sick, **settings) as name:
        stage.cloud.until(lambda: newest(stage.describe(name))["rolloutState"] == "FAILED", "FAILED", 1800)
        reasons = {task["stoppedReason"] for task in stage.tasks_of(name, "STOPPED")}
        assert reasons == {f"Task failed ELB health checks in (target-group {group})"}
        assert newest(stage.describe(name))["failedTasks"] == 3


@fact("1.6/unhealthy-service", "1.6/grace")
def test_a_service_replaces_what_its_own_check_calls_unhealthy_after_the_grace_period(stage: Stage) -> None:
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2, "timeout": 5}
    group = stage.group()
    stage.door_to(group)
    sick = stage.register(server(healthCheck=check))
    with stage.service(sick, **stage.behind(group, healthCheckGracePeriodSeconds=60)) as name:
        stage.cloud.until(lambda: stage.tasks_of(name, "STOPPED"), "a replaced task", 600)
        task = min(stage.tasks_of(name, "STOPPED"), key=lambda each: each["createdAt"])
        task = stage.until_task(task["taskArn"], "STOPPED")
        assert (task["stopCode"], task["stoppedReason"]) == (
            "ServiceSchedulerInitiated",
            "Task failed container health checks",
        )
        assert stage.cloud.aws_seconds(task["startedAt"], task["stoppingAt"]) >= 58


# --- alarms ---


@pytest.fixture
def alarm(stage: Stage) -> Callable[[str], str]:
    """`alarm(state)`: create an alarm in that state; -> its name."""
    watching = stage.cloud.client("cloudwatch")

    def make(state: str) -> str:
        name = stage.cloud.new_name("alarm")
        watching.put_metric_alarm(
            AlarmName=name,
            Namespace="Conformance",
            MetricName=name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
        stage.cloud.at_the_end(watching.delete_alarms, AlarmNames=[name])
        put(stage, name, state)
        return name

    return make


def put(stage: Stage, name: str, state: str) -> None:
    watching = stage.cloud.client("cloudwatch")
    watching.set_alarm_state(AlarmName=name, StateValue=state, StateReason="conformance")
    [shown] = watching.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert shown["StateValue"] == state


def with_alarm(name: str, *, rollback: bool = True) -> Wire:
    return {"deploymentConfiguration": {"alarms": {"alarmNames": [name], "enable": True, "rollback": rollback}}}


@fact("1.8/alarm", "1.8/bake", "4/state-change")
def test_an_alarm_rolls_back_also_when_the_tasks_are_there(
    stage: Stage, definitions: dict[str, str], alarm: Callable[[str], str]
) -> None:
    name_of_alarm = alarm("OK")
    with stage.service(definitions["good"]) as name:
        good = newest(stage.until_steady(name))["id"]
        update = stage.update(name, taskDefinition=definitions["better"], **with_alarm(name_of_alarm))
        bad = newest(update)["id"]

        def baking() -> bool:
            service = stage.describe(name)
            [primary, *others] = service["deployments"]
            return not others and primary["runningCount"] == 1 and primary["rolloutState"] == "IN_PROGRESS"

        stage.cloud.until(baking, "the new task alone, still IN_PROGRESS", 600)
        assert stage.newest(name)["alarms"]["status"] == "MONITORING"
        put(stage, name_of_alarm, "ALARM")
        ended = stage.until_deployment(name, "ROLLBACK_SUCCESSFUL")
        assert ended["alarms"]["status"] == "TRIGGERED"
        assert ended["alarms"]["triggeredAlarmNames"] == [name_of_alarm]
        assert stage.until_steady(name)["taskDefinition"] == definitions["good"]
        messages = stage.messages(name)
        failed = messages.index(f"(service {name}) (deployment {bad}) deployment failed: alarm detected.")
        assert messages[failed + 1] == f"(service {name}) rolling back to deployment {good}."


@fact("1.8/already")
def test_an_alarm_that_is_on_at_the_start_is_ignored(
    stage: Stage, definitions: dict[str, str], alarm: Callable[[str], str]
) -> None:
    with stage.service(definitions["good"], 0) as name:
        stage.until_steady(name)
        stage.update(name, taskDefinition=definitions["better"], desiredCount=1, **with_alarm(alarm("ALARM")))
        ended = stage.until_deployment(name, "SUCCESSFUL")
        assert ended["alarms"]["status"] == "DISABLED"


@fact("1.8/no-rollback")
@pytest.mark.full
def test_an_alarm_without_rollback_fails_the_deployment_only(
    stage: Stage, definitions: dict[str, str], alarm: Callable[[str], str]
) -> None:
    name_of_alarm = alarm("OK")
    with stage.service(definitions["good"]) as name:
        stage.until_steady(name)
        stage.update(name, taskDefinition=definitions["better"], **with_alarm(name_of_alarm, rollback=False))
        stage.cloud.until(lambda: stage.newest(name)["alarms"]["status"] == "MONITORING", "the alarms to be watched")
        put(stage, name_of_alarm, "ALARM")
        stage.cloud.until(lambda: newest(stage.describe(name))["rolloutState"] == "FAILED", "FAILED", 600)
        assert stage.describe(name)["taskDefinition"] == definitions["better"]
