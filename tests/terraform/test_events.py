"""The planned rule for failed deployments matches in the local cloud, and its topic gets the right message."""

import json
from pathlib import Path
from typing import Any

from tests.integration.localcloud.ecs.daemon import Daemon, Shell, start, until
from tests.terraform.plan import Plan

RULE = "deployment-failed"
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def test_M4_a_deployment_that_fails_is_published_with_its_runbook(dev: Plan, tmp_path: Path) -> None:
    daemon = start(tmp_path / "data")
    try:
        queue = topic_of(daemon, dev)
        name = {"cluster": dev.one("aws_ecs_cluster")["name"], "service": dev.one("aws_ecs_service")["name"]}
        fail_a_deployment(Shell(daemon), **name)
        sqs = daemon.client("sqs")
        [message] = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "the message")
    finally:
        assert daemon.stop() == 0
    published = json.loads(json.loads(message["Body"])["Message"])
    [rule] = [each for each in dev.of("aws_cloudwatch_event_rule") if each.index == RULE]
    assert (published["alarm"], published["runbook"]) == (rule["name"], f"docs/runbooks/{RULE}.md")
    assert published["event"]["eventName"] == "SERVICE_DEPLOYMENT_FAILED"
    assert published["event"]["reason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert published["time"].endswith("Z")


def topic_of(daemon: Daemon, plan: Plan) -> str:
    """A topic with the planned rules; -> the queue that is subscribed to it."""
    sns, sqs, events = daemon.client("sns"), daemon.client("sqs"), daemon.client("events")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    targets = {each.index: each for each in plan.of("aws_cloudwatch_event_target")}
    for rule in plan.of("aws_cloudwatch_event_rule"):
        events.put_rule(Name=rule["name"], EventPattern=rule["event_pattern"])
        [transformer] = targets[rule.index]["input_transformer"]
        given: dict[str, Any] = {
            "InputPathsMap": transformer["input_paths"],
            "InputTemplate": transformer["input_template"],
        }
        events.put_targets(Rule=rule["name"], Targets=[{"Id": "alarms", "Arn": topic, "InputTransformer": given}])
    return str(queue)


def fail_a_deployment(shell: Shell, cluster: str, service: str) -> None:
    """Deploy a good revision, then one whose tasks end at once, and wait until it has been rolled back."""
    shell.ecs.create_cluster(clusterName=cluster)
    shell.ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=shell.register({"command": ["sleep", "600"]}),
        desiredCount=1,
        networkConfiguration=shell.daemon.network,
        deploymentConfiguration=BREAKER,
    )

    def state() -> list[str]:
        [described] = shell.ecs.describe_services(cluster=cluster, services=[service])["services"]
        return [deployment["rolloutState"] for deployment in described["deployments"]]

    until(lambda: state() == ["COMPLETED"], "a first deployment", 60)
    broken = shell.register({"command": ["false"]})
    shell.ecs.update_service(cluster=cluster, service=service, taskDefinition=broken)
    until(lambda: state() == ["COMPLETED"], "the rollback", 60)
    shell.ecs.delete_service(cluster=cluster, service=service, force=True)
