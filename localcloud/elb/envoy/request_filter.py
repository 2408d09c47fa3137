"""Request handling of ALB that Envoy has no setting for: an Envoy filter in Lua, and its settings."""

from typing import Any

from localcloud.elb.model import ForwardedFor, Listener, Redirect, Rule

JSON = dict[str, Any]

NAME = "envoy.filters.http.lua"
TARGET_HEADER = "x-localcloud-target"
"""Passes the requested target, and the one used, between this filter and the stickiness filter; nobody else sees it."""
LIMIT_OF_ADDRESSES = 30
"""The limit of addresses in X-Forwarded-For: more get 463."""
LIMIT_OF_LINE = 16_384
"""The limit of the URL and of each header, in bytes."""
LIFE_OF_APP_COOKIE_S = 604_800
"""AWS's lifetime, whatever the duration of the stickiness."""

SCRIPT = r"""
local seeded = false

local function random_hex(length)
  if not seeded then
    -- Each worker has a generator of its own, which would otherwise begin with the same number.
    math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 2147483648)
    seeded = true
  end
  local digits = {}
  for position = 1, length do digits[position] = string.format("%x", math.random(0, 15)) end
  return table.concat(digits)
end

local function trace_id(given)
  local new = string.format("1-%08x-%s", os.time(), random_hex(24))
  if given == nil or given == "" then return "Root=" .. new end
  local kept = {}
  local rooted = false
  for field in given:gmatch("[^;]+") do
    if not field:match("^%s*Self=") then kept[#kept + 1] = field end
    if field:match("^%s*Root=") then rooted = true end
  end
  if not rooted then return table.concat({"Root=" .. new, unpack(kept)}, ";") end
  return "Self=" .. new .. ";" .. table.concat(kept, ";")
end

local function answer(handle, status, title, more)
  local headers = {[":status"] = status, ["content-type"] = "text/html"}
  for name, value in pairs(more or {}) do headers[name] = value end
  local line = status .. " " .. title
  handle:respond(headers, "<html>\r\n<head><title>" .. line .. "</title></head>\r\n<body>\r\n<center><h1>" .. line ..
    "</h1></center>\r\n</body>\r\n</html>\r\n")
end

local function forwarded_addresses(headers)
  local count = 0
  for index = 0, headers:getNumValues("x-forwarded-for") - 1 do
    local _, commas = headers:getAtIndex("x-forwarded-for", index):gsub(",", "")
    count = count + commas + 1
  end
  return count
end

-- Envoy would join them by a comma alone, which those who split at ", " do not take for one.
local function forward_address(handle, headers, with_port)
  local client = handle:streamInfo():downstreamDirectRemoteAddress()
  if not with_port then client = client:gsub(":%d+$", "") end
  local given = headers:get("x-forwarded-for")
  headers:replace("x-forwarded-for", given and given .. ", " .. client or client)
end

local function drop_invalid(headers)
  local invalid = {}
  for name in pairs(headers) do
    if not name:match("^:?[%w-]+$") then invalid[#invalid + 1] = name end
  end
  for _, name in ipairs(invalid) do headers:remove(name) end
end

local function refused(headers)
  if headers:get(":method") == "TRACE" then return "405", "Not Allowed" end
  if #(headers:get(":path") or "") > LIMIT_OF_LINE then return "414", "Request-URI Too Large" end
  -- Envoy makes one of several Host headers.
  if (headers:get(":authority") or ""):find(",", 1, true) then return "400", "Bad Request" end
  for name, value in pairs(headers) do
    if #name + #value > LIMIT_OF_LINE then return "400", "Bad Request" end
  end
  if forwarded_addresses(headers) > LIMIT_OF_ADDRESSES then return "463", "" end
end

local function redirect(handle, headers, settings, wanted)
  local path, query = headers:get(":path"):match("^/?([^?]*)%??(.*)$")
  local values = {
    protocol = settings:get("protocol"), port = settings:get("port"), path = path, query = query,
    host = headers:get(":authority"):gsub(":%d+$", ""),
  }
  local function filled(part) return (wanted[part]:gsub("#{(%a+)}", values)) end
  local location = filled("protocol"):lower() .. "://" .. filled("host") .. ":" .. filled("port") .. filled("path")
  local added = filled("query")
  if added ~= "" then location = location .. "?" .. added end
  answer(handle, wanted.status, wanted.status == "301" and "Moved Permanently" or "Found", {location = location})
end

local function cookie(headers, wanted)
  for index = 0, headers:getNumValues("cookie") - 1 do
    for name, value in headers:getAtIndex("cookie", index):gmatch("([^=;%s]+)=([^;]*)") do
      if name == wanted then return value end
    end
  end
end

-- Of the route that was chosen: `target` {application = name, duration_s} or {duration_s}, `group` {id, duration_s}.
local function stickiness(handle, of)
  local context = handle:filterContext()
  return context and context:get(of)
end

-- Our cookies say "<target>.<until>"; AWSALBAPP holds as long as the client sends the application's own, too.
local function stick(handle, headers, sticky)
  local sent
  if sticky.application == nil then
    sent = cookie(headers, "AWSALB") or cookie(headers, "AWSALBCORS")
  elseif cookie(headers, sticky.application) ~= nil then
    sent = cookie(headers, "AWSALBAPP-0")
  end
  local target, ends = (sent or ""):match("^([%w+/=]+)%.(%d+)$")
  if target == nil or tonumber(ends) <= os.time() then return end
  headers:replace("TARGET_HEADER", target)
  handle:streamInfo():dynamicMetadata():set("localcloud", "target", target)
end

local function sets_cookie(headers, name)
  for index = 0, headers:getNumValues("set-cookie") - 1 do
    if headers:getAtIndex("set-cookie", index):match("^%s*([^=;%s]+)%s*=") == name then return true end
  end
  return false
end

local function http_date(seconds) return os.date("!%a, %d %b %Y %H:%M:%S GMT", seconds) end

local function set_cookie(headers, name, text, life, more)
  local expires = "; Expires=" .. http_date(os.time() + life) .. "; Path=/"
  headers:add("set-cookie", name .. "=" .. text .. expires .. (more or ""))
end

local function set_both(headers, name, text, life)
  set_cookie(headers, name, text, life)
  set_cookie(headers, name .. "CORS", text, life, "; SameSite=None; Secure")
end

local function keep_stuck(handle, headers, sticky)
  local known = handle:streamInfo():dynamicMetadata():get("localcloud")
  local wanted = known and known["target"]
  local target = headers:get("TARGET_HEADER") or wanted
  headers:remove("TARGET_HEADER")
  local value = target and target .. "." .. string.format("%d", os.time() + sticky.duration_s)
  if sticky.application == nil then
    if value ~= nil then set_both(headers, "AWSALB", value, sticky.duration_s) end
    return
  end
  local holds = value ~= nil and (wanted ~= nil or sets_cookie(headers, sticky.application))
  for shard = 0, 3 do
    set_cookie(headers, "AWSALBAPP-" .. shard, shard == 0 and holds and value or "_remove_", LIFE_OF_APP_COOKIE_S)
  end
end

function envoy_on_request(handle)
  local settings = handle:metadata()
  local headers = handle:headers()
  headers:remove("TARGET_HEADER")
  if settings:get("drop_invalid_headers") then drop_invalid(headers) end
  local wrong, title = refused(headers)
  if wrong ~= nil then return answer(handle, wrong, title) end
  if settings:get("append_client") then forward_address(handle, headers, settings:get("append_port")) end
  headers:replace("x-amzn-trace-id", trace_id(headers:get("x-amzn-trace-id")))
  local sticky = stickiness(handle, "target")
  if sticky ~= nil then stick(handle, headers, sticky) end
  local wanted = settings:get("redirect")
  if wanted ~= nil then return redirect(handle, headers, settings, wanted) end
  local port = settings:get("port")
  local host = headers:get(":authority")
  if not settings:get("preserve_host") and port ~= "80" and port ~= "443" and host and not host:match(":%d+$") then
    headers:replace(":authority", host .. ":" .. port)
  end
end

function envoy_on_response(handle)
  local group, sticky = stickiness(handle, "group"), stickiness(handle, "target")
  if group ~= nil then set_both(handle:headers(), "AWSALBTG", group.id, group.duration_s) end
  if sticky ~= nil then keep_stuck(handle, handle:headers(), sticky) end
end
"""
SCRIPT = (
    SCRIPT.replace("LIMIT_OF_ADDRESSES", str(LIMIT_OF_ADDRESSES))
    .replace("LIMIT_OF_LINE", str(LIMIT_OF_LINE))
    .replace("LIFE_OF_APP_COOKIE_S", str(LIFE_OF_APP_COOKIE_S))
    .replace("TARGET_HEADER", TARGET_HEADER)
)


def http_filter() -> JSON:
    """Return the filter. It is the same for each listener: settings that differ come with the route."""
    return {
        "name": NAME,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
            "default_source_code": {"inline_string": SCRIPT},
            # The route is chosen once, by what the client sent: its weights are drawn at random.
            "clear_route_cache": False,
        },
    }


def sticky_settings(context: JSON) -> JSON:
    """Return the filter settings for requests to one target group, in addition to those of the rule.

    `target`: {duration_s, application}, real seconds and the name of the application's cookie, left out for the
    balancer's own. `group`: {id, duration_s} of the group itself.
    """
    return {
        NAME: {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute",
            "filter_context": context,
        }
    }


def settings(listener: Listener, rule: Rule) -> JSON:
    """Return the filter settings for requests of one rule."""
    known: JSON = {
        "port": str(listener.port),
        "protocol": listener.protocol,
        "preserve_host": listener.balancer.preserve_host,
        "append_client": listener.balancer.forwarded_for is ForwardedFor.APPEND,
        "append_port": listener.balancer.forwarded_for_port,
        "drop_invalid_headers": listener.balancer.drop_invalid_headers,
    }
    if isinstance(rule.action, Redirect):
        known["redirect"] = {
            part: getattr(rule.action, part) for part in ("protocol", "host", "port", "path", "query")
        } | {"status": str(rule.action.status)}
    return known
