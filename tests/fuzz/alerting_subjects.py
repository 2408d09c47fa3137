"""For the fuzz: CloudWatch, SNS, EventBridge and Application Auto Scaling, which are moto's behind our own checks."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from localcloud.autoscaling.engine import Scaling
from localcloud.autoscaling.scheduled import ScheduledScaling
from localcloud.autoscaling.services import EcsServices
from localcloud.autoscaling.targets import ScalableTargets
from localcloud.ecs.api import EcsApi
from localcloud.ecs.model.tasks import Cluster
from localcloud.endpoint.server import Endpoint
from localcloud.host import Host
from tests.fuzz.subjects import Subject
from tests.integration.localcloud.autoscaling.test_scaling_on_alarms import CPU, WHAT, Overlay
from tests.integration.localcloud.conftest import Cloud
from tests.unit.localcloud.ecs.world import World

ARN = "arn:aws:{}:us-west-1:123456789012:{}"
TOPIC = ARN.format("sns", "fuzz-topic")
ALARM = {
    "AlarmName": "fuzz-alarm",
    "Namespace": "fuzz",
    "MetricName": "fuzz",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


async def _prepare_cloudwatch(cloud: Cloud) -> None:
    await cloud.call("cloudwatch", "put_metric_alarm", **ALARM)
    composite = {"AlarmName": "fuzz-composite", "AlarmRule": "ALARM(fuzz-alarm)"}
    await cloud.call("cloudwatch", "put_composite_alarm", **composite)
    await cloud.call("cloudwatch", "put_dashboard", DashboardName="fuzz-dashboard", DashboardBody='{"widgets": []}')
    data = [{"MetricName": "fuzz", "Value": 1.0}]
    await cloud.call("cloudwatch", "put_metric_data", Namespace="fuzz", MetricData=data)


async def _prepare_sns(cloud: Cloud) -> None:
    await cloud.call("sns", "create_topic", Name="fuzz-topic")
    await cloud.call("sns", "subscribe", TopicArn=TOPIC, Protocol="email", Endpoint="fuzz@example.com")


async def _prepare_events(cloud: Cloud) -> None:
    await cloud.call("events", "put_rule", Name="fuzz-rule", EventPattern='{"source": ["fuzz"]}')
    await cloud.call("events", "put_targets", Rule="fuzz-rule", Targets=[{"Id": "fuzz", "Arn": TOPIC}])


class ServiceToScale:
    """A service of a world without processes; `ecs` is made first, again for each cloud."""

    def __init__(self) -> None:
        self._world: World
        self._api: EcsApi

    def ecs(self, host: Host) -> Overlay:
        self._world = World(host.data_directory, desired=1)
        self._world.service.wire["loadBalancers"] = []
        self._world.control.store.clusters["c"] = Cluster(arn=self._world.service.cluster_arn, name="c")
        self._world.deploy("good")
        self._api = EcsApi(host, self._world.control)
        return Overlay(self._api)

    def scaling(self, host: Host) -> Overlay:
        answer = Endpoint(host.moto, {"ecs": self._api}, {}).answer
        services = EcsServices(self._world.control.store, answer, region=host.region, account_id=host.account_id)
        scaling = Scaling(replace(host, clock=self._world.clock), services)
        scheduled = ScheduledScaling(host, scaling)
        return Overlay(ScalableTargets(host, services, scaling, scheduled), scaling, scheduled)


async def _prepare_scaling(cloud: Cloud) -> None:
    call = "application-autoscaling"
    await cloud.call(call, "register_scalable_target", **WHAT, MinCapacity=1, MaxCapacity=10)
    tracking = {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": CPU | {"TargetValue": 50},
    }
    await cloud.call(call, "put_scaling_policy", **WHAT, PolicyName="fuzz-policy", **tracking)


SERVICE = ServiceToScale()


def _nothing(cloud: Cloud, client: Any) -> Collection[str]:
    return ()


ALERTING = (
    Subject(
        service="cloudwatch",
        parts={},
        known={
            "AlarmName": ["fuzz-alarm", "fuzz-composite"],
            "AlarmRule": ["ALARM(fuzz-alarm)", "ALARM(fuzz"],
            "ResourceARN": [ARN.format("cloudwatch", "alarm:fuzz-alarm")],
            "DashboardName": ["fuzz-dashboard"],
            "DashboardBody": ['{"widgets": []}', "{"],
        },
        prepare=_prepare_cloudwatch,
        listed=_nothing,
    ),
    Subject(
        service="sns",
        parts={},
        known={"TopicArn": [TOPIC], "ResourceArn": [TOPIC], "Protocol": ["email", "sqs"]},
        prepare=_prepare_sns,
        listed=_nothing,
    ),
    Subject(
        service="events",
        parts={},
        known={
            "Name": ["fuzz-rule"],
            "Rule": ["fuzz-rule"],
            "RuleName": ["fuzz-rule"],
            "EventPattern": ['{"source": ["fuzz"]}', "{"],
            "ResourceARN": [ARN.format("events", "rule/fuzz-rule")],
        },
        prepare=_prepare_events,
        listed=_nothing,
    ),
    Subject(
        service="application-autoscaling",
        parts={"ecs": SERVICE.ecs, "application-autoscaling": SERVICE.scaling},
        known={
            **{name: [value] for name, value in WHAT.items()},
            "PolicyName": ["fuzz-policy"],
            "Schedule": ["rate(1 hour)", "cron(0 0 * * ? *)", "at(2027-01-01T00:00:00)"],
        },
        prepare=_prepare_scaling,
        listed=_nothing,
    ),
)
