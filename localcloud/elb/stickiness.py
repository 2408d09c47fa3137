"""Sticky sessions of target groups: cookies that name the target, alone or beside the application's. Pure.

Envoy's own cookie is set but once, and Envoy knows nothing of an application's: the request filter reads and sets the
cookies, and tells Envoy the target in a header.
"""

from typing import Any

from localcloud.elb.model import TargetGroup
from localcloud.elb.request_filter import TARGET_HEADER, sticky_settings

JSON = dict[str, Any]

NAME = "envoy.filters.http.stateful_session"
TYPES = "type.googleapis.com/envoy.extensions."


def http_filter() -> JSON:
    """The filter; it does nothing but on routes that say so."""
    return {
        "name": NAME,
        "typed_config": {"@type": TYPES + "filters.http.stateful_session.v3.StatefulSession"},
    }


def of_route(group: TargetGroup | None) -> JSON:
    """What a route to this group says to the filters; empty without stickiness."""
    if group is not None and group.app_cookie is not None:
        return _filters(sticky_settings(group.app_cookie.duration_s, group.app_cookie.name))
    if group is not None and group.stickiness_s is not None:
        return _filters(sticky_settings(group.stickiness_s))
    return {}


def _filters(settings: JSON) -> JSON:
    session_state = {
        "name": "envoy.http.stateful_session.header",
        "typed_config": {
            "@type": TYPES + "http.stateful_session.header.v3.HeaderBasedSessionState",
            "name": TARGET_HEADER,
        },
    }
    return {
        "typed_per_filter_config": {
            NAME: {
                "@type": TYPES + "filters.http.stateful_session.v3.StatefulSessionPerRoute",
                "stateful_session": {"session_state": session_state},
            },
            **settings,
        }
    }
