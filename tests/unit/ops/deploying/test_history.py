"""`spendsense history`, and the revisions that shell completion offers."""

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.deploying import history
from tests.unit.ops.deploying.scripted_history import FAILED, ServiceWithHistory, image


def test_history_shows_how_each_deployment_ended_and_which_revision_serves(
    service_history: ServiceWithHistory, scripted: Aws
) -> None:
    reported = history.run(scripted, history.Options(), Console())
    newest, failed, first = reported.as_json()["deployments"]  # type: ignore[misc]
    assert (newest["revision"], newest["serves"], newest["tags"], newest["duration_s"]) == (7, True, ["v7"], 10.0)
    assert (failed["status"], failed["reason"]) == (FAILED, "tasks failed to start.")
    assert (first["id"], first["strategy"], first["image"], first["serves"]) == ("d1", "rolling", image(5), False)


def test_history_reads_as_many_pages_as_are_requested(service_history: ServiceWithHistory, scripted: Aws) -> None:
    for revision in (8, 9, 8, 9):
        service_history.happened(revision)
    assert len(history.run(scripted, history.Options(limit=7), Console()).entries) == 7
    assert [each.past.deployment.id for each in history.run(scripted, history.Options(limit=2), Console()).entries] == [
        "d7",
        "d6",
    ]


def test_history_says_when_an_image_is_gone(
    service_history: ServiceWithHistory, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    service_history.gone = {5}
    history.run(scripted, history.Options(), Console()).show(Console())
    assert "image gone" in capsys.readouterr().out.splitlines()[-1]


def test_history_says_that_a_deployment_without_an_image_ran_no_task(
    service_history: ServiceWithHistory, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    service_history.never_deployed = {5}
    reported = history.run(scripted, history.Options(), Console())
    reported.show(Console())
    assert [each["ran"] for each in reported.as_json()["deployments"]] == [True, True, False]  # type: ignore[attr-defined]
    assert "successful, no task ran" in capsys.readouterr().out.splitlines()[-1]
    assert history.choices(scripted, "") == [("7", image(7))]


def test_shell_completion_offers_the_revisions_that_have_served(
    service_history: ServiceWithHistory, scripted: Aws
) -> None:
    assert history.choices(scripted, "") == [("7", image(7)), ("5", image(5))]
    assert history.choices(scripted, "5") == [("5", image(5))]
