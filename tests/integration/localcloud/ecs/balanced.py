"""A service deployed blue/green behind a load balancer, through the plain API."""

import sys
import urllib.request
from typing import Any

from tests.integration.localcloud.ecs.daemon import Shell, target_group, until
from tests.ports import free_port

# Answers every request with the value of $COLOUR.
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
    """A load balancer with a production and a test listener, and two target groups. `zones`: subnet -> zone."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.elb, ec2 = shell.daemon.client("elbv2"), shell.daemon.client("ec2")
        self.role = shell.daemon.role("shifts", ["ecs.amazonaws.com"], "elasticloadbalancing:ModifyRule")
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
        """Create a listener; return (port, ARN of its rule)."""
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
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
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

    def create_service(self) -> None:
        """Create the service `bg` with two serving tasks of blue."""
        self.shell.ecs.create_service(
            cluster="c",
            serviceName="bg",
            taskDefinition=self.register("blue"),
            desiredCount=2,
            networkConfiguration={"awsvpcConfiguration": {"subnets": list(self.zones)}},
            healthCheckGracePeriodSeconds=20,
            deploymentConfiguration=self.configuration(),
            loadBalancers=[
                {
                    "targetGroupArn": self.groups[0],
                    "containerName": "c0",
                    "containerPort": 8000,
                    "advancedConfiguration": {
                        "alternateTargetGroupArn": self.groups[1],
                        "productionListenerRule": self.production_rule,
                        "testListenerRule": self.test_rule,
                        "roleArn": self.role,
                    },
                }
            ],
        )
        self.until_status("SUCCESSFUL")
