"""The files of an image's layers, without those of the operating system (OCI Image Specification, "Layer")."""

import os
import shutil
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

SYSTEM = frozenset({"bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "media", "mnt", "proc", "run",
                    "sbin", "sys", "tmp", "usr", "var"})  # fmt: skip
REMOVED, OPAQUE = ".wh.", ".wh..wh..opq"
"""Names by which a layer removes a file of the layers below it, or all that a directory has."""


class NoLayer(Exception):
    """The file is not a layer that can be unpacked."""


@dataclass(frozen=True)
class Files:
    """The files of an image in `root`. `working_directory`: unpacked wherever it is, such as `/usr/src/app`."""

    root: Path
    working_directory: str

    def apply(self, blob: Path) -> None:
        """Add a layer's files to those of the layers below it. Errors: NoLayer; OSError."""
        try:
            with tarfile.open(blob, "r|*") as archive:
                for member in archive:
                    self._apply(archive, member)
        except (tarfile.TarError, EOFError) as exc:
            raise NoLayer(f"should be a tar, plain or compressed by gzip ({exc})") from exc

    def _is_own(self, parts: Sequence[str]) -> bool:
        work = PurePosixPath(self.working_directory).parts[1:]
        return parts[0] not in SYSTEM or (len(work) > 1 and tuple(parts[: len(work)]) == work)

    def _apply(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        parts = PurePosixPath("/", member.name).parts[1:]
        if not parts or not self._is_own(parts) or (len(parts) == 1 and not member.isdir()):
            return
        directory, name = self.root.joinpath(*parts[:-1]), parts[-1]
        self._check_inside(directory, member.name)
        removed = name.removeprefix(REMOVED)
        if ".." in parts or removed in (".", ".."):
            raise NoLayer(f"{member.name}: leads out of the image")
        if name == OPAQUE:
            for each in list(directory.iterdir()) if directory.is_dir() else ():
                _remove(each)
        elif name != removed:
            _remove(directory / removed)
        elif not (member.isdir() and (directory / name).is_dir() and not (directory / name).is_symlink()):
            _remove(directory / name)
            directory.mkdir(parents=True, exist_ok=True)
            self._make(archive, member, directory / name, len(parts) - 1)

    def _make(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path, depth: int) -> None:
        """Create a layer's entry at a path; devices are left out. `depth`: number of directories below the root."""
        if member.isdir():
            path.mkdir()
        elif member.issym():
            path.symlink_to(self._target(member.linkname, depth))
        elif member.islnk():
            linked = self.root.joinpath(*PurePosixPath("/", member.linkname).parts[1:])
            self._check_inside(linked.parent, member.linkname)
            os.link(linked, path, follow_symlinks=False)
        elif member.isfile() and (content := archive.extractfile(member)) is not None:
            with content, path.open("wb") as file:
                shutil.copyfileobj(content, file)
            path.chmod(0o555 if member.mode & 0o100 else 0o444)
            os.utime(path, (member.mtime, member.mtime))  # by which Python knows whether its bytecode is current

    def _target(self, link: str, depth: int) -> str:
        """Return a link's target: relative for the image's own files, unchanged for the system's."""
        parts = PurePosixPath(link).parts[1:]
        is_own = link.startswith("/") and bool(parts) and self._is_own(parts)
        return "/".join([*[".."] * depth, *parts]) if is_own else link

    def _check_inside(self, directory: Path, name: str) -> None:
        """Check that a path is inside the image's directory. Errors: NoLayer if a link leads elsewhere."""
        if not directory.resolve().is_relative_to(self.root.resolve()):
            raise NoLayer(f"{name}: leads out of the image")


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def rewrite(path: Path, content: bytes) -> None:
    """Replace a file's content and keep its mode; hard links to the old file stay unchanged. Errors: OSError."""
    mode = path.stat().st_mode
    path.unlink()
    path.write_bytes(content)
    path.chmod(mode)
