"""API Gateway's changes to a request's headers on the way to an integration, as an Envoy filter in Lua."""

from typing import Any

from localcloud.apigateway.parameter_mapping import HeaderChange

JSON = dict[str, Any]

NAME = "envoy.filters.http.lua"
SCRIPT = r"""
local function without_port(address) return (address:gsub(":%d+$", "")) end

-- An HTTP API translates X-Forwarded-For into Forwarded, adds what it saw itself, and sends no X-Forwarded-* on.
local function forward(headers, client, host, scheme)
  local chain = {}
  if headers:get("forwarded") then chain[1] = headers:get("forwarded") end
  for index = 0, headers:getNumValues("x-forwarded-for") - 1 do
    for address in headers:getAtIndex("x-forwarded-for", index):gmatch("[^,%s]+") do
      chain[#chain + 1] = "for=" .. address
    end
  end
  chain[#chain + 1] = "for=" .. client .. ";host=" .. host .. ";proto=" .. scheme
  headers:replace("forwarded", table.concat(chain, ","))
  for _, name in ipairs({"for", "host", "port", "proto"}) do headers:remove("x-forwarded-" .. name) end
end

-- Envoy's name of the one header that it has another for.
local function named(name) return name == "host" and ":authority" or name end

local function value_of(change, headers, known)
  local text = ""
  for _, part in ipairs(change.value or {}) do
    if part.source == nil then
      text = text .. part.text
    elseif part.source == "header" then
      text = text .. (headers:get(named(part.name)) or "")
    else
      text = text .. (known[part.source] or "")
    end
  end
  return text
end

function envoy_on_request(handle)
  local headers, settings = handle:headers(), handle:metadata()
  local client = without_port(handle:streamInfo():downstreamDirectRemoteAddress())
  local host = headers:get(":authority") or ""
  local known = {
    source_ip = client, user_agent = headers:get("user-agent"), method = headers:get(":method"),
    path = headers:get(":path"):match("^[^?]*"), protocol = handle:streamInfo():protocol(), host = without_port(host),
    route_key = settings:get("route_key"), api_id = settings:get("api_id"), stage = "$default",
  }
  local changes, values = settings:get("changes") or {}, {}
  for at, change in ipairs(changes) do values[at] = value_of(change, headers, known) end
  forward(headers, client, host, "http")
  for at, change in ipairs(changes) do
    if change.action == "remove" then
      headers:remove(named(change.name))
    elseif values[at] ~= "" then
      if change.action == "append" then
        headers:add(named(change.name), values[at])
      else
        headers:replace(named(change.name), values[at])
      end
    end
  end
end
"""


def http_filter() -> JSON:
    """Return the filter, which is the same for all routes; the differences are in the routes' settings."""
    return {
        "name": NAME,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
            "default_source_code": {"inline_string": SCRIPT},
            # The route depends only on what the client sent.
            "clear_route_cache": False,
        },
    }


def settings(api_id: str, route_key: str, changes: tuple[HeaderChange, ...]) -> JSON:
    """Return the filter's settings for one route."""
    return {
        "api_id": api_id,
        "route_key": route_key,
        "changes": [
            {
                "action": change.action,
                "name": change.name,
                "value": [
                    {"source": part.source, "name": part.name} if part.source else {"text": part.text}
                    for part in change.value
                ],
            }
            for change in changes
        ],
    }
