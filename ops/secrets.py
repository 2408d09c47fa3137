"""`spendsense secrets init`: stores the values that must stay out of Terraform, each once, and shows none of them."""

import json
import re
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote

from ops.aws.clients import Aws
from ops.aws.secret_store import CURRENT, PENDING, SecretStore, Value
from ops.aws.stores import find_instance, find_replication_group
from ops.console import Console
from ops.errors import Misuse, NotFound, WaitTimedOut
from ops.password_move import check_tasks_follow
from ops.signals import from_now_on
from ops.waiter import Deadline, wait_for

TIMEOUT_S = 1800.0
# 256 bits in hexadecimal digits, which RDS and ElastiCache both accept; ElastiCache accepts no underscore.
PASSWORD_BYTES = 32
AUTH_TOKEN = re.compile(r"[A-Za-z0-9!&#$^<>-]{16,128}")
KEY_BYTES = 48
OAUTH_KEYS = {"client_id", "client_secret"}
RESUMES = "the secrets that were stored so far stay; running the same command again continues from there"


class Action(StrEnum):
    """The change to a secret, made or planned."""

    KEPT = "kept"
    PUT = "put"
    COMPLETED = "completed"  # an earlier run was interrupted before the server had accepted the stored value


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """own_database_password: take the password over from RDS, as a read replica needs. oauth: of `read_oauth`."""

    own_database_password: bool = False
    oauth: Value | None = field(default=None, repr=False)
    dry_run: bool = False
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretOutcome:
    name: str
    action: Action
    detail: str


class Row(TypedDict):
    name: str
    action: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsReport:
    outcomes: list[SecretOutcome]
    dry_run: bool

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        rows = [Row(name=each.name, action=each.action.value, detail=each.detail) for each in self.outcomes]
        return {"dry_run": self.dry_run, "secrets": rows}

    def show(self, console: Console) -> None:
        action = "would be" if self.dry_run else "action"
        console.table(["secret", action, "reason"], [[each.name, each.action, each.detail] for each in self.outcomes])


def run(aws: Aws, options: Options, console: Console) -> SecretsReport:
    """Fill the environment's five secrets; correct values stay as they are.

    Errors: NotFound when the Terraform was not applied, MoveRefused when running tasks would not find the database's
    password in its new secret, WaitTimedOut when database or cache did not accept a new password in time (the next run
    resumes there).
    """
    store = SecretStore(aws)
    store.check_exist(["database", "redis", "jwt", "oauth", "accounts"])
    work = Work(aws, store, Deadline(options.timeout_s), options.dry_run, console)
    outcomes = [
        work.database(take_over=options.own_database_password),
        work.redis(),
        work.once("jwt", lambda: {"secret_key": secrets.token_urlsafe(KEY_BYTES)}),
        work.once("accounts", lambda: {"id_key": secrets.token_urlsafe(KEY_BYTES)}),
        work.oauth(options.oauth),
    ]
    return SecretsReport(outcomes=outcomes, dry_run=options.dry_run)


@dataclass(frozen=True, slots=True)
class Work:
    """A run for an environment."""

    aws: Aws
    store: SecretStore
    deadline: Deadline
    dry_run: bool
    console: Console

    def database(self, *, take_over: bool) -> SecretOutcome:
        """Store the connection string: without a password while RDS stores it, else with one that is set here."""
        instance = self.instance()
        managed = "MasterUserSecret" in instance
        expected = connection(instance, tls=self.aws.environment.local is None)
        if managed and not take_over:
            return self.store_value("database", expected, detail="RDS manages the password, in a secret of its own")
        if managed:
            check_tasks_follow(self.aws, self.store.arn("database"))
        pending, current = self.store.read("database", PENDING), self.store.read("database", CURRENT)
        known = (pending or current or {}).get("password")
        if known is not None and pending is None and not managed:
            return self.store_value("database", with_password(expected, str(known)), detail="the password is unchanged")
        password = str(known) if known is not None and pending else secrets.token_hex(PASSWORD_BYTES)
        detail = "a new password, also set in the database"
        return self.set_password(
            "database", pending, with_password(expected, password), detail, self.set_database_password
        )

    def redis(self) -> SecretOutcome:
        """Store the connection string, with an AUTH token that Redis then requires; without TLS there is none."""
        group = self.replication_group()
        endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
        address = f"{endpoint['Address']}:{endpoint['Port']}/0"
        if not group.get("TransitEncryptionEnabled"):
            return self.store_value("redis", {"url": f"redis://{address}"}, detail="no TLS, so no AUTH token")
        pending, current = self.store.read("redis", PENDING), self.store.read("redis", CURRENT)
        known = (pending or current or {}).get("token")
        if pending is not None and not AUTH_TOKEN.fullmatch(str(known)):
            known = None  # an earlier version could leave a token pending that ElastiCache never accepts
        token = known if known is not None else secrets.token_hex(PASSWORD_BYTES)
        # The local cloud's cache never has TLS, but requires the token.
        scheme = "redis" if self.aws.environment.name.is_local else "rediss"
        value: Value = {"url": f"{scheme}://:{token}@{address}", "token": token}
        if known is not None and pending is None and group.get("AuthTokenEnabled"):
            return self.store_value("redis", value, detail="the AUTH token is unchanged")
        return self.set_password("redis", pending, value, "a new AUTH token, also set in Redis", self.set_redis_token)

    def oauth(self, credentials: Value | None) -> SecretOutcome:
        if credentials is not None:
            return self.store_value("oauth", credentials, detail="as given")
        empty: Value = {"client_id": "", "client_secret": ""}
        outcome = self.once("oauth", lambda: empty)
        if outcome.action is Action.PUT or self.store.read("oauth", CURRENT) == empty:
            detail = "empty: log-in through an identity provider stays off until --oauth supplies credentials"
            return SecretOutcome(name=outcome.name, action=outcome.action, detail=detail)
        return outcome

    def once(self, part: str, make: Callable[[], Value]) -> SecretOutcome:
        """Store a value if there is none; an existing one is never replaced."""
        name = self.store.name(part)
        if self.store.read(part, CURRENT) is not None:
            return SecretOutcome(name=name, action=Action.KEPT, detail="already has a value")
        if not self.dry_run:
            from_now_on(RESUMES)
            self.store.put(part, make())
        return SecretOutcome(name=name, action=Action.PUT, detail="had no value")

    def store_value(self, part: str, expected: Value, *, detail: str) -> SecretOutcome:
        """Store a value that is derived from existing resources, unless it is current."""
        name = self.store.name(part)
        if self.store.read(part, CURRENT) == expected:
            return SecretOutcome(name=name, action=Action.KEPT, detail=detail)
        if not self.dry_run:
            from_now_on(RESUMES)
            self.store.put(part, expected)
        return SecretOutcome(name=name, action=Action.PUT, detail=detail)

    def set_password(
        self, part: str, pending: Value | None, value: Value, detail: str, set_in_server: Callable[[str], None]
    ) -> SecretOutcome:
        """Store a password as pending, set it in the server, make it current; an interrupted run can be resumed."""
        name = self.store.name(part)
        action = Action.PUT if pending is None else Action.COMPLETED
        if not self.dry_run:
            from_now_on(RESUMES)
            if pending != value:
                self.store.put(part, value, stage=PENDING)
            with self.console.phase(f"{part}_password"):
                set_in_server(str(value["password" if part == "database" else "token"]))
            self.store.promote(part)
        return SecretOutcome(name=name, action=action, detail=detail)

    def set_database_password(self, password: str) -> None:
        """Set the password, and wait until the instance is available with it. RDS ModifyDBInstance."""
        name = self.aws.environment.prefix
        no_longer = {"ManageMasterUserPassword": False} if "MasterUserSecret" in self.instance() else {}
        self.aws.rds.modify_db_instance(
            DBInstanceIdentifier=name, MasterUserPassword=password, ApplyImmediately=True, **no_longer
        )

        def look() -> bool | None:
            instance = self.instance()
            unfinished = "MasterUserSecret" in instance or "MasterUserPassword" in instance.get(
                "PendingModifiedValues", {}
            )
            return True if instance["DBInstanceStatus"] == "available" and not unfinished else None

        self.wait("database", look)

    def set_redis_token(self, token: str) -> None:
        """Set the token: first optional (ROTATE), then required (SET). ElastiCache ModifyReplicationGroup."""
        if not self.replication_group().get("AuthTokenEnabled"):
            self.modify_redis(token, "ROTATE")
        self.modify_redis(token, "SET")

    def modify_redis(self, token: str, strategy: str) -> None:
        self.aws.elasticache.modify_replication_group(
            ReplicationGroupId=self.aws.environment.prefix,
            AuthToken=token,
            AuthTokenUpdateStrategy=strategy,
            ApplyImmediately=True,
        )

        def look() -> bool | None:
            group = self.replication_group()
            unfinished = "AuthTokenStatus" in group.get("PendingModifiedValues", {})
            return True if group["Status"] == "available" and not unfinished else None

        self.wait("redis", look)

    def wait(self, part: str, look: Callable[[], bool | None]) -> None:
        if wait_for(look, self.deadline, interval_s=self.aws.environment.poll_interval_s) is None:
            raise WaitTimedOut(
                f"{part} did not accept its new password within {self.deadline.timeout_s:g} s",
                next_step="run the same command again: it continues with the same password",
            )

    def instance(self) -> dict[str, Any]:
        """Read the database instance. Errors: NotFound."""
        name = self.aws.environment.prefix
        found = find_instance(self.aws, name)
        if found is None:
            raise not_applied("database", name)
        return found

    def replication_group(self) -> dict[str, Any]:
        """Read the cache. Errors: NotFound."""
        name = self.aws.environment.prefix
        found = find_replication_group(self.aws, name)
        if found is None:
            raise not_applied("cache", name)
        return found


def connection(instance: dict[str, Any], *, tls: bool) -> Value:
    """Return the database's secret without the password. tls: clients check the certificate and its name."""
    host, port = instance["Endpoint"]["Address"], int(instance["Endpoint"]["Port"])
    username, dbname = instance["MasterUsername"], instance["DBName"]
    url = f"postgresql://{username}@{host}:{port}/{dbname}{'?sslmode=verify-full' if tls else ''}"
    return {"username": username, "host": host, "port": port, "dbname": dbname, "url": url}


def with_password(expected: Value, password: str) -> Value:
    user = expected["username"]
    url = str(expected["url"]).replace(f"//{user}@", f"//{user}:{quote(password, safe='')}@", 1)
    return expected | {"password": password, "url": url}


def read_oauth(source: Path | None) -> Value | None:
    """Read {"client_id": ..., "client_secret": ...}; `-` is stdin. Errors: Misuse, without quoting the content."""
    if source is None:
        return None
    where = "standard input" if source == Path("-") else str(source.absolute())
    step = 'give a file with {"client_id": "...", "client_secret": "..."}, or - for standard input'
    try:
        text = sys.stdin.read() if source == Path("-") else source.read_text()
    except OSError as exc:
        raise Misuse(f"--oauth: {where} cannot be read: {exc.strerror}", next_step=f"check the path; {step}") from exc
    except UnicodeDecodeError:
        raise Misuse(f"--oauth: {where} should contain JSON, but is not UTF-8 text", next_step=step) from None
    try:
        found = json.loads(text)
    except ValueError as exc:  # it holds the credentials, so that it must not become this error's cause
        place = f": line {exc.lineno}, column {exc.colno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise Misuse(f"--oauth: {where} should contain JSON, but does not{place}", next_step=step) from None
    if not isinstance(found, dict) or found.keys() != OAUTH_KEYS:
        raise Misuse(
            f"--oauth: {where} should have the keys client_id and client_secret, and no others", next_step=step
        )
    if empty := [name for name in sorted(OAUTH_KEYS) if not isinstance(found[name], str) or not found[name]]:
        text = "non-empty strings" if len(empty) > 1 else "a non-empty string"
        raise Misuse(f"--oauth: {' and '.join(empty)} in {where} should be {text}", next_step=step)
    return found


def not_applied(what: str, name: str) -> NotFound:
    return NotFound(
        f"there is no {what} named {name}",
        next_step="apply the Terraform of this environment first; check `--env` and the region",
    )
