"""The rule of a composite alarm: `ALARM("a") AND NOT (OK(b) OR AT_LEAST(2, ALARM, (c, d, e)))`. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARACTERS = 10_240
MAX_ALARMS = 100
MAX_DEPTH = 50
STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
TOKEN = re.compile(r'\s*(?:(?P<sign>[(),])|"(?P<quoted>(?:\\.|[^"\\])+)"|(?P<word>[^\s(),"]+))')
ARN = re.compile(r"arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:(.+)")

Test = Callable[[Mapping[str, str]], bool]


class WrongRule(Exception):
    """The rule cannot be parsed; the message says where."""


@dataclass(frozen=True)
class AlarmRule:
    """A parsed rule. `alarms`: the names it mentions, in the order of the rule; `arns`: those given as ARNs."""

    alarms: tuple[str, ...]
    arns: tuple[str, ...]
    _test: Test

    def holds(self, states: Mapping[str, str]) -> bool:
        """Return True when the composite alarm is in ALARM. `states`: name -> state; a missing alarm has no state."""
        return self._test(states)


@lru_cache
def parse(text: str) -> AlarmRule:
    """Parse a rule. NOT binds more tightly than AND, AND more tightly than OR. Errors: WrongRule."""
    if len(text) > MAX_CHARACTERS:
        raise WrongRule(f"has {len(text)} characters, at most {MAX_CHARACTERS} are allowed")
    return _Parser(text).rule()


class _Parser:
    """Recursive descent parser."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._next = 0
        self._alarms: dict[str, None] = {}
        self._arns: dict[str, None] = {}
        self._depth = 0
        position = 0
        while position < len(text.rstrip()):
            found = TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise WrongRule(f"not understood at {text[position : position + 20]!r}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()

    def rule(self) -> AlarmRule:
        test = self._any()
        if self._next < len(self._tokens):
            raise WrongRule(f"not understood at {self._tokens[self._next][1]!r}")
        if len(self._alarms) > MAX_ALARMS:
            raise WrongRule(f"names {len(self._alarms)} alarms, at most {MAX_ALARMS} are allowed")
        return AlarmRule(tuple(self._alarms), tuple(self._arns), test)

    def _any(self) -> Test:
        tests = [self._all()]
        while self._takes("word", "OR"):
            tests.append(self._all())
        return lambda states: any(test(states) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._takes("word", "AND"):
            tests.append(self._one())
        return lambda states: all(test(states) for test in tests)

    def _one(self) -> Test:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise WrongRule(f"nests more than {MAX_DEPTH} levels of NOT and brackets")
        test = self._operand()
        self._depth -= 1
        return test

    def _operand(self) -> Test:
        if self._takes("word", "NOT"):
            inner = self._one()
            return lambda states: not inner(states)
        if self._takes("sign", "("):
            inner = self._any()
            self._needs(")")
            return inner
        kind, word = self._token()
        self._next += 1
        if kind == "word" and word in ("TRUE", "FALSE"):
            return lambda states: word == "TRUE"
        if kind == "word" and word == "AT_LEAST":
            return self._at_least()
        if kind != "word" or word not in STATES:
            raise WrongRule(f"should be one of {', '.join(STATES)}, AT_LEAST, TRUE, FALSE, NOT or '(', got {word!r}")
        self._needs("(")
        name = self._name()
        self._needs(")")
        return lambda states: states.get(name) == word

    def _at_least(self) -> Test:
        """Parse AT_LEAST(2 or 50%, ALARM or NOT ALARM, (a, b, ...))."""
        self._needs("(")
        count = re.fullmatch(r"([1-9][0-9]{0,2})(%?)", self._token()[1])
        if count is None:
            raise WrongRule(f"AT_LEAST: should be a number or a percentage, got {self._token()[1]!r}")
        self._next += 1
        self._needs(",")
        negated = self._takes("word", "NOT")
        _, state = self._token()
        if state not in STATES:
            raise WrongRule(f"AT_LEAST: should be one of {', '.join(STATES)}, got {state!r}")
        self._next += 1
        self._needs(",")
        self._needs("(")
        names = [self._name()]
        while self._takes("sign", ","):
            names.append(self._name())
        self._needs(")")
        self._needs(")")
        share, needed = bool(count[2]), int(count[1])

        def test(states: Mapping[str, str]) -> bool:
            found = sum((states.get(name) == state) != negated for name in names)
            return found * 100 >= needed * len(names) if share else found >= needed

        return test

    def _name(self) -> str:
        kind, text = self._token()
        if kind not in ("word", "quoted"):
            raise WrongRule(f"should be the name or ARN of an alarm, got {text!r}")
        self._next += 1
        name = re.sub(r"\\(.)", r"\1", text) if kind == "quoted" else text
        if arn := ARN.fullmatch(name):
            self._arns[name] = None
            name = arn[1]
        self._alarms[name] = None
        return name

    def _token(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "the end")

    def _takes(self, kind: str, text: str) -> bool:
        if self._token() != (kind, text):
            return False
        self._next += 1
        return True

    def _needs(self, sign: str) -> None:
        if not self._takes("sign", sign):
            raise WrongRule(f"should be {sign!r}, got {self._token()[1]!r}")
