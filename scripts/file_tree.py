"""The list of every file in docs/architecture.md, by which the place of a change is found."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "architecture.md"
BEGIN, END = "<!-- files: written by `make docs` -->\n", "<!-- end of the files -->\n"
WIDTH = 118
FOLDERS = {
    "app": "*.py",
    "ops": "*.py",
    "localcloud": "*.py",
    "terraform_provider": "*.py",
    "infrastructure/bootstrap": "*.tf",
    "infrastructure/terraform": "*.tf",
    "benchmarks": "*.py",
    "scripts": "*",
    ".github/workflows": "*.yml",
}
"""Folder -> its files, in subfolders too."""
BY_TYPE = {"resources", "data_sources"}
"""Packages with a file for each of Terraform's types: a row of the page says where each lies."""
NUMBERED = "versions"


def architecture_page() -> str:
    """Return docs/architecture.md with the current list of files."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "```\n" + "\n".join(lines()) + "\n```\n" + END + after


def lines() -> Iterator[str]:
    for top, pattern in FOLDERS.items():
        root = PROJECT / top
        for folder in sorted([root, *(path for path in root.rglob("*") if path.is_dir())]):
            if names := names_in(folder, pattern):
                text = f"{folder.relative_to(PROJECT)}/  {' '.join(names)}"
                yield textwrap.fill(text, WIDTH, subsequent_indent="    ", break_on_hyphens=False)


def names_in(folder: Path, pattern: str) -> list[str]:
    hidden = any(part.startswith(("__", ".terraform")) for part in folder.relative_to(PROJECT).parts)
    if hidden or folder.name == NUMBERED or BY_TYPE & set(folder.relative_to(PROJECT).parts):
        return []
    found = (path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith(("_", ".")))
    return sorted(path.stem if pattern != "*" else path.name for path in found)
