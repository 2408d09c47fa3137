"""deploy.yml as it is, run by nektos/act on this machine: actions, docker and `spendsense` are stand-ins."""

import json
import sys
from pathlib import Path

import pytest

from tests.acceptance.act import OWN, PUSH, Checkout

DIGEST = "sha256:" + "1" * 64
MAKEFILE = "check test test-long:\n\t@echo $@ >> $(NOTES)/calls\n\t@! test -e $(NOTES)/fail-$@\n"
# The tag is there once the image was pushed.
DOCKER = f"""
case "$*" in
*"imagetools inspect"*) test -e "$NOTES/pushed" && echo {DIGEST};;
*"buildx build"*) echo push >> "$NOTES/calls"; touch "$NOTES/pushed";;
esac
"""
# What runs scripts is the real Python; `spendsense` answers what the test has written.
PYTHON = f"""
case "$*" in
"-m ops.cli.main history"*) echo '{{"deployments": []}}';;
"-m ops.cli.main promote"*)
    echo "$4 $5 $6 $7" >> "$NOTES/calls"
    cat "$NOTES/answer-$7"
    ! grep -q '"ok": false' "$NOTES/answer-$7";;
"scripts/check-provenance"*)
    echo "check $2 $3" >> "$NOTES/calls"
    ! test -e "$NOTES/not-signed";;
"-m ops.cli.main status"* | "-m pip"*) ;;
*) exec {sys.executable} "$@";;
esac
"""
VARIABLES = {"AWS_DEPLOY_ROLE_ARN": "role", "ECR_REGISTRY": "1.registry", "ECR_REPOSITORY": "backend"}
COPIED = (".github", "scripts", "ops", "app", "requirements.txt", "Dockerfile")


class Repository(Checkout):
    """A copy of what the workflow needs, with one commit on main."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, COPIED)
        (self.tree / "Makefile").write_text(MAKEFILE)
        # The stand-in answers for `spendsense`, and not the Python that runs the script.
        self.program("docker", DOCKER)
        self.program("python", PYTHON)
        for stage in ("dev", "staging", "prod"):
            self.answers(stage, ok=True)
        self.commit("One")

    def answers(self, stage: str, *, ok: bool) -> None:
        verdict = "deployed" if ok else "rolled_back"
        answer = {"ok": ok, "verdict": verdict, "message": verdict, "image": f"{stage}.registry/backend@{DIGEST}"}
        (self.notes / f"answer-{stage}").write_text(json.dumps(answer))

    def push(self, is_set_up: bool = True) -> tuple[int, str]:
        """Run the workflow for a push to main; return act's exit status and output."""
        ran = self.run("deploy.yml", "push", PUSH, VARIABLES if is_set_up else {})
        return ran.status, ran.output


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def promoted(source: str, stage: str) -> list[str]:
    """Return the calls of a stage: the image's signature is checked, then the image is shipped."""
    return [f"check {stage} {source}/backend@{DIGEST}", f"--image {source}/backend@{DIGEST} --to {stage}"]


def test_one_image_goes_through_every_stage_to_prod(repository: Repository) -> None:
    status, output = repository.push()
    assert status == 0, output
    assert repository.calls == [
        *("check", "test", "test-long", "push"),
        *promoted("1.registry", "dev"),
        *promoted("dev.registry", "staging"),
        *promoted("staging.registry", "prod"),
    ]
    assert "| prod | success |" in output


@pytest.mark.full
def test_a_repository_without_settings_is_green_and_says_that_nothing_is_set_up(repository: Repository) -> None:
    status, output = repository.push(is_set_up=False)
    assert status == 0, output
    assert repository.calls == ["check", "test", "test-long"]
    assert "### dev: not set up yet" in output


@pytest.mark.full
def test_a_commit_whose_tests_fail_is_not_built(repository: Repository) -> None:
    (repository.notes / "fail-test").touch()
    status, _ = repository.push()
    assert status != 0
    assert repository.calls == ["check", "test"]


@pytest.mark.full
def test_a_commit_that_fails_in_staging_never_reaches_prod(repository: Repository) -> None:
    repository.answers("staging", ok=False)
    status, output = repository.push()
    assert status != 0
    assert repository.calls[-2:] == promoted("dev.registry", "staging")
    assert "### staging: rolled back" in output


@pytest.mark.full
def test_an_image_without_a_signature_is_not_shipped(repository: Repository) -> None:
    (repository.notes / "not-signed").touch()
    status, _ = repository.push()
    assert status != 0
    assert repository.calls[-1] == promoted("1.registry", "dev")[0]


@pytest.mark.full
def test_where_github_does_not_sign_nothing_is_checked(repository: Repository) -> None:
    private = {**PUSH, "repository": {**OWN, "visibility": "private"}}
    ran = repository.run("deploy.yml", "push", private, VARIABLES)
    assert ran.status == 0, ran.output
    assert [each for each in repository.calls if each.startswith("check ")] == []
    assert repository.calls[-1] == promoted("staging.registry", "prod")[-1]
