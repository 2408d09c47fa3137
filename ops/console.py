"""Output for people: results on stdout, progress on stderr. The only module that imports rich."""

import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Console as AnyConsole
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ops.log_text import printable

# A terminal wraps; a file or a pipe must get each line whole.
UNWRAPPED_WIDTH = 10_000


class Outcome(Protocol):
    """A command's outcome: shown to people or to scripts, and turned into an exit status."""

    @property
    def exit_code(self) -> int: ...

    def as_json(self) -> dict[str, object]: ...

    def show(self, console: "Console") -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A changing state: a table under a title with notes below it; `line` is its form without a terminal."""

    line: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]


class RichConsole(AnyConsole):
    """A console that raises when its reader has gone; rich would end the program."""

    def on_broken_pipe(self) -> None:
        raise  # the BrokenPipeError that is being handled


class Console:
    """Prints plain text unless a person watches: colour and movement need a terminal; NO_COLOR is honoured."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = rich_console(stderr=False)
        self._progress = rich_console(stderr=True)
        self._clock = clock
        self.phases_s: dict[str, float] = {}

    @property
    def is_interactive(self) -> bool:
        """True when a person can see movement and answer a question."""
        return self._progress.is_terminal and sys.stdin.isatty()

    def result(self, text: str = "", style: str | None = None) -> None:
        """Print a line of the requested result."""
        with named():
            self._out.print(Text(printable(text), style=style or ""), soft_wrap=True)

    def verbatim(self, text: str) -> None:
        """Print a line of another program's output unchanged."""
        self._write(text)

    def json(self, value: object) -> None:
        """Print the result that a script requested."""
        self._write(json.dumps(value, indent=2))

    def json_line(self, value: object) -> None:
        """Print one record of a stream on one line."""
        self._write(json.dumps(value))

    def _write(self, line: str) -> None:
        with named():
            self._out.file.write(line + "\n")
            self._out.file.flush()

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under their headings; where that would cut something off, print each cell on its own line."""
        shown = [[printable(cell) for cell in row] for row in rows]
        texts = list(zip(columns, *shown, strict=True))
        widths = [max(map(len, column)) for column in texts]
        wraps = widths.index(max(widths))  # only the widest column wraps, between its words
        longest = max((len(word) for text in texts[wraps] for word in text.split()), default=0)
        if sum(widths) - widths[wraps] + longest + 2 * (len(widths) - 1) > self._out.width:
            self._list(columns, shown)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for number, heading in enumerate(columns):
            table.add_column(heading, no_wrap=number != wraps)
        for row in shown:
            table.add_row(*map(Text, row))
        with named():
            self._out.print(table)

    def _list(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        widest = max(map(len, columns))
        for row in rows:
            for column, cell in zip(columns, row, strict=True):
                self.result(f"{column:<{widest}}  {cell}".rstrip())
            self.result()

    def say(self, text: str, style: str | None = None) -> None:
        """Print one line of progress. An error in showing progress is ignored."""
        try:
            self._progress.print(Text(printable(text), style=style or ""), soft_wrap=True)
        except OSError:  # its reader has gone, or its disk is full
            self._progress.quiet = True

    def report(self, report: Outcome, *, as_json: bool) -> int:
        """Print an outcome in the requested form and return its exit status."""
        if as_json:
            self.json(report.as_json())
        else:
            report.show(self)
        return report.exit_code

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure a step; its seconds are shown at the end and added to `phases_s`."""
        started = self._clock()
        try:
            yield
        finally:
            seconds = self._keep(name, self._clock() - started)
        self.say(f"{name.replace('_', ' '):<22} {seconds:6.2f} s", style="dim")

    def _keep(self, name: str, seconds: float) -> float:
        self.phases_s[name] = round(self.phases_s.get(name, 0.0) + seconds, 3)
        return seconds

    @property
    def draws(self) -> bool:
        """True when progress goes to a terminal, where one picture can be updated."""
        return self._progress.is_terminal

    @contextmanager
    def drawing(self) -> Iterator[Callable[[Picture], None]]:
        """Yield a function that shows a picture: updated in place on a terminal, else its line when that changes."""
        if not self.draws:
            with self.ticker() as tick:
                yield lambda picture: tick(picture.line)
            return
        with Live(console=self._progress, refresh_per_second=8) as live:
            yield lambda picture: live.update(drawn(picture))

    @contextmanager
    def ticker(self) -> Iterator[Callable[[str], None]]:
        """Yield a function that shows the current state: in place on a terminal, else as a line when it changes."""
        if self._progress.is_terminal:
            with Live(console=self._progress, transient=True, refresh_per_second=8) as live:
                yield lambda text: live.update(Text(text, style="cyan"))
            return
        last = ""

        def line(text: str) -> None:
            nonlocal last
            if text != last:
                self.say(text)
                last = text

        yield line

    def confirm(self, question: str) -> bool:
        """Ask a person; without an interactive terminal the answer is no."""
        if not self.is_interactive:
            return False
        return self._progress.input(Text(f"{question} [y/N] ")).strip().lower() in {"y", "yes"}


def drawn(picture: Picture) -> Group:
    """Lay a picture out; a terminal that is too narrow cuts its cells off."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in picture.columns:
        table.add_column(heading, no_wrap=True)
    for row in picture.rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    notes = [Text(printable(note), style="dim", no_wrap=True, overflow="ellipsis") for note in picture.notes]
    return Group(Text(picture.title, style="cyan"), table, *notes)


@contextmanager
def named() -> Iterator[None]:
    """Make errors of standard output name it."""
    try:
        yield
    except OSError as exc:
        exc.filename = exc.filename or "standard output"
        raise


def rich_console(*, stderr: bool) -> RichConsole:
    """Make a console that prints text unchanged."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else UNWRAPPED_WIDTH
    console = RichConsole(stderr=stderr, width=width, markup=False, highlight=False, emoji=False)
    if console.width < 1:  # COLUMNS=0, with which rich prints nothing
        console.width = shutil.get_terminal_size().columns
    return console


def command_name() -> str:
    """Return the words that call this command in the caller's shell and directory."""
    called = Path(sys.argv[0])
    if called.name != "spendsense":
        return "spendsense"
    on_path = shutil.which("spendsense")
    if on_path is not None and os.path.realpath(on_path) == os.path.realpath(called):
        return "spendsense"
    absolute = Path(os.path.abspath(called))  # noqa: PTH100 - resolve() would follow links
    here = Path.cwd()
    return shlex.quote(str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute))
