"""Sticky sessions: cookies for the target (alone or beside the application's) or for the target group. Pure.

Envoy sets its own cookie only once and does not know an application's cookie: the request filter reads and sets the
cookies and passes the target to Envoy in a header. A target group's own cookie is matched by a route.
"""

import hashlib
from typing import Any

from localcloud.elb.envoy.request_filter import TARGET_HEADER, sticky_settings
from localcloud.elb.model import TargetGroup

JSON = dict[str, Any]

NAME = "envoy.filters.http.stateful_session"
TYPES = "type.googleapis.com/envoy.extensions."
GROUP_COOKIE = "AWSALBTG"
STUCK_TO_HEADER: JSON = {
    NAME: {
        "@type": TYPES + "filters.http.stateful_session.v3.StatefulSessionPerRoute",
        "stateful_session": {
            "session_state": {
                "name": "envoy.http.stateful_session.header",
                "typed_config": {
                    "@type": TYPES + "http.stateful_session.header.v3.HeaderBasedSessionState",
                    "name": TARGET_HEADER,
                },
            }
        },
    }
}


def http_filter() -> JSON:
    """Return the filter; it acts only on routes that enable it."""
    return {
        "name": NAME,
        "typed_config": {"@type": TYPES + "filters.http.stateful_session.v3.StatefulSession"},
    }


def of_route(group: TargetGroup | None, between_groups_s: int | None = None) -> JSON:
    """Return the filter settings of a route to this group; empty without stickiness. Real seconds."""
    if group is None:
        return {}
    context: JSON = {}
    if between_groups_s is not None:
        context["group"] = {"id": group_id(group.arn), "duration_s": between_groups_s}
    if group.app_cookie is not None:
        context["target"] = {"application": group.app_cookie.name, "duration_s": group.app_cookie.duration_s}
    elif group.stickiness_s is not None:
        context["target"] = {"duration_s": group.stickiness_s}
    filters = sticky_settings(context) if context else {}
    if "target" in context:
        filters |= STUCK_TO_HEADER
    return {"typed_per_filter_config": filters} if filters else {}


def pinned_to(arn: str) -> JSON:
    """Return a match for requests whose cookie names this group."""
    return {
        "name": "cookie",
        "string_match": {"safe_regex": {"regex": rf"(?:.*;\s*)?{GROUP_COOKIE}(?:CORS)?={group_id(arn)}(?:\s*;.*)?"}},
    }


def group_id(arn: str) -> str:
    """Return the name of a target group in cookies."""
    return hashlib.sha256(arn.encode()).hexdigest()[:32]
