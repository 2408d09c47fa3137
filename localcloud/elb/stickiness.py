"""Sticky sessions of target groups: the AWSALB cookie that names the target. Pure."""

from typing import Any

from localcloud.elb.model import TargetGroup

JSON = dict[str, Any]

NAME = "envoy.filters.http.stateful_session"
COOKIE = "AWSALB"
TYPES = "type.googleapis.com/envoy.extensions."


def http_filter() -> JSON:
    """The filter; it does nothing but on routes that say so."""
    return {
        "name": NAME,
        "typed_config": {"@type": TYPES + "filters.http.stateful_session.v3.StatefulSession"},
    }


def of_route(group: TargetGroup | None) -> JSON:
    """What a route to this group says to the filter; empty without stickiness."""
    if group is None or group.stickiness_s is None:
        return {}
    session_state = {
        "name": "envoy.http.stateful_session.cookie",
        "typed_config": {
            "@type": TYPES + "http.stateful_session.cookie.v3.CookieBasedSessionState",
            "cookie": {"name": COOKIE, "path": "/", "ttl": f"{group.stickiness_s}s"},
        },
    }
    return {
        "typed_per_filter_config": {
            NAME: {
                "@type": TYPES + "filters.http.stateful_session.v3.StatefulSessionPerRoute",
                "stateful_session": {"session_state": session_state},
            }
        }
    }
