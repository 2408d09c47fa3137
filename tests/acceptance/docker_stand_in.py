"""`docker` as infrastructure/README.md uses it; it pushes an image that the local cloud can run."""

import json
import os
import re
import sys
from pathlib import Path

from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import Environment, EnvironmentName, LocalEndpoint
from ops.image import build

LOCAL_CLOUD = Path(os.environ["LOCAL_CLOUD"])
BUILT = LOCAL_CLOUD.parent / "built-by-docker.json"


def log_in(arguments: list[str]) -> None:
    """Log in with the password on standard input."""
    assert arguments[:3] == ["--username", "AWS", "--password-stdin"], arguments
    assert sys.stdin.read().strip(), "no password"


def build_image(arguments: list[str]) -> None:
    """Store what is to be pushed."""
    reported = re.fullmatch(r"--tag (\S+) --build-arg REVISION=([0-9a-f]{40}) (\S+)", " ".join(arguments))
    assert reported, arguments
    context = Path(reported[3]).resolve()
    assert (context / "Dockerfile").is_file(), f"no Dockerfile in {context}"
    BUILT.write_text(json.dumps({reported[1]: str(context)}))


def push(arguments: list[str]) -> None:
    """Make the image of that tree in the local cloud's store, and register it."""
    (name,) = arguments
    context = json.loads(BUILT.read_text())[name]
    reported = json.loads((LOCAL_CLOUD / "endpoint.json").read_text())
    local = LocalEndpoint(
        endpoint=reported["endpoint"],
        region=reported["region"],
        account_id=reported["account_id"],
        pid=reported["pid"],
        image_store=Path(reported["image_store"]),
        speed=reported["speed"],
    )
    aws = Aws(Environment(name=EnvironmentName.LIKE_DEV, region=local.region, local=local))
    created = build.run(aws, build.Options(source=Path(context), tag=name.rpartition(":")[2]), Console())
    assert created.image.partition("@")[0] == name.rpartition(":")[0], created.image


{"login": log_in, "build": build_image, "push": push}[sys.argv[1]](sys.argv[2:])
