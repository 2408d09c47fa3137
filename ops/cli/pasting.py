"""Makes the commands that a message quotes work when pasted: the caller's name of the program, and its `--env`."""

import re
from collections.abc import Sequence

from ops.console import command_name
from ops.environment import EnvironmentName

QUOTED = re.compile(r"`spendsense (?P<words>[^`]+)`")
LOCAL_ONLY = frozenset({"build", "cost", "down", "drill", "faults", "up"})
NAMES_ENVIRONMENT = re.compile(r"(^| )(--env|-e|--help)\b")


def pasteable(text: str, arguments: Sequence[str] = ()) -> str:
    """Rewrite each `spendsense ...` of a text. arguments: the command line that the text answers."""
    from ops.guide import with_environment  # only when something failed: it would slow each start

    environment = environment_of(arguments)

    def command(found: re.Match[str]) -> str:
        words = found["words"]
        if environment is not None and words.split()[0] not in LOCAL_ONLY and not NAMES_ENVIRONMENT.search(words):
            words = with_environment(words, environment)
        return f"`{command_name()} {words}`"

    return QUOTED.sub(command, text)


def environment_of(arguments: Sequence[str]) -> str | None:
    """Return the environment on AWS that a command line names; None for local, and where it names none."""
    for number, word in enumerate(arguments):
        name, is_joined, value = word.partition("=")
        if name in {"--env", "-e"}:
            value = value if is_joined else "".join(arguments[number + 1 : number + 2])
        elif word.startswith("-e") and not word.startswith("--"):
            value = word[2:]
        else:
            continue
        return value if value in set(EnvironmentName) - {EnvironmentName.LOCAL} else None
    return None
