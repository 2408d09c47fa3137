"""deploy.yml as it is, run by nektos/act on this machine: actions, docker and `spendsense` are stand-ins."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.command import BIN, PROJECT

ACT_S = 200
DIGEST = "sha256:" + "1" * 64
NOTHING = "name: nothing\nruns:\n  using: composite\n  steps:\n    - run: 'true'\n      shell: bash\n"
MAKEFILE = "check test:\n\t@echo $@ >> $(NOTES)/calls\n\t@! test -e $(NOTES)/fail-$@\n"
# The tag is there once the image was pushed.
DOCKER = f"""#!/bin/sh
case "$*" in
*"imagetools inspect"*) test -e "$NOTES/pushed" && echo {DIGEST};;
*"buildx build"*) echo push >> "$NOTES/calls"; touch "$NOTES/pushed";;
esac
"""
# What runs scripts is the real Python; `spendsense` answers what the test has written.
PYTHON = f"""#!/bin/sh
case "$*" in
"-m ops.cli.main history"*) echo '{{"deployments": []}}';;
"-m ops.cli.main promote"*)
    echo "$4 $5 $6 $7" >> "$NOTES/calls"
    cat "$NOTES/answer-$7"
    ! grep -q '"ok": false' "$NOTES/answer-$7";;
"-m ops.cli.main status"* | "-m pip"*) ;;
*) exec {sys.executable} "$@";;
esac
"""
VARIABLES = ("AWS_DEPLOY_ROLE_ARN=role", "ECR_REGISTRY=1.registry", "ECR_REPOSITORY=backend")


class Repository:
    """A copy of what the workflow needs, with one commit on main."""

    def __init__(self, directory: Path) -> None:
        self.notes = directory / "notes"
        self.tree = directory / "tree"
        self.programs = directory / "programs"
        self.action = directory / "nothing"
        for each in (self.notes, self.tree, self.programs, self.action, directory / "home"):
            each.mkdir()
        for name in (".github", "scripts", "ops", "app"):
            shutil.copytree(PROJECT / name, self.tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("requirements.txt", "Dockerfile"):
            shutil.copy(PROJECT / name, self.tree)
        (self.tree / "Makefile").write_text(MAKEFILE)
        # The stand-in answers for `spendsense`, and not the Python that runs the script.
        for name, text in (("docker", DOCKER), ("python", PYTHON)):
            (self.programs / name).write_text(text)
            (self.programs / name).chmod(0o755)
        (self.action / "action.yml").write_text(NOTHING)
        for stage in ("dev", "staging", "prod"):
            self.answers(stage, ok=True)
        for words in (
            ("init", "-q", "-b", "main"),
            ("remote", "add", "origin", "https://github.com/acme/spendsense.git"),
            ("add", "-A"),
            ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "One"),
        ):
            subprocess.run(["git", *words], cwd=self.tree, check=True)

    def answers(self, stage: str, *, ok: bool) -> None:
        verdict = "deployed" if ok else "rolled_back"
        answer = {"ok": ok, "verdict": verdict, "message": verdict, "image": f"{stage}.registry/backend@{DIGEST}"}
        (self.notes / f"answer-{stage}").write_text(json.dumps(answer))

    def push(self, *variables: str) -> tuple[int, str]:
        """Run the workflow for a push to main; return act's exit status and output."""
        event = self.notes / "event.json"
        owner = {
            "full_name": "acme/spendsense",
            "name": "spendsense",
            "owner": {"login": "acme"},
            "default_branch": "main",
        }
        event.write_text(json.dumps({"ref": "refs/heads/main", "repository": owner}))
        text = "".join(path.read_text() for path in (self.tree / ".github" / "workflows").glob("*.yml"))
        actions = sorted(set(re.findall(r"uses: ([\w-]+/[\w-]+@[0-9a-f]{40})", text)))
        words = [
            BIN / "act",
            "push",
            "-W",
            ".github/workflows/deploy.yml",
            "-e",
            event,
            "-P",
            "ubuntu-24.04=-self-hosted",
        ]
        words += [word for each in actions for word in ("--local-repository", f"{each}={self.action}")]
        words += [word for each in variables for word in ("--var", each)]
        done = subprocess.run(
            words,
            cwd=self.tree,
            env={
                **os.environ,
                "HOME": str(self.notes.parent / "home"),
                "NOTES": str(self.notes),
                "PATH": f"{self.programs}:{os.environ['PATH']}",
            },
            capture_output=True,
            text=True,
            timeout=ACT_S,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def calls(self) -> list[str]:
        return (self.notes / "calls").read_text().splitlines()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def promoted(source: str, stage: str) -> str:
    return f"--image {source}/backend@{DIGEST} --to {stage}"


def test_one_image_goes_through_every_stage_to_prod(repository: Repository) -> None:
    status, output = repository.push(*VARIABLES)
    assert status == 0, output
    assert repository.calls == [
        *("check", "test", "push"),
        promoted("1.registry", "dev"),
        promoted("dev.registry", "staging"),
        promoted("staging.registry", "prod"),
    ]
    assert "| prod | success |" in output


@pytest.mark.full
def test_a_repository_without_settings_is_green_and_says_that_nothing_is_set_up(repository: Repository) -> None:
    status, output = repository.push()
    assert status == 0, output
    assert repository.calls == ["check", "test"]
    assert "### dev: not set up yet" in output


@pytest.mark.full
def test_a_commit_whose_tests_fail_is_not_built(repository: Repository) -> None:
    (repository.notes / "fail-test").touch()
    status, _ = repository.push(*VARIABLES)
    assert status != 0
    assert repository.calls == ["check", "test"]


@pytest.mark.full
def test_a_commit_that_fails_in_staging_never_reaches_prod(repository: Repository) -> None:
    repository.answers("staging", ok=False)
    status, output = repository.push(*VARIABLES)
    assert status != 0
    assert repository.calls[-1] == promoted("dev.registry", "staging")
    assert "### staging: rolled back" in output
