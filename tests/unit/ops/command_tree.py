"""The commands of `spendsense`, and command lines that each of them accepts."""

from functools import cache
from typing import Any

from ops.cli import edge, main

# What a command cannot be called without.
NEEDED = {
    "promote": ["--from", "like-dev", "--to", "like-prod"],
    "run": ["--", "true"],
    "stop": ["--deployment"],
    "faults add": ["kill-task"],
    "faults remove": ["f1"],
}


@cache
def commands() -> dict[str, Any]:
    """Return every command by its full name, `secrets init` for one in a group."""
    found: dict[str, Any] = {}
    for name, command in edge.tree(main.app).commands.items():
        within = getattr(command, "commands", None)
        found |= {name: command} if within is None else {f"{name} {inner}": each for inner, each in within.items()}
    return found


def options_of(kind: str) -> list[tuple[str, str]]:
    """Return command and option for each option with values of a kind: `str`, `Path`, `float`."""
    return [
        (name, each.opts[0])
        for name, command in commands().items()
        for each in command.params
        if each.param_type_name == "option" and kind in repr(each.type_descriptor.annotation)
    ]


def line(name: str, *words: str) -> list[str]:
    """Return a command line in which only `words` are wrong."""
    return [*name.split(), *words, *NEEDED.get(name, [])]
