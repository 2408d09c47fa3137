"""CloudWatch Logs: groups, streams, events, filters, queries, exports. A fact's date is when it was recorded on AWS.

The recordings are LocalStack's, published with its tests; the words here are ours.
"""

import json
import time
from typing import Any

import pytest

from tests.conformance.cloud import Cloud, Wire
from tests.conformance.stage import Stage

fact = pytest.mark.fact

GROUP_MISSING = "The specified log group does not exist."


def new_group(cloud: Cloud, **more: Any) -> str:
    logs, name = cloud.client("logs"), cloud.new_name("logs")
    logs.create_log_group(logGroupName=name, **more)
    cloud.at_the_end(logs.delete_log_group, logGroupName=name)
    return name


def new_stream(cloud: Cloud, group: str) -> Wire:
    where = {"logGroupName": group, "logStreamName": "stream"}
    cloud.client("logs").create_log_stream(**where)
    return where


def now_ms() -> int:
    return int(time.time() * 1000)


@fact("logs/groups")
def test_a_group_is_described_with_its_class_and_protection(stage: Stage) -> None:
    name = new_group(stage.cloud)
    [group] = stage.cloud.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["arn"] == f"{group['logGroupArn']}:*"
    assert (group["logGroupClass"], group["deletionProtectionEnabled"]) == ("STANDARD", False)
    assert (group["metricFilterCount"], group["storedBytes"]) == (0, 0)


@fact("logs/group-twice", "logs/group-name")
def test_a_group_is_made_once_and_its_name_is_bounded(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud)
    with stage.cloud.refused("ResourceAlreadyExistsException") as error:
        logs.create_log_group(logGroupName=name)
    assert error["message"] == "The specified log group already exists"
    with stage.cloud.refused("InvalidParameterException") as error:
        logs.create_log_group(logGroupName="x" * 513)
    assert error["message"] == "Invalid LogGroup or LogStream, both must have length less than or equal to 512."


@fact("logs/group-pattern")
def test_groups_are_found_by_a_part_of_their_name_and_not_also_by_a_prefix(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud)
    [group] = logs.describe_log_groups(logGroupNamePattern=name[1:].upper())["logGroups"]
    assert group["logGroupName"] == name and "storedBytes" not in group
    with stage.cloud.refused("InvalidParameterException") as error:
        logs.describe_log_groups(logGroupNamePrefix=name, logGroupNamePattern=name)
    assert error["message"] == "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."


@fact("logs/list-groups")
def test_groups_are_listed_by_an_expression(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud)
    listed = logs.list_log_groups(logGroupNamePattern=f"^{name[-20:]}|^{name[:24]}")["logGroups"]
    assert [each["logGroupClass"] for each in listed if each["logGroupName"] == name] == ["STANDARD"]


@fact("logs/limit")
def test_a_limit_beyond_the_models_is_refused_in_one_form(stage: Stage) -> None:
    logs = stage.cloud.client("logs")
    for call, parameters, limit in (
        (logs.describe_log_groups, {}, 50),
        (logs.get_log_events, {"logGroupName": "g", "logStreamName": "s"}, 10_000),
        (logs.filter_log_events, {"logGroupName": "g"}, 10_000),
    ):
        with stage.cloud.refused("InvalidParameterException") as error:
            call(limit=limit + 1, **parameters)
        assert error["message"] == (
            f"1 validation error detected: Value '{limit + 1}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {limit}"
        )


@fact("logs/tags")
def test_tags_are_the_same_by_name_and_by_arn(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud, tags={"env": "one"})
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    arn = group["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    logs.tag_log_group(logGroupName=name, tags={"c": "3"})
    tags = {"env": "one", "a": "1", "b": "2", "c": "3"}
    assert logs.list_tags_log_group(logGroupName=name)["tags"] == tags
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == tags
    logs.untag_log_group(logGroupName=name, tags=["env", "a"])
    logs.untag_resource(resourceArn=arn, tagKeys=["c"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


@fact("logs/tags-end")
def test_tags_end_with_their_group(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud, tags={"env": "one"})
    logs.delete_log_group(logGroupName=name)
    logs.create_log_group(logGroupName=name)
    assert logs.list_tags_log_group(logGroupName=name)["tags"] == {}


@fact("logs/streams")
def test_a_new_stream_has_no_times_of_events(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud)
    where = new_stream(stage.cloud, name)
    [stream] = logs.describe_log_streams(logGroupIdentifier=name)["logStreams"]
    assert stream.keys() == {"arn", "creationTime", "logStreamName", "storedBytes"}
    assert stream["arn"].endswith(f":log-group:{name}:log-stream:stream")
    with stage.cloud.refused("ResourceAlreadyExistsException") as error:
        logs.create_log_stream(**where)
    assert error["message"] == "The specified log stream already exists"


@fact("logs/name-or-identifier")
def test_a_group_is_named_once(stage: Stage) -> None:
    name = new_group(stage.cloud)
    with stage.cloud.refused("ValidationException") as error:
        stage.cloud.client("logs").describe_log_streams(logGroupName=name, logGroupIdentifier=name)
    assert error["message"] == "LogGroup name and LogGroup ARN are mutually exclusive parameters."


@fact("logs/events-order", "logs/events-time")
def test_events_come_in_order_and_not_too_old_or_new(stage: Stage) -> None:
    logs, day_ms = stage.cloud.client("logs"), 86_400_000
    where = new_stream(stage.cloud, new_group(stage.cloud))
    now = now_ms()
    with stage.cloud.refused("InvalidParameterException") as error:
        logs.put_log_events(
            **where, logEvents=[{"timestamp": now, "message": "b"}, {"timestamp": now - 1, "message": "a"}]
        )
    assert error["message"] == "Log events in a single PutLogEvents request must be in chronological order."
    old = logs.put_log_events(**where, logEvents=[{"timestamp": now - 15 * day_ms, "message": "old"}])
    assert "tooOldLogEventEndIndex" in old["rejectedLogEventsInfo"]
    new = logs.put_log_events(**where, logEvents=[{"timestamp": now + 3 * 3_600_000, "message": "new"}])
    assert "tooNewLogEventStartIndex" in new["rejectedLogEventsInfo"]


@fact("logs/events-missing")
def test_events_of_a_missing_group_or_stream_are_refused_by_its_name(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud)
    with stage.cloud.refused("ResourceNotFoundException") as error:
        logs.get_log_events(logGroupName=f"{name}-none", logStreamName="s")
    assert error["message"] == GROUP_MISSING
    for call, more in (
        (logs.get_log_events, {}),
        (logs.put_log_events, {"logEvents": [{"timestamp": now_ms(), "message": "m"}]}),
    ):
        with stage.cloud.refused("ResourceNotFoundException") as error:
            call(logGroupName=name, logStreamName="none", **more)
        assert error["message"] == "The specified log stream does not exist."


@fact("logs/tokens")
def test_a_token_that_no_page_gave_is_refused(stage: Stage) -> None:
    logs = stage.cloud.client("logs")
    where = new_stream(stage.cloud, new_group(stage.cloud))
    for call, parameters in (
        (logs.get_log_events, where),
        (logs.filter_log_events, {"logGroupName": where["logGroupName"]}),
    ):
        with stage.cloud.refused("InvalidParameterException") as error:
            call(nextToken="invalid", **parameters)
        assert error["message"] == "The specified nextToken is invalid."


@fact("logs/metric-filters")
def test_a_metric_filter_is_described_as_it_was_put_and_its_parts_are_bounded(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud)
    transformation = {"metricName": "m", "metricNamespace": name, "metricValue": "1", "defaultValue": 0.0}
    wanted = {"filterName": "f", "filterPattern": '{$.message = "test"}', "metricTransformations": [transformation]}
    logs.put_metric_filter(logGroupName=name, **wanted)
    [held] = logs.describe_metric_filters(logGroupName=name, filterNamePrefix="f")["metricFilters"]
    assert held["applyOnTransformedLogs"] is False and held["creationTime"] > 0
    assert held.items() >= wanted.items()
    [held] = logs.describe_metric_filters(metricName="m", metricNamespace=name)["metricFilters"]
    assert held["logGroupName"] == name
    for more, member, limit in (
        ({"filterName": "X" * 513}, "filterName", 512),
        ({"filterPattern": "X" * 1025}, "filterPattern", 1024),
        ({"metricTransformations": [transformation] * 2}, "metricTransformations", 1),
    ):
        with stage.cloud.refused("InvalidParameterException") as error:
            logs.put_metric_filter(logGroupName=name, **wanted | more)
        assert error["message"].startswith("1 validation error detected: Value '")
        constraint = f"failed to satisfy constraint: Member must have length less than or equal to {limit}"
        assert error["message"].endswith(f"' at '{member}' {constraint}")


@fact("logs/test-metric-filter")
def test_a_pattern_is_tried_on_messages(stage: Stage) -> None:
    answer = stage.cloud.client("logs").test_metric_filter(
        filterPattern="[ip, ..., status = 4*, bytes]",
        logEventMessages=["10.0.0.1 - GET 200 17", "10.0.0.1 - GET 404 5"],
    )
    [match] = answer["matches"]
    assert match["eventNumber"] == 2
    assert match["extractedValues"]["$status"] == "404"


@fact("logs/subscription-errors", "logs/subscription-missing")
def test_a_subscription_needs_its_group_and_a_role_for_a_stream(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud)
    account = stage.cloud.client("sts").get_caller_identity()["Account"]
    arn = f"arn:aws:kinesis:{stage.cloud.settings.region}:{account}:stream/none"
    parameters = {"filterName": "f", "filterPattern": "", "destinationArn": arn}
    with stage.cloud.refused("InvalidParameterException") as error:
        logs.put_subscription_filter(logGroupName=name, **parameters)
    assert error["message"] == "destinationArn for vendor kinesis cannot be used without roleArn"
    assert logs.describe_subscription_filters(logGroupName=name)["subscriptionFilters"] == []
    with stage.cloud.refused("ResourceNotFoundException") as error:
        logs.describe_subscription_filters(logGroupName=f"{name}-none")
    assert error["message"] == GROUP_MISSING
    with stage.cloud.refused("ResourceNotFoundException") as error:
        logs.delete_subscription_filter(logGroupName=name, filterName="none")
    assert error["message"] == "The specified subscription filter does not exist."


@fact("logs/query-missing-group")
def test_a_query_of_a_missing_group_names_it(stage: Stage) -> None:
    name = stage.cloud.new_name("none")
    with stage.cloud.refused("ResourceNotFoundException") as error:
        stage.cloud.client("logs").start_query(logGroupName=name, startTime=1, endTime=2, queryString="fields @message")
    assert error["message"].startswith(f"Log group '{name}' does not exist for account ID '")


@fact("logs/malformed-query")
def test_a_query_that_cannot_be_read_is_refused_with_its_place(stage: Stage) -> None:
    name, now = new_group(stage.cloud), int(time.time())
    for query, place in (
        ("sort bin(5m)", "( at line 1 and position 8"),
        ("filter @message like /error/i", "i at line 1 and position 28"),
        ("dedup a | sort b", "sort at line 1 and position 10"),
    ):
        with stage.cloud.refused("MalformedQueryException") as error:
            stage.cloud.client("logs").start_query(
                logGroupName=name, startTime=now - 60, endTime=now + 60, queryString=query
            )
        assert f"unexpected symbol found {place}" in error["message"]


@fact("logs/queries-described", "logs/query-answer")
def test_a_query_is_answered_and_listed_with_its_source(stage: Stage) -> None:
    logs = stage.cloud.client("logs")
    where, at_ms = new_stream(stage.cloud, new_group(stage.cloud)), now_ms()  # all on one day
    logs.put_log_events(**where, logEvents=[{"timestamp": at_ms, "message": json.dumps({"n": n})} for n in range(3)])
    now = at_ms // 1000
    parameters = {"logGroupName": where["logGroupName"], "startTime": now - 600, "endTime": now + 60}

    def answer() -> Any:
        text = "filter n > 0 | stats sum(n) as total by bin(1d) | sort total"
        query = {"queryId": logs.start_query(queryString=text, **parameters)["queryId"]}
        stage.cloud.until(lambda: logs.get_query_results(**query)["status"] == "Complete", "the query to end", 60)
        return logs.get_query_results(**query)["results"]

    def totals() -> list[str]:
        return [each["value"] for row in answer() for each in row if each["field"] == "total"]

    # AWS finds events only some seconds after they arrive.
    stage.cloud.until(lambda: totals() == ["3"], "the events to be found", 300)
    described = logs.describe_queries(logGroupName=where["logGroupName"], status="Complete")["queries"]
    assert described[0]["queryLanguage"] == "CWLI"
    period = f"START={parameters['startTime']}000 END={parameters['endTime']}999"
    assert described[0]["queryString"].startswith(f'SOURCE "{where["logGroupName"]}" {period} | filter n > 0')
    assert logs.describe_queries(logGroupName=where["logGroupName"], status="Scheduled")["queries"] == []


@fact("logs/export-errors")
def test_an_export_needs_its_bucket_and_an_unknown_one_cannot_be_cancelled(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), new_group(stage.cloud)
    parameters = {
        "logGroupName": name,
        "from": 0,
        "to": now_ms(),
        "destination": f"{stage.cloud.new_name('none')}-none",
    }
    with stage.cloud.refused("InvalidParameterException") as error:
        logs.create_export_task(**parameters)
    assert error["message"] == "The given bucket does not exist. Please make sure the bucket is valid."
    unknown = "00000000-0000-4000-8000-000000000000"
    assert logs.describe_export_tasks(taskId=unknown)["exportTasks"] == []
    with stage.cloud.refused("ResourceNotFoundException") as error:
        logs.cancel_export_task(taskId=unknown)
    assert error["message"] == "The specified export task does not exist."


@fact("logs/policies")
def test_a_resource_policy_is_the_accounts_and_a_missing_one_is_named(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), stage.cloud.new_name("policy")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "route53.amazonaws.com"},
        "Action": "logs:PutLogEvents",
        "Resource": "*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    created = logs.put_resource_policy(policyName=name, policyDocument=document)["resourcePolicy"]
    stage.cloud.at_the_end(logs.delete_resource_policy, policyName=name)
    assert (created["policyName"], created["policyScope"]) == (name, "ACCOUNT")
    with stage.cloud.refused("ResourceNotFoundException") as error:
        logs.delete_resource_policy(policyName="non-existent")
    assert error["message"] == "Policy with name [non-existent] does not exist."


@fact("logs/delivery-errors")
def test_deliveries_are_refused_under_another_code(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), stage.cloud.new_name("none")
    with stage.cloud.refused("ValidationException") as error:
        logs.put_delivery_destination(
            name=name,
            outputFormat="foobar",
            deliveryDestinationConfiguration={"destinationResourceArn": f"arn:aws:s3:::{name}"},
        )
    assert error["message"] == (
        "1 validation error detected: Value 'foobar' at 'outputFormat' failed to satisfy constraint: "
        "Member must satisfy enum value set: [w3c, raw, json, plain, parquet]"
    )
    with stage.cloud.refused("ResourceNotFoundException") as error:
        logs.get_delivery_destination(name=name)
    assert error["message"] == "Requested Delivery Destination does not exist in this account."
