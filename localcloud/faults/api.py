"""`/_localcloud/faults`: list, add and remove faults, as JSON. Errors are problem documents (RFC 9457)."""

import json
from typing import Any

from localcloud.faults.active import Faults
from localcloud.faults.kinds import KINDS, FaultRefused, parse
from localcloud.machine.clock import Clock
from localcloud.protocol.internal import InternalRequest, InternalResponse, problem

OFF = (
    "Fault injection is off: it needs a local cloud started with `spendsense up --faults` "
    "(or `python -m localcloud --faults`)"
)


class FaultsApi:
    """Internal API route `faults`."""

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self._faults = faults
        self._clock = clock

    async def answer(self, request: InternalRequest) -> InternalResponse:
        """Handle GET, POST and DELETE for the list, and DELETE for `/ID`."""
        if not self._faults.is_on:
            return problem(403, "Fault injection is off", OFF)
        try:
            return await self._answer(request)
        except FaultRefused as refused:
            return problem(refused.status, "No such fault" if refused.status == 404 else "Refused", str(refused))

    async def _answer(self, request: InternalRequest) -> InternalResponse:
        now = self._clock.now()
        match request.method, request.rest:
            case "GET", "":
                listed = {
                    "active": [fault.as_json(now) for fault in self._faults.active()],
                    "recent": [fault.as_json(now) for fault in self._faults.recent()],
                }
                return InternalResponse(200, {"speed": self._clock.speed, **listed, "kinds": list(KINDS)})
            case "POST", "":
                fault = await self._faults.add(*parse(_document(request)))
                return InternalResponse(201, fault.as_json(self._clock.now()))
            case "DELETE", "":
                removed = await self._faults.remove_all()
                return InternalResponse(200, {"removed": [fault.as_json(now) for fault in removed]})
            case "DELETE", fault_id:
                removed = [await self._faults.remove(fault_id)]
                return InternalResponse(200, {"removed": [fault.as_json(now) for fault in removed]})
        return problem(405, "Method not allowed", "GET, POST and DELETE /_localcloud/faults, DELETE .../faults/ID")


def _document(request: InternalRequest) -> Any:
    """Read the JSON body. Errors: FaultRefused."""
    # A browser page may not send this content type to another origin without permission.
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        raise FaultRefused("content-type: should be application/json", 415)
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise FaultRefused(f"the body should be JSON: {error}") from error
