"""The attributes of load balancers and target groups: what each may say, and what it says. Pure."""

import re
from collections.abc import Mapping

from localcloud.elb.model import Algorithm, AppCookie, Balancer, ForwardedFor, LogBucket, Minimum
from localcloud.errors import AwsError

SWITCH = re.compile("true|false")
BALANCER_DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
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
"""Those that moto does not show."""
OF_GROUPS = (
    *("deregistration_delay.timeout_seconds", "slow_start.duration_seconds"),
    *("load_balancing.algorithm.type", "load_balancing.algorithm.anomaly_mitigation"),
    *("load_balancing.cross_zone.enabled", "lambda.multi_value_headers.enabled"),
)
PREFIXES_OF_GROUPS = ("stickiness.", "target_group_health.")
RESERVED_COOKIES = "AWSALB"
"""Also of AWSALBAPP and AWSALBTG."""
RANGES = {
    "deregistration_delay.timeout_seconds": (0, 3600),
    "idle_timeout.timeout_seconds": (1, 4000),
    "client_keep_alive.seconds": (60, 604_800),
    "stickiness.lb_cookie.duration_seconds": (1, 604_800),
    "stickiness.app_cookie.duration_seconds": (1, 604_800),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": (1, 1000),
}
VALUES = {
    "routing.http.xff_header_processing.mode": re.compile("append|preserve|remove"),
    "load_balancing.algorithm.type": re.compile("round_robin|least_outstanding_requests|weighted_random"),
    "slow_start.duration_seconds": re.compile("0|[3-9][0-9]|[1-8][0-9][0-9]|900"),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": re.compile("off|[1-9][0-9]?|100"),
    "access_logs.s3.enabled": SWITCH,
    "stickiness.enabled": SWITCH,
    "routing.http2.enabled": SWITCH,
    "routing.http.drop_invalid_header_fields.enabled": SWITCH,
    "routing.http.preserve_host_header.enabled": SWITCH,
    "routing.http.xff_client_port.enabled": SWITCH,
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": SWITCH,
}


def refuse_wrong_values(attributes: Mapping[str, str]) -> None:
    """Errors: AwsError ValidationError for a value that AWS does not take."""
    for key, value in attributes.items():
        if key in RANGES:
            low, high = RANGES[key]
            if not value.isdigit() or not low <= int(value) <= high:
                raise AwsError("ValidationError", f"'{key}' value '{value}' must be between '{low}-{high}' inclusive")
        elif key in VALUES and not VALUES[key].fullmatch(value):
            raise AwsError("ValidationError", f"'{value}' is not a valid value for the attribute '{key}'")


def refuse_unknown_of_groups(attributes: Mapping[str, str]) -> None:
    """Errors: AwsError ValidationError."""
    for key in attributes:
        if key not in OF_GROUPS and not key.startswith(PREFIXES_OF_GROUPS):
            raise AwsError("ValidationError", f"Target group attribute key '{key}' is not recognized")


def refuse_what_groups_cannot_do(attributes: Mapping[str, str]) -> None:
    """`attributes`: all of a group, as they would be. Errors: AwsError InvalidConfigurationRequest."""
    slow = int(attributes.get("slow_start.duration_seconds", 0))
    algorithm = Algorithm(attributes.get("load_balancing.algorithm.type", "round_robin"))
    if slow and algorithm is not Algorithm.ROUND_ROBIN:
        raise AwsError(
            "InvalidConfigurationRequest", f"Slow start mode is not supported with the algorithm '{algorithm.value}'"
        )
    name = attributes.get("stickiness.app_cookie.cookie_name", "")
    if name.startswith(RESERVED_COOKIES):
        raise AwsError(
            "InvalidConfigurationRequest",
            f"The application cookie name '{name}' begins with {RESERVED_COOKIES}, which is reserved",
        )
    kind = attributes.get("stickiness.type")
    if attributes.get("stickiness.enabled") == "true" and kind not in ("lb_cookie", "app_cookie"):
        raise AwsError("InvalidConfigurationRequest", f"Stickiness type '{kind}' is not supported for HTTP")


def balancer(arn: str, zones: tuple[str, ...], attributes: Mapping[str, str]) -> Balancer:
    """A load balancer by its attributes; those not set are AWS's defaults."""
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
    """Where access logs go; None when they are off."""
    if not _is_on(attributes, "access_logs.s3.enabled"):
        return None
    return LogBucket(attributes.get("access_logs.s3.bucket", ""), attributes.get("access_logs.s3.prefix", ""))


def stickiness_s(attributes: Mapping[str, str]) -> int | None:
    """How long the balancer's own cookie of a target group lives; None without one."""
    if not _is_on(attributes, "stickiness.enabled") or attributes.get("stickiness.type") == "app_cookie":
        return None
    return int(attributes.get("stickiness.lb_cookie.duration_seconds", 86_400))


def app_cookie(attributes: Mapping[str, str]) -> AppCookie | None:
    """The application's cookie by which a target group is sticky; None without one."""
    if not _is_on(attributes, "stickiness.enabled") or attributes.get("stickiness.type") != "app_cookie":
        return None
    return AppCookie(
        attributes.get("stickiness.app_cookie.cookie_name", ""),
        int(attributes.get("stickiness.app_cookie.duration_seconds", 86_400)),
    )


def minimum_healthy(attributes: Mapping[str, str]) -> Minimum:
    """When a target group begins to send to unhealthy targets."""
    prefix = "target_group_health.unhealthy_state_routing.minimum_healthy_targets."
    percentage = str(attributes.get(prefix + "percentage", "off"))
    return Minimum(int(attributes.get(prefix + "count", 1)), int(percentage) if percentage != "off" else 0)


def _is_on(attributes: Mapping[str, str], key: str) -> bool:
    return attributes.get(key) == "true"
