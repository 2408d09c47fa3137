"""A target group's attributes are those that changed, and of a new one those that differ from AWS's own."""

from typing import Any

from terraform_provider.resources.elb import _group_attributes, _health_check

STATE: dict[str, Any] = {
    **dict.fromkeys(_group_attributes.ARGUMENTS),
    **_group_attributes.AS_AWS_HAS_THEM,
    **{name: [] for name in _group_attributes.BLOCKS},
    "deregistration_delay": "300",
}
STICKY = {"type": "lb_cookie", "enabled": True, "cookie_duration": None, "cookie_name": None}


def test_a_new_group_gets_no_attributes_of_other_protocols() -> None:
    assert _group_attributes.wanted(STATE) == {"deregistration_delay.timeout_seconds": "300"}
    assert _group_attributes.wanted({**STATE, "slow_start": 30})["slow_start.duration_seconds"] == "30"


def test_a_change_sends_what_changed_also_back_to_zero() -> None:
    assert _group_attributes.wanted(STATE, frozenset({"slow_start"})) == {"slow_start.duration_seconds": "0"}
    assert _group_attributes.wanted(STATE, frozenset({"stickiness"})) == {"stickiness.enabled": "false"}
    assert _group_attributes.wanted(STATE, frozenset({"tags"})) == {}


def test_stickiness_has_the_duration_of_its_own_cookie() -> None:
    assert _group_attributes.wanted({**STATE, "stickiness": [STICKY]}, frozenset({"stickiness"})) == {
        "stickiness.enabled": "true",
        "stickiness.type": "lb_cookie",
        "stickiness.lb_cookie.duration_seconds": "86400",
    }
    found = {
        "stickiness.enabled": "false",
        "stickiness.type": "app_cookie",
        "stickiness.app_cookie.cookie_name": "c",
        "stickiness.app_cookie.duration_seconds": "60",
        "stickiness.lb_cookie.duration_seconds": "70",
    }
    assert _group_attributes.as_blocks(found)["stickiness"] == [
        {"enabled": False, "type": "app_cookie", "cookie_name": "c", "cookie_duration": "60"}
    ]


def test_a_health_check_of_functions_has_no_port() -> None:
    block = {**dict.fromkeys(_health_check.REQUEST), "enabled": True, "port": "traffic-port", "protocol": "HTTP"}
    state = {"health_check": [{**block, "matcher": "200"}], "target_type": "lambda", "protocol_version": None}
    assert _health_check.request(state) == {"HealthCheckEnabled": True, "Matcher": {"HttpCode": "200"}}
    assert _health_check.request({**state, "health_check": [{**block, "enabled": False, "matcher": None}]}) == {
        "HealthCheckEnabled": False,
    }
    traffic = _health_check.request({**state, "target_type": "ip"})
    assert (traffic["HealthCheckPort"], traffic["HealthCheckProtocol"]) == ("traffic-port", "HTTP")
