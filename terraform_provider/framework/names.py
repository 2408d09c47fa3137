"""Names that the provider chooses: from a prefix, or its own."""

import itertools
import threading
import time
from datetime import UTC, datetime

from terraform_provider.values.unknown import State

OWN_PREFIX = "terraform-"
_counter = itertools.count(1)
_lock = threading.Lock()


def chosen_name(planned: State, name: str = "name", prefix: str = "name_prefix") -> str:
    """Return the name of the plan, or a new one that begins with the prefix."""
    if planned.get(name):
        return str(planned[name])
    return (planned.get(prefix) or OWN_PREFIX) + unique_suffix()


def prefix_of(name: str) -> str:
    """Return the prefix of a name that was chosen here; "" for any other."""
    head, suffix = name[:-SUFFIX_LENGTH], name[-SUFFIX_LENGTH:]
    is_ours = len(name) > SUFFIX_LENGTH and all(sign in "0123456789abcdef" for sign in suffix)
    return head if is_ours and suffix[:18].isdigit() else ""


SUFFIX_LENGTH = 26


def unique_suffix() -> str:
    """Return 26 characters that sort by time, as Terraform creates them: 18 digits of a time, 8 of a counter."""
    with _lock:
        moment = datetime.fromtimestamp(time.time(), UTC)
        return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 100:04d}{next(_counter):08x}"
