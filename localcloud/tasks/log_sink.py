"""The interface for containers' output."""

from typing import Protocol

from localcloud.protocol.caller import Caller


class LogSink(Protocol):
    """The destination of container output."""

    def put(self, group: str, stream: str, message: str) -> None:
        """Add one event; never blocks."""

    def group_exists(self, group: str) -> bool: ...

    async def create_group(self, group: str, caller: Caller) -> None:
        """Create a log group as a client would; an existing one stays as it is."""
