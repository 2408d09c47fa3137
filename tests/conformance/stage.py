"""Resources that the cases work with: task definitions, tasks, services, load balancers."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.conformance.cloud import Cloud, Wire
from tests.conformance.door import Door

CONTAINER = "app"
PORT = 8000

# Answers with $VERSION. `/health` answers with the status that `/health?<status>` set last, before that with those of
# $HEALTH in turn; `/slow?<seconds>` answers after that time, `/begun` adds the number of slow requests that have begun,
# `/close` hangs up without a response, `/head` returns the request, `/cookie` sets the cookie `session`.
SERVER = """
import os, socket, threading, time
health = os.environ.get("HEALTH", "200").split(",")
begun = []
def serve(connection):
    with connection:
        reader = connection.makefile("rb")
        while True:
            head = b""
            while not head.endswith(b"\\r\\n\\r\\n"):
                line = reader.readline()
                if not line: return
                head += line
            path, _, query = head.split(b" ", 2)[1].decode().partition("?")
            status, body, more = "200", os.environ.get("VERSION", "1").encode(), b""
            if path == "/close": return
            if path == "/slow":
                begun.append(query)
                time.sleep(float(query))
            if path == "/begun": body += b" %d" % len(begun)
            if path == "/head": body = head
            if path == "/cookie": more = b"set-cookie: session=1; Path=/\\r\\n"
            if path == "/health":
                if query: health[:] = [query]
                else: status = health.pop(0) if len(health) > 1 else health[0]
            head = b"HTTP/1.1 %s -\\r\\n%scontent-length: %d\\r\\n\\r\\n" % (status.encode(), more, len(body))
            connection.sendall(head + body)
listener = socket.create_server(("0.0.0.0", 8000))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


def sh(script: str, **more: Any) -> Wire:
    """Return a container that runs a shell script."""
    return {"command": ["sh", "-c", script], **more}


def server(version: str = "1", **more: Any) -> Wire:
    """Return a container that serves HTTP; its variable `HEALTH` is the status of /health."""
    environment = {"VERSION": version} | more.pop("environment", {})
    return {
        "command": ["python3", "-S", "-c", SERVER],
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "portMappings": [{"containerPort": PORT}],
        **more,
    }


SLEEPER = {"command": ["sleep", "3600"]}


@dataclass
class Stage:
    """The cluster and the load balancer that all cases share."""

    cloud: Cloud
    cluster: str
    balancer: str
    address: str
    """The load balancer's address."""

    # --- task definitions and tasks ---

    def register(self, *containers: Wire, family: str = "", **more: Any) -> str:
        """Register a task definition; -> ARN. Unnamed containers become `app`, `app1`, ..."""
        family = family or self.cloud.new_name("task")
        answer = self.cloud.ecs.register_task_definition(**self.definition(*containers, family=family, **more))
        arn = str(answer["taskDefinition"]["taskDefinitionArn"])
        self.cloud.at_the_end(self.cloud.ecs.deregister_task_definition, taskDefinition=arn)
        return arn

    def definition(self, *containers: Wire, **more: Any) -> Wire:
        """Return parameters of RegisterTaskDefinition for Fargate."""
        options = {
            "awslogs-group": self.cloud.settings.log_group,
            "awslogs-region": self.cloud.settings.region,
            "awslogs-stream-prefix": "conformance",
        }
        return {
            "family": self.cloud.new_name("task"),
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": self.cloud.settings.execution_role,
            "containerDefinitions": [
                {
                    "name": CONTAINER + (str(index) if index else ""),
                    "image": self.cloud.settings.image,
                    "logConfiguration": {"logDriver": "awslogs", "options": options},
                    **container,
                }
                for index, container in enumerate(containers)
            ],
            **more,
        }

    @property
    def network(self) -> Wire:
        settings = self.cloud.settings
        assigned = "ENABLED" if settings.public_addresses else "DISABLED"
        network: Wire = {"subnets": settings.subnets, "assignPublicIp": assigned}
        return {"awsvpcConfiguration": network | {"securityGroups": settings.task_groups}}

    def run(self, definition: str, **more: Any) -> str:
        """Start one task; -> ARN."""
        answer = self.cloud.ecs.run_task(
            cluster=self.cluster,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network,
            **more,
        )
        assert answer["failures"] == []
        arn = str(answer["tasks"][0]["taskArn"])
        self.cloud.at_the_end(self.cloud.ecs.stop_task, cluster=self.cluster, task=arn)
        return arn

    def task(self, arn: str) -> Wire:
        return dict(self.cloud.ecs.describe_tasks(cluster=self.cluster, tasks=[arn])["tasks"][0])

    def until_task(self, arn: str, status: str) -> Wire:
        def reached() -> Wire | None:
            task = self.task(arn)
            assert status == "STOPPED" or task["lastStatus"] != "STOPPED", task.get("stoppedReason")
            return task if task["lastStatus"] == status else None

        found = self.cloud.until(reached, f"{arn} {status}")
        assert found is not None
        return found

    def tasks_of(self, service: str, desired: str = "RUNNING") -> list[Wire]:
        arns = self.cloud.ecs.list_tasks(cluster=self.cluster, serviceName=service, desiredStatus=desired)["taskArns"]
        return list(self.cloud.ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"]) if arns else []

    # --- services ---

    @contextlib.contextmanager
    def service(self, definition: str, desired: int = 1, **more: Any) -> Iterator[str]:
        """Run a service while the context is open; -> its name. It is deleted by force; its tasks stop after that."""
        name = self.create_service(definition, desired, **more)
        try:
            yield name
        finally:
            self.cloud.ecs.delete_service(cluster=self.cluster, service=name, force=True)

    def create_service(self, definition: str, desired: int = 1, **more: Any) -> str:
        name = self.cloud.new_name("service")
        self.cloud.ecs.create_service(
            cluster=self.cluster,
            serviceName=name,
            taskDefinition=definition,
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration=self.network,
            **more,
        )
        self.cloud.at_the_end(self.cloud.ecs.delete_service, cluster=self.cluster, service=name, force=True)
        return name

    def update(self, service: str, **parameters: Any) -> Wire:
        return dict(self.cloud.ecs.update_service(cluster=self.cluster, service=service, **parameters)["service"])

    def describe(self, service: str) -> Wire:
        return dict(self.cloud.ecs.describe_services(cluster=self.cluster, services=[service])["services"][0])

    def is_steady(self, service: Wire) -> bool:
        """Return whether its only deployment is completed with all tasks, and an event has said so since it began."""
        [deployment, *others] = service["deployments"] or [{}]
        return (
            not others
            and deployment.get("rolloutState") == "COMPLETED"
            and service["runningCount"] == service["desiredCount"]
            and bool(service["events"])
            and "has reached a steady state" in service["events"][0]["message"]
        )

    def until_steady(self, service: str) -> Wire:
        found = self.cloud.until(
            lambda: (described := self.describe(service)) and self.is_steady(described) and described,
            f"{service} to be steady",
            900,
        )
        assert isinstance(found, dict)
        return found

    def newest(self, service: str) -> Wire:
        ecs = self.cloud.ecs
        [brief, *_] = ecs.list_service_deployments(cluster=self.cluster, service=service)["serviceDeployments"]
        arns = [brief["serviceDeploymentArn"]]
        return dict(ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"][0])

    def until_deployment(self, service: str, *statuses: str) -> Wire:
        found = self.cloud.until(
            lambda: (newest := self.newest(service))["status"] in statuses and newest, f"{service} {statuses}", 1800
        )
        assert isinstance(found, dict)
        return found

    def messages(self, service: str) -> list[str]:
        """Return the messages of service events, oldest first."""
        return [event["message"] for event in reversed(self.describe(service)["events"])]

    # --- load balancer ---

    def group(self, **more: Any) -> str:
        """Create a target group of IP addresses with fast health checks; -> ARN."""
        parameters = {
            "Protocol": "HTTP",
            "Port": PORT,
            "VpcId": self.cloud.settings.vpc,
            "TargetType": "ip",
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 10,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 2,
        } | more
        created = self.cloud.elb.create_target_group(Name=self.cloud.new_name("group"), **parameters)
        arn = str(created["TargetGroups"][0]["TargetGroupArn"])
        self.cloud.at_the_end(self.cloud.elb.delete_target_group, TargetGroupArn=arn)
        self.set_group(arn, deregistration_delay__timeout_seconds="10")
        return arn

    def set_group(self, arn: str, **values: str) -> None:
        """Set attributes; `__` in a key stands for `.`."""
        attributes = [{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()]
        self.cloud.elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)

    def set_balancer(self, **values: str) -> None:
        """Set attributes; `__` in a key stands for `.`."""
        attributes = [{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()]
        self.cloud.elb.modify_load_balancer_attributes(LoadBalancerArn=self.balancer, Attributes=attributes)

    def listener(self, action: Wire) -> Door:
        """Create a listener with its own port and a default action."""
        port = self.cloud.port()
        created = self.cloud.elb.create_listener(
            LoadBalancerArn=self.balancer, Protocol="HTTP", Port=port, DefaultActions=[action]
        )
        arn = str(created["Listeners"][0]["ListenerArn"])
        self.cloud.at_the_end(self.cloud.elb.delete_listener, ListenerArn=arn)
        return Door(arn, self.address, port)

    def door_to(self, group: str) -> Door:
        return self.listener({"Type": "forward", "TargetGroupArn": group})

    def target_health(self, group: str) -> dict[str, Wire]:
        """Return address -> TargetHealth."""
        described = self.cloud.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {target["Target"]["Id"]: target["TargetHealth"] for target in described}

    def until_states(self, group: str, *states: str) -> dict[str, Wire]:
        """Wait until the group's targets have exactly these states, in any order."""

        def reached() -> dict[str, Wire] | None:
            health = self.target_health(group)
            return health if sorted(h["State"] for h in health.values()) == sorted(states) else None

        found = self.cloud.until(reached, f"targets {states} in {group}")
        return found or {}

    def behind(self, group: str, port: int = PORT, **more: Any) -> Wire:
        """Return parameters of CreateService that make its tasks targets of the group."""
        return {
            "loadBalancers": [{"targetGroupArn": group, "containerName": CONTAINER, "containerPort": port}],
            "healthCheckGracePeriodSeconds": 600,
            **more,
        }
