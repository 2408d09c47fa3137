"""scripts/ship: what a stage of the workflow ships, skips and reports. `spendsense` is a stand-in here."""

import importlib.util
import json
import subprocess
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "ship"
IMAGE = "123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend@sha256:" + "1" * 64


def loaded() -> Any:
    loader = SourceFileLoader("ship", str(SCRIPT))
    spec = importlib.util.spec_from_loader("ship", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def commit(directory: Path, text: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *identity, "commit", "-q", "--allow-empty", "-m", text], cwd=directory, check=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Stage:
    """A repository of three commits, and an environment in which one of them serves."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        subprocess.run(["git", "init", "-q"], cwd=directory, check=True)
        self.commits = [commit(directory, text) for text in ("One", "Two", "Three")]
        self.answer: dict[str, Any] = {
            "ok": True,
            "verdict": "deployed",
            "message": "Deployed: revision 7",
            "image": IMAGE,
        }
        for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            monkeypatch.setenv(name, str(directory / name))
            (directory / name).touch()
        monkeypatch.chdir(directory)

    def ships(self, number: int, serving: str | None) -> int:
        entry = {"app_revision": serving, "serves": True}
        (self.directory / "history").write_text(json.dumps({"deployments": [entry] if serving else []}))
        (self.directory / "promote").write_text(json.dumps(self.answer))
        program = self.directory / "spendsense"
        status = 0 if self.answer["ok"] else 1
        program.write_text(f'#!/bin/sh\necho "$@" > asked-$1\ncat $1\n[ $1 = history ] || exit {status}\n')
        program.chmod(0o755)
        module = loaded()
        module.SPENDSENSE = (str(program),)
        result: int = module.main(
            ["--to", "dev", "--image", IMAGE, "--commit", self.commits[number], "--timeout", "60"]
        )
        return result

    def read(self, name: str) -> str:
        return (self.directory / name).read_text()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def test_an_image_is_promoted_and_handed_to_the_next_stage(stage: Stage) -> None:
    assert stage.ships(2, stage.commits[0]) == 0
    assert stage.read("asked-promote").strip() == f"promote --image {IMAGE} --to dev --timeout 60 --json"
    assert stage.read("GITHUB_OUTPUT") == f"image={IMAGE}\n"
    page = stage.read("GITHUB_STEP_SUMMARY")
    assert "### dev: deployed" in page
    assert "Two" in page
    assert "Three" in page
    assert "One" not in page


def test_a_commit_that_a_later_one_has_overtaken_is_not_shipped_and_that_is_said(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stage.ships(1, stage.commits[2]) == 0
    assert not (stage.directory / "asked-promote").exists()
    assert stage.read("GITHUB_OUTPUT") == ""
    assert f"the later commit {stage.commits[2][:12]} serves there" in stage.read("GITHUB_STEP_SUMMARY")
    assert "::notice title=Superseded::" in capsys.readouterr().out


@pytest.mark.parametrize("serving", [None, "src-0123456789ab"])
def test_what_serves_need_be_no_commit(stage: Stage, serving: str | None) -> None:
    assert stage.ships(0, serving) == 0
    assert stage.read("GITHUB_OUTPUT") == f"image={IMAGE}\n"


def test_a_failed_deployment_ends_the_stage_without_an_image(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    requests = {"requests": 8, "failed": 2}
    deploy = {
        "class": "alarm",
        "cause": "alarm: an alarm went off",
        "traffic": {"before": requests, "during": requests},
        "next_steps": ["correct it", "spendsense status"],
    }
    message = "Not deployed: revision 7 failed\nalarm went off"
    stage.answer = {"ok": False, "verdict": "rolled_back", "message": message, "deploy": deploy}
    assert stage.ships(2, stage.commits[0]) == 1
    assert stage.read("GITHUB_OUTPUT") == ""
    assert "### dev: rolled back" in stage.read("GITHUB_STEP_SUMMARY")
    page = stage.read("GITHUB_STEP_SUMMARY")
    assert "- cause: alarm: an alarm went off" in page
    assert "- requests: before 8, 2 failed; during 8, 2 failed" in page
    assert "- next: correct it; spendsense status" in page
    annotated = "::error title=dev: rolled_back (alarm)::Not deployed: revision 7 failed%0Aalarm went off"
    assert f"{annotated}%0Aalarm: an alarm went off%0Anext: correct it\n" in capsys.readouterr().out


def test_an_error_without_a_result_is_annotated_with_its_class(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.answer = {"ok": False, "error": "NotReachable", "message": "AWS did not respond", "class": "endpoint_gone"}
    stage.answer["next_step"] = "look again"
    assert stage.ships(2, stage.commits[0]) == 1
    said = "::error title=dev: NotReachable (endpoint_gone)::AWS did not respond%0Anext: look again"
    assert said in capsys.readouterr().out
    assert "- cause: endpoint_gone" in stage.read("GITHUB_STEP_SUMMARY")
