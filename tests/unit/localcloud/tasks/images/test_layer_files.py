"""Layers become files: later ones replace and remove, and nothing is written outside."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from localcloud.tasks.images.layer_files import Files, NoLayer, rewrite

MADE = 1_600_000_000
Entry = tuple[str, bytes | str | None]
"""(name, content; the target of a link; None for a directory)."""


def layer(path: Path, *entries: Entry, hard: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in entries:
            member = tarfile.TarInfo(name)
            if content is None:
                member.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
            else:
                member.size, member.mode = len(content), 0o755 if name.endswith(".sh") else 0o644
                member.mtime = MADE
            archive.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
        for name, target in (hard or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.LNKTYPE, target
            archive.addfile(member)
    return path


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "root").mkdir()
    return Files(tmp_path / "root", "/srv")


def found(files: Files) -> list[str]:
    return sorted(str(path.relative_to(files.root)) for path in files.root.rglob("*") if not path.is_dir())


def test_the_images_own_files_are_taken_and_the_systems_are_not(files: Files, tmp_path: Path) -> None:
    own: list[Entry] = [("./srv/app.py", b"x"), ("/job/run.sh", b"y"), ("home", None)]
    system: list[Entry] = [("usr/bin/x", b"x"), ("etc/passwd", b"x"), ("lib", "usr/lib"), ("entry", b"x")]
    files.apply(layer(tmp_path / "1", *own, *system, hard={"srv/same.py": "srv/app.py"}))
    assert found(files) == ["job/run.sh", "srv/app.py", "srv/same.py"]
    assert os.access(files.root / "job/run.sh", os.X_OK)
    status = (files.root / "srv/app.py").stat()
    assert (status.st_mode & 0o777, status.st_mtime) == (0o444, MADE), "else Python would not use its bytecode"


def test_the_working_directory_is_taken_wherever_it_is(tmp_path: Path) -> None:
    files = Files(tmp_path / "root", "/usr/src/app")
    files.root.mkdir()
    files.apply(layer(tmp_path / "1", ("usr/src/app/a", b"a"), ("usr/src/b", b"b")))
    assert found(files) == ["usr/src/app/a"]


def test_a_layer_replaces_and_removes_what_is_below_it(files: Files, tmp_path: Path) -> None:
    files.apply(layer(tmp_path / "1", ("srv/a", b"1"), ("srv/b", b"1"), ("srv/c/d", b"1"), ("opt/x/y", b"1")))
    files.apply(layer(tmp_path / "2", ("srv/a", b"2"), ("srv/.wh.b", b""), ("srv/.wh.c", b""), ("opt/x", "/srv/a")))
    assert found(files) == ["opt/x", "srv/a"]
    assert (files.root / "opt/x").read_bytes() == b"2"  # the link leads to the image's /srv
    files.apply(layer(tmp_path / "3", ("srv/.wh..wh..opq", b""), ("srv/new", b"3")))
    assert found(files) == ["opt/x", "srv/new"]


@pytest.mark.parametrize(
    "entries",
    [
        [("srv/../../out", b"x")],
        [("srv/.wh...", b"")],
        [("srv/link", "/etc"), ("srv/link/passwd", b"x")],
        [("srv/link", "../.."), ("srv/link/out", b"x")],
    ],
)
def test_nothing_is_written_outside(entries: list[Entry], files: Files, tmp_path: Path) -> None:
    with pytest.raises(NoLayer, match="leads out of the image"):
        files.apply(layer(tmp_path / "1", *entries))
    assert not (tmp_path / "out").exists()


def test_what_is_not_a_tar_or_ends_early_is_said(files: Files, tmp_path: Path) -> None:
    whole = layer(tmp_path / "1", ("srv/a", os.urandom(4096)))
    for content in (b"\x28\xb5\x2f\xfd not for us", whole.read_bytes()[:2000], gzip.compress(b"no tar" * 200)):
        (tmp_path / "2").write_bytes(content)
        with pytest.raises(NoLayer, match="should be a tar"):
            files.apply(tmp_path / "2")


def test_rewriting_a_file_leaves_its_hard_links(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"old")
    one.chmod(0o555)
    other.hardlink_to(one)
    rewrite(one, b"new")
    assert (one.read_bytes(), one.stat().st_mode & 0o777, other.read_bytes()) == (b"new", 0o555, b"old")
