"""Output fits the reader's terminal, and nothing is cut off."""

import io

import pytest

from ops.console import Console

COLUMNS = ["deployment", "state", "why"]
ROWS = [["primary ecs-svc/6100429653612885022", "completed", "all of its tasks have turned healthy"], ["old", "", ""]]


class Terminal(io.StringIO):
    """A terminal of a user."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, width: int) -> str:
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    Console().table(COLUMNS, ROWS)
    return screen.getvalue()


@pytest.mark.parametrize("width", [1, 20, 40, 54])
def test_a_narrow_terminal_gets_one_cell_per_line(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = shown(monkeypatch, width).splitlines()
    assert "deployment  primary ecs-svc/6100429653612885022" in lines
    assert "why         all of its tasks have turned healthy" in lines
    assert "deployment  old" in lines


@pytest.mark.parametrize("width", [55, 60, 80, 200])
def test_a_table_stays_one_while_its_words_fit(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    text = shown(monkeypatch, width)
    assert "…" not in text
    assert all(name in text.splitlines()[0] for name in COLUMNS)
    words = " ".join(text.split())
    assert all(word in words.split() for row in ROWS for cell in row for word in cell.split())


def test_a_terminal_without_a_width_gets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    words = shown(monkeypatch, 0).split()
    assert all(word in words for row in ROWS for cell in row for word in cell.split())
