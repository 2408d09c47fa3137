"""Files that end their reader: refused with a reason, at no cost to anybody else."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator

import psutil
import pytest

from app.platform.errors import InvalidInputError, UnavailableError
from app.uploads.readers import Limits, Readers
from app.uploads.staging import OnError, Staged
from app.workers.client import Workers
from tests.waiting import until

HEADER = b"account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
COFFEE = b"checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n"
GOOD = HEADER + COFFEE
DEADLINE_S = 60


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    readers = Readers(Workers(cpus=4))
    yield readers
    readers.workers.close()


async def read(readers: Readers, content: bytes) -> tuple[Staged, bytes]:
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as rows:
        file.write(content)
        staged = await readers.read(file, rows, OnError.FAIL)
        rows.seek(0)
        return staged, rows.read()


def long_number(digits: int) -> bytes:
    return b'{"transactions":[{"amount":' + b"1" * digits


async def test_rows_come_as_lines_with_the_account_of_what_was_read(readers):
    staged, rows = await read(readers, GOOD)
    assert (staged.good, staged.refused, staged.size_bytes) == (1, False, len(GOOD))
    assert rows.count(b"\n") == 1


@pytest.mark.parametrize("digits", [4_000, 5_000, 65_509, 70_000, 200_000, 1_000_000])
async def test_a_number_longer_than_the_parsers_buffer_is_refused(readers, digits):
    """ijson 3.6 reads beyond its buffer when the file ends within a long whole number."""
    for content in (long_number(digits), long_number(digits) + b"}]}", long_number(digits) + b".5}]}"):
        try:
            staged, _ = await read(readers, content)
            assert staged.refused
        except InvalidInputError as exc:
            assert "The file was not stored" in exc.detail
    assert (await read(readers, GOOD))[0].good == 1


async def test_a_file_that_takes_too_much_cpu_is_refused():
    readers = Readers(Workers(cpus=4), Limits(cpu_s=1))
    try:
        with pytest.raises(InvalidInputError, match="takes longer"):
            await read(readers, HEADER + COFFEE * 400_000)
        assert (await read(readers, GOOD))[0].good == 1
    finally:
        readers.workers.close()


async def test_a_file_whose_reading_does_not_end_in_time_is_refused():
    readers = Readers(Workers(cpus=4), Limits(within_s=0.05))
    try:
        with pytest.raises(InvalidInputError, match="takes longer"):
            await read(readers, HEADER + COFFEE * 200_000)
        assert readers.workers.host is not None
        await until_nobody_reads(readers.workers.host.pid)
    finally:
        readers.workers.close()


async def test_a_file_that_takes_too_much_memory_is_refused():
    readers = Readers(Workers(cpus=4), Limits(memory_bytes=48 * 1024 * 1024, memory_for_a_byte=0))
    try:
        with pytest.raises(InvalidInputError, match="more memory"):
            await read(readers, HEADER + b"".join(COFFEE.replace(b"4.50", b"%d" % n) for n in range(300_000)))
        assert (await read(readers, GOOD))[0].good == 1
    finally:
        readers.workers.close()


async def test_a_file_whose_rows_take_too_much_room_is_refused():
    readers = Readers(Workers(cpus=4), Limits(rows_bytes=100_000, rows_for_a_byte=0))
    try:
        with pytest.raises(InvalidInputError, match="more space"):
            await read(readers, HEADER + COFFEE * 10_000)
    finally:
        readers.workers.close()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGKILL])
async def test_a_reader_that_a_signal_ends_costs_its_own_file_alone(readers, number):
    reading = asyncio.create_task(read(readers, HEADER + COFFEE * 300_000))
    [reader] = await readers_of(readers)
    beside = asyncio.create_task(read(readers, GOOD))
    os.kill(reader, number)
    with pytest.raises(InvalidInputError, match="The file was not stored"):
        await reading
    assert (await beside)[0].good == 1


async def test_after_the_end_of_the_host_the_next_file_is_read_by_another(readers):
    reading = asyncio.create_task(read(readers, HEADER + COFFEE * 300_000))
    [reader] = await readers_of(readers)
    assert readers.workers.host is not None
    readers.workers.host.kill()
    with pytest.raises(UnavailableError):
        await reading
    assert (await read(readers, GOOD))[0].good == 1
    del reader


async def test_a_caller_that_stops_waiting_ends_the_reader(readers):
    reading = asyncio.create_task(read(readers, HEADER + COFFEE * 300_000))
    await readers_of(readers)
    reading.cancel()
    assert readers.workers.host is not None
    await until_nobody_reads(readers.workers.host.pid)


async def test_a_stop_of_the_whole_process_group_lets_a_file_be_read_to_its_end(readers):
    reading = asyncio.create_task(read(readers, HEADER + COFFEE * 100_000))
    await readers_of(readers)
    assert readers.workers.host is not None
    readers.workers.host.send_signal(signal.SIGTERM)
    readers.workers.host.send_signal(signal.SIGINT)
    assert (await reading)[0].good == 100_000


async def test_a_reader_has_neither_the_services_secrets_nor_its_connections(readers, monkeypatch):
    monkeypatch.setenv("JWT_SECRET_KEY", "k" * 32)
    reading = asyncio.create_task(read(readers, HEADER + COFFEE * 300_000))
    [reader] = await readers_of(readers)
    assert "JWT_SECRET_KEY" not in psutil.Process(reader).environ()
    await until(lambda: psutil.Process(reader).num_fds() == 3, DEADLINE_S)  # file, rows, answer
    reading.cancel()


async def readers_of(readers: Readers) -> list[int]:
    """The processes that read, once there are some."""
    found: list[int] = []

    def some() -> bool:
        if readers.workers.host is not None:
            found[:] = [child.pid for child in psutil.Process(readers.workers.host.pid).children()]
        return bool(found)

    await until(some, DEADLINE_S)
    return found


async def until_nobody_reads(host: int) -> None:
    await until(lambda: not psutil.Process(host).children(), DEADLINE_S)
