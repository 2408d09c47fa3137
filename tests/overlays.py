"""The services that have an overlay, as localcloud/parts.py lists them."""

import inspect
import re

from localcloud.parts import overlays


def listed() -> str:
    """Return the text of the list."""
    found = re.search(r"return \{(.*?)\n    \}", inspect.getsource(overlays), re.S)
    assert found is not None, "parts.overlays lists nothing"
    return found[1]


def names() -> set[str]:
    """Return their signing names."""
    return set(re.findall(r'"([a-z-]+)":', listed()))
