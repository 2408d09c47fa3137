"""The program's edge: turns a command's success or failure into one message and one exit status."""

import errno
import shutil
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from ops import signals
from ops.aws import refusals
from ops.cli import completion, privileged, streams
from ops.cli.parser_errors import PROGRAM, misuse
from ops.cli.pasting import pasteable
from ops.console import Console
from ops.disk_space import is_full
from ops.environment import data_directory
from ops.errors import MachineRefused, Misuse, OpsError
from ops.signals import Interrupted

WANTS_JSON = "--json"
IS_DRY_RUN = "--dry-run"
UNEXPECTED = 1
# Refusals by this machine: these are not our bugs, so a traceback does not help.
NEXT_STEPS = {
    errno.ENOSPC: "free space on that disk, then run the command again",
    errno.EDQUOT: "free space within your quota, then run the command again",
    errno.EFBIG: "allow larger files (`ulimit -f`), then run the command again",
    errno.EACCES: "check the owner and the permissions of the file",
    errno.EPERM: "check the owner and the permissions of the file",
    errno.EROFS: "the file system is read-only: use a directory elsewhere (SPENDSENSE_HOME)",
    errno.EMFILE: "raise the limit of open files: `ulimit -n`",
    errno.ENFILE: "this machine has reached its limit of open files: stop some programs",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ENOTDIR: "check the path",
    errno.EISDIR: "check the path",
    errno.EIO: "check the disk: `dmesg`",
    errno.ENOMEM: "this machine is out of memory: stop some programs",
}
# What a signal leaves behind, until a command says something more specific (signals.from_now_on).
NOTHING_CHANGED = "nothing was changed"
LEFT_BEHIND: Mapping[str, str] = {
    "approve": "nothing was decided",
    "build": "finished layers of the image stay; running the same command again continues from there",
    "cost": NOTHING_CHANGED,
    "deploy": "nothing was deployed; the previous version still serves",
    "destroy": "nothing was destroyed",
    "diff": NOTHING_CHANGED,
    "doctor": NOTHING_CHANGED,
    "down": "nothing was stopped",
    "drift": NOTHING_CHANGED,
    "drill": "nothing was destroyed",
    "events": NOTHING_CHANGED,
    "exec": "no command was started",
    "faults add": NOTHING_CHANGED,
    "faults list": NOTHING_CHANGED,
    "faults remove": NOTHING_CHANGED,
    "history": NOTHING_CHANGED,
    "lock release": "the lock was not released",
    "lock status": NOTHING_CHANGED,
    "logs": "reading has stopped; nothing was changed",
    "open": NOTHING_CHANGED,
    "permissions": NOTHING_CHANGED,
    "plan": NOTHING_CHANGED,
    "port-forward": NOTHING_CHANGED,
    "promote": "nothing was deployed; what was copied stays, and the next `promote` continues from there",
    "recover": NOTHING_CHANGED,
    "reject": "nothing was decided",
    "restart": "nothing was restarted; the current tasks still serve",
    "rollback": "no rollback was started; the current version still serves",
    "run": "no task was started",
    "scale": "the number of tasks and its bounds were not changed",
    "secrets init": "no secret was changed",
    "status": NOTHING_CHANGED,
    "stop": "nothing was stopped",
    "tasks": NOTHING_CHANGED,
    "up": "what this command started was stopped; data stays, and running `spendsense up` again continues from there",
    "verify": NOTHING_CHANGED,
    "wait": "waiting has stopped; nothing was changed",
}


def main(app: typer.Typer) -> NoReturn:
    """Run a command line and exit. The one place where exceptions become messages and exit statuses."""
    streams.prepare()
    if completion.is_asked_by_a_shell():
        app(prog_name=PROGRAM)
    arguments = sys.argv[1:]
    as_json = WANTS_JSON in before_dashes(arguments)
    try:
        signals.catch()
        status = outcome(app, arguments, as_json=as_json)
    except BrokenPipeError:
        status = streams.READER_GONE
    except KeyboardInterrupt as exc:  # before a command existed, or a second signal during the message about the first
        status = interrupted(exc, "", as_json=as_json)
    signals.release()
    failure = streams.close_stdout()
    if failure is not None:
        gone = isinstance(failure, BrokenPipeError)
        if not gone and status == 0:
            show_error(refused_by_machine(failure, "standard output"))
        status = status or (streams.READER_GONE if gone else UNEXPECTED)
    streams.close_stderr()
    sys.exit(status)


def before_dashes(arguments: Sequence[str]) -> Sequence[str]:
    """Return the arguments before `--`; after it come the words of another program's command."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def outcome(app: typer.Typer, arguments: Sequence[str], *, as_json: bool) -> int:
    """Run a command and print what went wrong; return its exit status. A bug of ours prints its traceback."""
    command: Any = None
    line = before_dashes(arguments)
    try:
        if completion.names_a_shell(arguments):
            completion.run(*arguments)
            return 0
        command = tree(app)
        with command.make_context(PROGRAM, list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as exc:
        return exc.exit_code
    except OpsError as exc:
        if isinstance(exc, Misuse) and exc.message.startswith("--"):  # as the parser's errors begin
            exc.message = f"{path_of(command, arguments)}: {exc.message}"
        return fail(exc, as_json=as_json, arguments=line)
    except typer.Abort:
        return fail(Misuse("the question was not answered", next_step="answer it, or add `--yes`"), as_json=as_json)
    except TyperException as exc:
        return fail(misuse(exc, path_of(command, arguments)), as_json=as_json)
    except KeyboardInterrupt as exc:
        return interrupted(exc, path_of(command, arguments), as_json=as_json, arguments=line)
    except BrokenPipeError:
        raise
    except SystemExit as exc:  # rich, which prints --help, ends a program this way when its reader has gone
        if isinstance(exc.__context__, BrokenPipeError):
            return streams.READER_GONE
        raise
    except Exception as exc:  # noqa: BLE001 - the one place that catches everything
        return unforeseen(exc, as_json=as_json, arguments=line)
    return 0


@cache
def tree(app: typer.Typer) -> Any:
    """Return the program's commands. Typer makes new ones at each call, which takes 10 ms."""
    program = get_command(app)
    name_no_types(program)
    return program


def name_no_types(command: Any, parent: Any = None) -> None:
    """Remove the types that Typer shows in the help: `<bool>` of a flag, `<str>` or `<list[str]>` of an argument."""
    context = command.context_class(command, parent=parent, **command.context_settings)
    for parameter in (*command.params, command.get_help_option(context)):
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
        if parameter.param_type_name == "argument" and str(parameter.display_type_rich(context)).startswith("<"):
            parameter.display_type_rich = lambda ctx: None
    for each in getattr(command, "commands", {}).values():
        name_no_types(each, context)


def unforeseen(exc: Exception, *, as_json: bool, arguments: Sequence[str]) -> int:
    """Explain a refusal by AWS or this machine; anything else is a bug in this program, with its traceback."""
    from ops.aws.clients import explain

    explained = explain(exc) or (refused_by_machine(exc) if isinstance(exc, OSError) else None)
    if explained is None:
        traceback.print_exception(exc)
        explained = OpsError(
            f"a bug in this program: {type(exc).__name__}: {exc}",
            next_step="open an issue in the repository of this project, with the lines above",
        )
    return fail(explained, as_json=as_json, arguments=arguments)


def refused_by_machine(exc: OSError, where: str = "") -> OpsError | None:
    """Describe what this machine refused, and where; None for an error that may be a bug of ours."""
    if isinstance(exc, shutil.Error):
        return MachineRefused(f"files could not be copied: {exc}", next_step="check whether the disk is full")
    if exc.errno not in NEXT_STEPS:
        return None
    place = exc.filename or where or (exc.errno == errno.ENOSPC and full_place()) or "standard output or a file"
    return MachineRefused(f"{place}: {exc.strerror}", next_step=NEXT_STEPS[exc.errno])


def full_place() -> str:
    """Name the first directory that commands write to whose disk is full; empty when there is none."""
    for place in (data_directory(), Path(tempfile.gettempdir()), Path.cwd()):
        if is_full(place):
            return f"a file in {place}"
    return ""


def interrupted(exc: KeyboardInterrupt, path: str, *, as_json: bool, arguments: Sequence[str] = ()) -> int:
    """Report the signal and the state that it leaves. A second signal cuts the message short."""
    signals.release()
    status = exc.exit_code if isinstance(exc, Interrupted) else 130
    name = exc.signal.name if isinstance(exc, Interrupted) else "SIGINT"
    unchanged = NOTHING_CHANGED if IS_DRY_RUN in arguments else LEFT_BEHIND.get(path, NOTHING_CHANGED)
    left = [*getattr(exc, "__notes__", []), *(signals.standing() or [unchanged])]
    notes = [pasteable(note, arguments) for note in left]
    if as_json:
        fields = {"error": "Interrupted", "signal": name, "message": f"ended by {name}: " + "; ".join(notes)}
        print_json({"ok": False, **fields, "next_step": None, "exit_code": status})
    console = Console()
    console.say(f"{PROGRAM}: ended by {name}: {notes[0]}", style="bold yellow")
    for note in notes[1:]:
        console.say(f"  {note}")
    return status


def path_of(command: object, arguments: Sequence[str]) -> str:
    """Return the path of the command that the line names: `secrets init`."""
    words: list[str] = []
    for word in arguments:
        inner = getattr(command, "commands", {})
        if word in inner:
            command = inner[word]
            words.append(word)
    return " ".join(words)


def fail(error: OpsError, *, as_json: bool, arguments: Sequence[str] = ()) -> int:
    """Print one message and the next step, with --json also one line on stdout; return the exit status.

    For another program's message about a full disk, the next step is to free space; for one that refuses a role which
    the command is not meant for, it is to use another role. arguments: the command line, from which the commands in the
    text take the environment.
    """
    if not isinstance(error, MachineRefused):  # a MachineRefused names the place itself
        step = refusals.room_step(error.message) or privileged.step(error.message, arguments)
        error.next_step = step or error.next_step
    error.message = pasteable(error.message, arguments)
    error.next_step = error.next_step and pasteable(error.next_step, arguments)
    if as_json:
        print_json(error.as_json(), is_of_this_machine=isinstance(error, MachineRefused))
    show_error(error)
    return error.exit_code


def print_json(result: Mapping[str, object], *, is_of_this_machine: bool = False) -> None:
    """Print an error as JSON in place of a result. is_of_this_machine: standard output itself failed."""
    try:
        Console().json_line(result)
    except BrokenPipeError:
        raise
    except OSError as exc:  # for example a full disk: then people read that, and the exit status stays
        if not is_of_this_machine:
            show_error(refused_by_machine(exc, "standard output"))


def show_error(error: OpsError | None) -> None:
    """Print an error and its next step for people."""
    if error is None:
        return
    console = Console()
    console.say(f"{PROGRAM}: {error.message}", style="bold red")
    if error.next_step is not None:
        console.say(f"  next: {error.next_step}")
