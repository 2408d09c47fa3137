"""Native blue/green through the plain API: the weights really shift in the load balancer."""

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.localcloud.ecs.daemon import Shell, target_group, until
from tests.ports import free_port

# Answers every request with what $COLOUR says.
SERVER = """
import os, http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = os.environ["COLOUR"].encode()
        self.send_response(500 if body == b"broken" else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""


class Balanced:
    """A load balancer with a production and a test listener, and two target groups. `zones`: of each subnet."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.elb, ec2 = shell.daemon.client("elbv2"), shell.daemon.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        zones = zip(("us-west-1a", "us-west-1b"), ("10.9.0.0/24", "10.9.1.0/24"), strict=True)
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for zone, cidr in zones
        ]
        self.zones = dict(zip(subnets, ("us-west-1a", "us-west-1b"), strict=True))
        balancer = self.elb.create_load_balancer(Name="bg", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        self.groups = [target_group(self.elb, vpc, name, deregistration_delay_s=5) for name in ("blue", "green")]
        self.production, self.production_rule = self.listener(balancer)
        self.test, self.test_rule = self.listener(balancer)

    def listener(self, balancer: str) -> tuple[int, str]:
        """-> (port, ARN of its rule)."""
        port = free_port()
        nothing = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        listener = self.elb.create_listener(
            LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[nothing]
        )["Listeners"][0]["ListenerArn"]
        groups = [
            {"TargetGroupArn": group, "Weight": weight} for group, weight in zip(self.groups, (1, 0), strict=True)
        ]
        rule = self.elb.create_rule(
            ListenerArn=listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        )["Rules"][0]["RuleArn"]
        return port, str(rule)

    def colour(self, port: int) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return str(answer.read().decode())

    def register(self, colour: str) -> str:
        return self.shell.register(
            {
                "command": [sys.executable, "-c", SERVER],
                "environment": [{"name": "COLOUR", "value": colour}],
                "portMappings": [{"containerPort": 8000}],
            },
            family="coloured",
        )

    def configuration(self, **more: Any) -> dict[str, Any]:
        return {
            "strategy": "BLUE_GREEN",
            "bakeTimeInMinutes": 1,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            **more,
        }

    def history(self) -> dict[str, Any]:
        [newest, *_] = self.shell.ecs.list_service_deployments(cluster="c", service="bg")["serviceDeployments"]
        arns = [newest["serviceDeploymentArn"]]
        return dict(self.shell.ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"][0])

    def until_status(self, *statuses: str) -> dict[str, Any]:
        return until(lambda: (h := self.history())["status"] in statuses and h, f"{statuses}: {self.history()}", 60)


@pytest.fixture(scope="module")
def balanced(shell: Shell) -> Iterator[Balanced]:
    made = Balanced(shell)
    shell.ecs.create_service(
        cluster="c",
        serviceName="bg",
        taskDefinition=made.register("blue"),
        desiredCount=2,
        networkConfiguration={"awsvpcConfiguration": {"subnets": list(made.zones)}},
        healthCheckGracePeriodSeconds=20,
        deploymentConfiguration=made.configuration(),
        loadBalancers=[
            {
                "targetGroupArn": made.groups[0],
                "containerName": "c0",
                "containerPort": 8000,
                "advancedConfiguration": {
                    "alternateTargetGroupArn": made.groups[1],
                    "productionListenerRule": made.production_rule,
                    "testListenerRule": made.test_rule,
                    "roleArn": "arn:aws:iam::123456789012:role/ecs",
                },
            }
        ],
    )
    made.until_status("SUCCESSFUL")
    yield made
    shell.ecs.delete_service(cluster="c", service="bg", force=True)


def test_a_task_and_its_target_are_in_the_zone_of_the_subnet(balanced: Balanced) -> None:
    ecs = balanced.shell.ecs
    arns = ecs.list_tasks(cluster="c", serviceName="bg")["taskArns"]
    tasks = {}
    for task in ecs.describe_tasks(cluster="c", tasks=arns)["tasks"]:
        details = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
        assert task["availabilityZone"] == balanced.zones[details["subnetId"]]
        tasks[details["privateIPv4Address"]] = task["availabilityZone"]
    assert sorted(tasks.values()) == ["us-west-1a", "us-west-1b"], "one in each"
    described = balanced.elb.describe_target_health(TargetGroupArn=balanced.groups[0])["TargetHealthDescriptions"]
    assert {each["Target"]["Id"]: each["Target"]["AvailabilityZone"] for each in described} == tasks


def test_a_pause_shows_green_to_testers_only_and_approval_gives_it_the_traffic(balanced: Balanced) -> None:
    ecs = balanced.shell.ecs
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    ecs.update_service(
        cluster="c",
        service="bg",
        taskDefinition=balanced.register("green"),
        deploymentConfiguration=balanced.configuration(lifecycleHooks=[pause]),
    )
    paused = until(lambda: (h := balanced.history()).get("lifecycleHookDetails") and h, "the pause", 60)
    assert paused["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    assert {balanced.colour(balanced.production) for _ in range(20)} == {"blue"}
    assert {balanced.colour(balanced.test) for _ in range(20)} == {"green"}
    [hook] = paused["lifecycleHookDetails"]
    assert (hook["status"], hook["targetType"]) == ("AWAITING_ACTION", "PAUSE")
    ecs.continue_service_deployment(serviceDeploymentArn=paused["serviceDeploymentArn"], hookId=hook["hookId"])
    until(lambda: balanced.colour(balanced.production) == "green", "green in production")
    assert {balanced.colour(balanced.production) for _ in range(20)} == {"green"}
    done = balanced.until_status("SUCCESSFUL")
    assert done["targetServiceRevision"]["requestedProductionTrafficWeight"] == 100
    revisions = ecs.describe_service_revisions(serviceRevisionArns=[done["targetServiceRevision"]["arn"]])
    assert revisions["serviceRevisions"][0]["taskDefinition"].endswith("coloured:2")
    assert balanced.shell.until_steady("bg")["taskDefinition"].endswith("coloured:2")


def test_a_broken_green_is_rolled_back_and_production_never_sees_it(balanced: Balanced) -> None:
    before = balanced.colour(balanced.production)
    balanced.shell.ecs.update_service(
        cluster="c",
        service="bg",
        taskDefinition=balanced.register("broken"),
        deploymentConfiguration=balanced.configuration(lifecycleHooks=[]),
    )
    seen = set()
    while balanced.history()["status"] in ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        seen.add(balanced.colour(balanced.production))
    assert seen == {before}
    failed = balanced.history()
    assert failed["status"] == "ROLLBACK_SUCCESSFUL"
    assert failed["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert failed["rollback"]["serviceRevisionArn"] == failed["sourceServiceRevisions"][0]["arn"]


def test_a_user_can_stop_a_deployment_while_it_bakes(balanced: Balanced) -> None:
    before = balanced.colour(balanced.production)
    balanced.shell.ecs.update_service(
        cluster="c",
        service="bg",
        taskDefinition=balanced.register("unwanted"),
        deploymentConfiguration=balanced.configuration(lifecycleHooks=[], bakeTimeInMinutes=1000),
    )
    until(lambda: balanced.colour(balanced.production) == "unwanted", "it to serve", 60)
    arn = balanced.history()["serviceDeploymentArn"]
    begun = time.monotonic()
    balanced.shell.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    until(lambda: balanced.colour(balanced.production) == before, "the old to serve")
    assert time.monotonic() - begun < 20
    assert balanced.until_status("ROLLBACK_SUCCESSFUL")["statusReason"].endswith("stopped by user.")


def test_a_lambda_hook_is_a_program_of_the_data_directory(balanced: Balanced) -> None:
    directory = balanced.shell.daemon.directory / "lambda"
    directory.mkdir(exist_ok=True)
    program = directory / "refuse"
    program.write_text('#!/bin/sh\ncat > "$0.event"\necho \'{"hookStatus": "FAILED"}\'\n')
    program.chmod(0o755)
    hook = {
        "hookTargetArn": "arn:aws:lambda:us-west-1:123456789012:function:refuse",
        "roleArn": "arn:aws:iam::123456789012:role/ecs",
        "lifecycleStages": ["PRE_SCALE_UP"],
    }
    balanced.shell.ecs.update_service(
        cluster="c",
        service="bg",
        taskDefinition=balanced.register("refused"),
        deploymentConfiguration=balanced.configuration(lifecycleHooks=[hook]),
    )
    failed = balanced.until_status("ROLLBACK_SUCCESSFUL")
    assert "failed at stage PRE_SCALE_UP" in failed["statusReason"]
    event = json.loads((directory / "refuse.event").read_text())
    assert event["resourceArn"] == failed["serviceDeploymentArn"]
    assert event["lifecycleStage"] == "PRE_SCALE_UP"
