"""Checks option values before anything is done: refuses empty and obviously unintended text."""

import inspect
import math
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperOption

from ops.cli.parser_errors import reworded, takes_command
from ops.errors import Misuse
from ops.log_text import shown

Value = TypeVar("Value")
PLAIN_LIMIT = 256
# ECS's limit for the overrides of one task.
COMMAND_LIMIT = 8192
FORMER_NAMES = {
    "faults add": {"--answer": "--response"},
    "logs": {"--stream": "--task"},
    "run": {"--timeout-s": "--timeout"},
}


def one_of_form(
    expected: str, pattern: str = r"[^\s\x00-\x1f\x7f].*", limit: int = PLAIN_LIMIT
) -> Callable[[Value], Value]:
    """Return a callback that checks each text of an option. expected: its description after "should be"."""
    form = re.compile(pattern)

    def check(value: Value) -> Value:
        for text in texts(value):
            if len(text) > limit or not text.isprintable() or form.fullmatch(text) is None:
                raise typer.BadParameter(f"should be {expected}, found {shown(text)}")
        return value

    return check


def texts(value: object) -> Iterable[str]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(map(str, value))  # type: ignore[call-overload]


tag = one_of_form(
    "at most 128 letters, digits, `.`, `_` and `-`, such as v1.2.0", r"[A-Za-z0-9_][A-Za-z0-9._-]*", limit=128
)
tag_or_digest = one_of_form(
    "at most 128 letters, digits, `.`, `_` and `-`, such as v1.2.0; or a digest, `sha256:` and 64 hexadecimal digits",
    r"[A-Za-z0-9_][A-Za-z0-9._-]*|sha256:[0-9a-f]{64}",
    limit=128,
)
image = one_of_form(
    "REPOSITORY@sha256:... (64 hexadecimal digits)", r"[^\s\x00-\x1f\x7f@]+@sha256:[0-9a-f]{64}", limit=512
)
plain = one_of_form("1 to 256 characters on one line")
log_pattern = one_of_form("a filter pattern: 1 to 1024 characters on one line", limit=1024)
task = one_of_form("a task's id, its first characters, or its ARN", r"[A-Za-z0-9][A-Za-z0-9:/_-]*")
origin = one_of_form("an origin, such as http://localhost:3000", r"https?://[^\s/]+/?")
setting = one_of_form("NAME=VALUE", r"[A-Za-z_][A-Za-z0-9_-]*=.*", limit=4096)
usage = one_of_form("NAME=NUMBER, such as requests_million=20", r"[A-Za-z_][A-Za-z0-9_-]*=.*", limit=4096)


def one_of(choices: Sequence[str]) -> Callable[[str | None], str | None]:
    """Return a callback that accepts only these texts."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in choices:
            raise typer.BadParameter(f"should be one of {', '.join(choices)}, found {shown(value)}")
        return value

    return check


def accepted_by(read: Callable[[str], object]) -> Callable[[str | None], str | None]:
    """Return a callback that accepts the texts that `read` can read: what it refuses is misuse of the option."""

    def check(value: str | None) -> str | None:
        try:
            if value is not None:
                read(plain(value))
        except Misuse as exc:
            refused = typer.BadParameter(exc.message)
            refused.next_step = exc.next_step  # type: ignore[attr-defined]
            raise refused from exc
        return value

    return check


def finite(value: Value) -> Value:
    """Refuse `nan` and `inf`: no clock ever reaches them."""
    if isinstance(value, float) and not math.isfinite(value):
        raise typer.BadParameter(f"should be a number, found {value}")
    return value


def file(value: Path | None) -> Path | None:
    """Refuse a name that no file can have. `Command` refuses an empty one."""
    if value is not None and "\0" in str(value):
        raise typer.BadParameter(f"should be the name of a file, found {shown(str(value))}")
    return value


def source_tree(value: Path | None) -> Path | None:
    """Refuse a directory that is not a source tree of this project, before anything is connected or started."""
    from ops.image.source import missing_from

    missing = None if value is None else missing_from(value)
    if missing is not None:
        raise typer.BadParameter(
            f"should be a source tree of this project, but {Path(str(value)).absolute() / missing} is missing"
        )
    return value


def words(value: list[str]) -> list[str]:
    """Check a command to run: its first word names a program, and its length is within ECS's limit."""
    if not value or not value[0].strip():
        raise typer.BadParameter("should begin with a program's name, found nothing")
    length = sum(map(len, value))
    if length > COMMAND_LIMIT:
        raise typer.BadParameter(f"should be {COMMAND_LIMIT:,} characters at most, found {length:,}")
    return value


def in_paragraphs(text: str) -> str:
    """Return the text with one line per paragraph. A paragraph that begins with \\b keeps its lines."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(each if each.startswith("\b") else " ".join(each.split()) for each in paragraphs)


class Command(TyperCommand):
    """A command that refuses empty paths and repeated options, of which the last would otherwise win silently.

    Its help shows a default in words like any other; Typer puts the words into a second pair of brackets. Paragraphs
    of its help are wrapped by the terminal's width alone; Typer keeps the line ends of the source. Former names of
    options are accepted, but not shown.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.help = in_paragraphs(self.help or "")
        for option in self.params:
            words = getattr(option, "show_default", None)
            if isinstance(option, TyperOption) and isinstance(words, str):
                option.help = f"{option.help} [dim]\\[default: {words}][/dim]"
                option.show_default = False

    def make_parser(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        parser = super().make_parser(ctx)
        for former, name in FORMER_NAMES.get(ctx.command_path.partition(" ")[2], {}).items():
            parser._long_opt[former] = parser._long_opt[name]
        return parser

    def collect_usage_pieces(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Write `-- COMMAND...` for a command to run; Typer writes `{COMMAND...}...`."""
        pieces = super().collect_usage_pieces(ctx)
        commands = [f"-- {each.metavar}" for each in self.params if takes_command(each)]
        return [*pieces[: len(pieces) - len(commands)], *commands]

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        given, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for option in {id(each): each for each in order if each.param_type_name == "option"}.values():
            if order.count(option) > 1 and not option.multiple:
                names = " and ".join([*option.opts[:1], *option.secondary_opts[:1]])
                raise typer.BadParameter("was given more than once: keep one", ctx=ctx, param_hint=f"'{names}'")
            if given.get(option.name) == "" and takes_path(option):
                raise typer.BadParameter(
                    "should be a path, found an empty string", ctx=ctx, param_hint=f"'{option.opts[0]}'"
                )
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as exc:
            value = given.get(exc.param.name or "") if exc.param is not None else None
            exc.message = reworded(exc.message, shown(value) if isinstance(value, str) else None)
            raise


def takes_path(option: Any) -> bool:
    """Return whether an option's value is a path: an empty one would mean the current directory."""
    return "Path" in repr(option.type_descriptor.annotation)


class Commands(typer.Typer):
    """A group whose commands are all of class `Command`."""

    def command(self, *arguments: object, **settings: object) -> Callable[..., object]:  # type: ignore[override]
        return super().command(*arguments, **({"cls": Command} | settings))  # type: ignore[arg-type]
