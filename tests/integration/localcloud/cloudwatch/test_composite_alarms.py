"""Composite alarms follow the alarms in their rule, notify topics, and are silenced by their suppressor."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.ecs.daemon import Daemon, start, until

SPEED = 60.0  # an AWS minute a second

SPAN = {"StartTime": datetime(2026, 1, 1, tzinfo=UTC), "EndTime": datetime(2026, 1, 2, tzinfo=UTC)}


class Alarms:
    """A local cloud of its own, with a queue that hears of alarms."""

    def __init__(self, daemon: Daemon) -> None:
        sns, self.sqs = daemon.client("sns"), daemon.client("sqs")
        self.watching = daemon.client("cloudwatch")
        self.topic = sns.create_topic(Name="alarms")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="alarms")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def metric_alarm(self, name: str) -> None:
        """Create an alarm that stays in the state that is set."""
        self.watching.put_metric_alarm(
            AlarmName=name,
            MetricName=name,
            Namespace="test",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )

    def composite(self, name: str, rule: str, **settings: Any) -> None:
        actions = {"AlarmActions": [self.topic], "OKActions": [self.topic]}
        self.watching.put_composite_alarm(AlarmName=name, AlarmRule=rule, **actions, **settings)

    def set(self, name: str, state: str) -> None:
        self.watching.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")

    def shown(self, name: str) -> dict[str, Any]:
        found = self.watching.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
        return dict(found["CompositeAlarms"][0])

    def until(self, name: str, **wanted: str | None) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            shown = self.shown(name)
            return shown if all(shown.get(key) == value for key, value in wanted.items()) else None

        return until(reached, f"{name} {wanted}")

    def heard(self) -> list[dict[str, Any]]:
        """Return the messages received since the last call."""
        found = []
        while messages := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                found.append(json.loads(json.loads(each["Body"])["Message"]))
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
        return found


@pytest.fixture(scope="module")
def alarms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alarms]:
    running = start(tmp_path_factory.mktemp("composite") / "cloud", speed=SPEED)
    yield Alarms(running)
    assert running.stop() == 0


def test_a_composite_alarm_follows_its_rule_and_notifies_its_topics(alarms: Alarms) -> None:
    for name in ("errors", "deploying"):
        alarms.metric_alarm(name)
    alarms.composite("serious", 'ALARM("errors") AND NOT ALARM(deploying)')
    created = alarms.until("serious", StateValue="OK")
    assert created["StateReason"].endswith(":alarm:serious was created and its alarm rule evaluates to OK")
    alarms.composite("above", "ALARM(serious)")
    alarms.heard()
    alarms.set("errors", "ALARM")
    shown = alarms.until("serious", StateValue="ALARM")
    assert ":alarm:errors transitioned to ALARM at " in shown["StateReason"]
    [trigger] = json.loads(shown["StateReasonData"])["triggeringAlarms"]
    assert (trigger["arn"].split(":alarm:")[1], trigger["state"]["value"]) == ("errors", "ALARM")
    alarms.until("above", StateValue="ALARM")
    notifications = {message["AlarmName"]: message for message in alarms.heard() if message["NewStateValue"] == "ALARM"}
    assert set(notifications) == {"serious", "above"}
    assert notifications["serious"]["AlarmRule"] == 'ALARM("errors") AND NOT ALARM(deploying)'
    assert [child["Arn"].split(":alarm:")[1] for child in notifications["serious"]["TriggeringChildren"]] == ["errors"]
    assert "Trigger" not in notifications["serious"]
    alarms.set("deploying", "ALARM")
    alarms.until("above", StateValue="OK")
    history = alarms.watching.describe_alarm_history(
        AlarmName="serious", AlarmTypes=["CompositeAlarm"], HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in history] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ]


def test_an_alarm_of_another_region_is_neither_in_a_rule_nor_a_suppressor(alarms: Alarms) -> None:
    alarms.metric_alarm("near")
    near = alarms.watching.describe_alarms(AlarmNames=["near"])["MetricAlarms"][0]["AlarmArn"]
    for far in (near.replace(":us-west-1:", ":eu-west-1:"), near.replace(":123456789012:", ":210987654321:")):
        with pytest.raises(ClientError, match=f"alarms that do not exist: {far}"):
            alarms.composite("far", f'ALARM("{far}")')
        with pytest.raises(ClientError, match=r"there is no alarm|AccessDenied"):
            periods = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 60}
            alarms.composite("far", "ALARM(near)", ActionsSuppressor=far, **periods)
    alarms.composite("whole", f'ALARM("{near}")')


def test_alarms_are_described_by_kind_family_and_page(alarms: Alarms) -> None:
    for name in ("child-1", "child-2"):
        alarms.metric_alarm(name)
    alarms.composite("parent", "ALARM(child-1) OR ALARM(child-2)")
    describe = alarms.watching.describe_alarms
    plain = describe(AlarmNames=["parent", "child-1"])
    assert (len(plain["MetricAlarms"]), plain["CompositeAlarms"]) == (1, [])
    children = describe(ChildrenOfAlarmName="parent")["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in children] == ["child-1", "child-2"]
    assert [alarm["AlarmName"] for alarm in describe(ParentsOfAlarmName="child-2")["CompositeAlarms"]] == ["parent"]
    first = describe(AlarmNamePrefix="child-", MaxRecords=1)
    second = describe(AlarmNamePrefix="child-", MaxRecords=1, NextToken=first["NextToken"])
    assert [page["MetricAlarms"][0]["AlarmName"] for page in (first, second)] == ["child-1", "child-2"]
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("put_composite_alarm", {"AlarmName": "wrong", "AlarmRule": "ALARM(known"}, "ValidationError"),
        ("put_composite_alarm", {"AlarmName": "wrong", "AlarmRule": "ALARM(unknown)"}, "ValidationError"),
        ("put_composite_alarm", {"AlarmName": "wrong", "AlarmRule": "ALARM(wrong)"}, "ValidationError"),
        ("put_composite_alarm", {"AlarmName": "known", "AlarmRule": "TRUE"}, "ValidationError"),
        (
            "put_composite_alarm",
            {"AlarmName": "wrong", "AlarmRule": "TRUE", "ActionsSuppressor": "known"},
            "ValidationError",
        ),
        ("delete_alarms", {"AlarmNames": ["known"]}, "ValidationError"),
        ("describe_alarms", {"NextToken": "nowhere"}, "InvalidNextToken"),
        ("describe_alarms", {"AlarmNames": ["a"], "AlarmNamePrefix": "a"}, "ValidationError"),
        ("put_metric_alarm", {"AlarmName": "wrong", "EvaluationPeriods": 1}, "ValidationError"),
        (
            "put_metric_data",
            {"Namespace": "AWS/ECS", "MetricData": [{"MetricName": "m", "Value": 1}]},
            "InvalidParameterValue",
        ),
        ("get_metric_data", {"MetricDataQueries": [{"Id": "e", "Expression": "1 *"}], **SPAN}, "ValidationError"),
        ("get_metric_data", {"MetricDataQueries": [{"Id": "E", "Expression": "1"}], **SPAN}, "ValidationError"),
        ("list_metrics", {"NextToken": "nowhere"}, "InvalidParameterValue"),
    ],
)
def test_invalid_requests_are_refused(alarms: Alarms, operation: str, parameters: dict[str, Any], code: str) -> None:
    alarms.metric_alarm("known")
    alarms.composite("user", "ALARM(known)")
    with pytest.raises(ClientError) as refused:
        getattr(alarms.watching, operation)(**parameters)
    assert refused.value.response["Error"]["Code"] == code


def test_with_a_name_that_is_not_an_alarm_none_is_deleted(alarms: Alarms) -> None:
    alarms.metric_alarm("lonely")
    alarms.watching.delete_alarms(AlarmNames=["unknown"])
    alarms.watching.delete_alarms(AlarmNames=["lonely", "unknown"])
    assert len(alarms.watching.describe_alarms(AlarmNames=["lonely"])["MetricAlarms"]) == 1


def test_a_suppressor_holds_the_actions_back(alarms: Alarms) -> None:
    for name in ("cause", "maintenance"):
        alarms.metric_alarm(name)
    alarms.set("maintenance", "ALARM")
    periods = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 60}
    alarms.composite("held-back", "ALARM(cause)", ActionsSuppressor="maintenance", **periods)
    alarms.until("held-back", StateValue="OK", ActionsSuppressedBy="Alarm")
    alarms.heard()
    alarms.set("cause", "ALARM")
    alarms.until("held-back", StateValue="ALARM", ActionsSuppressedBy="Alarm")
    assert alarms.heard() == []
    alarms.set("maintenance", "OK")
    alarms.until("held-back", ActionsSuppressedBy=None)
    assert [(each["AlarmName"], each["NewStateValue"]) for each in alarms.heard()] == [("held-back", "ALARM")]
