"""A pseudo terminal for one command."""

import asyncio
import fcntl
import os
import struct
import termios

READ_BYTES = 16_384


class Terminal:
    """Our end of a pseudo terminal; `other_end` is the file descriptor for the command."""

    def __init__(self) -> None:
        self._own_end, self.other_end = os.openpty()
        os.set_blocking(self._own_end, False)

    def command_has_it(self) -> None:
        """Close our copy of `other_end`. Call it after the command's start, successful or not."""
        os.close(self.other_end)

    async def read(self) -> bytes:
        """Return the command's output; empty when no process has the other end open any longer."""
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(self._own_end, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(self._own_end)
        try:
            return os.read(self._own_end, READ_BYTES)
        except OSError:  # Linux returns EIO at the end
            return b""

    async def write(self, typed: bytes) -> None:
        """Send input to the command. Errors: OSError when the command has gone."""
        while typed:
            try:
                typed = typed[os.write(self._own_end, typed) :]
            except BlockingIOError:  # the command does not read; wait, as a real terminal does
                await asyncio.sleep(0.01)

    def resize(self, columns: int, rows: int) -> None:
        """Notify the command of the window's size."""
        fcntl.ioctl(self._own_end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> None:
        os.close(self._own_end)
