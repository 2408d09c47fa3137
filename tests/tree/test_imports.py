"""Imports run one way: a package imports only those before it in its list, so there are no cycles."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.sources import files, nodes

PROJECT = Path(__file__).parents[2]
ORDER = {
    "app": (
        "log_relay", "platform", "workers", "stores", "mail", "identity", "transactions", "uploads", "insights",
        "account", "operator", "resources", "backfill", "health", "version", "migrations", "migrate", "set_role",
        "key_account_ids", "reread", "after_restore", "main",
    ),
    "localcloud": (
        "errors", "authorization", "machine", "protocol", "moto", "faults", "host", "identity", "enforcement", "elb",
        "ecs", "elasticache", "rds", "tasks", "ecr", "cloudwatch", "apigateway", "autoscaling", "moto_only", "ec2",
        "tagging", "endpoint", "guardian", "health", "parts", "environment", "__main__",
    ),
    "ops": (
        "failure_class", "errors", "log_text", "moments", "configuration", "waiter", "disk_space", "local_health",
        "local_process", "environment", "console", "aws", "guide", "log_wakeup", "logs", "signals", "parameters",
        "image", "rollout", "verifying", "locking", "deploying", "status", "password_move", "secrets", "recovery",
        "permissions", "terraform", "cost", "local",
        "infrastructure", "sessions", "daily", "cli",
    ),
    "terraform_provider": (
        "values", "protobuf", "schema", "planning", "framework", "resources", "data_sources", "plugin", "runner",
        "__main__",
    ),
    "localcloud.rds": ("server", "requests", "moto_patches", "backups", "operations", "region", "databases"),
    "localcloud.tasks": (
        "memory", "images", "containers", "agent", "fault_effects", "log_sink", "secrets", "subnets", "execution_role",
        "roles", "runner",
    ),
}  # fmt: skip
"""The packages and modules right below each, from the ground up."""
PURE = {
    "app.uploads.formats": {"app.transactions.model", "app.transactions.currencies", "app.uploads.formats"},
    "app.insights.analysis": {"app.transactions.model", "app.transactions.currencies", "app.insights.analysis"},
    "localcloud.authorization": {"localcloud.authorization"},
}
"""Packages inside a package that know nothing of it, with all that they import of ours."""
MAY_IMPORT = {each: {each} for each in ORDER if "." not in each} | {"ops": {"ops", "terraform_provider.runner"}}


def modules(top: str) -> Iterator[tuple[str, Path]]:
    for path in files(PROJECT / top.replace(".", "/")):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@cache
def imported(path: Path) -> list[str]:
    """Return the modules that a file imports, wherever in the file."""
    found = [each.name for node in nodes(path, ast.Import) for each in node.names]
    for node in nodes(path, ast.ImportFrom):
        if node.module:
            found += [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
    return found


def below(top: str, name: str) -> str:
    """Return the part of a module's name right below `top`; empty for `top` itself and what is not in it."""
    return name.removeprefix(f"{top}.").split(".")[0] if name.startswith(f"{top}.") else ""


def importers(top: str, package: str) -> set[str]:
    return {
        module
        for module, path in modules(top)
        if any(name == package or name.startswith(f"{package}.") for name in imported(path))
    }


@pytest.mark.parametrize("top", sorted(MAY_IMPORT))
def test_the_programs_import_nothing_of_each_other(top: str) -> None:
    ours = {*ORDER, "tests", "benchmarks", "scripts"}
    for module, path in modules(top):
        of_ours = {name for name in imported(path) if name.split(".")[0] in ours}
        wrong = {name for name in of_ours if not any(f"{name}.".startswith(f"{each}.") for each in MAY_IMPORT[top])}
        assert wrong == set(), module


@pytest.mark.parametrize("top", sorted(ORDER))
def test_packages_import_only_what_stands_before_them(top: str) -> None:
    there = {below(top, module) for module, _ in modules(top)} - {""}
    assert there == set(ORDER[top])
    wrong = []
    for module, path in modules(top):
        own = below(top, module)
        for name in imported(path) if own else ():
            other = below(top, name)
            if other in there and ORDER[top].index(other) > ORDER[top].index(own):
                wrong.append(f"{module} imports {name}")
    assert wrong == []


@pytest.mark.parametrize("package", sorted(PURE))
def test_pure_packages_know_nothing_of_what_uses_them(package: str) -> None:
    top = package.split(".")[0]
    for module, path in modules(top):
        if module.startswith(package):
            for name in imported(path):
                is_known = not name.startswith(f"{top}.") or name.startswith(tuple(PURE[package]))
                assert is_known, f"{module} imports {name}"


def test_only_the_console_imports_rich() -> None:
    assert importers("ops", "rich") == {"ops.console"}


def test_only_one_module_makes_clients_of_aws() -> None:
    assert importers("ops", "boto3") | importers("ops", "botocore.session") == {"ops.aws.sessions"}
