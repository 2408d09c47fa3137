"""CloudWatch, SNS and EventBridge, which are moto's behind our own checks, for the fuzz."""

from collections.abc import Collection
from typing import Any

from tests.fuzz.subjects import Subject
from tests.integration.localcloud.conftest import Cloud

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
)
