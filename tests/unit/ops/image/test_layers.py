"""Layers on disk are complete or absent."""

from pathlib import Path

import pytest

from ops.image import layers


def test_an_unfinished_layer_never_takes_the_final_name(tmp_path: Path) -> None:
    def fill(directory: Path) -> None:
        (directory / "half").write_text("x")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        layers.ensure_layer(tmp_path, "ab", fill)
    assert list((tmp_path / "layers").iterdir()) == []
