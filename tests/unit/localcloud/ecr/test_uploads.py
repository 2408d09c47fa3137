"""Uploads: parts in order, verified at the end, given up after a time."""

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

import pytest

from localcloud.ecr.blobs import Blobs
from localcloud.ecr.refusals import RegistryError
from localcloud.ecr.uploads import IDLE_S, Uploads
from localcloud.machine.clock import Clock


class Broken(io.BytesIO):
    """Content whose end cannot be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        if found := super().read(3):
            return found
        raise OSError("gone")


def uploads_in(directory: Path, now_s: list[float]) -> Uploads:
    blobs = Blobs(directory / "blobs", "http://localhost", Clock())
    return Uploads(directory / "uploads", blobs, lambda: now_s[0])


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


async def test_a_part_that_fails_halfway_can_be_sent_again(tmp_path: Path) -> None:
    uploads = uploads_in(tmp_path, [0.0])
    upload = uploads.begin("a")
    await uploads.append(upload, io.BytesIO(b"one,"))
    broken: BinaryIO = Broken(b"two!")
    with pytest.raises(OSError, match="gone"):
        await uploads.append(upload, broken)
    assert upload.size == 4
    await uploads.append(upload, io.BytesIO(b"two"), "4-6")
    assert await uploads.finish(upload, digest_of(b"one,two")) == 7
    assert (tmp_path / "blobs" / digest_of(b"one,two")[7:]).read_bytes() == b"one,two"
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_an_upload_with_another_digest_is_gone(tmp_path: Path) -> None:
    uploads = uploads_in(tmp_path, [0.0])
    upload = uploads.begin("a")
    with pytest.raises(RegistryError) as caught:
        await uploads.finish(upload, digest_of(b"x"))
    assert caught.value.code == "DIGEST_INVALID"
    with pytest.raises(RegistryError, match="begin it again"):
        uploads.find("a", upload.id)
    assert not upload.path.exists()


async def test_an_upload_belongs_to_its_repository_and_ends_when_idle(tmp_path: Path) -> None:
    now_s = [0.0]
    uploads = uploads_in(tmp_path, now_s)
    idle, used = uploads.begin("a"), uploads.begin("a")
    with pytest.raises(RegistryError):
        uploads.find("b", used.id)
    now_s[0] = IDLE_S
    await uploads.append(used, io.BytesIO(b"x"))
    now_s[0] = IDLE_S + 1
    uploads.begin("a")
    assert (idle.path.exists(), used.path.exists()) == (False, True)
    assert not uploads_in(tmp_path, now_s)._directory.exists(), "those of an earlier run are removed"
