"""Adapts the commands in a message for pasting: the program's name as the caller has it, and `--env`."""

import re
from collections.abc import Sequence

from ops.console import command_name
from ops.environment import LIKE, EnvironmentName

QUOTED = re.compile(r"`spendsense (?P<words>[^`]+)`")
LOCAL_ONLY = frozenset({"build", "cost", "down", "drill", "faults", "up"})
NOT_LIKE_AWS = frozenset({"cost", "drill"})
NAMES_ENVIRONMENT = re.compile(r"(^| )(--env|-e|--like|--help)\b")


def pasteable(text: str, arguments: Sequence[str] = ()) -> str:
    """Rewrite each `spendsense ...` of a text. arguments: the command line that caused the message."""
    from ops.guide import with_environment  # only when something failed: it would slow each start

    environment = environment_of(arguments)

    def command(found: re.Match[str]) -> str:
        words = found["words"]
        if environment is None or NAMES_ENVIRONMENT.search(words):
            return f"`{command_name()} {words}`"
        verb, _, more = words.partition(" ")
        is_like = environment.startswith(LIKE)
        if is_like and verb == "up":
            words = f"up --like {environment.removeprefix(LIKE)} {more}".rstrip()
        elif verb not in (NOT_LIKE_AWS if is_like else LOCAL_ONLY):
            words = with_environment(words, environment)
        return f"`{command_name()} {words}`"

    return QUOTED.sub(command, text)


def environment_of(arguments: Sequence[str]) -> str | None:
    """Return the environment that a command line names, if it is not `local`; None where it names none."""
    for number, word in enumerate(arguments):
        name, is_joined, value = word.partition("=")
        if name in {"--env", "-e", "--like"}:
            value = value if is_joined else "".join(arguments[number + 1 : number + 2])
            value = LIKE + value if name == "--like" else value
        elif word.startswith("-e") and not word.startswith("--"):
            value = word[2:]
        else:
            continue
        return value if value in set(EnvironmentName) - {EnvironmentName.LOCAL} else None
    return None
