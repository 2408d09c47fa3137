"""What load balancers are configured to do, as values: read from moto, rendered for Envoy."""

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
    """What a rule's condition looks at."""

    PATH = "path-pattern"
    HOST = "host-header"
    HEADER = "http-header"
    QUERY = "query-string"
    METHOD = "http-request-method"
    SOURCE_IP = "source-ip"


@dataclass(frozen=True, slots=True)
class Minimum:
    """Below so many healthy targets, unhealthy ones get requests too (target_group_health attributes)."""

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
    """Whether a listener of a load balancer forwards to it."""
    slow_start_s: float = 0.0
    """AWS seconds; 0: off."""
    stickiness_s: int | None = None
    """Real seconds that the balancer's own cookie lives; None: no such cookie."""
    app_cookie: AppCookie | None = None
    minimum_healthy: Minimum = Minimum()
    is_https: bool = False
    """Whether requests reach the targets by HTTPS."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Target group ARN and weight, one or several."""

    groups: tuple[tuple[str, int], ...]
    stickiness_s: int | None = None
    """Real seconds that a client stays with the group it got; None: each request is weighed."""


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
    priority: int = 0
    """As access logs tell it: 0 for the default rule."""
    conditions: tuple[Condition, ...]
    action: Action


class ForwardedFor(Enum):
    """What becomes of a request's X-Forwarded-For (routing.http.xff_header_processing.mode)."""

    APPEND = "append"
    PRESERVE = "preserve"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class LogBucket:
    """Where access logs go."""

    bucket: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """A load balancer and its attributes; times in real seconds, since clients and targets do not run faster."""

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
        """`app/name/id`, which is how CloudWatch and access logs name it."""
        return resource_name(self.arn).removeprefix("loadbalancer/")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its chain, and its key, as PEM."""

    arn: str
    chain: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tls:
    """How an HTTPS listener speaks TLS; the first certificate is the default one."""

    policy: str
    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    arn: str
    port: int
    balancer: Balancer
    rules: tuple[Rule, ...]
    """In the order in which they are tried; the default rule is the last."""
    tls: Tls | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    """Name and value, added to answers in place of what targets say."""
    names_server: bool = True
    """Whether the balancer's own answers say which server it is."""
    tls_version_header: str = "X-Amzn-Tls-Version"
    tls_cipher_header: str = "X-Amzn-Tls-Cipher-Suite"

    @property
    def protocol(self) -> str:
        return "HTTP" if self.tls is None else "HTTPS"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that is configured, ordered by ARN."""

    listeners: tuple[Listener, ...] = ()
    groups: tuple[TargetGroup, ...] = ()
    balancers: tuple[Balancer, ...] = ()


def resource_name(arn: str) -> str:
    """The last part of an ARN: `targetgroup/name/id`, which is how CloudWatch names it; `listener/app/name/id/id`."""
    return arn.rsplit(":", 1)[1]
