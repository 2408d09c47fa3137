"""The reference page of the Terraform, made from its code: variables, the environments' values, outputs."""

import json
from pathlib import Path
from typing import Any

import hcl2

INFRASTRUCTURE = Path(__file__).resolve().parents[1] / "infrastructure"
ROOT = INFRASTRUCTURE / "terraform"
ENVIRONMENTS = ("dev", "staging", "prod", "local")
MADE = "<!-- Made by `make docs` from the variables, outputs and .tfvars below `infrastructure/`; edit those. -->"


def terraform_page() -> str:
    """Everything that goes into the two roots and comes out of them."""
    lines = [
        "# Terraform: variables and outputs",
        MADE,
        "",
        "How to apply it is in [infrastructure/README.md](../../infrastructure/README.md). What two variables must",
        "agree on is in `infrastructure/terraform/rules.tf`; a wrong value is refused with the fix.",
        "",
        "## `infrastructure/terraform`",
        "",
        *variables(ROOT),
        "",
        "### What the environments set",
        "",
        *values(),
        "",
        "### Outputs",
        "",
        *outputs(ROOT),
        "",
        "## `infrastructure/bootstrap`",
        "",
        *variables(INFRASTRUCTURE / "bootstrap"),
        "",
        "### Outputs of the bootstrap",
        "",
        *outputs(INFRASTRUCTURE / "bootstrap"),
    ]
    return "\n".join(lines) + "\n"


def variables(root: Path) -> list[str]:
    rows = [
        f"| `{name}` | {text(body['description'])} | `{kind(body['type'])}` | {default(body)} |"
        for file in variable_files(root)
        for name, body in blocks(file, "variable")
    ]
    return ["| variable | meaning | type | default |", "| --- | --- | --- | --- |", *rows]


def variable_files(root: Path) -> list[Path]:
    """Give variables.tf, then those of one subject each."""
    return [root / "variables.tf", *sorted(root.glob("variables_*.tf"))]


def outputs(root: Path) -> list[str]:
    rows = [f"| `{name}` | {text(body['description'])} |" for name, body in blocks(root / "outputs.tf", "output")]
    return ["| output | meaning |", "| --- | --- |", *rows]


def values() -> list[str]:
    """One row for each variable that an environment's file sets."""
    files = [read(ROOT / "environments" / f"{name}.tfvars") for name in ENVIRONMENTS]
    declared = [name for file in variable_files(ROOT) for name, _ in blocks(file, "variable")]
    names = [name for name in declared if any(name in file for file in files)]
    rows = [
        f"| `{name}` | {' | '.join(shown(file[name]) if name in file else '' for file in files)} |" for name in names
    ]
    return [f"| variable | {' | '.join(ENVIRONMENTS)} |", "| --- " * (len(ENVIRONMENTS) + 1) + "|", *rows]


def read(path: Path) -> dict[str, Any]:
    with path.open() as file:
        parsed: dict[str, Any] = hcl2.load(file)
    return parsed


def blocks(path: Path, kind_of_block: str) -> list[tuple[str, dict[str, Any]]]:
    """Blocks with one label, in the order of the file."""
    return [(label.strip('"'), body) for each in read(path)[kind_of_block] for label, body in each.items()]


def text(written: str) -> str:
    """A string as HCL writes it, as a cell of a table."""
    return str(json.loads(written)).replace("|", "\\|")


def kind(written: str) -> str:
    return written.removeprefix("${").removesuffix("}")


def default(body: dict[str, Any]) -> str:
    return shown(body["default"]) if "default" in body else "**required**"


def shown(value: Any) -> str:
    """A value as one would write it."""
    if isinstance(value, dict):
        return f"`{{ {', '.join(f'{name} = {each}' for name, each in value.items())} }}`"
    if isinstance(value, bool) or value is None:
        return f"`{json.dumps(value)}`"
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`"
