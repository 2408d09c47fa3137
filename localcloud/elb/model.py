"""The configuration of load balancers as values: read from moto, rendered for Envoy."""

from dataclasses import dataclass, field
from enum import Enum

from localcloud.elb.targets.health_checks import HealthCheck


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
    """The part of a request that a rule's condition examines."""

    PATH = "path-pattern"
    HOST = "host-header"
    HEADER = "http-header"
    QUERY = "query-string"
    METHOD = "http-request-method"
    SOURCE_IP = "source-ip"


@dataclass(frozen=True, slots=True)
class Minimum:
    """The number of healthy targets below which unhealthy ones get requests too (target_group_health attributes)."""

    count: int = 1
    percentage: int = 0


@dataclass(frozen=True, slots=True)
class AppCookie:
    """Stickiness for as long as a client sends the application's cookie `name`; `duration_s`, real seconds."""

    name: str
    duration_s: int


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
    """A load balancer's listener forwards to it."""
    slow_start_s: float = 0.0
    """AWS seconds; 0: off."""
    stickiness_s: int | None = None
    """Lifetime of the balancer's own cookie, real seconds; None: no such cookie."""
    app_cookie: AppCookie | None = None
    minimum_healthy: Minimum = Minimum()
    is_https: bool = False
    """The targets receive requests over HTTPS."""


@dataclass(frozen=True, slots=True)
class Forward:
    """A forward action: one or several target group ARNs, each with its weight."""

    groups: tuple[tuple[str, int], ...]
    stickiness_s: int | None = None
    """Real seconds that a client stays with its group; None: the weights decide for each request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A redirect action; as in AWS, each part may contain #{protocol}, #{host}, #{port}, #{path}, #{query}."""

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
    """A condition that is true when one of `values` matches; `*` and `?` are wildcards in most fields."""

    field: Field
    values: tuple[str, ...] = ()
    header: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    """Pairs (key, value) of a query string; an empty key matches any key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, whose conditions must all be true; the default rule has none."""

    arn: str
    priority: int = 0
    """The priority in access logs: 0 for the default rule."""
    conditions: tuple[Condition, ...]
    action: Action


class ForwardedFor(Enum):
    """The treatment of a request's X-Forwarded-For (routing.http.xff_header_processing.mode)."""

    APPEND = "append"
    PRESERVE = "preserve"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class LogBucket:
    """The destination of access logs."""

    bucket: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """A load balancer and its attributes; times in real seconds, because clients and targets run at real speed."""

    arn: str
    zones: tuple[str, ...] = ()
    idle_timeout_s: int = 60
    client_keep_alive_s: int = 3600
    drop_invalid_headers: bool = False
    preserve_host: bool = False
    forwarded_for: ForwardedFor = ForwardedFor.APPEND
    forwarded_for_port: bool = False
    tls_headers: bool = False
    http2: bool = True
    log_bucket: LogBucket | None = None

    @property
    def name(self) -> str:
        """Return `app/name/id`, the name in CloudWatch and access logs."""
        return resource_name(self.arn).removeprefix("loadbalancer/")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its chain and its key, as PEM."""

    arn: str
    chain: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tls:
    """The TLS settings of an HTTPS listener; the first certificate is the default."""

    policy: str
    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    arn: str
    port: int
    balancer: Balancer
    rules: tuple[Rule, ...]
    """In evaluation order; the default rule is the last."""
    tls: Tls | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    """Name and value; they replace headers of the targets' responses."""
    names_server: bool = True
    """The balancer's own responses name the server."""
    tls_version_header: str = "X-Amzn-Tls-Version"
    tls_cipher_header: str = "X-Amzn-Tls-Cipher-Suite"

    @property
    def protocol(self) -> str:
        return "HTTP" if self.tls is None else "HTTPS"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The whole configuration, ordered by ARN."""

    listeners: tuple[Listener, ...] = ()
    groups: tuple[TargetGroup, ...] = ()
    balancers: tuple[Balancer, ...] = ()


def resource_name(arn: str) -> str:
    """Return the last part of an ARN: `targetgroup/name/id`, as CloudWatch names it; `listener/app/name/id/id`."""
    return arn.rsplit(":", 1)[1]
