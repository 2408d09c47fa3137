"""Settings of load balancers, target groups, alarms and logs: defaults, ranges, and what is refused."""

import pytest

from tests.conformance.cloud import Wire
from tests.conformance.stage import PORT, SLEEPER, Stage

fact = pytest.mark.fact


def group_settings(stage: Stage, **settings: object) -> Wire:
    """Return parameters of CreateTargetGroup."""
    return {
        "Name": stage.cloud.new_name("group"),
        "Protocol": "HTTP",
        "Port": PORT,
        "VpcId": stage.cloud.settings.vpc,
        "TargetType": "ip",
    } | settings


@fact("2/defaults")
def test_the_defaults_of_a_target_group(stage: Stage) -> None:
    elb = stage.cloud.elb
    [group] = elb.create_target_group(**group_settings(stage))["TargetGroups"]
    stage.cloud.at_the_end(elb.delete_target_group, TargetGroupArn=group["TargetGroupArn"])
    wanted = {
        "HealthCheckEnabled": True,
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthCheckPath": "/",
        "HealthCheckPort": "traffic-port",
        "HealthCheckProtocol": "HTTP",
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": "200"},
    }
    assert {name: group[name] for name in wanted} == wanted
    found = elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
    attributes = {attribute["Key"]: attribute["Value"] for attribute in found}
    assert attributes["deregistration_delay.timeout_seconds"] == "300"
    assert attributes["slow_start.duration_seconds"] == "0"
    assert attributes["stickiness.enabled"] == "false"
    assert attributes["load_balancing.algorithm.type"] == "round_robin"


@fact("2/balancer-defaults")
def test_the_defaults_of_a_load_balancer(stage: Stage) -> None:
    found = stage.cloud.elb.describe_load_balancer_attributes(LoadBalancerArn=stage.balancer)["Attributes"]
    attributes = {attribute["Key"]: attribute["Value"] for attribute in found}
    wanted = {
        "idle_timeout.timeout_seconds": "60",
        "client_keep_alive.seconds": "3600",
        "routing.http2.enabled": "true",
        "deletion_protection.enabled": "false",
        "access_logs.s3.enabled": "false",
        "routing.http.drop_invalid_header_fields.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
    }
    assert {key: attributes.get(key) for key in wanted} == wanted


@fact("2/ranges")
@pytest.mark.parametrize(
    "settings",
    [
        {"HealthCheckIntervalSeconds": 4},
        {"HealthCheckIntervalSeconds": 301},
        {"HealthCheckTimeoutSeconds": 1},
        {"HealthCheckTimeoutSeconds": 121, "HealthCheckIntervalSeconds": 300},
        {"HealthCheckTimeoutSeconds": 10, "HealthCheckIntervalSeconds": 5},
        {"HealthyThresholdCount": 1},
        {"HealthyThresholdCount": 11},
        {"UnhealthyThresholdCount": 1},
        {"UnhealthyThresholdCount": 11},
        {"Matcher": {"HttpCode": "199"}},
        {"Matcher": {"HttpCode": "500"}},
        {"HealthCheckPath": "health"},
        {"Port": 0},
        {"Port": 65_536},
    ],
    ids=str,
)
def test_health_check_settings_out_of_range(stage: Stage, settings: Wire) -> None:
    with stage.cloud.refused("ValidationError", "InvalidConfigurationRequest"):
        created = stage.cloud.elb.create_target_group(**group_settings(stage, **settings))
        stage.cloud.elb.delete_target_group(TargetGroupArn=created["TargetGroups"][0]["TargetGroupArn"])


@fact("2/ranges", "2/slow-start")
@pytest.mark.parametrize(
    "attributes",
    [
        {"deregistration_delay__timeout_seconds": "3601"},
        {"deregistration_delay__timeout_seconds": "-1"},
        {"slow_start__duration_seconds": "29"},
        {"slow_start__duration_seconds": "901"},
        {"stickiness__lb_cookie__duration_seconds": "0"},
        {"slow_start__duration_seconds": "30", "load_balancing__algorithm__type": "least_outstanding_requests"},
        {"no__such__attribute": "1"},
    ],
    ids=str,
)
def test_attributes_of_a_group_out_of_range(stage: Stage, attributes: dict[str, str]) -> None:
    group = stage.group()
    with stage.cloud.refused("ValidationError", "InvalidConfigurationRequest"):
        stage.set_group(group, **attributes)


@fact("2/ranges")
@pytest.mark.parametrize(
    "attributes",
    [
        {"idle_timeout__timeout_seconds": "0"},
        {"idle_timeout__timeout_seconds": "4001"},
        {"client_keep_alive__seconds": "59"},
        {"client_keep_alive__seconds": "604801"},
        {"no__such__attribute": "1"},
    ],
    ids=str,
)
def test_attributes_of_a_balancer_out_of_range(stage: Stage, attributes: dict[str, str]) -> None:
    with stage.cloud.refused("ValidationError", "InvalidConfigurationRequest"):
        stage.set_balancer(**attributes)


@fact("2/names")
def test_names_are_used_once_and_have_32_characters(stage: Stage) -> None:
    elb = stage.cloud.elb
    settings = group_settings(stage)
    arn = elb.create_target_group(**settings)["TargetGroups"][0]["TargetGroupArn"]
    stage.cloud.at_the_end(elb.delete_target_group, TargetGroupArn=arn)
    with stage.cloud.refused("DuplicateTargetGroupName"):
        elb.create_target_group(**settings | {"Port": PORT + 1})
    for name in ("a" * 33, "-begins", "ends-", "under_score"):
        with stage.cloud.refused("ValidationError"):
            elb.create_target_group(**settings | {"Name": name})
    with stage.cloud.refused("ValidationError"):
        elb.create_load_balancer(Name="a" * 33, Subnets=stage.cloud.settings.subnets)


@fact("2/idempotent")
def test_the_same_settings_are_the_same_group(stage: Stage) -> None:
    elb, settings = stage.cloud.elb, group_settings(stage)
    arn = elb.create_target_group(**settings)["TargetGroups"][0]["TargetGroupArn"]
    stage.cloud.at_the_end(elb.delete_target_group, TargetGroupArn=arn)
    assert elb.create_target_group(**settings)["TargetGroups"][0]["TargetGroupArn"] == arn
    elb.modify_target_group(TargetGroupArn=arn, HealthCheckPath="/other")
    with stage.cloud.refused("DuplicateTargetGroupName"):
        elb.create_target_group(**settings)
    again = elb.create_target_group(**settings, HealthCheckPath="/other", HealthyThresholdCount=5)
    assert again["TargetGroups"][0]["TargetGroupArn"] == arn


@fact("2/two-zones")
def test_a_load_balancer_needs_two_zones(stage: Stage) -> None:
    for subnets in (stage.cloud.settings.subnets[:1], []):
        with stage.cloud.refused("ValidationError", "InvalidConfigurationRequest", "InvalidSubnet"):
            stage.cloud.elb.create_load_balancer(Name=stage.cloud.new_name("one"), Subnets=subnets)


@fact("2/in-use")
def test_a_group_in_use_stays(stage: Stage) -> None:
    group = stage.group()
    stage.door_to(group)
    with stage.cloud.refused("ResourceInUse"):
        stage.cloud.elb.delete_target_group(TargetGroupArn=group)


@fact("2/redirect-loop")
def test_a_redirect_to_itself_is_refused(stage: Stage) -> None:
    with stage.cloud.refused("InvalidLoadBalancerAction"):
        stage.listener({"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}})


@fact("1.11/container-port")
def test_a_service_needs_an_existing_group(stage: Stage) -> None:
    group = stage.group()
    stage.door_to(group)
    gone = group[:-4] + "0000"
    container = SLEEPER | {"portMappings": [{"containerPort": PORT}]}
    with stage.cloud.refused("InvalidParameterException"):
        stage.create_service(stage.register(container), 0, **stage.behind(gone))


# --- Application Auto Scaling, CloudWatch ---


@fact("4/retention")
def test_retention_is_one_of_awss_numbers(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), stage.cloud.new_name("logs")
    logs.create_log_group(logGroupName=name)
    stage.cloud.at_the_end(logs.delete_log_group, logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=30)
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 30
    with stage.cloud.refused("InvalidParameterException"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=31)


@fact("4/missing-group")
def test_events_need_their_group_and_stream(stage: Stage) -> None:
    logs, name = stage.cloud.client("logs"), stage.cloud.new_name("none")
    events = [{"timestamp": 0, "message": "m"}]
    with stage.cloud.refused("ResourceNotFoundException"):
        logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=events)
    with stage.cloud.refused("ResourceNotFoundException"):
        logs.get_log_events(logGroupName=name, logStreamName="s")


@fact("1.10/ulimits")
def test_ulimits_other_than_nofile_are_refused(stage: Stage) -> None:
    limit = {"name": "core", "softLimit": 0, "hardLimit": 0}
    with stage.cloud.refused("ClientException"):
        stage.register(SLEEPER | {"ulimits": [limit]})


@fact("1.10/delete-ends")
@pytest.mark.full
def test_a_deleted_task_definition_disappears(stage: Stage) -> None:
    ecs, arn = stage.cloud.ecs, stage.register(SLEEPER)
    ecs.deregister_task_definition(taskDefinition=arn)
    ecs.delete_task_definitions(taskDefinitions=[arn])

    def is_gone() -> bool:
        listed = ecs.list_task_definitions(familyPrefix=arn.split("/")[1].split(":")[0], status="DELETE_IN_PROGRESS")
        return arn not in listed["taskDefinitionArns"]

    stage.cloud.until(is_gone, "it to be gone", 600)
