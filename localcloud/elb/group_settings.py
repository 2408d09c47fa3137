"""The settings by which CreateTargetGroup recognizes an existing group, with AWS's defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypedDict

from localcloud.elb.model import TargetType

if TYPE_CHECKING:
    from moto.elbv2.models import FakeTargetGroup


TRAFFIC_PORT = "traffic-port"
HEALTHY_THRESHOLD, UNHEALTHY_THRESHOLD = 5, 2


@dataclass(frozen=True, slots=True)
class _Checks:
    """Defaults of health checks that depend on the target type."""

    interval_s: int = 30
    timeout_s: int = 5
    codes: str = "200"


_CHECKS = _Checks()
_DEFAULT_CHECKS = {
    TargetType.LAMBDA: _Checks(interval_s=35, timeout_s=30),
    TargetType.ALB: _Checks(timeout_s=6, codes="200-399"),
}
_OVER_HTTP = (TargetType.IP, TargetType.INSTANCE)


class Requested(TypedDict, total=False):
    """The parameters of CreateTargetGroup besides the name, under moto's names; None and "" mean not given."""

    vpc_id: str | None
    protocol: str | None
    protocol_version: str | None
    port: int | str | None
    target_type: str | None
    ip_address_type: str | None
    healthcheck_enabled: bool | str | None
    healthcheck_protocol: str | None
    healthcheck_port: int | str | None
    healthcheck_path: str | None
    healthcheck_interval_seconds: int | str | None
    healthcheck_timeout_seconds: int | str | None
    healthy_threshold_count: int | str | None
    unhealthy_threshold_count: int | str | None
    matcher: dict[str, str] | None
    tags: list[dict[str, str]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroupSettings:
    """A target group's settings under moto's names. Two requests for one name with equal settings are for one group."""

    vpc_id: str | None
    protocol: str | None
    protocol_version: str | None
    port: int | None
    target_type: str
    ip_address_type: str
    healthcheck_enabled: bool
    healthcheck_protocol: str | None
    healthcheck_port: str | None
    healthcheck_path: str
    healthcheck_interval_seconds: int
    healthcheck_timeout_seconds: int
    healthy_threshold_count: int
    unhealthy_threshold_count: int
    codes: str
    """The HTTP codes of a passed health check."""

    def for_moto(self) -> dict[str, object]:
        """Return the arguments of moto's `create_target_group`, which leave none of its defaults in place."""
        settings = asdict(self)
        codes = settings.pop("codes")
        enabled = "true" if self.healthcheck_enabled else "false"
        return settings | {"healthcheck_enabled": enabled, "matcher": {"HttpCode": codes}}


def traffic_error(given: Requested) -> str:
    """Return AWS's error for a group that does not say how its targets are reached; empty when it does."""
    is_lambda = given.get("target_type") == TargetType.LAMBDA.value
    traffic = {"protocol": given.get("protocol"), "port": given.get("port"), "VPC ID": given.get("vpc_id")}
    for noun, value in traffic.items():
        if is_lambda and value is not None:
            return f"{noun[0].upper()}{noun[1:]} cannot be specified for target groups with target type 'lambda'"
        if not is_lambda and not value:
            return f"A {noun} must be specified"
    return ""


def settings_requested(given: Requested) -> TargetGroupSettings:
    kind = TargetType(given.get("target_type") or TargetType.INSTANCE.value)
    has_traffic = kind is not TargetType.LAMBDA
    checks = _DEFAULT_CHECKS.get(kind, _CHECKS)
    return TargetGroupSettings(
        vpc_id=given.get("vpc_id"),
        protocol=_protocol(kind, given.get("protocol")),
        protocol_version=(given.get("protocol_version") or "HTTP1") if kind in _OVER_HTTP else None,
        port=_number(given.get("port")),
        target_type=kind.value,
        ip_address_type=given.get("ip_address_type") or "ipv4",
        healthcheck_enabled=_is_on(given.get("healthcheck_enabled"), default=has_traffic),
        # A load balancer checks by HTTP unless the request says otherwise, also targets that it reaches by HTTPS.
        healthcheck_protocol=given.get("healthcheck_protocol") or ("HTTP" if has_traffic else None),
        healthcheck_port=str(given.get("healthcheck_port") or TRAFFIC_PORT) if has_traffic else None,
        healthcheck_path=given.get("healthcheck_path") or "/",
        healthcheck_interval_seconds=int(given.get("healthcheck_interval_seconds") or checks.interval_s),
        healthcheck_timeout_seconds=int(given.get("healthcheck_timeout_seconds") or checks.timeout_s),
        healthy_threshold_count=int(given.get("healthy_threshold_count") or HEALTHY_THRESHOLD),
        unhealthy_threshold_count=int(given.get("unhealthy_threshold_count") or UNHEALTHY_THRESHOLD),
        codes=(given.get("matcher") or {}).get("HttpCode") or checks.codes,
    )


def settings_stored(group: FakeTargetGroup) -> TargetGroupSettings:
    """Return the settings of an existing target group."""
    return TargetGroupSettings(
        vpc_id=group.vpc_id,
        protocol=group.protocol,
        protocol_version=group.protocol_version,
        port=_number(group.port),
        target_type=group.target_type,
        ip_address_type=group.ip_address_type or "ipv4",
        healthcheck_enabled=_is_on(group.health_check_enabled, default=True),
        healthcheck_protocol=group.health_check_protocol,
        healthcheck_port=None if group.health_check_port is None else str(group.health_check_port),
        healthcheck_path=group.health_check_path or "/",
        healthcheck_interval_seconds=int(group.health_check_interval_seconds),
        healthcheck_timeout_seconds=int(group.health_check_timeout_seconds),
        healthy_threshold_count=int(group.healthy_threshold_count),
        unhealthy_threshold_count=int(group.unhealthy_threshold_count),
        codes=codes_of(group),
    )


def codes_of(group: FakeTargetGroup) -> str:
    """Return the HTTP codes of a passed health check; moto gives some groups of other protocols no matcher."""
    return str(group.matcher.get("HttpCode", "200")) if hasattr(group, "matcher") else "200"


def _is_on(value: bool | str | None, *, default: bool) -> bool:
    return default if value is None else str(value).lower() == "true"


def _protocol(kind: TargetType, given: str | None) -> str | None:
    if kind is TargetType.LAMBDA:
        return None
    return "TCP" if kind is TargetType.ALB else given


def _number(value: int | str | None) -> int | None:
    return int(value) if value else None
