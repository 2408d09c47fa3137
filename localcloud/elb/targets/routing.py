"""Routing updates: Envoy's files follow at the end of the loop iteration; listeners are notified immediately."""

import asyncio
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

WRITE_AGAIN_S = 1.0
"""Real seconds after which a failed write is retried."""


class TargetRouting:
    """Writes Envoy's files when targets change state.

    `write`: writes the file of one target group. It may raise OSError.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._unrouted: set[str] = set()
        """Target groups whose Envoy file is behind: normally until the end of this iteration of the event loop."""
        self._moved = asyncio.Event()
        """Set, and replaced, whenever a target has changed state."""
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_behind(self) -> bool:
        return bool(self._unrouted)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a target has changed state."""
        self._listeners.append(listener)

    async def moved(self) -> None:
        """Wait until a target changes state."""
        await self._moved.wait()

    def route(self, target_group_arn: str) -> None:
        """Schedule a write of the group's file.

        Targets that change in one iteration of the event loop are written together: fifty that leave cause one write.
        """
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
            except OSError as error:  # a full disk: until there is space, Envoy routes as before
                self._unrouted.add(arn)
                log.error(
                    "Envoy's targets could not be written: %s",
                    error,
                    extra={"action": "not_routed", "target_group": arn},
                )
        if self._unrouted:
            asyncio.get_running_loop().call_later(WRITE_AGAIN_S, self._write_all)
