"""`/_localcloud/health`: the status of each part, and what failed."""

from collections.abc import Mapping
from pathlib import Path

from localcloud.endpoint.server import Endpoint
from localcloud.host import Part
from localcloud.machine import set_aside
from localcloud.protocol.internal import InternalRequest, InternalResponse


class Health:
    """Reports `ready` when all parts are ready. `phases_s`: how long each took to start."""

    def __init__(
        self, data_directory: Path, parts: Mapping[str, Part], endpoint: Endpoint, phases_s: Mapping[str, float]
    ) -> None:
        self._data_directory = data_directory
        self._parts = parts
        self._endpoint = endpoint
        self._phases_s = phases_s

    async def answer(self, request: InternalRequest) -> InternalResponse:
        """Return the health, always with status 200: failures are in the document."""
        states = {name: part.status() for name, part in self._parts.items()}
        ready = all(state["status"] == "ready" for state in states.values())
        status: dict[str, object] = {
            "status": "ready" if ready else "failed",
            "parts": states,
            "set_aside": set_aside.reported_below(self._data_directory),
            "phases_s": self._phases_s,
        }
        failed = self._endpoint.failures()
        return InternalResponse(200, status | ({"failed_requests": failed} if failed else {}))
