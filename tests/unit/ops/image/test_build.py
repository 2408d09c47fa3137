"""`spendsense build` outside the local environment."""

from pathlib import Path

import pytest

from ops.environment import Environment, EnvironmentName
from ops.errors import Misuse
from ops.image import build


def test_images_are_not_built_for_aws(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="prod runs container images"):
        build.image_store(Environment(name=EnvironmentName.PROD, region="us-west-1"))
