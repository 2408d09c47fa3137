"""Options that several commands share, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

from ops.environment import EnvironmentName

Env = Annotated[EnvironmentName, typer.Option("--env", "-e", envvar="SPENDSENSE_ENV", help="Where to act.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and stop before the first effect.")]
Source = Annotated[
    Path,
    typer.Option("--source", exists=True, file_okay=False, help="Source tree to build.", show_default="this project"),
]
Tag = Annotated[str | None, typer.Option("--tag", help="Image tag.", show_default="from the commit")]
Timeout = Annotated[float | None, typer.Option("--timeout", min=1, metavar="SECONDS", help="Give up after so long.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
