"""The image's recipe: what was asked of it, and that the local cloud's bundles carry the same."""

import json
import re
from pathlib import Path

from ops.image.registry import COMMAND, ENVIRONMENT, REVISION_LABEL, SCHEMA_HEAD_LABEL, SCHEMA_REVISIONS_LABEL

ROOT = Path(__file__).parents[2]
# One instruction a line: comments gone, continued lines joined.
INSTRUCTIONS = [
    line.strip()
    for line in re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text())).splitlines()
    if line.strip()
]


def arguments(instruction: str) -> list[str]:
    return [line.removeprefix(f"{instruction} ") for line in INSTRUCTIONS if line.startswith(f"{instruction} ")]


def final_stage() -> list[str]:
    last = max(index for index, line in enumerate(INSTRUCTIONS) if line.startswith("FROM "))
    return INSTRUCTIONS[last:]


def test_both_stages_begin_with_the_same_exact_tag() -> None:
    assert [base.split()[0] for base in arguments("FROM")] == ["python:3.11.7-slim"] * 2


def test_dependencies_are_installed_before_the_source_is_copied() -> None:
    install = next(index for index, line in enumerate(INSTRUCTIONS) if "install --no-compile --require-hashes" in line)
    copies = [(index, line) for index, line in enumerate(INSTRUCTIONS) if line.startswith("COPY ")]
    assert [index < install for index, line in copies if "requirements.txt" in line] == [True]
    assert [index > install for index, line in copies if line.startswith("COPY app ")] == [True]


def test_it_runs_as_uid_1000_listens_on_8000_and_is_checked_as_numbered() -> None:
    assert arguments("USER") == ["1000:1000"]
    assert any("useradd --uid 1000" in line and line.endswith("appuser") for line in final_stage())
    assert arguments("EXPOSE") == ["8000"]
    [check] = arguments("HEALTHCHECK")
    assert check.startswith("--interval=30s --timeout=3s --start-period=5s --retries=3 CMD curl ")
    assert "http://localhost:8000/health" in check


def test_command_and_environment_are_those_of_a_local_bundle() -> None:
    assert tuple(json.loads(arguments("CMD")[0])) == COMMAND
    given = {pair for line in final_stage() if line.startswith("ENV ") for pair in line.split()[1:]}
    assert {pair for pair in given if not pair.startswith("PATH=")} == set(ENVIRONMENT)


def test_memory_that_a_worker_frees_goes_back_to_the_system() -> None:
    assert "MALLOC_TRIM_THRESHOLD_=131072" in ENVIRONMENT


def test_the_labels_of_a_local_bundle_are_there() -> None:
    labels = " ".join(arguments("LABEL"))
    assert f'{REVISION_LABEL}="$REVISION"' in labels
    assert f'{SCHEMA_HEAD_LABEL}="$SCHEMA_HEAD"' in labels
    assert f'{SCHEMA_REVISIONS_LABEL}="$SCHEMA_REVISIONS"' in labels


def test_the_build_context_is_only_what_is_copied() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    admitted = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {line.split()[1] for line in INSTRUCTIONS if line.startswith("COPY ") and "--from" not in line}
    assert admitted == copied


def test_the_image_keeps_the_model_of_each_aws_service_that_the_service_calls() -> None:
    called = {
        service
        for path in (ROOT / "app").rglob("*.py")
        for service in re.findall(r'\b(?:aws\.Client|aws\.client|client|Client)\(\s*"(\w+)"', path.read_text())
    }
    assert {"s3", "secretsmanager", "sesv2"} <= called
    kept = re.search(r"\n +([\w |]+)\) ;;", (ROOT / "scripts" / "trim-dependencies").read_text())
    imported = re.search(r"for service in \((.*)\):", (ROOT / "scripts" / "import-dependencies").read_text())
    assert kept is not None and imported is not None
    assert called | {"sts"} == set(kept[1].split(" | "))
    assert called == set(re.findall(r'"(\w+)"', imported[1]))
