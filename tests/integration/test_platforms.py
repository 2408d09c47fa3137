"""Locked dependencies have a wheel for each platform the README names, with a hash that the file lists."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The oldest systems that every wheel runs on: glibc 2.31 (Debian 11, Ubuntu 20.04) and macOS 15, both because of Envoy.
PLATFORMS = ("x86_64-manylinux_2_31", "aarch64-manylinux_2_31", "aarch64-apple-darwin")
OLDEST_MACOS = "15.0"
# dev.txt holds all others but uv's own.
FILES = ("requirements/dev.txt", "requirements.txt", "requirements/bootstrap.txt")
UNREACHABLE = ("error sending request", "Failed to fetch", "dns error", "network")


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("file", FILES)
def test_every_locked_dependency_has_a_wheel(file: str, platform: str, tmp_path: Path) -> None:
    uv = Path(sys.prefix) / "bin" / "uv"
    command = [uv, "pip", "install", "--dry-run", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    command += ["--python", sys.executable, "--python-platform", platform, "--target", str(tmp_path), "-r", file]
    environment = os.environ | {"MACOSX_DEPLOYMENT_TARGET": OLDEST_MACOS}
    resolved = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    if resolved.returncode != 0 and any(sign in resolved.stderr for sign in UNREACHABLE):
        pytest.skip(f"the package registry cannot be reached: {resolved.stderr[-200:]}")
    assert resolved.returncode == 0, resolved.stderr
