"""Where targets have moved: Envoy's files follow at the end of the turn, and whoever listens is told at once."""

import asyncio
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

WRITE_AGAIN_S = 1.0
"""Real seconds after which a file that could not be written is tried again."""


class TargetRouting:
    """`write`: one target group's file. Errors of it: OSError."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._unrouted: set[str] = set()
        """Target groups of which Envoy's file is behind: until the end of this turn of the event loop, as a rule."""
        self._moved = asyncio.Event()
        """Set, and replaced, whenever a target has moved."""
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_behind(self) -> bool:
        return bool(self._unrouted)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a target has moved."""
        self._listeners.append(listener)

    async def moved(self) -> None:
        """Until a target moves."""
        await self._moved.wait()

    def route(self, target_group_arn: str) -> None:
        """Targets that move in one turn of the event loop are written together: fifty that leave are one file."""
        if not self._unrouted:
            asyncio.get_running_loop().call_soon(self._write_all)
        self._unrouted.add(target_group_arn)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        for listener in self._listeners:
            listener()

    def _write_all(self) -> None:
        unrouted, self._unrouted = self._unrouted, set()
        for arn in unrouted:
            try:
                self._write(arn)
            except OSError as error:  # a full disk: until there is room Envoy routes as before
                self._unrouted.add(arn)
                log.error("Targets are not routed: %s", error, extra={"action": "not_routed", "target_group": arn})
        if self._unrouted:
            asyncio.get_running_loop().call_later(WRITE_AGAIN_S, self._write_all)
