"""Applies the code unless nothing has changed since the last apply, and destroys what it created."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.console import Console
from ops.signals import from_now_on
from ops.terraform import apply_times, diagnostics, inputs, state
from ops.terraform.messages import Messages, Totals
from ops.terraform.saved_state import STATE
from ops.terraform.workspace import Workspace

APPLIED, UNFINISHED = "applied.json", "unfinished"
Existing = Callable[[Collection[str]], frozenset[str]]
INTERRUPTED = "Terraform was interrupted; running the same command again continues from what exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The end of an apply. totals: None when there was nothing to apply."""

    totals: Totals | None

    def as_json(self) -> dict[str, object]:
        if self.totals is None:
            return {"skipped": True}
        return {"skipped": False, "add": self.totals.add, "change": self.totals.change, "remove": self.totals.remove}


def apply(
    workspace: Workspace,
    arguments: Sequence[str],
    *,
    identity: str,
    existing: Existing,
    refresh: bool,
    console: Console,
) -> Applied:
    """Apply, unless the inputs equal those of the last successful apply and everything it created exists.

    identity: names the target. existing: the ARNs that exist now, in some regions. Errors: CouldNotApply.
    """
    before = fingerprint(workspace, arguments, identity)
    last = last_applied(workspace)
    if not refresh and last.inputs == before:
        gone = sorted(last.resources - existing(regions_of(last.resources)))
        if not gone:
            console.say("Terraform: nothing has changed since the last apply, so it is not run (`--refresh` runs it)")
            return Applied(totals=None)
        others = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
        console.say(f"Gone since the last apply: {gone[0]}{others}; applying again ...", style="yellow")
    (workspace.directory / APPLIED).unlink(missing_ok=True)
    (workspace.directory / UNFINISHED).touch()
    messages = carry_out(workspace, "apply", arguments, console)
    (workspace.directory / UNFINISHED).unlink()
    for each in messages.warnings:
        console.say(f"warning: {diagnostics.described(each)}", style="yellow")
    made = state.arns(workspace)
    # Not everything has tags: resources that are not listed now are not expected next time.
    listed = made & existing(regions_of(made))
    after = {"inputs": fingerprint(workspace, arguments, identity), "resources": sorted(listed)}
    (workspace.directory / APPLIED).write_text(json.dumps(after))
    return Applied(totals=messages.planned or Totals())


def is_unfinished(workspace: Workspace) -> bool:
    """Return whether the last apply failed, or was ended before it was done."""
    return (workspace.directory / UNFINISHED).exists()


def destroy(workspace: Workspace, arguments: Sequence[str], console: Console) -> Totals:
    """Destroy everything that is in the state. Errors: CouldNotApply."""
    (workspace.directory / APPLIED).unlink(missing_ok=True)
    return carry_out(workspace, "destroy", arguments, console).planned or Totals()


def carry_out(workspace: Workspace, verb: str, arguments: Sequence[str], console: Console) -> Messages:
    """Run `apply` or `destroy` with progress. Errors: CouldNotApply."""
    from_now_on(INTERRUPTED)
    with console.ticker() as tick:

        def show(messages: Messages) -> None:
            tick(messages.progress(in_steps=not console.is_interactive))

        ran = workspace.run(verb, "-auto-approve", "-input=false", *arguments, on_messages=show)
    if ran.status != 0 and diagnostics.is_disk_full(ran, workspace.directory):
        raise diagnostics.full_disk(verb, ran, workspace.directory)
    apply_times.keep(workspace.directory, ran.messages.watch)
    if ran.status != 0:
        raise diagnostics.error_of(verb, ran)
    return ran.messages


def fingerprint(workspace: Workspace, arguments: Sequence[str], identity: str) -> str:
    """Digest the inputs and the state: an apply by plain Terraform, or a lost state, makes a difference too."""
    state = workspace.code / STATE
    files = [state] if state.is_file() else []
    values = [path for path in map(Path, value_files(arguments)) if path.is_file()]
    texts = [workspace.identity, identity, *arguments, *(path.read_text() for path in values)]
    return inputs.digest(workspace.code, files, texts)


def value_files(arguments: Sequence[str]) -> list[str]:
    return [each.removeprefix("-var-file=") for each in arguments if each.startswith("-var-file=")]


def regions_of(arns: Iterable[str]) -> set[str]:
    """Return the regions of these ARNs; a global service's have none."""
    return {region for region in (arn.split(":")[3] for arn in arns) if region}


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The last successful apply. inputs: None when unknown. resources: the ARNs of its tagged resources."""

    inputs: str | None
    resources: frozenset[str] = frozenset()


def last_applied(workspace: Workspace) -> Last:
    try:
        written = json.loads((workspace.directory / APPLIED).read_text())
        return Last(inputs=str(written["inputs"]), resources=frozenset(map(str, written["resources"])))
    except (OSError, ValueError, KeyError, TypeError):
        return Last(inputs=None)
