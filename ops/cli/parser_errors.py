"""Errors of the command line's parser, in the words of this program's own errors."""

import re

from typer.exceptions import TyperException

from ops.errors import Misuse

PROGRAM = "spendsense"
# Typer passes the texts of pydantic on, which speak of an "input" and of a "value error".
REWORDED = (
    (r"Value error, (?P<found>'.*') is not one of (?P<choices>'.*')\.", "should be one of {choices}, found {found}"),
    (r"Input should be greater than or equal to (?P<limit>\S+)", "should be {limit} or more"),
    (r"Input should be less than or equal to (?P<limit>\S+)", "should be {limit} or less"),
    (r"Input should be a valid integer\b.*", "should be a whole number"),
    (r"Input should be a valid number\b.*", "should be a number"),
)


def misuse(exc: TyperException, path: str) -> Misuse:
    """Translate an error of the parser. path: the command, for an error that does not know it."""
    context = getattr(exc, "ctx", None)
    if context is not None:
        path = context.command_path.removeprefix(PROGRAM).strip()
    where = f"{path}: " if path else ""
    see = f"see `{' '.join(filter(None, (PROGRAM, path)))} --help`"
    if type(exc).__name__ == "NoArgsIsHelpError":
        return Misuse(f"{where}a command is missing: choose one of those above")
    if type(exc).__name__ == "NoSuchOption" and not path:
        see = f"options follow the command's name; {see}"
    return Misuse(where + exc.format_message(), next_step=see)


def reworded(message: str, found: str | None) -> str:
    """Reword a text of pydantic, with the value that was found. Other texts stay as they are."""
    for form, words in REWORDED:
        matched = re.fullmatch(form, message)
        if matched is not None:
            parts = matched.groupdict()
            if "choices" in parts:
                parts["choices"] = parts["choices"].replace("'", "")
            added = f", found {found}" if found is not None and "found" not in parts else ""
            return words.format(**parts) + added
    return message
