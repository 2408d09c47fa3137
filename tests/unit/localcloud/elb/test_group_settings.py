"""The settings by which a second CreateTargetGroup of a name is recognized, without making a second group."""

from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.elb.group_settings import Requested, settings_requested, settings_stored, traffic_error

PLAIN: Requested = {"protocol": "HTTP", "port": "8000", "vpc_id": "vpc-1", "target_type": "ip"}


def stored(**attributes: Any) -> Any:
    """A target group as moto stores it after `PLAIN`."""
    plain = {
        "vpc_id": "vpc-1", "protocol": "HTTP", "protocol_version": "HTTP1", "port": 8000, "target_type": "ip",
        "ip_address_type": "ipv4", "health_check_enabled": True, "health_check_protocol": "HTTP",
        "health_check_port": "traffic-port", "health_check_path": "/", "health_check_interval_seconds": 30,
        "health_check_timeout_seconds": 5, "healthy_threshold_count": "5", "unhealthy_threshold_count": 2,
        "matcher": {"HttpCode": "200"},
    }  # fmt: skip
    return SimpleNamespace(**plain | attributes)


def test_a_request_without_settings_is_for_a_group_with_awss_defaults() -> None:
    assert settings_requested(PLAIN) == settings_stored(stored())


@pytest.mark.parametrize(
    ("named", "attribute"),
    [
        ("healthcheck_path", "health_check_path"), ("healthcheck_interval_seconds", "health_check_interval_seconds"),
        ("healthcheck_timeout_seconds", "health_check_timeout_seconds"), ("healthcheck_port", "health_check_port"),
        ("healthy_threshold_count", "healthy_threshold_count"), ("port", "port"), ("vpc_id", "vpc_id"),
        ("unhealthy_threshold_count", "unhealthy_threshold_count"), ("target_type", "target_type"),
    ],
)  # fmt: skip
def test_each_setting_makes_a_difference(named: str, attribute: str) -> None:
    other: Any = {"healthcheck_path": "/health", "vpc_id": "vpc-2", "target_type": "instance"}.get(named, "7")
    requested: Requested = PLAIN | {named: other}  # type: ignore[assignment]
    assert settings_requested(requested) != settings_stored(stored())
    assert settings_requested(requested) == settings_stored(stored(**{attribute: other}))


def test_numbers_are_the_same_as_text_and_as_values() -> None:
    assert settings_requested(PLAIN | {"port": 8000}) == settings_requested(PLAIN)


def test_moto_gets_every_setting_so_that_none_of_its_own_defaults_counts() -> None:
    given = settings_requested({"target_type": "lambda"}).for_moto()
    assert (given["healthcheck_interval_seconds"], given["healthcheck_timeout_seconds"]) == (35, 30)
    assert given["healthcheck_enabled"] == "false"
    assert given["matcher"] == {"HttpCode": "200"}
    assert given["protocol"] is given["healthcheck_port"] is None


@pytest.mark.parametrize("name", ["protocol", "port", "vpc_id"])
def test_targets_with_an_address_need_their_traffic_described(name: str) -> None:
    incomplete: Any = {key: value for key, value in PLAIN.items() if key != name}
    assert traffic_error(incomplete) == f"A {name.replace('vpc_id', 'VPC ID')} must be specified"
    assert "cannot be specified" in traffic_error({"target_type": "lambda", name: "1"})  # type: ignore[misc]
