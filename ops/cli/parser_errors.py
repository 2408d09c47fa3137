"""Errors of the command line's parser, in the words of this program's own errors."""

import re
from difflib import get_close_matches
from typing import Any

from typer.exceptions import TyperException

from ops.environment import ON_AWS
from ops.errors import Misuse
from ops.log_text import shown

PROGRAM = "spendsense"
REHEARSALS = ", ".join(f"`--env like-{each}`" for each in ON_AWS)
# Typer passes the texts of pydantic on, which speak of an "input" and of a "value error"; of paths it has its own.
KINDS_OF_PATH = {"dir": "directory", "file": "file", "path": "path"}
PATH = r"(?i:(?P<kind>dir|file|path)(?:ectory)?) (?P<found>'.*')"
REWORDED = (
    (r"Value error, (?P<found>'.*') is not one of (?P<choices>'.*')\.", "should be one of {choices}, found {found}"),
    (r"Input should be greater than or equal to (?P<limit>\S+)", "should be {limit} or more"),
    (r"Input should be less than or equal to (?P<limit>\S+)", "should be {limit} or less"),
    (r"Input should be a valid integer\b.*", "should be a whole number"),
    (r"Input should be a valid number\b.*", "should be a number"),
    (rf"{PATH} does not exist\.", "should be an existing {kind}, found {found}"),
    (rf"{PATH} is a file\.", "should be a directory, found the file {found}"),
    (rf"{PATH} is a directory\.", "should be a file, found the directory {found}"),
    (rf"{PATH} is not readable\.", "should be a {kind} that can be read, found {found}"),
    (rf"{PATH} is not writable\.", "should be a {kind} that can be written, found {found}"),
)
# Errors that Typer raises with a text only. Each text begins with the command, or with the option.
EXTRA = re.compile(r"Got unexpected extra argument\(s\) \((?P<found>.*)\)", re.DOTALL)
USAGE = (
    (r"Option '(?P<option>.*)' requires an argument\.", "{option} needs a value"),
    (r"Option '(?P<option>.*)' does not take a value\.", "{option} takes no value"),
    (r"No such command '(?P<word>.*?)'\.(?P<near>.*)", "there is no command '{word}'.{near}"),
)


def misuse(exc: TyperException, path: str) -> Misuse:
    """Translate an error of the parser. path: the command, for an error that does not know it."""
    context: Any = getattr(exc, "ctx", None)
    if context is not None:
        path = context.command_path.removeprefix(PROGRAM).strip()
    see = f"see `{' '.join(filter(None, (PROGRAM, path)))} --help`"
    kind, message = type(exc).__name__, exc.format_message()
    if kind == "NoArgsIsHelpError" or message == "Missing command.":
        if not path:
            return Misuse("a command is missing, such as up, status or deploy", next_step=see)
        return Misuse(f"{path} needs a command: {choice(context.command.list_commands(context))}", next_step=see)
    if kind == "MissingParameter":
        return missing(exc, context, path, see)
    if context is not None and (extra := EXTRA.fullmatch(message)):
        return Misuse(f"{path} takes {arguments_of(context)}, found {shown(extra['found'])}", next_step=see)
    if kind == "NoSuchOption":
        return unknown_option(exc, context, path, see)
    parameter: Any = getattr(exc, "param", None)
    if variable := variable_of(parameter, context):
        return Misuse(f"{variable} {exc.message}", next_step=f"correct {variable}, or give {name_of(parameter)}")
    where = f"{path}: " if path else ""
    step = getattr(exc, "next_step", None) or next_steps_of(parameter) or see
    return Misuse(where + text_of(exc, message), next_step=step)


def next_steps_of(parameter: Any) -> str | None:
    """Return the next step for a wrong path, about which the help says no more; None for other values."""
    if parameter is None or parameter.name != "source":
        return None
    return "check the path; without --source, this project is used"


def variable_of(parameter: Any, context: Any) -> str | None:
    """Return the environment variable that a parameter's value is from; None if it is from the command line."""
    if parameter is None or context is None:
        return None
    source = context.get_parameter_source(parameter.name)
    return str(parameter.envvar) if source is not None and source.name == "ENVIRONMENT" else None


def unknown_option(exc: Any, context: Any, path: str, see: str) -> Misuse:
    """Name the closest option, and say where options belong if the line has them in the wrong place."""
    words = str(exc.message).replace("No such option: ", "there is no option ")
    parameters = context.command.params if context is not None else []
    visible = [name for each in parameters for name in (*each.opts, *each.secondary_opts)]
    if exc.option_name == "--like" and "--env" in visible:
        return Misuse(f"{path}: {words}", next_step=f"name the rehearsal by --env: {REHEARSALS}")
    if near := get_close_matches(exc.option_name, visible, n=1):
        words += f". Did you mean {near[0]}?"
    if not path:
        return Misuse(words, next_step=f"options follow the command's name; {see}")
    if any(takes_command(each) for each in parameters):
        return Misuse(f"{path}: {words}", next_step=f"put the command to run after --; {see}")
    return Misuse(f"{path}: {words}", next_step=see)


def missing(exc: Any, context: Any, path: str, see: str) -> Misuse:
    """Describe what is missing, with the choices where there are any, and give the command's example."""
    wanted = "a command after --" if takes_command(exc.param) else name_of(exc.param)
    choices = (exc.param.get_missing_message(ctx=context) or "").partition(":")[2].split()
    among = f": one of {' '.join(choices)}" if choices else ""
    _, has_example, example = (getattr(context.command, "epilog", None) or "").partition("Example: ")
    step = f"for example `{example}`; {see}" if has_example else see
    return Misuse(f"{path} needs {wanted}{among}", next_step=step)


def text_of(exc: Any, message: str) -> str:
    """Return an error's text, which begins with the option or the argument that it is about."""
    if hasattr(exc, "param_hint"):
        name = str(exc.param_hint).strip("'") if exc.param_hint else name_of(exc.param) if exc.param else ""
        separator = " " if exc.message.startswith(("should ", "was ")) else ": "
        return f"{name}{separator}{exc.message}" if name else str(exc.message)
    for form, words in USAGE:
        if matched := re.fullmatch(form, message, re.DOTALL):
            return words.format(**matched.groupdict()).removesuffix(".")
    return message


def name_of(parameter: Any) -> str:
    """Return the name by which the user knows an option or an argument."""
    if parameter.param_type_name == "option":
        return str(parameter.opts[0])
    return str(parameter.metavar or parameter.name).upper()


def takes_command(parameter: Any) -> bool:
    """Return whether a parameter is a command with its arguments, after `--`."""
    return bool(parameter.param_type_name == "argument" and parameter.nargs == -1)


def choice(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def arguments_of(context: Any) -> str:
    """Describe which arguments a command takes, besides options."""
    names = [name_of(each) for each in context.command.params if each.param_type_name == "argument"]
    return f"only {' and '.join(names)}" if names else "no arguments"


def reworded(message: str, found: str | None) -> str:
    """Reword a text of pydantic or about a path, with the value that was found. Other texts stay as they are."""
    for form, words in REWORDED:
        matched = re.fullmatch(form, message, re.DOTALL)
        if matched is not None:
            parts = matched.groupdict()
            if "choices" in parts:
                parts["choices"] = parts["choices"].replace("'", "")
            if "kind" in parts:
                parts["kind"] = KINDS_OF_PATH[parts["kind"].lower()]
            added = f", found {found}" if found is not None and "found" not in parts else ""
            return words.format(**parts) + added
    return message
