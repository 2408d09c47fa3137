"""ECS events on EventBridge, as a rule's target receives them."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.conformance.cloud import Wire
from tests.conformance.stage import SLEEPER, Stage, sh

fact = pytest.mark.fact


@pytest.fixture
def received(stage: Stage) -> Iterator[Callable[[], list[Wire]]]:
    """A function that returns all ECS events of this case's cluster since the case began, sorted by time."""
    events, sqs, name = stage.cloud.client("events"), stage.cloud.client("sqs"), stage.cloud.new_name("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    stage.cloud.at_the_end(sqs.delete_queue, QueueUrl=url)
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    pattern = {"source": ["aws.ecs"], "resources": [{"wildcard": f"*/{stage.cluster}/*"}]}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    stage.cloud.at_the_end(events.delete_rule, Name=name)
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    found: list[Wire] = []

    def so_far() -> list[Wire]:
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found.extend(json.loads(message["Body"]) for message in messages)
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return sorted(found, key=lambda event: str(event["time"]))

    yield so_far
    events.remove_targets(Rule=name, Ids=["queue"])  # Otherwise the queue would get the events of all other cases.


def of(events: list[Wire], kind: str) -> list[Wire]:
    """Return the details of the events of one detail-type."""
    return [event["detail"] for event in events if event["detail-type"] == kind]


@fact("1.2/event-deployment", "1.2/event-action", "1.2/event-task")
def test_a_deployment_is_reported_from_its_start_to_the_steady_state(
    stage: Stage, received: Callable[[], list[Wire]]
) -> None:
    with stage.service(stage.register(SLEEPER)) as name:
        described = stage.until_steady(name)

        def steady() -> list[Wire]:
            events = received()
            return events if of(events, "ECS Service Action") else []

        events = stage.cloud.until(steady, "the event of the steady state", 900)
        [task] = stage.tasks_of(name)
    assert events
    service = described["serviceArn"]
    first = events[0]
    assert (first["version"], first["source"], first["region"]) == ("0", "aws.ecs", stage.cloud.settings.region)
    [deployment] = described["deployments"]
    reported = [
        (detail["eventName"], detail["eventType"], detail["deploymentId"], detail["reason"])
        for detail in of([event for event in events if event["resources"] == [service]], "ECS Deployment State Change")
    ]
    identity = deployment["id"]
    assert set(reported) == {
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", "INFO", identity, f"ECS deployment {identity} in progress."),
        ("SERVICE_DEPLOYMENT_COMPLETED", "INFO", identity, f"ECS deployment {identity} completed."),
    }
    [action] = of([event for event in events if event["resources"] == [service]], "ECS Service Action")
    assert (action["eventName"], action["eventType"]) == ("SERVICE_STEADY_STATE", "INFO")
    assert action["clusterArn"] == described["clusterArn"]
    changes = of([event for event in events if event["resources"] == [task["taskArn"]]], "ECS Task State Change")
    assert {"PROVISIONING", "PENDING", "RUNNING"} <= {change["lastStatus"] for change in changes}
    newest = max(changes, key=lambda change: int(change["version"]))
    for key in ("taskArn", "taskDefinitionArn", "group", "startedBy", "lastStatus", "desiredStatus", "cpu", "memory"):
        assert newest[key] == task[key]
    versions = [change["version"] for change in changes]
    assert len(set(versions)) == len(versions)


@fact("1.2/event-deployment", "1.2/event-action")
def test_a_deployment_that_fails_is_reported_as_an_error(stage: Stage, received: Callable[[], list[Wire]]) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    with stage.service(stage.register(sh("exit 1")), deploymentConfiguration=breaker) as name:
        stage.until_deployment(name, "ROLLBACK_FAILED", "FAILED", "STOPPED")

        def failed() -> Wire | None:
            details = of(received(), "ECS Deployment State Change")
            return next((detail for detail in details if detail["eventName"] == "SERVICE_DEPLOYMENT_FAILED"), None)

        detail = stage.cloud.until(failed, "the event of the failure", 900)
    assert detail
    assert (detail["eventType"], detail["reason"]) == (
        "ERROR",
        "ECS deployment circuit breaker: tasks failed to start.",
    )
    impaired = [each for each in of(received(), "ECS Service Action") if each["eventType"] == "WARN"]
    assert [each["eventName"] for each in impaired] in ([], ["SERVICE_TASK_START_IMPAIRED"])


@fact("1.2/event-source")
def test_nobody_else_can_send_events_as_ecs(stage: Stage) -> None:
    entry = {"Source": "aws.ecs", "DetailType": "ECS Deployment State Change", "Detail": "{}"}
    answer = stage.cloud.client("events").put_events(Entries=[entry, entry | {"Source": "ours"}])
    refused, taken = answer["Entries"]
    assert (answer["FailedEntryCount"], refused["ErrorCode"]) == (1, "NotAuthorizedForSourceException")
    assert taken["EventId"]
