"""Lists the API operations that a command can call, directly or indirectly, by reading its code."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import botocore.session

from ops.configuration import PROJECT_ROOT
from tests.sources import parsed

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

CLIENTS = {
    "autoscaling": ("application-autoscaling", "application-autoscaling"),
    "cloudwatch": ("cloudwatch", "cloudwatch"),
    "dynamodb": ("dynamodb", "dynamodb"),
    "ec2": ("ec2", "ec2"),
    "ecr": ("ecr", "ecr"),
    "ecs": ("ecs", "ecs"),
    "elasticache": ("elasticache", "elasticache"),
    "elbv2": ("elbv2", "elasticloadbalancing"),
    "iam": ("iam", "iam"),
    "live_tail": ("logs", "logs"),
    "logs": ("logs", "logs"),
    "quotas": ("service-quotas", "servicequotas"),
    "rds": ("rds", "rds"),
    "s3": ("s3", "s3"),
    "secretsmanager": ("secretsmanager", "secretsmanager"),
    "ssm": ("ssm", "ssm"),
    "sts": ("sts", "sts"),
}
"""Property of `ops.aws.clients.Aws` -> botocore's name of the service, prefix of its IAM actions."""
MANAGED = {("s3", "copy"): "CopyObject"}
"""The API operations behind boto3's composite methods."""
# IAM's own names, and what else it asks for.
ACTIONS = {
    "s3:CopyObject": ("s3:GetObjectVersion", "s3:PutObject"),
    "s3:GetObject": ("s3:GetObjectVersion",),
    "s3:HeadObject": ("s3:GetObjectVersion",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "ecs:CreateService": ("ecs:CreateService", "ecs:TagResource", "iam:PassRole"),
    "ecs:RegisterTaskDefinition": ("ecs:RegisterTaskDefinition", "ecs:TagResource", "iam:PassRole"),
    "ecs:RunTask": ("ecs:RunTask", "iam:PassRole"),
    # With who keeps the password, in a secret that RDS makes in the caller's name, and with the role of the monitoring.
    "rds:ModifyDBInstance": (
        "rds:ModifyDBInstance",
        "secretsmanager:CreateSecret",
        "secretsmanager:TagResource",
        "kms:DescribeKey",
        "iam:PassRole",
    ),
    "rds:RestoreDBInstanceFromDBSnapshot": ("rds:RestoreDBInstanceFromDBSnapshot", "rds:AddTagsToResource"),
    "rds:RestoreDBInstanceToPointInTime": ("rds:RestoreDBInstanceToPointInTime", "rds:AddTagsToResource"),
    "secretsmanager:CreateSecret": ("secretsmanager:CreateSecret", "secretsmanager:TagResource"),
}

Place = tuple[str, ast.AST]
"""Module, something in it."""


def actions(module: str) -> set[str]:
    """Return the IAM actions that the functions of a module need, with everything that they call.

    Of a class that is reached counts each method whose name is called somewhere in what is reached.
    """
    seen: dict[Place, None] = {}
    live: list[Place] = []
    waiting: list[Place] = [(module, node) for node in _definitions(module).values()]
    while waiting:
        for place in waiting:
            seen |= dict.fromkeys(_parts(place))
        live = _live(seen)
        reached = (place for module, node in live for place in _reached(module, node))
        waiting = [place for place in reached if not all(each in seen for each in _parts(place))]
    found = {each for module, node in live for each in _called(module, node)}
    return {action for each in found for action in ACTIONS.get(each, (each,))}


def _live(seen: Iterable[Place]) -> list[Place]:
    """Without the methods that nobody calls."""
    named: set[str] = set()
    while True:
        live = [(module, node) for module, node in seen if _is_live(node, named)]
        now = {name for module, node in live for name in _names(module, node)}
        if now == named:
            return live
        named = now


def _parts(place: Place) -> list[Place]:
    """Return a function itself, or a class's methods."""
    module, node = place
    if not isinstance(node, ast.ClassDef):
        return [place]
    return [(module, each) for each in node.body if isinstance(each, FUNCTIONS)]


@cache
def _names(module: str, node: ast.AST) -> frozenset[str]:
    """Return the methods that are called, and a class's own, which may be properties or passed on."""
    methods = {
        getattr(part, "name", "") for each in _definitions(module).values() for _, part in _parts((module, each))
    }
    found = set()
    for each in ast.walk(node):
        called = each.func if isinstance(each, ast.Call) else each
        if isinstance(called, ast.Attribute):
            own = isinstance(called.value, ast.Name) and called.value.id == "self" and called.attr in methods
            if own or called is not each:
                found.add(called.attr)
    return frozenset(found)


def _is_live(node: ast.AST, named: set[str]) -> bool:
    """Return whether a definition is a function, a special method, or a method that is called somewhere."""
    name = getattr(node, "name", "")
    return getattr(node, "col_offset", 0) == 0 or name.startswith("__") or name in named


@cache
def _tree(module: str) -> ast.Module:
    path = PROJECT_ROOT / f"{module.replace('.', '/')}.py"
    return parsed(path if path.exists() else path.with_suffix("") / "__init__.py")


@cache
def _definitions(module: str) -> dict[str, ast.AST]:
    return {node.name: node for node in _tree(module).body if isinstance(node, (*FUNCTIONS, ast.ClassDef))}


@cache
def _imported(module: str) -> dict[str, str]:
    """Name in a module -> `ops.x` for a module of ours, `ops.x:name` for something in one."""
    found = {}
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ops"):
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                path = PROJECT_ROOT / inner.replace(".", "/")
                is_module = path.with_suffix(".py").exists() or Path(path).is_dir()
                found[each.asname or each.name] = inner if is_module else f"{node.module}:{each.name}"
    return found


@cache
def _reached(module: str, node: ast.AST) -> tuple[Place, ...]:
    return tuple(_referred_to(module, node))


def _referred_to(module: str, node: ast.AST) -> Iterator[Place]:
    imported = _imported(module)
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            if each.id in _definitions(module):
                yield module, _definitions(module)[each.id]
            elif ":" in imported.get(each.id, ""):
                other, name = imported[each.id].split(":")
                if name in _definitions(other):
                    yield other, _definitions(other)[name]
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
            other = imported.get(each.value.id, "")
            if other and ":" not in other and each.attr in _definitions(other):
                yield other, _definitions(other)[each.attr]


def _called(module: str, node: ast.AST) -> Iterator[str]:
    clients = {name: name for name in CLIENTS} | _kept(module)
    for each in ast.walk(node):
        if not (isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)):
            continue
        client, method = each.func.value, each.func.attr
        if not (isinstance(client, ast.Attribute) and client.attr in clients):
            continue
        if method == "get_paginator" and isinstance(each.args[0], ast.Constant):
            method = str(each.args[0].value)
        service, prefix = CLIENTS[clients[client.attr]]
        operation = MANAGED.get((service, method)) or _operations(service).get(method)
        if operation:
            yield f"{prefix}:{operation}"


@cache
def _kept(module: str) -> dict[str, str]:
    """Find the clients that a module's classes store: `self._client = aws.secretsmanager`."""
    found = {}
    for each in ast.walk(_tree(module)):
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Attribute) and each.value.attr in CLIENTS:
            found |= {target.attr: each.value.attr for target in each.targets if isinstance(target, ast.Attribute)}
    return found


@cache
def _operations(service: str) -> dict[str, str]:
    from botocore import xform_name

    model = botocore.session.Session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}
