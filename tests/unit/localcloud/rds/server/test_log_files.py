"""Log files: portions with lines, offsets and their limit; and files that an earlier run has left unusable."""

from pathlib import Path

from localcloud.machine.set_aside import reported_below
from localcloud.rds.server.log_files import PORTION_BYTES, LogFiles, portion

CONTENT = b"one\ntwo\nthree\n"


def test_lines_from_an_offset_and_from_the_end() -> None:
    first = portion(CONTENT, 0, 2)
    assert (first.text, first.end, first.has_more) == ("one\ntwo\n", 8, True)
    rest = portion(CONTENT, first.end, None)
    assert (rest.text, rest.has_more) == ("three\n", False)
    assert portion(CONTENT, None, 1).text == "three\n"
    assert portion(CONTENT, None, None).text == CONTENT.decode()
    assert portion(b"", 0, None).text == portion(b"", None, 5).text == ""


def test_a_portion_ends_at_its_limit_and_continues_from_there() -> None:
    content = b"x" * (PORTION_BYTES + 10) + b"\n" + b"y\n" * PORTION_BYTES
    begin, read = 0, ""
    for _ in range(6):
        part = portion(content, begin, None)
        assert len(part.text) <= PORTION_BYTES
        begin, read = part.end, read + part.text
        if not part.has_more:
            break
    assert read == content.decode()


def test_a_directory_in_the_place_of_a_file_is_set_aside(tmp_path: Path) -> None:
    LogFiles.append(tmp_path, "one")
    [file] = (tmp_path / "log").iterdir()
    file.unlink()
    file.mkdir()
    assert LogFiles.listed(tmp_path) == []
    for line in ("two", "three"):
        LogFiles.append(tmp_path, line)
    [listed] = LogFiles.listed(tmp_path)
    assert LogFiles.read(tmp_path, listed.name) == b"two\nthree\n"
    assert file.name in " ".join(reported_below(tmp_path))
