"""What load balancers are configured to do, as values: read from moto, rendered for Envoy."""

from dataclasses import dataclass
from enum import Enum

from localcloud.elb.health_checks import HealthCheck


class Algorithm(Enum):
    ROUND_ROBIN = "round_robin"
    LEAST_OUTSTANDING_REQUESTS = "least_outstanding_requests"
    WEIGHTED_RANDOM = "weighted_random"


class TargetType(Enum):
    IP = "ip"
    INSTANCE = "instance"
    LAMBDA = "lambda"
    ALB = "alb"


class Field(Enum):
    """What a rule's condition looks at."""

    PATH = "path-pattern"
    HOST = "host-header"
    HEADER = "http-header"
    QUERY = "query-string"
    METHOD = "http-request-method"
    SOURCE_IP = "source-ip"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    arn: str
    port: int
    target_type: TargetType
    algorithm: Algorithm
    check: HealthCheck
    healthy_threshold: int
    unhealthy_threshold: int
    deregistration_delay_s: float
    """AWS seconds."""
    in_use: bool
    """Whether a listener of a load balancer forwards to it."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Target group ARN and weight, one or several."""

    groups: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """As AWS: each part may hold #{protocol}, #{host}, #{port}, #{path}, #{query}."""

    protocol: str
    host: str
    port: str
    path: str
    query: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedResponse:
    status: int
    content_type: str
    body: str


Action = Forward | Redirect | FixedResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """True when one of `values` matches; `*` and `?` are wildcards in most fields."""

    field: Field
    values: tuple[str, ...] = ()
    header: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    """Of a query string: (key, value); no key matches any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """All conditions must be true; the default rule has none."""

    arn: str
    conditions: tuple[Condition, ...]
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    arn: str
    port: int
    idle_timeout_s: int
    rules: tuple[Rule, ...]
    """In the order in which they are tried; the default rule is the last."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that is configured, ordered by ARN."""

    listeners: tuple[Listener, ...] = ()
    groups: tuple[TargetGroup, ...] = ()


def resource_name(arn: str) -> str:
    """The last part of an ARN: `targetgroup/name/id`, which is how CloudWatch names it; `listener/app/name/id/id`."""
    return arn.rsplit(":", 1)[1]
