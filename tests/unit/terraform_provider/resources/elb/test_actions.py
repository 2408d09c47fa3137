"""Actions and conditions are what ELB takes, and read as the state has them."""

from typing import Any

import pytest

from terraform_provider.framework.errors import ProviderError
from terraform_provider.resources.elb import _actions, _conditions
from terraform_provider.values.unknown import UNKNOWN

ARN = "arn:aws:elasticloadbalancing:us-west-1:123456789012:targetgroup/one/1"
EMPTY: dict[str, Any] = {"order": None, "target_group_arn": None, **{name: [] for name in _actions.BLOCKS}}
CONDITION: dict[str, Any] = {name: [] for name in _conditions.FIELDS}


def forward(*groups: tuple[str, int], sticky: dict[str, Any] | None = None) -> dict[str, Any]:
    listed = [{"arn": arn, "weight": weight} for arn, weight in groups]
    return {**EMPTY, "type": "forward", "forward": [{"target_group": listed, "stickiness": [sticky] if sticky else []}]}


def test_actions_are_numbered_in_turn() -> None:
    plain = {**EMPTY, "type": "forward", "target_group_arn": ARN}
    asked = {**EMPTY, "type": "fixed-response"}
    asked["fixed_response"] = [{"content_type": "text/plain", "message_body": None, "status_code": "404"}]
    assert _actions.request([asked, plain]) == [
        {
            "Type": "fixed-response",
            "Order": 1,
            "FixedResponseConfig": {"ContentType": "text/plain", "StatusCode": "404"},
        },
        {"Type": "forward", "Order": 2, "TargetGroupArn": ARN},
    ]


def test_a_redirect_keeps_what_the_request_has() -> None:
    block = dict.fromkeys(_actions.REDIRECT) | {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}
    (made,) = _actions.request([{**EMPTY, "type": "redirect", "redirect": [block]}])
    assert made["RedirectConfig"] == {
        "Host": "#{host}",
        "Path": "/#{path}",
        "Port": "443",
        "Protocol": "HTTPS",
        "Query": "#{query}",
        "StatusCode": "HTTP_301",
    }


def test_a_weight_of_zero_is_sent_and_a_duration_of_zero_is_not() -> None:
    (made,) = _actions.request([forward((ARN, 0), ("other", 100), sticky={"enabled": False, "duration": 0})])
    assert made["ForwardConfig"] == {
        "TargetGroups": [{"TargetGroupArn": ARN, "Weight": 0}, {"TargetGroupArn": "other", "Weight": 100}],
        "TargetGroupStickinessConfig": {"Enabled": False},
    }


def test_a_forward_is_read_in_the_form_that_the_state_has() -> None:
    found = [
        {
            "Type": "forward",
            "Order": 1,
            "TargetGroupArn": ARN,
            "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": ARN, "Weight": 1}]},
        }
    ]
    block = [{"target_group": [{"arn": ARN, "weight": 1}], "stickiness": []}]
    short = {**EMPTY, "type": "forward", "target_group_arn": ARN}
    for before, arn, forwarded in (([short], ARN, []), ([forward((ARN, 1))], "", block), (None, ARN, block)):
        (read,) = _actions.as_blocks(found, before)
        assert (read["target_group_arn"], read["forward"]) == (arn, forwarded)


def test_an_oidc_secret_stays_in_the_state_because_elb_never_returns_it() -> None:
    found = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {"ClientId": "me", "Issuer": "it"}}
    before = {**EMPTY, "type": "authenticate-oidc", "authenticate_oidc": [{"client_secret": "s"}]}
    (read,) = _actions.as_blocks([found], [before])
    assert (read["authenticate_oidc"][0]["client_id"], read["authenticate_oidc"][0]["client_secret"]) == ("me", "s")


@pytest.mark.parametrize(
    ("block", "error"),
    [
        ({**EMPTY, "type": "redirect"}, '"action[0].redirect" must be specified'),
        ({**EMPTY, "type": "forward"}, 'Either "action[0].target_group_arn" or "action[0].forward" must be specified'),
        ({**forward((ARN, 1)), "redirect": [{}]}, '"action[0].redirect" cannot be specified'),
        ({**forward((ARN, 1)), "target_group_arn": "other"}, "name different target groups"),
    ],
)
def test_an_action_that_does_not_fit_its_type_is_refused(block: dict[str, Any], error: str) -> None:
    with pytest.raises(ProviderError) as caught:
        _actions.validate("action", [block])
    assert error in caught.value.diagnostic.summary


def test_what_is_not_known_yet_is_not_refused() -> None:
    _actions.validate("action", [{**EMPTY, "type": UNKNOWN}])
    _actions.validate("action", [{**EMPTY, "type": "forward", "target_group_arn": UNKNOWN}])
    _actions.validate("action", UNKNOWN)
    _conditions.validate(UNKNOWN)


@pytest.mark.parametrize(
    ("blocks", "condition"),
    [
        ({"path_pattern": [{"values": ["/*"]}]}, {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}),
        (
            {"http_header": [{"http_header_name": "X-A", "values": ["1"]}]},
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-A", "Values": ["1"]}},
        ),
        (
            {"query_string": [{"key": "a", "value": "b"}, {"key": "", "value": "c"}]},
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a", "Value": "b"}, {"Value": "c"}]}},
        ),
    ],
)
def test_conditions_are_the_same_in_both_directions(blocks: dict[str, Any], condition: dict[str, Any]) -> None:
    assert _conditions.request([{**CONDITION, **blocks}]) == [condition]
    assert _conditions.as_blocks([condition]) == [{**CONDITION, **blocks}]


def test_a_condition_has_exactly_one_kind() -> None:
    two = {**CONDITION, "path_pattern": [{"values": ["/"]}], "host_header": [{"values": ["h"]}]}
    for block in (CONDITION, two):
        with pytest.raises(ProviderError):
            _conditions.validate([block])
