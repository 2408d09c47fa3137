"""Image layers without Docker: immutable directories, named by their content."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Kept inside the layer, so that one rename makes both appear.
SEAL = ".layer.sha256"
READ_ONLY_FILE = 0o444
READ_ONLY_EXECUTABLE = 0o555
READ_ONLY_DIRECTORY = 0o555


def ensure_layer(store: Path, digest_hex: str, fill: Callable[[Path], None]) -> bool:
    """Create `layers/<hex>` unless it exists undamaged; `fill` writes into a new directory. True when created.

    A layer appears by one rename, complete and read-only, and never changes afterwards. A damaged one is replaced.
    """
    if is_whole(store / "layers" / digest_hex):
        return False
    with making(store) as temporary:
        fill(temporary)
        return place(store, digest_hex, temporary)


@contextmanager
def making(store: Path) -> Iterator[Path]:
    """Yield a new directory beside the layers, and delete it at the end unless it became a layer."""
    layers = store / "layers"
    layers.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=layers))
    try:
        yield temporary
    finally:
        if temporary.exists():
            remove_tree(temporary)


def place(store: Path, digest_hex: str, temporary: Path) -> bool:
    """Rename a filled directory to `layers/<hex>`, unless that exists undamaged. True when it was renamed."""
    layer = store / "layers" / digest_hex
    if is_whole(layer):
        return False
    seal(temporary)
    if layer.exists():
        set_aside(layer)
    try:
        temporary.rename(layer)
    except OSError:
        if not is_whole(layer):  # another build of the same layer may have been faster
            raise
        return False
    return True


def is_whole(layer: Path) -> bool:
    """Check that every file is as it was sealed: names, modes, sizes and times. Takes milliseconds."""
    try:
        return (layer / SEAL).read_text() == fingerprint(layer)
    except OSError:
        return False


def seal(layer: Path) -> None:
    """Remove every write permission, and record the layer's fingerprint."""
    for path in walk(layer):
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            Path(path).chmod(READ_ONLY_DIRECTORY)
        elif not stat.S_ISLNK(mode):
            Path(path).chmod(READ_ONLY_EXECUTABLE if mode & 0o100 else READ_ONLY_FILE)
    sealed = fingerprint(layer)
    (layer / SEAL).write_text(sealed)
    (layer / SEAL).chmod(READ_ONLY_FILE)
    layer.chmod(READ_ONLY_DIRECTORY)


def fingerprint(layer: Path) -> str:
    """Return `<sha256 of every path with its mode, size and time, or its link target> <bytes of the files>`."""
    lines = []
    size = 0
    for path in walk(layer):
        name = path[len(str(layer)) + 1 :]
        if name == SEAL:
            continue
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            lines.append(f"{name} -> {Path(path).readlink()}")
        elif stat.S_ISDIR(status.st_mode):
            lines.append(f"{name}/ {status.st_mode:o}")
        else:
            lines.append(f"{name} {status.st_mode:o} {status.st_size} {status.st_mtime_ns}")
            size += status.st_size
    return f"{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()} {size}"


def listing_digest(root: Path, files: list[Path]) -> str:
    """Return the digest of some files of `root`: sha256 over sorted path, mode as stored, sha256 of content."""
    lines = []
    for path in sorted(files, key=lambda path: path.relative_to(root).as_posix()):
        mode = READ_ONLY_EXECUTABLE if path.stat().st_mode & 0o100 else READ_ONLY_FILE
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{path.relative_to(root).as_posix()} {mode:o} {content}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def walk(root: Path) -> Iterator[str]:
    """Yield every path below `root` in a fixed order; links are not followed. Strings, for speed."""
    for directory, names, files in os.walk(root):
        names.sort()
        for name in sorted(names + files):
            yield f"{directory}/{name}"


def set_aside(layer: Path) -> None:
    """Move a damaged layer out of the way and delete it."""
    aside = Path(tempfile.mkdtemp(prefix=".damaged-", dir=layer.parent)) / layer.name
    layer.chmod(0o755)  # the rename changes its `..`, which needs write permission
    layer.rename(aside)
    remove_tree(aside.parent)


def remove_tree(root: Path) -> None:
    """Delete a tree whose directories may be read-only."""
    root.chmod(0o700)
    for path in walk(root):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            Path(path).chmod(0o700)
    shutil.rmtree(root)
