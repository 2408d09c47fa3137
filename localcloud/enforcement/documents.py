"""Stored policy documents, parsed once, with the condition keys that they mention."""

import logging
from dataclasses import dataclass
from functools import lru_cache

from localcloud.authorization.errors import PolicyError
from localcloud.authorization.patterns import keys_in
from localcloud.authorization.policies import Policy, Statement, read_policy

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Document:
    """A policy, and the names of condition keys in its conditions and variables, in lower case. `text`: its JSON."""

    text: str
    policy: Policy
    keys: frozenset[str]


@lru_cache(maxsize=2048)
def document(text: str, name: str) -> Document:
    """Read a stored policy. One that AWS would have refused, and moto did not, counts as having no statements."""
    try:
        policy = read_policy(text, name)
    except PolicyError:
        log.exception("A stored policy cannot be read", extra={"action": "policy_unreadable", "policy": name})
        policy = Policy(name=name, statements=())
    mentioned = {condition.key for statement in policy.statements for condition in statement.conditions}
    mentioned |= {key for statement in policy.statements for key in _variables(statement)}
    return Document(text, policy, frozenset(key.lower() for key in mentioned))


def _variables(statement: Statement) -> list[str]:
    texts = [*(statement.resources or ()), *(statement.not_resources or ())]
    texts += [value for condition in statement.conditions for value in condition.values]
    return [key for text in texts for key in keys_in(text)]
