"""`--show-completion SHELL` and `--install-completion SHELL`; without a name, Typer finds out the shell itself."""

import os
from collections.abc import Callable, Iterable, Sequence

import typer
from typer._completion_shared import Shells, get_completion_script, install

from ops.cli.parser_errors import PROGRAM
from ops.console import Console
from ops.errors import Misuse

VARIABLE = "_SPENDSENSE_COMPLETE"
SHOW, INSTALL = "--show-completion", "--install-completion"


def is_asked_by_a_shell() -> bool:
    """Return whether a shell's script runs this program to complete a line."""
    return VARIABLE in os.environ


def names_a_shell(arguments: Sequence[str]) -> bool:
    """Return whether a command line asks for the completion of a shell that it names."""
    return len(arguments) == 2 and arguments[0] in {SHOW, INSTALL}


def run(option: str, shell: str) -> None:
    """Print or install a shell's script. Errors: Misuse for an unknown shell."""
    if shell not in list(Shells):
        raise Misuse(
            f"{option} {shell}: should be one of {', '.join(Shells)}", next_step=f"`{PROGRAM} {option} {Shells.bash}`"
        )
    if option == SHOW:
        Console().result(get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell))
        return
    _, path = install(shell=shell, prog_name=PROGRAM, complete_var=VARIABLE)
    Console().result(f"Completion for {shell} is in {path}; it takes effect in the next terminal")


def among(words: Iterable[str]) -> Callable[[typer.Context, list[str], str], list[str]]:
    """Return a completion function that offers these words."""

    def offer(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:
        return [each for each in words if each.startswith(incomplete)]

    return offer
