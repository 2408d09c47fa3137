"""The environment a command acts on: the local cloud on this machine, or AWS, under one naming convention."""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ops.configuration import OWNER_VARIABLE, PROJECT_ROOT, owner_of, region_of
from ops.errors import Misuse, NotReachable
from ops.local_health import look
from ops.local_process import RESTART, Standstill, is_local_cloud
from ops.waiter import Deadline

OWNER_LIMIT = 16
LIKE = "like-"
CERTIFICATE = "certificate.pem"
SHORT_NAME_LIMIT = 20
BUSY_S = 40.0
LOOK_AGAIN_S = 0.5
AWS_POLL_INTERVAL_S = 3.0
LOCAL_POLL_INTERVAL_S = 0.25
"""Each look at a rollout sends seven requests, which take processor time from the tasks that it waits for."""


class EnvironmentName(StrEnum):
    """The environments that exist. A rehearsal has the settings of one on AWS, in a local cloud of its own (ADR 32)."""

    LOCAL = "local"
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"
    LIKE_DEV = "like-dev"
    LIKE_STAGING = "like-staging"
    LIKE_PROD = "like-prod"

    @property
    def is_local(self) -> bool:
        """True for what runs on this machine."""
        return self is EnvironmentName.LOCAL or self.value.startswith(LIKE)

    @property
    def settings(self) -> str:
        """The environment of the Terraform code whose settings it uses: `dev` for like-dev."""
        return self.value.removeprefix(LIKE)


ON_AWS = tuple(each for each in EnvironmentName if not each.is_local)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEndpoint:
    """The local cloud's description of itself in endpoint.json."""

    endpoint: str
    region: str
    account_id: str
    pid: int
    image_store: Path
    speed: float
    faults: bool = False  # whether it accepts faults
    allowed_origins: tuple[str, ...] = ()  # whose web pages may call it
    container_engine: str = "auto"  # what was asked for: auto, none, docker or podman
    iam: str = "off"  # what it does with IAM's decisions: enforce, audit or off
    data_dir: Path | None = None  # where endpoint.json was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One deployment of SpendSense and the names of its parts, as infrastructure/terraform/naming.tf makes them.

    owner_id: the deployment's owner, in an account with several; empty for the only one.
    """

    name: EnvironmentName
    region: str
    owner_id: str = ""
    local: LocalEndpoint | None = None

    service = "spendsense-backend"
    container = "backend"
    container_port = 8000

    @property
    def prefix(self) -> str:
        """`spendsense-{env}`, with `-{owner}` where there is one: the name of the cluster, the database ..."""
        return "-".join(filter(None, ("spendsense", self.name.settings, self.owner_id)))

    @property
    def short_name(self) -> str:
        """The prefix in at most 20 characters: a long one is cut, and a hash of the whole keeps it distinct."""
        if len(self.prefix) <= SHORT_NAME_LIMIT:
            return self.prefix
        cut = "-".join(filter(None, ("ss", self.name.settings, self.owner_id)))[:15].removesuffix("-")
        return f"{cut}-{hashlib.sha256(self.prefix.encode()).hexdigest()[:4]}"

    @property
    def backend_name(self) -> str:
        """A name that is unique in the whole account and region."""
        return f"{self.service}-{self.name.settings}-{self.owner_id}" if self.owner_id else self.service

    @property
    def repository(self) -> str:
        return self.backend_name

    @property
    def family(self) -> str:
        return self.backend_name

    @property
    def log_group(self) -> str:
        """The group of the application's own lines."""
        return f"/ecs/{self.backend_name}"

    @property
    def log_groups(self) -> dict[str, str]:
        """Kind of line -> its group."""
        return {
            "application": self.log_group,
            "access": f"{self.log_group}/access",
            "errors": f"{self.log_group}/errors",
        }

    @property
    def deployed_parameter(self) -> str:
        """The SSM parameter that says what serves; Terraform reads it."""
        return f"/{self.prefix}/deployed"

    @property
    def shape_parameter(self) -> str:
        """The SSM parameter that says how database and service are configured (ops/parameters/recovery_shape.py)."""
        return f"/{self.prefix}/shape"

    @property
    def recovery_parameter(self) -> str:
        """The SSM parameter in which a recovery records its progress (ops/parameters/recovery_journal.py)."""
        return f"/{self.prefix}/recovery"

    @property
    def lock_table(self) -> str:
        """The DynamoDB table with the lock of deploys (ops/locking/deploy_lock.py)."""
        return f"{self.prefix}-locks"

    @property
    def cluster(self) -> str:
        return self.prefix

    @property
    def load_balancer(self) -> str:
        return self.short_name

    @property
    def target_group(self) -> str:
        return self.short_name

    @property
    def alternate_target_group(self) -> str:
        """The group of the other version's tasks while traffic shifts."""
        return f"{self.target_group}-alternate"

    @property
    def infrastructure_role(self) -> str:
        """The role with which ECS changes the load balancer's rules."""
        return f"{self.prefix}-infrastructure"

    @property
    def data_bucket(self) -> str:
        """The bucket on this machine; the account's id follows, because bucket names are global."""
        account = f"-{self.local.account_id}" if self.local else ""
        return f"{self.prefix}-data{account}"

    @property
    def endpoint(self) -> str | None:
        """The URL that receives every AWS request; None means AWS itself."""
        return self.local.endpoint if self.local else None

    @property
    def speed(self) -> float:
        """The factor by which this environment's waits are shorter than AWS's."""
        return self.local.speed if self.local else 1.0

    @property
    def poll_interval_s(self) -> float:
        return LOCAL_POLL_INTERVAL_S if self.local else AWS_POLL_INTERVAL_S


def data_directory(name: EnvironmentName = EnvironmentName.LOCAL) -> Path:
    """Return an environment's directory: `.spendsense/local`, or under SPENDSENSE_HOME when that is set.

    Of an environment on this machine it holds all data; of one on AWS only what Terraform needs here.
    """
    home = os.environ.get("SPENDSENSE_HOME")
    return (Path(home) if home else PROJECT_ROOT / ".spendsense").absolute() / name.value


def certificate_in(data_dir: Path | None) -> Path | None:
    """Return the file with a local load balancer's certificate; None where it has none."""
    path = data_dir / CERTIFICATE if data_dir is not None else None
    return path if path is not None and path.is_file() else None


def command_at(data_dir: Path, verb: str) -> str:
    """Return a command for the environment whose data is there, in backquotes: `spendsense down --env like-prod`."""
    rehearsals = {each.value for each in EnvironmentName if each.value.startswith(LIKE)}
    named = f" --env {data_dir.name}" if data_dir.name in rehearsals else ""
    return f"`spendsense {verb}{named}`"


def resolve(name: EnvironmentName) -> Environment:
    """Find an environment; the local one must be running. One on AWS has its region and owner from ops.configuration.

    Errors: NotReachable when the local cloud does not run; Misuse for an owner id that Terraform would refuse too, and
    for settings that name another environment's parts.
    """
    if not name.is_local:
        region, _ = region_of(name.value)
        return as_set(Environment(name=name, region=region, owner_id=owner_id_of(*owner_of(name.value))))
    data_dir = data_directory(name)
    local = read_endpoint(data_dir)
    if local is None:
        raise NotReachable(
            f"the {name} environment is not running (its data directory is {data_dir})",
            next_step=f"start it with {start_command(name)}",
        )
    wait_for_answer(local, name)
    return local_environment(local, name)


def start_command(name: EnvironmentName) -> str:
    """Return the command that starts an environment on this machine, in backquotes."""
    return "`make up`" if name is EnvironmentName.LOCAL else f"`spendsense up --like {name.settings}`"


def as_set(environment: Environment) -> Environment:
    """Return the environment if CLUSTER_NAME and SERVICE_NAME, where set, match its own. Errors: Misuse."""
    for variable, expected in (("CLUSTER_NAME", environment.cluster), ("SERVICE_NAME", environment.service)):
        set_to = os.environ.get(variable)
        if set_to and set_to != expected:
            raise Misuse(
                f"{variable}={set_to}, but environment {environment.name} uses {expected}",
                next_step=f"correct the setting, `--env`, or {OWNER_VARIABLE}",
            )
    return environment


def owner_id_of(text: str, source: str = OWNER_VARIABLE) -> str:
    """Check an owner id as infrastructure/terraform/variables.tf does. source: where it was set. Errors: Misuse."""
    if text and (len(text) > OWNER_LIMIT or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", text)):
        raise Misuse(
            f"{source}={text}: should be at most {OWNER_LIMIT} lower-case letters, digits and single hyphens",
            next_step="use the owner_id that the Terraform was applied with, such as jane",
        )
    return text


def local_environment(local: LocalEndpoint, name: EnvironmentName = EnvironmentName.LOCAL) -> Environment:
    """Return the environment of a local cloud that is known to run."""
    return Environment(name=name, region=local.region, local=local)


def read_endpoint(data_dir: Path) -> LocalEndpoint | None:
    """Read endpoint.json; None when the local cloud has not written it. Errors: NotReachable when it is damaged."""
    path = data_dir / "endpoint.json"
    try:
        written = json.loads(path.read_text())
        return LocalEndpoint(
            endpoint=written["endpoint"],
            region=written["region"],
            account_id=written["account_id"],
            pid=written["pid"],
            image_store=Path(written["image_store"]),
            speed=float(written["speed"]),
            faults=written.get("faults", False),
            allowed_origins=tuple(written.get("allowed_origins", ())),
            container_engine=written.get("container_engine", "auto"),
            iam=written.get("iam", "off"),
            data_dir=data_dir,
        )
    except FileNotFoundError:
        return None
    except NotADirectoryError as exc:
        raise NotReachable(
            f"{data_dir}: should be in a directory, but a part of its path is a file",
            next_step="correct SPENDSENSE_HOME",
        ) from exc
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise NotReachable(
            f"{path}: should be the file that the local cloud wrote, but cannot be read: {exc!r}",
            next_step=f"restart: {command_at(data_dir, 'down')}, then {command_at(data_dir, 'up')}; data stays",
        ) from exc


def answers(local: LocalEndpoint, standstill: Standstill | None = None) -> bool:
    """Return whether the local cloud responds, healthy or not. standstill: watches its process for hanging."""
    watch = standstill or Standstill(local.pid)
    return look(local.endpoint, lambda: watch.reason() is not None).has_answered


def wait_for_answer(local: LocalEndpoint, name: EnvironmentName) -> None:
    """Wait for a local cloud that may be busy, but not for one that has ended or hangs. Errors: NotReachable."""
    watch = Standstill(local.pid)
    deadline = Deadline(BUSY_S)
    while not answers(local, watch):
        if not is_local_cloud(local.pid, data_directory(name)):
            raise NotReachable(
                f"the local cloud does not respond at {local.endpoint} (it was process {local.pid})",
                next_step=f"start it with {start_command(name)}; its log is {data_directory(name) / 'localcloud.log'}",
            )
        if (still := watch.reason()) is not None:
            raise NotReachable(
                f"the local cloud at {local.endpoint} does not respond: {still}", next_step=watch.next_step
            )
        if deadline.has_passed:
            raise NotReachable(
                f"the local cloud at {local.endpoint} does not respond: process {local.pid} is running, "
                f"but has not responded for {deadline.elapsed_s:.0f} s",
                next_step=f"run the command again when this machine is less busy; or {RESTART}",
            )
        deadline.pause(LOOK_AGAIN_S)
