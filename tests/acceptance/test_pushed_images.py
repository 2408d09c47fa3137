"""The steps of the document's workflow, taken literally, with a container engine: log in, build, push, update-service.

Decision D-a: `--force-new-deployment` ships nothing new, because a task definition names its image by digest; `deploy`
ships the image that was pushed.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.image.registry import COMMAND, ENVIRONMENT, SCHEMA_HEAD_LABEL
from ops.image.source import application_files, schema_head
from ops.image.unpack import compile_bytecode
from tests.acceptance.command import BIN, PROJECT, Spendsense, client
from tests.acceptance.container_engine import Engine, containerfile, engine_in

pytestmark = pytest.mark.full

CLUSTER, SERVICE, CONTAINER = "spendsense-local", "spendsense-backend", "backend"


@pytest.fixture(scope="module", autouse=True)
def as_processes() -> Iterator[None]:
    """Have pushed images run as processes, even if there is a container engine."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPENDSENSE_CONTAINER_ENGINE", "none")
        yield


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return engine_in(tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="module")
def logged_in(engine: Engine, up: Any, spendsense: Spendsense) -> Engine:
    """Log in as the deploy role, whose policy is enforced."""
    engine.log_in(up["registry"], aws(spendsense, "ecr", "get-login-password").strip())
    return engine


def aws(spendsense: Spendsense, *words: str) -> str:
    """Run the AWS CLI as the role for deploys."""
    endpoint = {"AWS_ENDPOINT_URL": json.loads((spendsense.home / "local/endpoint.json").read_text())["endpoint"]}
    settings = {"AWS_DEFAULT_REGION": "us-west-1", "AWS_PAGER": "", **endpoint}
    done = subprocess.run(
        [BIN / "aws", *words],
        env={**os.environ, **spendsense.environment_of("deploy"), **settings},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


def backend(context: Path, image_store: Path) -> Path:
    """Make a build context with the backend and its virtual environment, for an image without a base."""
    (layer,) = (image_store / "layers").iterdir()
    shutil.copytree(layer, context / "venv", symlinks=True)
    shutil.copytree(PROJECT / "app", context / "app", ignore=shutil.ignore_patterns("__pycache__"))
    assert compile_bytecode(context / "app")[0]
    text = containerfile(
        {"venv": "/opt/venv", "app": "/srv/app"},
        ["PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin", *ENVIRONMENT],
        json.dumps(COMMAND),
        {SCHEMA_HEAD_LABEL: str(schema_head(application_files(PROJECT)))},
    )
    (context / "Dockerfile").write_text(text)
    return context


def running(up: Any) -> dict[str, str]:
    """Return each running task -> the digest of its backend's image."""
    ecs = client(up, "ecs")
    arns = ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    found = {}
    for task in tasks:
        if task["lastStatus"] == "RUNNING":
            (container,) = (each for each in task["containers"] if each["name"] == CONTAINER)
            found[task["taskArn"]] = container["imageDigest"]
    return found


def test_the_documents_steps_push_an_image_and_ship_nothing_until_it_is_deployed(
    up: Any, spendsense: Spendsense, logged_in: Engine, image_store: Path, tmp_path: Path
) -> None:
    image = f"{up['registry']}/{SERVICE}:from-engine"
    logged_in.build(image, backend(tmp_path, image_store))
    logged_in.push(image)
    (described,) = client(up, "ecr").describe_images(repositoryName=SERVICE, imageIds=[{"imageTag": "from-engine"}])[
        "imageDetails"
    ]
    before = running(up)

    where = ("--cluster", CLUSTER)
    aws(spendsense, "ecs", "update-service", *where, "--service", SERVICE, "--force-new-deployment")
    aws(spendsense, "ecs", "wait", "services-stable", *where, "--services", SERVICE)
    forced = running(up)
    assert not forced.keys() & before.keys(), "every task is a new one"
    assert set(forced.values()) == set(before.values()), "and runs the image of before"

    spendsense("wait")  # until ECS has watched the alarms, too
    # On a busy machine requests may fail while tasks start; other tests are about those.
    deployed = spendsense("deploy", "--tag", "from-engine", expect=None)
    assert set(running(up).values()) == {described["imageDigest"]}, deployed.stdout + deployed.stderr
    assert httpx.get(f"{up['url']}/version").json()["revision"] == "from-engine"

    spendsense("down")
    assert set(running(spendsense.json("up", "--port", "0")).values()) == {described["imageDigest"]}


def test_an_image_that_no_process_can_run_stops_its_tasks_and_says_why(
    spendsense: Spendsense, engine: Engine, tmp_path: Path
) -> None:
    up = spendsense.json("up")
    engine.log_in(up["registry"], aws(spendsense, "ecr", "get-login-password").strip())
    (tmp_path / "file").write_text("no backend")
    (tmp_path / "Dockerfile").write_text(containerfile({"file": "/srv/file"}, ["PATH=/usr/bin:/bin"], '["sh"]'))
    image = f"{up['registry']}/{SERVICE}"
    engine.build(f"{image}:bare", tmp_path)
    engine.push(f"{image}:bare")
    serving = running(up)
    refused = spendsense("deploy", "--tag", "bare", expect=1)
    assert "CannotPullContainerError" in refused.stdout + refused.stderr
    assert "should be in a virtual environment" in refused.stdout + refused.stderr
    assert running(up) == serving

    # Tags do not move.
    (tmp_path / "file").write_text("another")
    engine.build(f"{image}:bare", tmp_path)
    assert "cannot be overwritten because the tag is immutable" in engine.push(f"{image}:bare", expect=None)
