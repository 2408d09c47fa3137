"""The attributes of load balancers and target groups: validation, and reading them as values. Pure."""

import re
from collections.abc import Mapping

from localcloud.elb.model import Algorithm, AppCookie, Balancer, ForwardedFor, LogBucket, Minimum
from localcloud.errors import AwsError

BALANCER_DEFAULTS = {
    "access_logs.s3.bucket": "",
    "access_logs.s3.enabled": "false",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "health_check_logs.s3.bucket": "",
    "health_check_logs.s3.enabled": "false",
    "health_check_logs.s3.prefix": "",
    "idle_timeout.timeout_seconds": "60",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
GROUP_DEFAULTS = {
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.enabled": "false",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
RANDOM = Algorithm.WEIGHTED_RANDOM
OF_LAMBDA = "lambda.multi_value_headers.enabled"
FIXED = {"load_balancing.cross_zone.enabled": "application load balancers always balance across zones"}
"""Load balancer attributes that cannot be changed, and why."""
FIXED_VALUES = {name: BALANCER_DEFAULTS[name] for name in FIXED}
WITHOUT_EFFECT = ("connection_logs.s3.enabled", "health_check_logs.s3.enabled")
"""Load balancer attributes that nothing here implements."""
RESERVED_COOKIES = "AWSALB"
"""The prefix of AWSALB, AWSALBAPP and AWSALBTG."""
STICKINESS = ("app_cookie", "lb_cookie", "source_ip")
RANGES = {
    "deregistration_delay.timeout_seconds": (0, 3600),
    "idle_timeout.timeout_seconds": (1, 4000),
    "client_keep_alive.seconds": (60, 604_800),
    "stickiness.lb_cookie.duration_seconds": (1, 604_800),
    "stickiness.app_cookie.duration_seconds": (1, 604_800),
    "target_group_health.dns_failover.minimum_healthy_targets.count": (1, 1000),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": (1, 1000),
}
SWITCH = re.compile("true|false")
PERCENTAGE = re.compile("off|[1-9][0-9]?|100")
VALUES = {
    "load_balancing.algorithm.anomaly_mitigation": re.compile("on|off"),
    "load_balancing.algorithm.type": re.compile("round_robin|least_outstanding_requests|weighted_random"),
    "load_balancing.cross_zone.enabled": re.compile("true|false|use_load_balancer_configuration"),
    "routing.http.desync_mitigation_mode": re.compile("monitor|defensive|strictest"),
    "routing.http.xff_header_processing.mode": re.compile("append|preserve|remove"),
    "slow_start.duration_seconds": re.compile("0|[3-9][0-9]|[1-8][0-9][0-9]|900"),
    "stickiness.app_cookie.cookie_name": re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{0,255}"),
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": PERCENTAGE,
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": PERCENTAGE,
}
"""In addition, attributes that end with `.enabled`, and ipv6.deny_all_igw_traffic, are switches."""


def check_balancer_attributes(attributes: Mapping[str, str]) -> None:
    """Refuse load balancer attributes that AWS rejects or that nothing here implements. Errors: AwsError."""
    for key, value in attributes.items():
        if key not in BALANCER_DEFAULTS:
            raise _invalid(f"Load balancer attribute key '{key}' is not recognized")
        _check_value(key, value)
        if key in FIXED and value != BALANCER_DEFAULTS[key]:
            raise AwsError("InvalidConfigurationRequest", f"'{key}' cannot be '{value}': {FIXED[key]}")
        if key in WITHOUT_EFFECT and value == "true":
            raise AwsError("InvalidConfigurationRequest", f"'{key}': the local cloud does not write these logs")


def check_group_attributes(attributes: Mapping[str, str]) -> None:
    """Refuse target group attributes that AWS rejects. Errors: AwsError."""
    for key, value in attributes.items():
        if key not in GROUP_DEFAULTS and key != OF_LAMBDA:
            raise _invalid(f"Target group attribute key '{key}' is not recognized")
        _check_value(key, value)
        if key == "stickiness.type" and value not in STICKINESS:
            raise _invalid(f"'Stickiness type' must be one of [{', '.join(STICKINESS)}]")
        if key == OF_LAMBDA:
            raise AwsError(
                "InvalidConfigurationRequest", f"'{key}' is only for target groups with target type 'lambda'"
            )


def _check_value(key: str, value: str) -> None:
    if key in RANGES:
        low, high = RANGES[key]
        if not re.fullmatch("[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise _invalid(f"'{key}' value '{value}' must be between '{low}-{high}' inclusive")
        return
    is_switch = key.endswith(".enabled") or key == "ipv6.deny_all_igw_traffic"
    expected = VALUES.get(key, SWITCH if is_switch else None)
    if expected is not None and not expected.fullmatch(value):
        raise _invalid(f"'{value}' is not a valid value for the attribute '{key}'")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def check_group_attribute_conflicts(attributes: Mapping[str, str], protocol: str) -> None:
    """Refuse combinations that a target group cannot have. Errors: AwsError.

    `attributes`: all attributes of a group of this protocol, with the requested changes applied.
    """
    slow = int(attributes.get("slow_start.duration_seconds", 0))
    algorithm = Algorithm(attributes.get("load_balancing.algorithm.type", "round_robin"))
    if slow and algorithm is not Algorithm.ROUND_ROBIN:
        raise AwsError(
            "InvalidConfigurationRequest", f"Slow start mode is not supported with the algorithm '{algorithm.value}'"
        )
    if attributes.get("load_balancing.algorithm.anomaly_mitigation") == "on" and algorithm is not RANDOM:
        raise AwsError(
            "InvalidConfigurationRequest",
            f"Anomaly mitigation is supported with the algorithm '{RANDOM.value}' only, not with '{algorithm.value}'",
        )
    name = attributes.get("stickiness.app_cookie.cookie_name", "")
    if name.startswith(RESERVED_COOKIES):
        raise AwsError(
            "InvalidConfigurationRequest",
            f"The application cookie name '{name}' begins with {RESERVED_COOKIES}, which is reserved",
        )
    kind = attributes.get("stickiness.type", "lb_cookie")
    if kind == "app_cookie" and not name:
        raise AwsError(
            "InvalidConfigurationRequest",
            "You must set an application cookie name to enable stickiness of type 'app_cookie'",
        )
    if kind == "source_ip":
        raise AwsError(
            "InvalidConfigurationRequest",
            f"Stickiness type '{kind}' is not supported for target groups with the {protocol} protocol",
        )


def balancer(arn: str, zones: tuple[str, ...], attributes: Mapping[str, str]) -> Balancer:
    """Return a load balancer with its attributes; AWS's defaults apply to those not set."""
    return Balancer(
        arn=arn,
        zones=zones,
        idle_timeout_s=int(attributes.get("idle_timeout.timeout_seconds", 60)),
        client_keep_alive_s=int(attributes.get("client_keep_alive.seconds", 3600)),
        drop_invalid_headers=_is_on(attributes, "routing.http.drop_invalid_header_fields.enabled"),
        preserve_host=_is_on(attributes, "routing.http.preserve_host_header.enabled"),
        forwarded_for=ForwardedFor(attributes.get("routing.http.xff_header_processing.mode", "append")),
        forwarded_for_port=_is_on(attributes, "routing.http.xff_client_port.enabled"),
        tls_headers=_is_on(attributes, "routing.http.x_amzn_tls_version_and_cipher_suite.enabled"),
        http2=attributes.get("routing.http2.enabled", "true") == "true",
        log_bucket=log_bucket(attributes),
    )


def log_bucket(attributes: Mapping[str, str]) -> LogBucket | None:
    """Return the destination of access logs; None when they are off."""
    if not _is_on(attributes, "access_logs.s3.enabled"):
        return None
    return LogBucket(attributes.get("access_logs.s3.bucket", ""), attributes.get("access_logs.s3.prefix", ""))


def stickiness_s(attributes: Mapping[str, str]) -> int | None:
    """Return the lifetime, in seconds, of the balancer's own cookie of a target group; None without one."""
    if not _is_on(attributes, "stickiness.enabled") or attributes.get("stickiness.type") == "app_cookie":
        return None
    return int(attributes.get("stickiness.lb_cookie.duration_seconds", 86_400))


def app_cookie(attributes: Mapping[str, str]) -> AppCookie | None:
    """Return the application cookie that makes a target group sticky; None without one."""
    if not _is_on(attributes, "stickiness.enabled") or attributes.get("stickiness.type") != "app_cookie":
        return None
    return AppCookie(
        attributes.get("stickiness.app_cookie.cookie_name", ""),
        int(attributes.get("stickiness.app_cookie.duration_seconds", 86_400)),
    )


def minimum_healthy(attributes: Mapping[str, str]) -> Minimum:
    """Return the minimum of healthy targets below which a target group sends requests to unhealthy ones."""
    prefix = "target_group_health.unhealthy_state_routing.minimum_healthy_targets."
    percentage = str(attributes.get(prefix + "percentage", "off"))
    return Minimum(int(attributes.get(prefix + "count", 1)), int(percentage) if percentage != "off" else 0)


def _is_on(attributes: Mapping[str, str], key: str) -> bool:
    return attributes.get(key) == "true"
