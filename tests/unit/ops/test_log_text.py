"""Log lines that others wrote: bounded, and harmless on a terminal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.aws.clients import Aws
from ops.console import Console
from ops.log_text import LINE_LIMIT, TOTAL_LIMIT, bounded, count_of, last_of, printable
from ops.logs import Line, readable
from tests.unit.ops.scripted_cluster import Cluster, run

LATIN = "latin1 \ufffd\ufffd line \x00 nul \x1b[31mred\x1b[0m [bold]markup[/bold]\r\n"


def test_escape_sequences_are_removed_and_control_characters_are_shown() -> None:
    assert printable(LATIN) == "latin1 \ufffd\ufffd line \\x00 nul red [bold]markup[/bold]\n"
    assert printable("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b(B\x9b31m") == "alink\\x9b31m"
    assert printable("a\u202eb\rc\tÜ…") == "a\\u202eb\\rc\tÜ…"


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_no_terminal_control_sequence_is_left(text: str) -> None:
    left = printable(text).replace("\n", "").replace("\t", "")
    assert not [each for each in left if ord(each) < 32 or 127 <= ord(each) < 160]


def test_the_beginning_and_the_end_of_a_long_line_are_kept() -> None:
    line = bounded("begins" + "A" * 300_000 + "ends with the cause\n")
    assert line.startswith("beginsAAA")
    assert line.endswith("AAAends with the cause")
    assert "(297,025 more characters)" in line
    assert len(line) < LINE_LIMIT + 50
    assert bounded("short\r\n") == "short"
    assert len(bounded("\0" * LINE_LIMIT)) <= 2 * LINE_LIMIT


@given(st.lists(st.text(max_size=9000), min_size=1, max_size=30))
def test_the_lines_of_one_task_stay_within_bounds_and_the_last_is_among_them(lines: list[str]) -> None:
    kept = last_of(lines)
    assert kept[-1] == bounded(lines[-1])
    assert sum(map(len, kept)) <= TOTAL_LIMIT + 2 * LINE_LIMIT


def test_a_deploy_shows_a_failed_tasks_lines_within_bounds(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = [LATIN, "A" * 300_000, "no newline at end"]
    events = [{"timestamp": number, "message": text} for number, text in enumerate(messages)]
    cluster.logs.on("GetLogEvents", {"events": events})
    cluster.after_update = [cluster.crash, cluster.roll_back]
    answer = json.dumps(run(scripted).as_json())
    assert len(answer) < 30_000
    shown = capsys.readouterr().err
    assert len(shown) < 30_000
    assert "no newline at end" in shown
    assert "red [bold]markup[/bold]" in shown
    assert "\x1b" not in shown
    assert "\0" not in shown


@pytest.mark.parametrize("message", [LATIN, "A" * 300_000, json.dumps({"message": "\x1b[2J" + "A" * 300_000})])
def test_a_line_of_the_log_is_shown_to_a_person_within_bounds(message: str, capsys: pytest.CaptureFixture[str]) -> None:
    Console().result(readable(Line(id="1", at_ms=0, stream="backend/backend/task", message=message)))
    shown = capsys.readouterr().out
    assert len(shown) < 11_000
    assert not {"\x1b", "\0"} & set(shown)


def test_every_text_that_is_shown_is_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    console: Any = Console()
    console.say("a\x1b[31mb")
    console.result("a\x1b[31mb")
    console.table(["head"], [["a\x1b[31mb"]])
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err


@pytest.mark.parametrize(("number", "words"), [(0, "0 tasks"), (1, "1 task"), (2, "2 tasks"), (12000, "12,000 tasks")])
def test_a_number_is_written_with_its_noun(number: int, words: str) -> None:
    assert count_of(number, "task") == words
