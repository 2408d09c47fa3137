"""The generated part of docs/reference/localcloud.md: operations, differences from AWS, and the cases by fact."""

import ast
from collections.abc import Iterator
from pathlib import Path

from botocore import xform_name

from localcloud.cloudwatch.logs.operations.deliveries import is_delivery
from localcloud.ecs.api import OPERATION_GROUPS
from localcloud.elb.load_balancing import CHANGING
from localcloud.endpoint.checks.without_effect import KEPT_ONLY, NEVER_DONE
from localcloud.moto.patches import MODULES
from localcloud.protocol.service_models import MODELS, service_model
from localcloud.rds.operations import NONE_THERE, OFFERED
from tests import overlays
from tests.conformance.differences import DIFFERENCES
from tests.conformance.facts import FACTS, SECTIONS

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "reference" / "localcloud.md"
MARK = (
    "<!-- Below: made by `make docs` from the code, `tests/conformance/differences.py` and `facts.py`; edit those. -->"
)

# Signing name -> (AWS's name of the service, botocore's name, where its requests are handled).
OVERLAYS = {
    "elasticloadbalancing": ("ELBv2", "elbv2", "localcloud/elb/load_balancing.py"),
    "elasticache": ("ElastiCache", "elasticache", "localcloud/elasticache/caches.py"),
    "logs": ("CloudWatch Logs", "logs", "localcloud/cloudwatch/logs/operations"),
    "ecr": ("ECR", "ecr", "localcloud/ecr/registry.py"),
    "application-autoscaling": (
        "Application Auto Scaling",
        "application-autoscaling",
        "localcloud/autoscaling/targets.py",
    ),
}
INTRO = (
    "The numbers are those of [aws-facts.md](../aws-facts.md). The cases are in `tests/conformance/`, whose README "
    "says how to run them on AWS."
)
ALL_OURS = "CloudWatch Logs"
"""The only overlay that passes nothing to moto except the deliveries of other services' logs."""


def localcloud_page() -> str:
    """Return the page as it should be: the hand-written part, and the generated one below the mark."""
    written = PAGE.read_text().split(MARK)[0].rstrip()
    parts = [written, MARK, *_operations(), *_differences(), *_cases()]
    return "\n\n".join(parts) + "\n"


def cases() -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    """Yield (file, function, marker -> its words) for every case."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield path.name, node.name, dict(_markers(node))


def _markers(function: ast.FunctionDef) -> Iterator[tuple[str, list[str]]]:
    for decorator in function.decorator_list:
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")
        words = decorator.args if isinstance(decorator, ast.Call) else []
        yield name, [word.value for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str)]


def _operations() -> list[str]:
    model = service_model("ecs")
    offered = {name for name in model.operation_names if any(hasattr(g, xform_name(name)) for g in OPERATION_GROUPS)}
    rows = ["## Operations", _text("ECS, all ours", sorted(offered))]
    missing = sorted(set(model.operation_names) - offered)
    rows.append(_text("ECS, not offered (`InvalidAction`, 501)", missing))
    rds = set(service_model("rds").operation_names)
    nothing = set(NONE_THERE)
    rows += [
        _text("RDS, offered; all others are refused (`OperationNotSupported`, 501)", sorted(OFFERED & rds)),
        _text("RDS, answered with empty lists, because none can be created", sorted(nothing)),
    ]
    for service, name, path in OVERLAYS.values():
        known = set(service_model(name).operation_names)
        ours, refused = _named(PROJECT / path, known)
        if service == ALL_OURS:
            of_moto = {each for each in known if is_delivery(each)}
            rows.append(_text(f"{service}, ours", sorted(ours)))
            rows.append(_text(f"{service}, moto's", sorted(of_moto)))
            rows.append(_text(f"{service}, not offered (`InvalidAction`, 501)", sorted(known - ours - of_moto)))
            continue
        rows.append(
            _text(f"{service}, answered or put into effect by us; the others are moto's", sorted(ours - refused))
        )
        if refused:
            rows.append(_text(f"{service}, refused", sorted(refused)))
    others = sorted(overlays.names() - {"ecs", "rds", *OVERLAYS})
    if others:
        rows.append(f"**Also handled by us, in part**: {', '.join(others)}.")
    patched = ", ".join(sorted(MODULES))
    patches = f"**moto is patched** where it differs from AWS (`moto_patches` of a package, `moto_only`): {patched}."
    never = "; ".join(
        f"{MODELS.get(service, (service,))[0]}: {', '.join(sorted(each for named in table.values() for each in named))}"
        for service, table in sorted(NEVER_DONE.items())
    )
    kept = "; ".join(f"{what} {does_not}" for what, does_not in KEPT_ONLY)
    return [
        *rows,
        patches,
        f"**Refused, because nothing here would ever do it (`InvalidAction`, 501)**: {never}; events: PutRule with a "
        "ScheduleExpression, PutTargets of anything but SQS, SNS and event buses; sns: Subscribe with the protocols "
        "application, firehose, lambda and sms, Publish to a phone number; apigatewayv2: WebSocket APIs.",
        f"**Stored and shown, but never done**: {kept}.",
        "**Every other service** is moto's: its state is stored in `DIR/moto`, and nothing runs behind it.",
    ]


def _named(path: Path, known: set[str]) -> tuple[set[str], set[str]]:
    """Return the operations that a module (or a package's modules) names, and those in NOT_OFFERED."""
    if path.is_dir():
        found = [_named(module, known) for module in sorted(path.glob("*.py"))]
        return {name for names, _ in found for name in names}, {name for _, names in found for name in names}
    tree = ast.parse(path.read_text())
    refused: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "NOT_OFFERED":
            refused = _strings(node) & known
    return (_strings(tree) & known) | _followed(path, known), refused


def _followed(path: Path, known: set[str]) -> set[str]:
    """Return the operations whose changes moto makes and Envoy follows."""
    if path.parent.name != "elb":
        return set()
    subjects = ("Listener", "Rule", "TargetGroup", "LoadBalancer")
    return {name for name in known if name.startswith(CHANGING) and any(word in name for word in subjects)}


def _strings(tree: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _text(title: str, names: list[str]) -> str:
    return f"**{title}** ({len(names)}): " + ", ".join(names) + "."


def _differences() -> list[str]:
    pinned = {word: f"`{file}::{name}`" for file, name, marks in cases() for word in marks.get("differs", [])}
    rows = ["| what | here | on AWS | fact | case that must fail here |", "| --- | --- | --- | --- | --- |"]
    rows += [
        f"| {each.subject} | {each.here} | {each.aws} | {each.fact} | {pinned.get(key, '')} |"
        for key, each in DIFFERENCES.items()
    ]
    intro = "A difference with a case can be checked on AWS, too: there the case must pass, here it must fail."
    return ["## Known differences from AWS", intro, "\n".join(rows)]


def _cases() -> list[str]:
    by_fact: dict[str, list[str]] = {fact: [] for fact in FACTS}
    for file, name, marks in cases():
        for fact in marks.get("fact", []):
            by_fact[fact].append(f"`{file.removesuffix('.py')}::{name}`")
    parts = ["## Conformance cases by fact", INTRO]
    for section, title in SECTIONS.items():
        rows = ["| fact | cases |", "| --- | --- |"]
        rows += [
            f"| {words} | {', '.join(by_fact[fact])} |"
            for fact, words in FACTS.items()
            if fact.split("/")[0] == section
        ]
        parts += [f"### {section} {title}", "\n".join(rows)]
    return parts
