"""nektos/act: workflows of a checkout run as they are on this machine; published actions and programs are stand-ins."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.command import BIN, PROJECT

OWNER, NAME = "acme", "spendsense"
REPOSITORY = f"{OWNER}/{NAME}"
NOTHING = "name: nothing\nruns:\n  using: composite\n  steps:\n    - run: 'true'\n      shell: bash\n"
OWN = {
    "full_name": REPOSITORY,
    "name": NAME,
    "owner": {"login": OWNER},
    "default_branch": "main",
    "visibility": "public",
}
"""The repository as GitHub describes it in an event."""
IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.com")
PUSH: Mapping[str, object] = {"ref": "refs/heads/main", "repository": OWN}


def pull_request(head: str = REPOSITORY) -> dict[str, object]:
    """Return the event of a pull request. head: the repository that it comes from."""
    base = {"ref": "main", "repo": OWN}
    described = {"number": 7, "base": base, "head": {"ref": "change", "repo": {"full_name": head}}}
    return {"action": "opened", "number": 7, "repository": OWN, "pull_request": described}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """The exit status and the output of act."""

    status: int
    output: str


class Checkout:
    """A repository with a commit on main, beside it the stand-ins.

    notes: a directory for them, which they know as NOTES. tree: the work tree.
    """

    def __init__(self, directory: Path, copied: Iterable[str]) -> None:
        self.notes, self.tree = directory / "notes", directory / "tree"
        self._programs, self._actions = directory / "programs", directory / "actions"
        self._home = directory / "home"
        for each in (self.notes, self.tree, self._programs, self._actions, self._home):
            each.mkdir(parents=True)
        ignored = shutil.ignore_patterns("__pycache__", ".terraform*", "*.tfstate*")
        for name in copied:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(source, self.tree / name, ignore=ignored)
            else:
                shutil.copy(source, self.tree)
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
        self.action("nothing", NOTHING)

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *IDENTITY, *words], cwd=self.tree, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit the work tree; return the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def program(self, name: str, text: str) -> None:
        """Have steps find this shell script before the machine's own program."""
        (self._programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (self._programs / name).chmod(0o755)

    def action(self, name: str, text: str) -> None:
        """Replace a published action, such as actions/checkout; all others do nothing."""
        directory = self._directory_of(name)
        directory.mkdir()
        (directory / "action.yml").write_text(text)

    def run(
        self,
        workflow: str,
        event: str,
        payload: Mapping[str, object],
        variables: Mapping[str, str] = {},
        environment: Mapping[str, str] = {},
        timeout_s: float = 200,
    ) -> Ran:
        """Run a workflow for an event, with the repository's variables. environment: of the runner."""
        described = self.notes / "event.json"
        described.write_text(json.dumps(payload))
        words = [event, "-W", f".github/workflows/{workflow}", "-e", str(described), "-P", "ubuntu-24.04=-self-hosted"]
        words += [word for each in self._actions_used() for word in ("--local-repository", each)]
        words += [word for name, value in variables.items() for word in ("--var", f"{name}={value}")]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPENDSENSE_"))}
        more = {"HOME": str(self._home), "NOTES": str(self.notes), "PATH": f"{self._programs}:{os.environ['PATH']}"}
        done = subprocess.run(
            [BIN / "act", *words],
            cwd=self.tree,
            env={**kept, **more, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        return Ran(status=done.returncode, output=done.stdout)

    @property
    def calls(self) -> list[str]:
        """The lines that the stand-ins wrote in this run."""
        path = self.notes / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def _directory_of(self, action: str) -> Path:
        return self._actions / action.replace("/", "--")

    def _actions_used(self) -> list[str]:
        text = "".join(path.read_text() for path in (self.tree / ".github" / "workflows").glob("*.yml"))
        found = sorted(set(re.findall(r"uses: ([\w-]+/[\w-]+)@([0-9a-f]{40})", text)))
        places = {name: self._directory_of(name) for name, _ in found}
        nothing = self._directory_of("nothing")
        return [f"{name}@{sha}={place if (place := places[name]).exists() else nothing}" for name, sha in found]
