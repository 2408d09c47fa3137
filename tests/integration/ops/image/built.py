"""Images built from a source tree."""

from pathlib import Path

from ops.aws.clients import Aws
from ops.console import Console
from ops.image import build


def build_image(aws: Aws, source: Path, tag: str | None = None) -> build.Built:
    return build.run(aws, build.Options(source=source, tag=tag), Console())


def application_of(aws: Aws, built: build.Built) -> Path:
    assert aws.environment.local is not None
    return aws.environment.local.image_store / "layers" / built.layers[1].digest.removeprefix("sha256:")
