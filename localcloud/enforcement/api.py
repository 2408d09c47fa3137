"""`/_localcloud/permissions`: the mode, and the record of decisions, as JSON."""

import json
from urllib.parse import unquote

from localcloud.enforcement.enforcer import Enforcer
from localcloud.enforcement.mode import Mode
from localcloud.protocol.internal import InternalRequest, InternalResponse, problem

USE = "GET, PUT and DELETE /_localcloud/permissions, GET .../permissions/PRINCIPAL"


class PermissionsApi:
    """Internal API route `permissions`."""

    def __init__(self, permissions: Enforcer) -> None:
        self._permissions = permissions

    async def answer(self, request: InternalRequest) -> InternalResponse:
        """GET returns the record, of all or of one principal by its ARN; DELETE clears it, PUT changes the mode."""
        record = self._permissions.record
        if request.method == "GET":
            found = record.as_json(unquote(request.rest))
            return InternalResponse(200, {"mode": self._permissions.mode.value, **found})
        if request.method == "DELETE" and not request.rest:
            record.clear()
            return InternalResponse(200, {"mode": self._permissions.mode.value})
        if request.method == "PUT" and not request.rest:
            return self._put(request)
        return problem(405, "Method not allowed", USE)

    def _put(self, request: InternalRequest) -> InternalResponse:
        """Change the mode until the local cloud stops, to `{"mode": "enforce"}`."""
        # A browser page may not send this content type to another origin without permission.
        if request.content_type.partition(";")[0].strip().lower() != "application/json":
            return problem(415, "Refused", "content-type: should be application/json")
        try:
            self._permissions.mode = Mode(json.loads(request.body)["mode"])
        except (ValueError, KeyError, TypeError):
            return problem(400, "Refused", f"the body should have a mode, one of {', '.join(Mode)}")
        return InternalResponse(200, {"mode": self._permissions.mode.value})
