"""CloudWatch's alarms and dashboards: how they are described, what they send, and what is refused."""

import json

import pytest

from tests.conformance.cloud import Cloud, Wire
from tests.conformance.stage import Stage
from tests.conformance.test_alarms import change_alarm, put_alarm, state

fact = pytest.mark.fact

METRIC = {"region": "eu-west-1", "metrics": [["AWS/EC2", "CPUUtilization", "InstanceId", "i-12345678"]]}


def set_state(cloud: Cloud, name: str, value: str, reason: str = "conformance") -> None:
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=value, StateReason=reason)


def shown(cloud: Cloud, name: str) -> Wire:
    answer = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    [alarm] = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
    found: Wire = alarm
    return found


class Inbox:
    """A topic, and the queue that gets its messages."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._sqs = cloud, cloud.client("sqs")
        name = cloud.new_name("inbox")
        self.topic = str(cloud.client("sns").create_topic(Name=name)["TopicArn"])
        cloud.at_the_end(cloud.client("sns").delete_topic, TopicArn=self.topic)
        self._queue = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        cloud.at_the_end(self._sqs.delete_queue, QueueUrl=self._queue)
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        self._sqs.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": policy})
        cloud.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def next(self) -> Wire:
        def received() -> list[Wire]:
            found: list[Wire] = self._sqs.receive_message(QueueUrl=self._queue, WaitTimeSeconds=1).get("Messages", [])
            return found

        [message, *_] = self._cloud.until(received, "a message of an alarm", 300)
        self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        notification: Wire = json.loads(json.loads(message["Body"])["Message"])
        return notification


@fact("4/described", "4/initial")
def test_a_new_alarm_shows_what_was_put_and_no_more(stage: Stage) -> None:
    name = put_alarm(stage.cloud)
    alarm = shown(stage.cloud, name)
    assert set(alarm) == {
        *("AlarmName", "AlarmArn", "AlarmConfigurationUpdatedTimestamp", "ActionsEnabled"),
        *("OKActions", "AlarmActions", "InsufficientDataActions"),
        *("StateValue", "StateReason", "StateUpdatedTimestamp", "StateTransitionedTimestamp"),
        *("MetricName", "Namespace", "Statistic", "Dimensions", "Period"),
        *("EvaluationPeriods", "Threshold", "ComparisonOperator"),
    }
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"


@fact("4/enum", "4/no-alarm")
def test_a_wrong_state_and_an_unknown_alarm_are_refused(stage: Stage) -> None:
    name = put_alarm(stage.cloud)
    with stage.cloud.refused("ValidationError", "ValidationException") as error:
        set_state(stage.cloud, name, "INVALID")
    assert error["message"] == (
        "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: Member must "
        "satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
    )
    with stage.cloud.refused("ResourceNotFound") as error:
        set_state(stage.cloud, f"{name}-nonexistent", "OK")
    assert error["message"] == ""


@fact("4/tags")
def test_tags_end_with_their_alarm(stage: Stage) -> None:
    watching, one = stage.cloud.client("cloudwatch"), {"Key": "Environment", "Value": "Production"}
    name = put_alarm(stage.cloud, Tags=[one])
    arn = shown(stage.cloud, name)["AlarmArn"]
    two, three = {"Key": "tag1", "Value": "foo"}, {"Key": "tag2", "Value": "bar"}

    def tags() -> list[Wire]:
        return sorted(watching.list_tags_for_resource(ResourceARN=arn)["Tags"], key=lambda tag: str(tag["Key"]))

    assert tags() == [one]
    watching.tag_resource(ResourceARN=arn, Tags=[two, three])
    watching.untag_resource(ResourceARN=arn, TagKeys=["tag1"])
    assert tags() == [one, three]
    watching.delete_alarms(AlarmNames=[name])
    assert tags() == []
    change_alarm(stage.cloud, name)
    assert tags() == []
    with stage.cloud.refused("ResourceNotFoundException"):
        watching.tag_resource(ResourceARN=f"{arn}-nonexistent", Tags=[two])


@fact("4/message", "4/disabled")
def test_a_state_that_is_set_is_published_unless_actions_are_disabled(stage: Stage) -> None:
    cloud, inbox = stage.cloud, Inbox(stage.cloud)
    dimension = {"Name": "InstanceId", "Value": "i-1"}
    actions = {"AlarmActions": [inbox.topic], "OKActions": [inbox.topic]}
    name = put_alarm(
        cloud, **actions, Statistic="Average", Dimensions=[dimension], Unit="Percent", TreatMissingData="ignore"
    )
    set_state(cloud, name, "ALARM", "testing alarm")
    notification = inbox.next()
    assert (notification["AlarmName"], notification["NewStateValue"], notification["NewStateReason"]) == (
        name,
        "ALARM",
        "testing alarm",
    )
    assert notification["OldStateValue"] == "INSUFFICIENT_DATA"
    assert notification["Trigger"] == {
        "MetricName": name,
        "Namespace": "Conformance",
        "StatisticType": "Statistic",
        "Statistic": "AVERAGE",
        "Unit": "Percent",
        "Dimensions": [{"value": "i-1", "name": "InstanceId"}],
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 10.0,
        "TreatMissingData": "ignore",
        "EvaluateLowSampleCountPercentile": "",
    }
    watching = cloud.client("cloudwatch")
    watching.disable_alarm_actions(AlarmNames=[name])
    set_state(cloud, name, "OK", "not told")
    assert (state(cloud, name), shown(cloud, name)["ActionsEnabled"]) == ("OK", False)
    watching.enable_alarm_actions(AlarmNames=[name])
    set_state(cloud, name, "ALARM", "told again")
    assert inbox.next()["NewStateReason"] == "told again"


@fact("4/children")
def test_a_composite_alarm_names_the_child_that_changed_it(stage: Stage) -> None:
    cloud, inbox, watching = stage.cloud, Inbox(stage.cloud), stage.cloud.client("cloudwatch")
    children = [put_alarm(cloud, TreatMissingData="ignore") for _ in range(2)]
    arns = [shown(cloud, child)["AlarmArn"] for child in children]
    name = cloud.new_name("both")
    rule = f'ALARM("{arns[0]}") OR ALARM("{arns[1]}")'
    watching.put_composite_alarm(AlarmName=name, AlarmRule=rule, AlarmActions=[inbox.topic], OKActions=[inbox.topic])
    cloud.at_the_end(watching.delete_alarms, AlarmNames=[name])
    assert inbox.next()["NewStateValue"] == "OK"
    for child, arn in zip(children, arns, strict=True):
        for value in ("ALARM", "OK"):
            set_state(cloud, child, value)
            notification = inbox.next()
            assert notification["NewStateValue"] == value
            [cause] = notification["TriggeringChildren"]
            assert (cause["Arn"], cause["State"]["Value"]) == (arn, value)
            [cause] = json.loads(shown(cloud, name)["StateReasonData"])["triggeringAlarms"]
            assert (cause["arn"], cause["state"]["value"]) == (arn, value)


@fact("4/delete-unknown", "4/delete-child")
def test_an_alarm_that_a_rule_names_cannot_be_deleted_and_one_that_does_not_exist_can(stage: Stage) -> None:
    watching, child, parent = stage.cloud.client("cloudwatch"), put_alarm(stage.cloud), stage.cloud.new_name("parent")
    watching.put_composite_alarm(AlarmName=parent, AlarmRule=f"ALARM({child})")
    stage.cloud.at_the_end(watching.delete_alarms, AlarmNames=[parent])
    with stage.cloud.refused("ValidationError", "ValidationException") as error:
        watching.delete_alarms(AlarmNames=[child])
    assert error["message"] == f"Cannot delete {child} as there are composite alarm(s) depending on it."
    watching.delete_alarms(AlarmNames=[parent])
    watching.delete_alarms(AlarmNames=[child])
    watching.delete_alarms(AlarmNames=[child])


@fact("4/conflicts")
@pytest.mark.parametrize(
    "settings",
    [{"ExtendedStatistic": "p99"}, {"Metrics": [{"Id": "e", "Expression": "1 + 1"}], "MetricName": "m"}],
)
def test_settings_that_exclude_each_other_are_refused(stage: Stage, settings: Wire) -> None:
    codes = ("ValidationError", "ValidationException", "InvalidParameterCombination")
    with stage.cloud.refused(*codes, "InvalidParameterCombinationException"):
        put_alarm(stage.cloud, **settings)


def put_dashboard(cloud: Cloud, name: str, body: object) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    cloud.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=text)


def widget(**properties: object) -> Wire:
    return {"type": "metric", "x": 0, "y": 0, "width": 6, "height": 6, "properties": METRIC | properties}


@fact("4/dashboards")
def test_dashboards_are_listed_and_deleted(stage: Stage) -> None:
    watching, name = stage.cloud.client("cloudwatch"), stage.cloud.new_name("board")
    stage.cloud.at_the_end(watching.delete_dashboards, DashboardNames=[name])
    body = json.dumps({"widgets": [widget()]})
    put_dashboard(stage.cloud, name, body)
    assert json.loads(watching.get_dashboard(DashboardName=name)["DashboardBody"]) == json.loads(body)
    [entry] = watching.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
    assert entry["DashboardArn"].endswith(f":dashboard/{name}")
    assert entry["Size"] == len(body)
    watching.delete_dashboards(DashboardNames=[name])
    assert watching.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"] == []
    with stage.cloud.refused("ResourceNotFound"):
        watching.get_dashboard(DashboardName=name)


@fact("4/dashboard-name", "4/dashboard-body")
def test_wrong_names_and_bodies_are_refused(stage: Stage) -> None:
    cloud, name = stage.cloud, stage.cloud.new_name("board")
    with cloud.refused("InvalidParameterValue", "InvalidParameterValueException") as error:
        put_dashboard(cloud, f"{name}:invalid", {"widgets": [widget()]})
    assert error["message"] == (
        "The value for field DashboardName contains invalid characters. "
        "It can only contain alphanumerics, dash (-) and underscore (_).\n"
    )
    for body in ("no", "[]", {"widgets": [widget(metrics={})]}):
        with cloud.refused("InvalidParameterInput", "DashboardInvalidInputError") as error:
            put_dashboard(cloud, name, body)
        assert error["message"].startswith("The dashboard body is invalid, there are 1 validation errors:")
