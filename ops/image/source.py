"""A source tree as an image: the files that go into it, its version, and the schema it expects."""

import ast
import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.errors import BuildFailed
from ops.image.layers import listing_digest

REQUIREMENTS = "requirements.txt"
APPLICATION = ("app",)
NEEDED = ("app/main.py", REQUIREMENTS)
EXCLUDED_SUFFIXES = (".pyc", ".pyo", ".swp")
EXCLUDED_NAMES = frozenset({"__pycache__"})
SHORT = 8  # hex digits of a digest in a tag
GIT_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceVersion:
    """The names of a build: `tag` for people and ECR, `revision` for the image's label."""

    tag: str
    revision: str
    is_chosen: bool  # by the user, so it must not silently become another


def application_files(source: Path) -> list[Path]:
    """List the files of the application layer. Errors: BuildFailed when `source` is not the project's source."""
    missing = missing_from(source)
    if missing is not None:
        raise BuildFailed(
            f"{source}: {missing} is missing, so this is not a source tree of this project",
            next_step="name the project's directory: `--source DIRECTORY`",
        )
    files = [path for name in APPLICATION for path in files_below(source / name)]
    return sorted(files, key=lambda path: path.relative_to(source).as_posix())


def missing_from(source: Path) -> str | None:
    """Return the first file that a source tree of this project needs and `source` lacks; None when it has all."""
    return next((name for name in NEEDED if not (source / name).is_file()), None)


def files_below(path: Path) -> Iterator[Path]:
    """Yield the files at or below a path, except bytecode and hidden files."""
    if path.is_file():
        yield path
        return
    for directory, names, files in os.walk(path):
        names[:] = [name for name in names if name not in EXCLUDED_NAMES and not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and not name.endswith(EXCLUDED_SUFFIXES):
                yield Path(directory, name)


def version_of(source: Path, files: list[Path], chosen: str | None) -> SourceVersion:
    """Name a build: the requested tag, else the commit (marked when the tree differs), else its content."""
    content = listing_digest(source, [*files, source / REQUIREMENTS])
    commit = git(source, "rev-parse", "HEAD") if is_git_root(source) else None
    if commit is None:
        return SourceVersion(tag=chosen or f"src-{content[:12]}", revision="unknown", is_chosen=chosen is not None)
    short = git(source, "rev-parse", "--short=12", "HEAD") or commit[:12]
    changed = git(source, "status", "--porcelain", "--", *APPLICATION, REQUIREMENTS) != ""
    suffix = f"-dirty-{content[:SHORT]}" if changed else ""
    return SourceVersion(
        tag=chosen or short + suffix,
        revision=commit + suffix,
        is_chosen=chosen is not None,
    )


def is_git_root(source: Path) -> bool:
    """Return whether `source` itself is a work tree: a copy inside another one has no commit."""
    top = git(source, "rev-parse", "--show-toplevel")
    return top is not None and os.path.realpath(top) == os.path.realpath(source)


def git(source: Path, *arguments: str) -> str | None:
    """Run git in `source`; None when there is no git, no repository or no commit."""
    try:
        done = subprocess.run(
            ["git", "-C", str(source), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def schema_head(files: Iterable[Path]) -> str | None:
    """Find the newest Alembic revision among some files; None when there are no migrations.

    Errors: BuildFailed when two revisions are both newest.
    """
    found = migrations(files)
    heads = sorted(found.keys() - set().union(*found.values()))
    if len(heads) > 1:
        raise BuildFailed(
            f"the migrations have {len(heads)} heads: {', '.join(heads)}",
            next_step="merge them: `alembic merge heads`",
        )
    return heads[0] if heads else None


def schema_revisions(files: Iterable[Path]) -> list[str]:
    """Return every Alembic revision among some files, sorted."""
    return sorted(migrations(files))


def migrations(files: Iterable[Path]) -> dict[str, set[str]]:
    """Return Alembic revision -> those that it follows."""
    scripts = (path for path in files if path.suffix == ".py" and path.parent.name == "versions")
    return dict(migration_in(path) for path in scripts if path.name != "__init__.py")


def migration_in(path: Path) -> tuple[str, set[str]]:
    """Read `revision` and `down_revision` of a migration without running it. Errors: BuildFailed."""
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as exc:
        raise BuildFailed(f"{path}: the migration does not compile: {exc}", next_step="correct it") from exc
    found = {
        name: literal(path, name, value) for name, value in assigned(tree) if name in {"revision", "down_revision"}
    }
    revision, parents = found.get("revision"), found.get("down_revision")
    if not isinstance(revision, str):
        raise BuildFailed(
            f"{path}: a migration should have its `revision` as a string at the top level, found {revision or 'none'}",
            next_step="write the revision itself, as Alembic does",
        )
    return revision, {parents} if isinstance(parents, str) else set(parents) if isinstance(
        parents, tuple | list
    ) else set()


def assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names of a module's own assignments with their values, also of `a = b = 1` and `a, b = 1, 2`."""
    for statement in tree.body:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, value
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                pairs = zip(target.elts, value.elts, strict=True)
                yield from ((name.id, each) for name, each in pairs if isinstance(name, ast.Name))


def literal(path: Path, name: str, value: ast.expr) -> object:
    """Return a literal's value. Errors: BuildFailed when only running the migration would give it."""
    try:
        found: object = ast.literal_eval(value)
    except ValueError as exc:
        raise BuildFailed(
            f"{path}: `{name}` should be a string, found {ast.unparse(value)[:60]}",
            next_step="write the revision itself, as Alembic does",
        ) from exc
    return found
