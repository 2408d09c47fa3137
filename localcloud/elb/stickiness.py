"""Sticky sessions of target groups: cookies that name the target, alone or beside the application's. Pure."""

from typing import Any

from localcloud.elb.model import TargetGroup
from localcloud.elb.request_filter import TARGET_HEADER, cluster_settings

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
    """What a route to this group says to the filters; empty without stickiness."""
    if group is not None and group.app_cookie is not None:
        # Envoy knows nothing of an application's cookie: the request filter reads and sets AWSALBAPP.
        return _filters("header", {"name": TARGET_HEADER}, cluster_settings(group.app_cookie))
    if group is not None and group.stickiness_s is not None:
        return _filters("cookie", {"cookie": {"name": COOKIE, "path": "/", "ttl": f"{group.stickiness_s}s"}}, {})
    return {}


def _filters(kind: str, settings: JSON, others: JSON) -> JSON:
    state = f"http.stateful_session.{kind}.v3.{kind.capitalize()}BasedSessionState"
    session_state = {
        "name": f"envoy.http.stateful_session.{kind}",
        "typed_config": {"@type": TYPES + state, **settings},
    }
    return {
        "typed_per_filter_config": {
            NAME: {
                "@type": TYPES + "filters.http.stateful_session.v3.StatefulSessionPerRoute",
                "stateful_session": {"session_state": session_state},
            },
            **others,
        }
    }
