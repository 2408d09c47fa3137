"""Terraform's variables that differ on this machine, and those that stay from one run to the next."""

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.environment import EnvironmentName
from ops.errors import CouldNotApply, CouldNotStart
from ops.local.variables import forget_lost_port, settle
from tests.ports import free_pair


def settled(aws: Aws, name: EnvironmentName, directory: Path, port: int | None = None) -> dict[str, Any]:
    aws.environment = replace(aws.environment, name=name)
    return json.loads(settle(aws, directory, port).read_text())  # type: ignore[no-any-return]


def test_dev_needs_a_port_and_no_pins_of_another_account(aws: Aws, tmp_path: Path) -> None:
    values = settled(aws, EnvironmentName.LIKE_DEV, tmp_path)
    assert values.pop("listener_port") >= 8180
    account = ["arn:aws:iam::123456789012:root"]
    assert values.pop("deployers") == values.pop("operators") == values.pop("recovery_operators") == account
    zones = {"availability_zones": [], "replica_availability_zones": []}
    assert values == {"allowed_account_ids": [], **zones, "hosted_zone_id": None}


def test_prod_has_a_certificate_and_a_name_and_keeps_them(aws: Aws, tmp_path: Path) -> None:
    first = settled(aws, EnvironmentName.LIKE_PROD, tmp_path)
    assert first["certificate_arn"].startswith("arn:aws:acm:us-west-1:123456789012:certificate/")
    assert first["public_url"] == f"https://localhost:{first['listener_port']}"
    assert "@" in first["alarm_email"]
    with socket.create_server(("127.0.0.1", first["listener_port"])):  # the load balancer itself
        assert settled(aws, EnvironmentName.LIKE_PROD, tmp_path) == first


def test_a_certificate_that_is_gone_is_requested_again(aws: Aws, tmp_path: Path) -> None:
    first = settled(aws, EnvironmentName.LIKE_PROD, tmp_path)
    aws.acm.delete_certificate(CertificateArn=first["certificate_arn"])
    assert settled(aws, EnvironmentName.LIKE_PROD, tmp_path)["certificate_arn"] != first["certificate_arn"]


def test_a_requested_port_is_taken_and_stays(aws: Aws, tmp_path: Path) -> None:
    port = free_pair()
    assert settled(aws, EnvironmentName.LIKE_DEV, tmp_path, port)["listener_port"] == port
    assert settled(aws, EnvironmentName.LIKE_DEV, tmp_path)["listener_port"] == port
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CouldNotStart, match="is in use"):
        settled(aws, EnvironmentName.LIKE_DEV, tmp_path, taken.getsockname()[1])


def test_two_environments_that_start_at_once_choose_different_ports(aws: Aws, tmp_path: Path) -> None:
    """Neither listens yet; each may use the port after its own for a test listener."""
    ports = [settled(aws, EnvironmentName.LOCAL, tmp_path / name)["listener_port"] for name in ("one", "two")]
    assert abs(ports[0] - ports[1]) >= 2


@pytest.mark.parametrize(
    ("message", "forgotten"),
    [
        ("creating ELBv2 Listener: Listener port 8082: 127.0.0.1:8082 cannot be bound: ...", True),
        ("no such role", False),
    ],
)
def test_a_port_that_another_program_had_is_chosen_again_though_it_is_free_by_now(
    aws: Aws, tmp_path: Path, message: str, *, forgotten: bool
) -> None:
    before = settled(aws, EnvironmentName.LOCAL, tmp_path)["listener_port"]
    assert forget_lost_port(aws, tmp_path, CouldNotApply(message, next_step="apply again")) is forgotten
    assert (settled(aws, EnvironmentName.LOCAL, tmp_path)["listener_port"] != before) is forgotten


def test_a_damaged_file_is_written_again(aws: Aws, tmp_path: Path) -> None:
    (tmp_path / "up.tfvars.json").write_text("{")
    assert settled(aws, EnvironmentName.LIKE_DEV, tmp_path)["listener_port"] >= 8180
