"""moto's tables and AWS's models are read once."""

import subprocess
import sys
from pathlib import Path

import moto

START = """
import sys
opened = []
sys.addaudithook(lambda event, found: opened.append(str(found[0])) if event == "open" else None)
import localcloud.environment
from localcloud.moto import patches, tables
tables.read_late()
patches.patch("ec2")
opened_at_start = list(opened)
import moto.ec2.models
from localcloud.protocol.service_models import service_model
from moto.core.utils import get_service_model
assert service_model("ec2").shape_names and get_service_model("ec2").shape_names
for paths in (opened_at_start, opened):
    print(sum("/ec2/" in path and "service-2.json" in path for path in paths))
"""


def test_the_model_of_ec2_is_read_on_first_use_and_once() -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1"]


def test_moto_adds_nothing_to_the_models() -> None:
    """Otherwise its additions need a loader of its own."""
    assert list(Path(moto.__file__).parent.rglob("*.moto-extras.json")) == []
