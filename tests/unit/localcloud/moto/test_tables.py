"""moto's tables and AWS's models are read once."""

import subprocess
import sys

START = """
import sys
opened = []
sys.addaudithook(lambda event, found: opened.append(str(found[0])) if event == "open" else None)
import localcloud.environment
from localcloud.moto import patches, tables
tables.read_late()
patches.patch("ec2")
print(sum("/ec2/" in path and "service-2.json" in path for path in opened))
"""


def test_a_start_reads_the_model_of_ec2_once() -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]
