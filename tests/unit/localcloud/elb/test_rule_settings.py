"""ELBv2's refusals in actions, conditions, attributes and ARNs, and the wildcards of a rule."""

import re
from typing import Any

import pytest

from localcloud.elb import attributes
from localcloud.elb.arns import check_arns, check_number_to_tag
from localcloud.elb.checks.actions import check_actions
from localcloud.elb.checks.conditions import check_conditions
from localcloud.elb.envoy.rules import routes
from localcloud.elb.model import Condition, Field, FixedResponse, Listener, Rule
from localcloud.errors import AwsError
from tests.unit.localcloud.elb.envoy.test_resources import listener

REGION = "us-west-1"
GROUP = "arn:aws:elasticloadbalancing:us-west-1:123456789012:targetgroup/g/0123"


def forward(*groups: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": list(groups), **more}}


def redirect(**config: str) -> dict[str, Any]:
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **config}}


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([], "Exactly one action"),
        ([redirect(Port="81"), redirect(Port="82")], "found 2"),
        ([{"Type": "authenticate-oidc"}], "is not available in the local cloud"),
        ([{"Type": "forward"}], "A target group ARN must be specified"),
        ([{"Type": "forward", "ForwardConfig": {}}], "A target group ARN must be specified"),
        ([forward({"Weight": "1"})], "must have a TargetGroupArn"),
        ([forward({"TargetGroupArn": GROUP, "Weight": "1000"})], "must be between 0 and 999"),
        ([forward({"TargetGroupArn": GROUP}, {"TargetGroupArn": GROUP})], "only once"),
        ([forward(*({"TargetGroupArn": f"{GROUP}{n}"} for n in range(6)))], "at most 5"),
        ([{"TargetGroupArn": f"{GROUP}x", **forward({"TargetGroupArn": GROUP})}], "must be the same"),
        ([forward({"TargetGroupArn": GROUP}, TargetGroupStickinessConfig={"Enabled": "true"})], "DurationSeconds"),
        ([{"Type": "fixed-response"}], "You must specify FixedResponseConfig"),
        ([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "ContentType": "a/b"}}], "one of"),
        ([{"Type": "redirect"}], "You must specify RedirectConfig"),
        ([redirect()], "creates a loop"),
        ([redirect(Port="70000")], "must be between 1 and 65535"),
        ([redirect(Port="abc")], "must be between 1 and 65535"),
        ([redirect(Path="here")], "must start with a '/'"),
        ([redirect(Path="/#{foo}")], "invalid keyword"),
    ],
)
def test_wrong_actions_are_refused(actions: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(AwsError, match=re.escape(message)):
        check_actions(actions, "HTTP")


def test_right_actions_are_taken() -> None:
    for action in (
        {"Type": "forward", "TargetGroupArn": GROUP},
        {"TargetGroupArn": GROUP, **forward({"TargetGroupArn": GROUP})},
        forward({"TargetGroupArn": GROUP, "Weight": "0"}, {"TargetGroupArn": GROUP + "1", "Weight": "999"}),
        redirect(Protocol="HTTPS", Port="443", Host="#{host}", Path="/#{path}", Query="#{query}&a=b"),
    ):
        check_actions([action], "HTTP")


def path(*values: str) -> dict[str, Any]:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}


def query(**pair: str) -> dict[str, Any]:
    return {"Field": "query-string", "QueryStringConfig": {"Values": [pair]}}


def header(name: str, *values: str) -> dict[str, Any]:
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": list(values)}}


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([], "at least one condition"),
        ([{"Values": ["/"]}], "must be one of"),
        ([{"Field": "path-pattern"}], "A condition value must be specified"),
        ([path("")], "cannot be empty"),
        ([path("/a b")], "not valid"),
        ([path("/" + "a" * 128)], "too long"),
        ([path("/a"), path("/b")], "only one 'path-pattern' condition"),
        ([path(*"123456")], "'5' condition values"),
        ([path("/1", "/2", "/3"), header("x", "1", "2", "3")], "'5' condition values"),
        ([path("/*/*/*/*/*/?")], "'5' condition wildcards"),
        ([{"Field": "host-header", "Values": ["a_b/c"]}], "not valid"),
        ([header("Host", "x")], "use a condition of type 'host-header'"),
        ([header("a b:", "x")], "not valid"),
        ([header("", "x")], "must have an 'HttpHeaderName'"),
        ([header("x")], "A condition value must be specified"),
        (
            [{"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["G*"]}}],
            "allowed characters are A-Z",
        ),
        (
            [{"Field": "http-request-method"}],
            "A 'HttpRequestMethodConfig' must be specified with 'http-request-method'",
        ),
        ([{"Field": "source-ip"}], "A 'SourceIpConfig' must be specified with 'source-ip'"),
        ([{"Field": "source-ip", "SourceIpConfig": {"Values": []}}], "A 'source-ip' value must be specified"),
        ([query(Key="a")], "A 'Value' must be specified"),
        ([query(Value="b" * 129)], "too long"),
        ([{"Field": "source-ip", "SourceIpConfig": {"Values": ["foo/8"]}}], "not valid"),
        ([{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.1"]}}], "CIDR notation"),
        ([{"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["a"]}}], "by wildcards only"),
    ],
)
def test_wrong_conditions_are_refused(conditions: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(AwsError, match=re.escape(message)):
        check_conditions(conditions)


def test_right_conditions_are_taken() -> None:
    check_conditions([path("/*/?", "/~user"), header("x", "a b"), query(Value=r"\*\*\*\*\*\*")])
    check_conditions([{"Field": "source-ip", "SourceIpConfig": {"Values": ["2001:db8::/32", "127.0.0.1/32"]}}])


def regex_of(condition: Condition) -> str:
    rule = Rule(arn="r", conditions=(condition,), action=FixedResponse(status=200, content_type="", body=""))
    held: Listener = listener(80, rule)
    (route,) = routes(held, {})
    return str(route["match"]["headers"][0]["string_match"]["safe_regex"]["regex"])


def test_escaped_wildcards_of_a_query_string_are_the_characters_themselves() -> None:
    regex = regex_of(Condition(field=Field.QUERY, pairs=(("q", r"a\*b?"),)))
    assert re.fullmatch(regex, "/?q=a*bc")
    assert not re.fullmatch(regex, "/?q=axbc")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("no.such.key", "1"),
        ("stickiness.foo", "1"),
        ("stickiness.type", "foo"),
        ("stickiness.type", "source_ip_dest_ip"),
        ("stickiness.app_cookie.cookie_name", "a b"),
        ("deregistration_delay.timeout_seconds", "³"),
        ("deregistration_delay.timeout_seconds", "3601"),
        ("load_balancing.cross_zone.enabled", "maybe"),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", "0"),
        ("lambda.multi_value_headers.enabled", "true"),
    ],
)
def test_wrong_attributes_of_groups_are_refused(key: str, value: str) -> None:
    with pytest.raises(AwsError):
        attributes.check_group_attributes({key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("no.such.key", "1"),
        ("deletion_protection.enabled", "maybe"),
        ("routing.http.desync_mitigation_mode", "foo"),
        ("load_balancing.cross_zone.enabled", "false"),
        ("connection_logs.s3.enabled", "true"),
        ("ipv6.deny_all_igw_traffic", "1"),
    ],
)
def test_wrong_attributes_of_balancers_are_refused(key: str, value: str) -> None:
    with pytest.raises(AwsError):
        attributes.check_balancer_attributes({key: value})


def test_all_defaults_are_right_values() -> None:
    attributes.check_balancer_attributes(attributes.BALANCER_DEFAULTS)
    attributes.check_group_attributes(attributes.GROUP_DEFAULTS | {"deregistration_delay.timeout_seconds": "3600"})
    attributes.check_group_attribute_conflicts(attributes.GROUP_DEFAULTS, "HTTP")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"load_balancing.algorithm.anomaly_mitigation": "on"}, "Anomaly mitigation"),
        ({"stickiness.type": "app_cookie"}, "must set an application cookie name"),
        ({"stickiness.type": "source_ip"}, "not supported for target groups with the HTTPS protocol"),
    ],
)
def test_attributes_that_do_not_go_together_are_refused(changed: dict[str, str], message: str) -> None:
    with pytest.raises(AwsError, match=message):
        attributes.check_group_attribute_conflicts(attributes.GROUP_DEFAULTS | changed, "HTTPS")


def test_malformed_arns_are_distinguished_from_arns_of_missing_resources() -> None:
    check_arns({"TargetGroupArn": GROUP, "TargetGroupArns.member.1": GROUP, "CertificateArn": "x"}, REGION)
    for name in ("TargetGroupArn", "LoadBalancerArns.member.1", "ListenerArn", "Actions.member.1.TargetGroupArn"):
        with pytest.raises(AwsError, match=re.escape("'foo' is not a valid ")):
            check_arns({name: "foo"}, REGION)


@pytest.mark.parametrize("name", ["TargetGroupArn", "TargetGroupArns.member.2", "Actions.member.1.TargetGroupArn"])
def test_an_arn_of_another_region_is_not_an_arn_here(name: str) -> None:
    with pytest.raises(AwsError, match="is not a valid target group ARN"):
        check_arns({name: GROUP}, "eu-west-1")


@pytest.mark.parametrize(
    "arn",
    [
        "foo",
        GROUP.replace(REGION, "eu-west-1"),
        GROUP.replace(":elasticloadbalancing:", ":sqs:"),
        GROUP + "/extra",
        GROUP.replace(":targetgroup/", ":cluster/"),
    ],
)
def test_tags_are_requested_by_arns_of_this_region(arn: str) -> None:
    check_arns({"ResourceArns.member.1": GROUP}, REGION)
    with pytest.raises(AwsError, match="must be in ARN format"):
        check_arns({"ResourceArns.member.1": GROUP, "ResourceArns.member.2": arn}, REGION)


def test_one_resource_at_a_time_is_tagged() -> None:
    two = {"ResourceArns.member.1": GROUP, "ResourceArns.member.2": GROUP}
    check_number_to_tag("DescribeTags", two)
    for operation in ("AddTags", "RemoveTags"):
        check_number_to_tag(operation, {"ResourceArns.member.1": GROUP, "Tags.member.1.Key": "a"})
        with pytest.raises(AwsError, match="Only one resource can be tagged at a time"):
            check_number_to_tag(operation, two)
