"""The only module that creates AWS clients: region, retries, endpoint, and AWS's errors as our own."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from ops.aws import refusals
from ops.aws.retries import RetryPolicy, is_hiccup
from ops.aws.sessions import SERVICES, aws_session, local_session, make_client, require_credentials
from ops.configuration import profile_of
from ops.environment import Environment, EnvironmentName, read_endpoint, resolve
from ops.errors import AwsRefused, Misuse, NotReachable, OpsError
from ops.failure_class import FailureClass

if TYPE_CHECKING:
    from ops.console import Console

# botocore's own attempts, with growing pauses; `ops/aws/retries.py` outlasts what takes longer.
AWS_ATTEMPTS = 4
LOCAL_ATTEMPTS = 1
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 60
# A Live Tail session of the local cloud has an update each second, if only an empty one.
SILENT_TAIL_S = 5

Wire = dict[str, Any]
"""A request or a response with AWS's own field names."""


class Aws:
    """The clients of one environment, each created at its first use.

    say: called with a line for people when AWS keeps them waiting; None prints it to stderr. profile: of AWS's
    configuration; None means that of spendsense.toml, else botocore chooses.
    """

    def __init__(
        self, environment: Environment, say: Callable[[str], None] | None = None, profile: str | None = None
    ) -> None:
        self.environment = environment
        self.profile = profile or (None if environment.local else profile_of(environment.name.value))
        self.retries = RetryPolicy(environment.poll_interval_s, say or _print, find=self._find)
        self._lock = threading.Lock()

    @cached_property
    def ecs(self) -> Any:
        return self._client("ecs")

    @cached_property
    def elbv2(self) -> Any:
        return self._client("elbv2")

    @cached_property
    def ecr(self) -> Any:
        return self._client("ecr")

    @cached_property
    def logs(self) -> Any:
        return self._client("logs")

    @cached_property
    def live_tail(self) -> Any:
        """Make a client of CloudWatch Logs for sessions of the local cloud, which end when nothing comes."""
        return self._client("logs", SILENT_TAIL_S)

    @cached_property
    def ec2(self) -> Any:
        return self._client("ec2")

    @cached_property
    def iam(self) -> Any:
        return self._client("iam")

    @cached_property
    def rds(self) -> Any:
        return self._client("rds")

    @cached_property
    def elasticache(self) -> Any:
        return self._client("elasticache")

    @cached_property
    def s3(self) -> Any:
        return self._client("s3")

    @cached_property
    def secretsmanager(self) -> Any:
        return self._client("secretsmanager")

    @cached_property
    def ssm(self) -> Any:
        return self._client("ssm")

    @cached_property
    def sts(self) -> Any:
        return self._client("sts")

    @cached_property
    def autoscaling(self) -> Any:
        return self._client("application-autoscaling")

    @cached_property
    def acm(self) -> Any:
        return self._client("acm")

    @cached_property
    def ses(self) -> Any:
        return self._client("sesv2")

    @cached_property
    def dynamodb(self) -> Any:
        return self._client("dynamodb")

    @cached_property
    def quotas(self) -> Any:
        return self._client("service-quotas")

    @cached_property
    def cloudwatch(self) -> Any:
        return self._client("cloudwatch")

    def ecr_in(self, region: str) -> Any:
        """Make a client of ECR for another region's repositories."""
        return self._client("ecr", region=region)

    def tagging(self, region: str) -> Any:
        """Make a client of the Resource Groups Tagging API, which lists one region."""
        return self._client("resourcegroupstaggingapi", region=region)

    @cached_property
    def _session(self) -> Any:
        where = self.environment
        return (local_session if where.local else aws_session)(where.region, self.profile)

    def require_credentials(self) -> None:
        """Errors: NotReachable when an environment on AWS has no credentials, or a profile that does not exist."""
        if not self.environment.local:
            require_credentials(self._session, self.environment.name.value, self.profile)

    def _client(self, service: str, read_timeout_s: int = READ_TIMEOUT_S, region: str | None = None) -> Any:
        from botocore.config import Config

        local = self.environment.local
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=read_timeout_s,
            retries={"mode": "standard", "total_max_attempts": LOCAL_ATTEMPTS if local else AWS_ATTEMPTS},
            user_agent_extra="spendsense-ops",
            **({"region_name": region} if region else {}),
            # On AWS the host name of Live Tail gets a prefix; an address on this machine cannot have one.
            **({"proxies": {}, "s3": {"addressing_style": "path"}, "inject_host_prefix": False} if local else {}),
        )
        with self._lock:  # making clients from one session is not thread-safe
            client = self._made(service, config)
        self.retries.attach(client)
        if local:
            from ops.aws import local_requests  # it needs botocore, which a command's --help does not

            client.meta.events.register_first("before-call", self._redirect)
            local_requests.watch(client, lambda: self.environment.local.pid if self.environment.local else None)
        return client

    def _made(self, service: str, config: Any) -> Any:
        """Errors: Misuse when the endpoint is not a URL, NotReachable when a credential process cannot be started."""
        from botocore.exceptions import BotoCoreError

        try:
            made = make_client(self._session, service, endpoint_url=self.environment.endpoint, config=config)
            _ = urlsplit(made.meta.endpoint_url).port  # botocore parses the port only with the first request
        except BotoCoreError:
            raise
        except ValueError as exc:
            raise Misuse(
                f"the endpoint of AWS's {service}, as set in this shell or in AWS's configuration, is not a URL: {exc}",
                next_step="correct or unset AWS_ENDPOINT_URL, and endpoint_url in AWS's configuration",
            ) from exc
        except OSError as exc:
            raise NotReachable(
                f"no AWS credentials: the credential process could not be started: {exc}",
                next_step="correct credential_process in AWS's configuration",
            ) from exc
        return made

    def _find(self, request: Wire) -> None:
        """Look up the local cloud's address when nothing listens: a restart may have changed its port."""
        known = self.environment.local
        present = read_endpoint(known.data_dir) if known is not None and known.data_dir is not None else None
        if present is not None and present != known:
            self.environment = replace(self.environment, local=present)
        self._redirect(request)

    def _redirect(self, params: Wire, **_: Any) -> None:
        """Send the request to the local cloud's current address, which its client may not know."""
        if self.environment.endpoint is not None:
            there = urlsplit(self.environment.endpoint)
            params["url"] = urlunsplit(urlsplit(params["url"])._replace(scheme=there.scheme, netloc=there.netloc))


def connect(name: EnvironmentName, console: "Console", profile: str | None = None) -> Aws:
    """Return the clients of an environment. Errors: NotReachable without a local cloud or credentials for AWS."""
    aws = Aws(resolve(name), lambda text: console.say(text, style="yellow"), profile)
    aws.require_credentials()
    return aws


def _print(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def load_models(region: str) -> None:
    """Load the service models into the local session, which takes a second, while there is nothing else to do."""
    for service in SERVICES:
        make_client(local_session(region), service, endpoint_url="http://127.0.0.1")


def error_code(exc: Exception) -> str:
    """Return AWS's error code; empty when the exception is not a refusal by AWS."""
    response = getattr(exc, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def explain(exc: Exception) -> OpsError | None:
    """Translate a botocore exception into an error of ours; None when it is not botocore's."""
    if "botocore" not in sys.modules:
        return None
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
    )
    from botocore.exceptions import ConnectionError as EndpointUnreachable

    if isinstance(exc, ClientError):
        error = exc.response.get("Error", {})
        code, message = str(error.get("Code")), str(error.get("Message"))
        kind, verb = (NotReachable, "got no usable response") if is_hiccup(exc) else (AwsRefused, "was refused")
        return kind(
            f"{exc.operation_name} {verb}: {code}: {message}",
            next_step=refusals.next_step(code, message),
            failure_class=refusals.failure_class(code, message) if kind is AwsRefused else FailureClass.ENDPOINT_GONE,
        )
    if isinstance(exc, NoCredentialsError):
        return NotReachable("no AWS credentials were found", next_step=refusals.SIGN_IN)
    if isinstance(exc, (PartialCredentialsError, ProfileNotFound)):
        return NotReachable(f"AWS could not be used: {exc}", next_step=refusals.client_step(exc))
    if isinstance(exc, HTTPClientError) and isinstance(exc.kwargs.get("error"), ValueError):
        # The exception's text contains what could not be written: the line with the credentials.
        return AwsRefused(
            "the request to AWS could not be written: the credentials contain characters that HTTP does not allow",
            next_step="set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN without line breaks",
        )
    if isinstance(exc, (EndpointUnreachable, HTTPClientError)):
        return NotReachable(
            f"AWS did not respond: {exc}",
            next_step=exc.kwargs.get("next_step", "check the network; for the local environment run `make up`"),
            failure_class=FailureClass.ENDPOINT_GONE,
        )
    if isinstance(exc, BotoCoreError):
        return AwsRefused(f"AWS could not be used: {exc}", next_step=refusals.client_step(exc))
    return None
