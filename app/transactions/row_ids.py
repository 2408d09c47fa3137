"""Ids of new rows, in the order in which they are stored.

Random ids would each go to a different page of the table's index, which takes half the time of an upload. These are
UUIDs of version 7 (RFC 9562, 6.2, a counter behind random bits): the time of the merge, random bits for it, and the
row's number. They are not secret: a row is only shown to its user.
"""

import secrets
import time

NUMBER_DIGITS = 6
RANDOM_DIGITS = 12


def beginning_of_ids() -> str:
    """Return all hexadecimal digits of an id except the last NUMBER_DIGITS, for the rows of one statement."""
    random = secrets.token_hex(RANDOM_DIGITS // 2)
    return f"{time.time_ns() // 1_000_000:012x}7{random[:3]}8{random[3:]}"
