"""Rolling deployments: how many tasks run in the meantime, and what the API says about them."""

import re
from typing import Any

import pytest

from tests.conformance.cloud import Cloud, Wire
from tests.conformance.record import LIFE, Record, watch
from tests.conformance.stage import SLEEPER, Stage, server

fact = pytest.mark.fact


@pytest.fixture(scope="module")
def rolled(stage: Stage) -> Any:
    """A service behind a load balancer, desired 2, minimum 100 and maximum 150, during one update."""
    group = stage.group()
    door = stage.door_to(group)
    first, second = stage.register(server("1"), family="rolled"), stage.register(server("2"), family="rolled")
    limits = {"minimumHealthyPercent": 100, "maximumPercent": 150}
    name = stage.create_service(first, 2, **stage.behind(group, deploymentConfiguration=limits))
    stage.until_steady(name)
    before = {task["taskArn"] for task in stage.tasks_of(name)}
    answer = stage.update(name, taskDefinition=second)
    low: list[int] = []

    def over() -> bool:
        """the second revision alone"""
        service = stage.describe(name)
        return stage.is_steady(service) and service["taskDefinition"] == second

    def healthy() -> None:
        low.append(sum(each["State"] == "healthy" for each in stage.target_health(group).values()))

    record = watch(stage, name, over, look=healthy)
    for arn in before:
        record.tasks[arn] = stage.until_task(arn, "STOPPED")
    assert door.bodies(4) == {"2"}
    return {
        "name": name,
        "record": record,
        "answer": answer,
        "healthy": low,
        "old": before,
        "new": second,
        "group": group,
    }


@fact("1.1/ceiling", "1.1/floor")
def test_never_more_than_the_ceiling_and_never_fewer_healthy_than_the_floor(rolled: Wire) -> None:
    record: Record = rolled["record"]
    assert max(s["runningCount"] + s["pendingCount"] for s in record.services) == 3
    assert min(rolled["healthy"]) >= 2


@fact("1.2/primary-active")
def test_the_newest_deployment_is_primary_and_the_old_one_goes(rolled: Wire) -> None:
    assert [d["status"] for d in rolled["answer"]["deployments"]] == ["PRIMARY", "ACTIVE"]
    record: Record = rolled["record"]
    assert {d["status"] for s in record.services for d in s["deployments"]} == {"PRIMARY", "ACTIVE"}
    assert len(record.services[-1]["deployments"]) == 1
    assert record.services[-1]["taskDefinition"] == rolled["new"]


@fact("1.2/rollout")
def test_rollout_state_and_its_reason(rolled: Wire) -> None:
    record: Record = rolled["record"]
    identity = record.services[-1]["deployments"][0]["id"]
    assert record.of_primary("rolloutState") == ["IN_PROGRESS", "COMPLETED"]
    assert record.of_primary("rolloutStateReason") == [
        f"ECS deployment {identity} in progress.",
        f"ECS deployment {identity} completed.",
    ]


@fact("1.2/ids")
def test_ids_name_the_deployment_on_its_tasks(rolled: Wire, stage: Stage) -> None:
    deployment = stage.describe(rolled["name"])["deployments"][0]
    assert re.fullmatch(r"ecs-svc/\d{19}", deployment["id"])
    for task in stage.tasks_of(rolled["name"]):
        assert (task["startedBy"], task["group"]) == (deployment["id"], f"service:{rolled['name']}")
        assert re.fullmatch(r"arn:aws[\w-]*:ecs:[\w-]+:\d{12}:task/[\w-]+/[0-9a-f]{32}", task["taskArn"])


@fact("1.2/service-deployment", "1.9/revisions")
def test_the_service_deployment_ends_successful_between_two_revisions(rolled: Wire, stage: Stage) -> None:
    ended = stage.until_deployment(rolled["name"], "SUCCESSFUL")
    assert ended["startedAt"] <= ended["finishedAt"]
    [source] = ended["sourceServiceRevisions"]
    target = ended["targetServiceRevision"]
    described = stage.cloud.ecs.describe_service_revisions(serviceRevisionArns=[source["arn"], target["arn"]])
    found = {each["serviceRevisionArn"]: each for each in described["serviceRevisions"]}
    assert found[target["arn"]]["taskDefinition"] == rolled["new"]
    assert found[source["arn"]]["taskDefinition"] != rolled["new"]
    assert described["failures"] == []


@fact("1.3/words")
def test_events_report_what_happened_to_each_task(rolled: Wire, stage: Stage) -> None:
    name, group, record = rolled["name"], rolled["group"], rolled["record"]
    messages = stage.messages(name)
    assert all(message.startswith(f"(service {name}") for message in messages)
    ids = {arn.rsplit("/", 1)[1] for arn in record.tasks}
    started, stopped = set(), set()
    for message in messages:
        if match := re.fullmatch(rf"\(service {name}\) has started \d+ tasks: (.*)\.", message):
            started |= set(re.findall(r"\(task ([0-9a-f]{32})\)", match[1]))
        if match := re.fullmatch(rf"\(service {name}\) has stopped \d+ running tasks: (.*)\.", message):
            stopped |= set(re.findall(r"\(task ([0-9a-f]{32})\)", match[1]))
    assert started == ids
    assert stopped == {arn.rsplit("/", 1)[1] for arn in rolled["old"]}
    registered = re.compile(rf"\(service {name}\) registered (\d+) targets in \(target-group {group}\)")
    deregistered = re.compile(rf"\(service {name}\) deregistered (\d+) targets in \(target-group {group}\)")
    drained = re.compile(
        rf"\(service {name}, taskSet ecs-svc/\d{{19}}\) has begun draining connections on (\d+) tasks\."
    )
    counts = [
        sum(int(m[1]) for text in messages if (m := words.fullmatch(text)))
        for words in (registered, deregistered, drained)
    ]
    assert counts == [4, 2, 2]


@fact("1.3/end")
def test_the_last_events_are_completion_and_steady_state(rolled: Wire, stage: Stage) -> None:
    name = rolled["name"]
    identity = stage.describe(name)["deployments"][0]["id"]
    assert stage.messages(name)[-2:] == [
        f"(service {name}) (deployment {identity}) deployment completed.",
        f"(service {name}) has reached a steady state.",
    ]


@fact("1.3/order")
def test_a_stop_is_reported_before_its_deregistration(rolled: Wire, stage: Stage) -> None:
    messages = stage.messages(rolled["name"])
    kinds = [
        next((kind for kind in ("stopped", "deregistered", "draining") if f" {kind} " in text), "") for text in messages
    ]
    kinds = [kind for kind in kinds if kind]
    assert kinds[0] == "stopped"
    assert kinds.index("deregistered") < kinds.index("draining")


@fact("1.3/newest-first")
def test_events_come_newest_first_with_id_and_time(rolled: Wire, stage: Stage) -> None:
    events = stage.describe(rolled["name"])["events"]
    times = [event["createdAt"] for event in events]
    assert times == sorted(times, reverse=True)
    assert len({event["id"] for event in events}) == len(events) <= 100


@fact("1.5/states")
def test_tasks_pass_through_their_states_in_order(rolled: Wire) -> None:
    order = [
        "PROVISIONING",
        "PENDING",
        "ACTIVATING",
        "RUNNING",
        "DEACTIVATING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ]
    record: Record = rolled["record"]
    for seen in record.statuses.values():
        assert [order.index(status) for status in seen] == sorted({order.index(status) for status in seen})
    assert any("DEACTIVATING" in seen for seen in record.statuses.values()), "the drain was to be seen"


@fact("1.5/timestamps", "1.5/scaling-reason", "1.5/describable")
def test_a_replaced_task_shows_when_and_why_it_ended(rolled: Wire) -> None:
    for arn in rolled["old"]:
        task = rolled["record"].tasks[arn]
        times = [task[name] for name in LIFE]
        assert times == sorted(times)
        assert task["stopCode"] == "ServiceSchedulerInitiated"
        assert re.fullmatch(r"Scaling activity initiated by \(deployment ecs-svc/\d{19}\)", task["stoppedReason"])
        assert (task["lastStatus"], task["desiredStatus"]) == ("STOPPED", "STOPPED")


@fact("1.5/drain-first")
def test_the_stop_signal_waits_for_the_drain(rolled: Wire, cloud: Cloud) -> None:
    for arn in rolled["old"]:
        task = rolled["record"].tasks[arn]
        assert cloud.aws_seconds(task["stoppingAt"], task["executionStoppedAt"]) >= 9, "the delay is 10 s"


# --- arithmetic: several services side by side ---

ARITHMETIC = {
    "1.1/min-50": (4, 50, 100),
    "1.1/max-200": (4, 100, 200),
    "1.1/rounding-up": (2, 75, 150),
    "1.1/overlap": (1, 100, 200),
}


@pytest.fixture(scope="module")
def arithmetic(stage: Stage) -> Any:
    """fact -> (running old tasks, all tasks) at each poll of a deployment without a load balancer; and the records."""
    first, second = stage.register(SLEEPER, family="sums"), stage.register(SLEEPER, family="sums")
    limits = {
        name: {"minimumHealthyPercent": low, "maximumPercent": high} for name, (_, low, high) in ARITHMETIC.items()
    }
    services = {
        name: stage.create_service(first, desired, deploymentConfiguration=limits[name])
        for name, (desired, _, _) in ARITHMETIC.items()
    }
    for service in services.values():
        stage.until_steady(service)
    looks: dict[str, list[tuple[int, int]]] = {name: [] for name in services}
    for service in services.values():
        stage.update(service, taskDefinition=second)

    def look() -> bool:
        described = stage.cloud.ecs.describe_services(cluster=stage.cluster, services=list(services.values()))[
            "services"
        ]
        found = {each["serviceName"]: each for each in described}
        for name, service in services.items():
            deployments = found[service]["deployments"]
            old = sum(d["runningCount"] for d in deployments if d["taskDefinition"] == first)
            looks[name].append((old, found[service]["runningCount"] + found[service]["pendingCount"]))
        return all(stage.is_steady(each) for each in found.values())

    stage.cloud.until(look, "all services on their second revision", 1200)
    ended = {name: stage.tasks_of(service) for name, service in services.items()}
    gone = {name: stage.tasks_of(service, "STOPPED") for name, service in services.items()}
    for service in services.values():
        stage.cloud.ecs.delete_service(cluster=stage.cluster, service=service, force=True)
    return {"looks": looks, "new": ended, "old": gone}


@fact("1.1/min-50")
def test_minimum_50_may_stop_half_before_any_start(arithmetic: Wire) -> None:
    looks = arithmetic["looks"]["1.1/min-50"]
    assert max(everything for _, everything in looks) == 4
    assert (2, 2) in looks or (2, 4) in looks, looks
    assert 3 not in {old for old, _ in looks}, "two at once, not one by one"


@fact("1.1/max-200")
def test_maximum_200_may_start_all_before_any_stop(arithmetic: Wire) -> None:
    looks = arithmetic["looks"]["1.1/max-200"]
    assert max(everything for _, everything in looks) == 8
    assert (4, 8) in looks


@fact("1.1/rounding-up")
def test_the_floor_is_rounded_up(arithmetic: Wire) -> None:
    looks = arithmetic["looks"]["1.1/rounding-up"]
    assert max(everything for _, everything in looks) == 3
    assert all(old + (everything - old) >= 2 for old, everything in looks)


@fact("1.1/overlap")
def test_one_task_becomes_two_and_one_again(arithmetic: Wire) -> None:
    counts = [everything for _, everything in arithmetic["looks"]["1.1/overlap"]]
    changes = [count for index, count in enumerate(counts) if index == 0 or count != counts[index - 1]]
    assert changes in ([1, 2, 1], [2, 1])


@fact("1.1/counts-after-40s")
def test_without_checks_a_task_counts_40_s_after_running(arithmetic: Wire, cloud: Cloud) -> None:
    [new], [old] = arithmetic["new"]["1.1/overlap"], arithmetic["old"]["1.1/overlap"]
    overlap_s = cloud.aws_seconds(new["startedAt"], old["stoppingAt"])
    assert overlap_s >= 38, "observed on AWS: about 51 s"
