"""`spendsense build`: the image of a source tree."""

from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.errors import BuildFailed
from tests.integration.ops.image.built import application_of, build_image


def test_the_same_source_gives_the_same_digest_in_any_directory(registry: Aws, source: Path, tmp_path: Path) -> None:
    first = build_image(registry, source)
    second = build_image(registry, source.rename(tmp_path / "elsewhere"))
    assert second.digest == first.digest
    assert (first.made, second.made) == (2, 0)


def test_a_changed_source_gives_another_layer_and_leaves_the_first_as_it_was(registry: Aws, source: Path) -> None:
    first = build_image(registry, source)
    (source / "app" / "main.py").write_text("app = 2\n")
    second = build_image(registry, source)
    assert second.layers[0] == first.layers[0]
    assert (application_of(registry, first) / "app" / "main.py").read_text() == "app = None\n"
    assert (application_of(registry, second) / "app" / "main.py").read_text() == "app = 2\n"


def test_a_requirement_that_cannot_be_installed_fails_with_its_reason(registry: Aws, source: Path) -> None:
    (source / "requirements.txt").write_text("not a requirement\n")
    with pytest.raises(BuildFailed, match="uv pip failed"):
        build_image(registry, source)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app/main.py", b"def broken(:\n"),
        ("app/main.py", b"name = '\xe9'\n"),
        ("app/migrations/versions/first.py", b"revision = \n"),
        ("app/migrations/versions/first.py", b"revision = made()\n"),
    ],
)
def test_source_that_does_not_compile_is_reported_in_the_error_and_not_on_stdout(
    registry: Aws, source: Path, capsys: pytest.CaptureFixture[str], name: str, text: bytes
) -> None:
    (source / name).write_bytes(text)
    with pytest.raises(BuildFailed, match=Path(name).name):
        build_image(registry, source)
    assert capsys.readouterr().out == ""
