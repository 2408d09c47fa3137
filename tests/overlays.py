"""The services that have an overlay, as localcloud/parts.py lists them."""

import inspect
import re

from localcloud.parts import connect


def listed() -> str:
    """Return the text of the list."""
    found = re.search(r"overlays \|= \{(.*?)\n    \}", inspect.getsource(connect), re.S)
    assert found is not None, "nothing is added to `overlays`"
    return found[1]


def names() -> set[str]:
    """Return their signing names."""
    return set(re.findall(r'"([a-z-]+)":', listed()))
