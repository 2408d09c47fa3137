"""Standard input during a session, as a pipe and as a terminal."""

import fcntl
import os
import queue
import struct
import termios
from collections.abc import Iterator

import pytest

from ops.sessions.keyboard import END_OF_INPUT, StandardInput

Typed = queue.Queue[bytes]
Sizes = queue.Queue[tuple[int, int]]


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal: the person's, and the program's."""
    person, program = os.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def test_a_pipes_bytes_are_sent_and_then_its_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"ls\n")
    os.close(writing)
    typed: Typed = queue.Queue()
    with StandardInput(reading).forwarded(typed.put, lambda *_: None):
        assert [typed.get(timeout=30), typed.get(timeout=30)] == [b"ls\n", END_OF_INPUT]
    os.close(reading)


def test_a_terminal_is_raw_during_the_session_and_reports_its_size(terminal: tuple[int, int]) -> None:
    person, program = terminal
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 91, 0, 0))
    before = termios.tcgetattr(program)
    typed: Typed = queue.Queue()
    sizes: Sizes = queue.Queue()
    with StandardInput(program).forwarded(typed.put, lambda *size: sizes.put(size)):
        assert sizes.get(timeout=30) == (91, 33)
        os.write(person, b"\x03")  # Ctrl-C reaches the command, and ends nothing here
        assert typed.get(timeout=30) == b"\x03"
        fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        assert sizes.get(timeout=30) == (120, 40)
        assert termios.tcgetattr(program) != before
    assert termios.tcgetattr(program) == before


def test_it_ends_while_nothing_is_typed(terminal: tuple[int, int]) -> None:
    with StandardInput(terminal[1]).forwarded(lambda _: None, lambda *_: None):
        pass
