"""IP protocols: names in code, numbers in EC2's responses."""

NUMBERS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58", "ipv6-icmp": "58"}
"""The common protocols. The system's own list of all others may be absent, as in small containers."""


def number_of_protocol(text: str) -> str:
    """Return the number of a protocol that is in the list, as text; any other text is returned unchanged."""
    return NUMBERS.get(text.lower(), text)
