"""A service whose deployments shift traffic: two target groups, a production listener and a test listener."""

from typing import Any

from tests.conformance.cloud import Wire
from tests.conformance.door import Door
from tests.conformance.stage import CONTAINER, PORT, Stage, server

ORDER = (
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
)
BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, "lifecycleHooks": []}


def pause(*stages: str, minutes: int = 1440, action: str = "ROLLBACK") -> Wire:
    limit = {"timeoutInMinutes": minutes, "action": action}
    return {"targetType": "PAUSE", "lifecycleStages": list(stages), "timeoutConfiguration": limit}


class Shifted:
    """A service of one task with two target groups, a production listener and a test listener."""

    def __init__(self, stage: Stage, *, with_test: bool = True, rule_to: int = 2) -> None:
        """`rule_to`: number of target groups that the production rule forwards to."""
        self.stage = stage
        self.groups = [stage.group(), stage.group()]
        self.production, self.rule = self._door(self.groups[:rule_to])
        self.test, test_rule = self._door(self.groups) if with_test else (self.production, "")
        self.advanced = {
            "alternateTargetGroupArn": self.groups[1],
            "productionListenerRule": self.rule,
            "roleArn": stage.cloud.settings.infrastructure_role,
        } | ({"testListenerRule": test_rule} if with_test else {})
        self.revisions = 0
        self.family = stage.cloud.new_name("shifted")
        self.name = ""

    def _door(self, groups: list[str]) -> tuple[Door, str]:
        stage = self.stage
        door = stage.listener({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}})
        weighted = [{"TargetGroupArn": group, "Weight": weight} for group, weight in zip(groups, (1, 0), strict=False)]
        rule = stage.cloud.elb.create_rule(
            ListenerArn=door.arn,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}],
        )["Rules"][0]["RuleArn"]
        return door, str(rule)

    def register(self, version: str, **more: Any) -> str:
        return self.stage.register(server(version, **more), family=self.family)

    def create(self, configuration: Wire) -> None:
        balancer = {
            "targetGroupArn": self.groups[0],
            "containerName": CONTAINER,
            "containerPort": PORT,
            "advancedConfiguration": self.advanced,
        }
        self.name = self.stage.create_service(
            self.register("v1"),
            loadBalancers=[balancer],
            healthCheckGracePeriodSeconds=600,
            deploymentConfiguration=configuration,
        )

    def deploy(self, version: str, configuration: Wire, **more: Any) -> None:
        self.stage.update(
            self.name, taskDefinition=self.register(version, **more), deploymentConfiguration=configuration
        )

    def until_paused(self, at: str) -> Wire:
        """Wait until a PAUSE at this stage awaits its response; -> the service deployment with `hook`."""

        def waiting() -> Wire | None:
            newest = self.stage.newest(self.name)
            for hook in newest.get("lifecycleHookDetails", []):
                if hook["status"] == "AWAITING_ACTION" and (at, newest["lifecycleStage"]) in SHOWN:
                    return newest | {"hook": hook["hookId"]}
            return None

        found = self.stage.cloud.until(waiting, f"a pause at {at}", 900)
        assert found
        return found

    def answer(self, paused: Wire, action: str = "CONTINUE") -> None:
        self.stage.cloud.ecs.continue_service_deployment(
            serviceDeploymentArn=paused["serviceDeploymentArn"], hookId=paused["hook"], action=action
        )

    def weights(self) -> dict[str, int]:
        """Return target group -> its weight in the production rule."""
        [rule] = self.stage.cloud.elb.describe_rules(RuleArns=[self.rule])["Rules"]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return {group["TargetGroupArn"]: group["Weight"] for group in groups}

    def counts(self) -> tuple[int, int]:
        """Return (running blue, running green)."""
        newest = self.stage.newest(self.name)
        [blue] = newest["sourceServiceRevisions"]
        return blue["runningTaskCount"], newest["targetServiceRevision"]["runningTaskCount"]


# DescribeServiceDeployments uses a list of stages without PRE_PRODUCTION_TRAFFIC_SHIFT.
SHOWN = {(stage, stage) for stage in ORDER} | {("PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT")}
