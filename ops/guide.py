"""Commands to paste: at the end of `up`, and as next steps."""

import os
import shlex
from pathlib import Path

from ops.aws.service import Service
from ops.configuration import PROJECT_ROOT
from ops.console import command_name
from ops.environment import Environment, EnvironmentName, LocalEndpoint
from ops.log_text import count_of

EXAMPLE = PROJECT_ROOT / "docs" / "example.csv"

VERBS = {
    "status": "what is running, and whether it is healthy",
    "deploy": "ship the working tree, without losing a request",
    "rollback": "return to what served before",
    "logs -f": "follow the tasks' logs",
    "down": "stop everything; data stays",
}
DOCUMENTED = frozenset({"local", "dev"})
"""Environments whose service shows its API's documentation (app/main.py)."""
GROUPS = frozenset({"faults", "lock", "secrets"})
"""Commands whose first two words are the command."""


def command_in(where: Environment, words: str) -> str:
    """Return a command for one environment: `spendsense rollback --env prod`."""
    return command_for(where.name, words)


def command_for(name: EnvironmentName, words: str) -> str:
    """Return the same for an environment that has not been resolved yet."""
    return f"{command_name()} {words if name is EnvironmentName.LOCAL else with_environment(words, name.value)}"


def with_environment(words: str, environment: str) -> str:
    """Put `--env` after the command's own words: `secrets init --env prod --dry-run`."""
    parts = words.split(" ")
    length = 2 if parts[0] in GROUPS else 1
    return " ".join([*parts[:length], "--env", environment, *parts[length:]])


def what_runs(
    url: str,
    local: LocalEndpoint,
    service: Service,
    log: Path,
    mail: Path,
    environment: EnvironmentName = EnvironmentName.LOCAL,
) -> list[str]:
    """List what runs and where it can be reached."""
    docs = f"; docs at {url}/docs" if environment.settings in DOCUMENTED else ""
    return [
        f"  service   {url}  ({count_of(service.running, 'task')} of revision {service.revision}{docs})",
        f"  endpoint  {local.endpoint}  (AWS API, region {local.region}, credentials test / test)",
        f"  registry  {registry_host(local.endpoint)}  (for docker or podman; user AWS, `aws ecr get-login-password`)",
        f"  runs      load balancer, tasks, PostgreSQL, Redis, AWS endpoint; {local.speed:g} times AWS's speed",
        f"  log       {log}",
        f"  mail      {mail}  (a file for each mail; none is delivered)",
    ]


def registry_host(endpoint: str) -> str:
    """Return the host by which container engines reach the local cloud's repositories: `HOST/NAME:TAG`."""
    return endpoint.partition("://")[2]


def next_commands(
    url: str, environment: EnvironmentName = EnvironmentName.LOCAL, certificate: Path | None = None
) -> list[str]:
    """Return commands that register, log in, upload and read, then those that operate the service.

    certificate: the only one to trust, where the service has TLS.
    """
    trusting = f" --cacert {shlex.quote(os.path.relpath(certificate))}" if certificate else ""
    curl = f"curl -s{trusting} {url}/api/v1"
    credentials = """'{"email": "me@example.com", "password": "correct horse battery"}'"""
    as_json = "-H 'Content-Type: application/json'"
    example = shlex.quote(os.path.relpath(EXAMPLE))
    read_it = """python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'"""
    return [
        "Try it:",
        f"  {curl}/auth/register {as_json} -d {credentials}",
        f"  TOKEN=$({curl}/auth/login {as_json} -d {credentials} | {read_it})",
        f'  {curl}/uploads -H "Authorization: Bearer $TOKEN" -F file=@{example}',
        f'  {curl}/insights/summary -H "Authorization: Bearer $TOKEN"',
        "",
        "Operate it:",
        *(f"  {command_for(environment, verb)}{' ' * (12 - len(verb))}{what}" for verb, what in VERBS.items()),
    ]
