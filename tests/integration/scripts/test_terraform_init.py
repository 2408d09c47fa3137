"""scripts/terraform-init: which packages of the provider it takes. Terraform is a stand-in here."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
CHECKSUMS = (PROJECT / "infrastructure" / "provider-checksums").read_text()
VERSION = re.findall(r"^(\S+) \S+ h1:", CHECKSUMS, re.MULTILINE)[0]
LINUX = re.findall(r"^\S+ linux_amd64 (h1:\S+)", CHECKSUMS, re.MULTILINE)[0]
ARCHIVES = re.findall(rf"^{re.escape(VERSION)} any (zh:[0-9a-f]{{64}})$", CHECKSUMS, re.MULTILINE)
TERRAFORM = """#!/bin/sh
case $1 in
init) cp noted .terraform.lock.hcl ;;
version) printf '{{\\n  "terraform_version": "1.6.6",\\n  "platform": "{platform}"\\n}}\\n' ;;
esac
"""


def taken(tmp_path: Path, platform: str, noted: list[str]) -> subprocess.CompletedProcess[str]:
    """Run it on a machine of this platform, where Terraform notes these checksums of what it installed."""
    for name in ("scripts", "infrastructure"):
        (tmp_path / name).mkdir()
    shutil.copy(PROJECT / "scripts" / "terraform-init", tmp_path / "scripts")
    (tmp_path / "infrastructure" / "provider-checksums").write_text(CHECKSUMS)
    (tmp_path / "noted").write_text("".join(f'    "{each}",\n' for each in noted))
    terraform = tmp_path / "terraform"
    terraform.write_text(TERRAFORM.format(platform=platform))
    terraform.chmod(0o755)
    return subprocess.run(
        [tmp_path / "scripts" / "terraform-init", "none"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "TERRAFORM": str(terraform)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_release_has_an_archive_for_each_platform_and_its_manifest() -> None:
    assert len(set(ARCHIVES)) == len(ARCHIVES) == 15


@pytest.mark.parametrize(
    ("platform", "noted"),
    [
        ("linux_amd64", [LINUX]),  # from a mirror on disk
        ("linux_amd64", [LINUX, *ARCHIVES]),
        ("linux_arm64", ["h1:of-this-platform=", *ARCHIVES]),
        ("darwin_arm64", ["h1:of-this-platform=", *reversed(ARCHIVES)]),
    ],
)
def test_a_package_of_the_release_is_taken(tmp_path: Path, platform: str, noted: list[str]) -> None:
    done = taken(tmp_path, platform, noted)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("platform", "noted", "said"),
    [
        ("linux_amd64", ["h1:another=", *ARCHIVES], "is not the one of"),
        ("linux_arm64", ["h1:another=", *ARCHIVES[1:]], "is not of the release in"),
        ("linux_arm64", ["h1:another=", *ARCHIVES, f"zh:{'0' * 64}"], "is not of the release in"),
        ("darwin_arm64", ["h1:another=", f"zh:{'0' * 64}", *ARCHIVES[1:]], "is not of the release in"),
        ("darwin_arm64", ["h1:another="], "no checksum of the AWS provider"),
    ],
)
def test_any_other_is_refused(tmp_path: Path, platform: str, noted: list[str], said: str) -> None:
    done = taken(tmp_path, platform, noted)
    assert done.returncode == 1
    assert said in done.stderr
