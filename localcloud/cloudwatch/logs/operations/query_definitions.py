"""Saved queries. Their text is stored unchecked: AWS parses it when the query runs, not when it is saved."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from localcloud.cloudwatch.logs.operations.account import Account, Call, Operation, Response, kept
from localcloud.cloudwatch.logs.operations.pages import page
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend


TABLE = "query_definitions"
MOST = 1000
KEPT = ("name", "queryString", "logGroupNames", "queryLanguage", "parameters")


class QueryDefinitions:
    def __init__(self, account: Account) -> None:
        self._account = account
        self.operations: dict[str, Operation] = {
            "PutQueryDefinition": self._put,
            "DescribeQueryDefinitions": self._describe,
            "DeleteQueryDefinition": self._delete,
        }

    async def _put(self, call: Call) -> Response:
        """Create a definition, or replace an existing one completely."""
        parameters = call.parameters
        definition = {name: parameters[name] for name in KEPT if parameters.get(name) is not None}
        definition.setdefault("queryLanguage", "CWLI")
        definition.setdefault("logGroupNames", [])
        definition["lastModified"] = time.time_ns() // 1_000_000

        def put(backend: LogsBackend) -> str:
            table = kept(backend, TABLE)
            identifier: str | None = parameters.get("queryDefinitionId")
            if identifier is None:
                identifier = _made_before(table, parameters.get("clientToken")) or str(uuid.uuid4())
                if identifier not in table and len(table) >= MOST:
                    raise AwsError("LimitExceededException", "Resource limit exceeded.")
            elif identifier not in table:
                raise _missing()
            table[identifier] = definition | {"queryDefinitionId": identifier, "token": parameters.get("clientToken")}
            return identifier

        return {"queryDefinitionId": await self._account.change(call.region, put)}

    async def _describe(self, call: Call) -> Response:
        prefix, language = call.parameters.get("queryDefinitionNamePrefix", ""), call.parameters.get("queryLanguage")

        def describe(backend: LogsBackend) -> list[Response]:
            return [
                {name: value for name, value in each.items() if name != "token"}
                for each in kept(backend, TABLE).values()
                if each["name"].startswith(prefix) and language in (None, each["queryLanguage"])
            ]

        found = await self._account.look(call.region, describe)
        return page(
            call,
            "queryDefinitions",
            found,
            key=lambda each: [each["name"], each["queryDefinitionId"]],
            limit="maxResults",
            most=MOST,
        )

    async def _delete(self, call: Call) -> Response:
        def delete(backend: LogsBackend) -> None:
            if kept(backend, TABLE).pop(call.parameters["queryDefinitionId"], None) is None:
                raise _missing()

        await self._account.change(call.region, delete)
        return {"success": True}


def _made_before(table: dict[str, Any], token: str | None) -> str | None:
    """Return the id of the definition that a repeated request has created before."""
    if token is None:
        return None
    return next((identifier for identifier, each in table.items() if each.get("token") == token), None)


def _missing() -> AwsError:
    return AwsError("ResourceNotFoundException", "The specified query definition does not exist.")
