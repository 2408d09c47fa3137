"""The page of the command's configuration names each variable and file that the code reads, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.configuration_page import FILES, LOCAL_FILES, VARIABLES
from tests.sources import nodes, parsed, text

PROJECT = Path(__file__).parents[2]
READERS = [*(PROJECT / "ops").rglob("*.py"), *(PROJECT / "terraform_provider" / "runner").rglob("*.py")]
ENVIRON = "os.environ"
# Functions that get the whole environment, with what they read of it.
OF_THE_WHOLE = {
    "ops/aws/sessions.py": {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"},
    "ops/locking/holder.py": {"GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"},
}
# Files that hand the environment on to a program.
HANDED_ON = {
    "ops/image/build.py",
    "ops/terraform/targets.py",
    "ops/terraform/program.py",
    "ops/sessions/plugin.py",
    "terraform_provider/runner/terraform.py",
}
# Files that set a variable for the programs that they start.
SETTING = {"terraform_provider/runner/__main__.py": {"TF_CLI_CONFIG_FILE"}}


def constants() -> dict[str, str]:
    """Return the texts with a name at the top of a module, by that name."""
    return {
        target.id: node.value.value
        for path in READERS
        for node in parsed(path).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def keys(path: Path) -> Iterator[ast.expr]:
    """Give what os.environ is asked for, and the variables of options."""
    yield from (node.value for node in nodes(path, ast.keyword) if node.arg == "envvar")
    if ENVIRON not in text(path):
        return
    for node in nodes(path, ast.Call):
        if ast.unparse(node.func) == f"{ENVIRON}.get":
            yield node.args[0]
    for node in nodes(path, ast.Subscript):
        if ast.unparse(node.value) == ENVIRON:
            yield node.slice
    for node in nodes(path, ast.Compare):
        if any(ast.unparse(each) == ENVIRON for each in node.comparators):
            yield node.left


def read() -> set[str]:
    named, found = constants(), set()
    for path in READERS:
        where = str(path.relative_to(PROJECT))
        asked = list(keys(path))
        for key in asked:
            if isinstance(key, ast.Constant):
                found.add(str(key.value))
            elif isinstance(key, ast.Name) and key.id in named:
                found.add(named[key.id])
            else:  # a loop over names that are written out
                literals = {each.value for each in nodes(path, ast.Constant)}
                upper = {each for each in literals if isinstance(each, str) and re.fullmatch(r"[A-Z]+(_[A-Z]+)+", each)}
                assert upper, f"{where}: which variable is read here?"
                found |= upper
        of_options = len(re.findall(r"\benvvar=", text(path)))
        if text(path).count(ENVIRON) > len(asked) - of_options:
            assert where in OF_THE_WHOLE.keys() | HANDED_ON | SETTING.keys(), f"{where} reads the whole environment"
        found |= OF_THE_WHOLE.get(where, set())
        found -= SETTING.get(where, set())
    return found


def test_each_variable_that_is_read_is_on_the_page_and_no_other() -> None:
    assert {name for name, _, _ in VARIABLES} == read()


def test_what_is_read_of_the_whole_environment_is_written_where_it_is_read() -> None:
    for where, names in OF_THE_WHOLE.items():
        assert [name for name in sorted(names) if f'"{name}"' not in text(PROJECT / where)] == [], where


def test_each_table_that_is_read_is_on_the_page_and_each_file_is_there() -> None:
    tables = {str(path.relative_to(PROJECT)) for path in (PROJECT / "ops").rglob("*.toml")}
    tables |= {str(path.relative_to(PROJECT)) for path in (PROJECT / "infrastructure").glob("*.toml")}
    assert {path for path, _ in FILES if path.endswith(".toml")} == tables
    assert [path for path, _ in FILES if not (PROJECT / path).exists()] == []
    sources = "".join(text(path) for path in READERS)
    assert [name for name, _ in LOCAL_FILES if f'"{name}"' not in sources] == []
