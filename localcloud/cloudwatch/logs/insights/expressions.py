"""Recursive descent parser of a query's expressions: `or` binds loosest, signs and calls bind tightest."""

from localcloud.cloudwatch.logs.insights.aggregates import AGGREGATES
from localcloud.cloudwatch.logs.insights.functions import FUNCTIONS, PERIOD_FUNCTIONS
from localcloud.cloudwatch.logs.insights.periods import unit_of
from localcloud.cloudwatch.logs.insights.syntax import (
    Aggregate,
    Call,
    Expression,
    Field,
    Literal,
    MalformedQuery,
    Pattern,
    Period,
)
from localcloud.cloudwatch.logs.insights.tokens import Token, Tokens, compiled

COMPARISONS = ("=", "!=", "<", ">", "<=", ">=")


class Expressions:
    """Reads expressions from the parser's tokens. `has_aggregates`: whether functions over many rows are allowed."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.has_aggregates = False

    def expression(self) -> Expression:
        """Errors: MalformedQuery."""
        left = self._all_of()
        while self._tokens.take_if("or"):
            left = Call("or", (left, self._all_of()))
        return left

    def field(self) -> Field:
        """Errors: MalformedQuery."""
        token = self._tokens.expect_kind("name")
        return _field(token)

    def _all_of(self) -> Expression:
        left = self._denied()
        while self._tokens.take_if("and"):
            left = Call("and", (left, self._denied()))
        return left

    def _denied(self) -> Expression:
        if self._tokens.take_if("not"):
            return Call("not", (self._denied(),))
        return self._compared()

    def _compared(self) -> Expression:
        left = self._sum()
        while True:
            if sign := self._tokens.take_if(*COMPARISONS):
                left = Call(sign.text, (left, self._sum()))
            elif self._tokens.take_if("=~") or self._tokens.take_if("like"):
                left = Call("like", (left, self._pattern()))
            elif self._tokens.take_if("in"):
                left = Call("in", (left, *self._listed()))
            elif self._tokens.take_if("not"):
                if self._tokens.take_if("like"):
                    left = Call("not", (Call("like", (left, self._pattern())),))
                else:
                    self._tokens.expect("in")
                    left = Call("not", (Call("in", (left, *self._listed())),))
            else:
                return left

    def _pattern(self) -> Expression:
        """Parse what follows `like`: a regular expression, or text that the value must contain."""
        if self._tokens.next.text == "/":
            return Pattern(self._tokens.expression())
        return self._sum()

    def _listed(self) -> list[Expression]:
        self._tokens.expect("[")
        members = [self._sum()]
        while self._tokens.take_if(","):
            members.append(self._sum())
        self._tokens.expect("]")
        return members

    def _sum(self) -> Expression:
        left = self._product()
        while sign := self._tokens.take_if("+", "-"):
            left = Call(sign.text, (left, self._product()))
        return left

    def _product(self) -> Expression:
        left = self._power()
        while sign := self._tokens.take_if("*", "/", "%"):
            left = Call(sign.text, (left, self._power()))
        return left

    def _power(self) -> Expression:
        base = self._signed()
        if self._tokens.take_if("^"):
            return Call("^", (base, self._power()))
        return base

    def _signed(self) -> Expression:
        if self._tokens.take_if("-"):
            return Call("-", (Literal(0), self._signed()))
        return self._primary()

    def _primary(self) -> Expression:
        token = self._tokens.next
        if self._tokens.take_if("("):
            inner = self.expression()
            self._tokens.expect(")")
            return inner
        if token.kind == "number":
            return Literal(_number(self._tokens.take().text))
        if token.kind == "period":
            return self._period()
        if token.kind == "text":
            return Literal(self._tokens.take().content)
        if token.kind != "name" or token.word in ("and", "or", "as", "by", "in", "like"):
            raise self._tokens.unexpected()
        self._tokens.take()
        if self._tokens.next.text == "(" and self._tokens.next.kind == "sign":
            return self._call(token)
        if token.word in ("true", "false"):
            return Literal(token.word == "true")
        return _field(token)

    def _period(self) -> Period:
        token = self._tokens.take()
        digits = token.text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        unit = unit_of(token.text[len(digits) :])
        if unit is None or int(digits) == 0:
            raise self._tokens.unexpected(token)
        return Period(int(digits), unit)

    def _call(self, token: Token) -> Expression:
        name = token.word
        if name in AGGREGATES and self.has_aggregates:
            return self._aggregate(name, token)
        if name not in FUNCTIONS:
            known = name in AGGREGATES
            why = "works only in the command stats" if known else "is not supported by this local cloud"
            raise MalformedQuery(f"{self._tokens.unexpected(token)}: the function {token.text} {why}")
        self._tokens.expect("(")
        arguments: list[Expression] = []
        if not self._tokens.take_if(")"):
            arguments.append(self._argument())
            while self._tokens.take_if(","):
                arguments.append(self._argument())
            self._tokens.expect(")")
        least, most = FUNCTIONS[name].takes
        needs_period = name in PERIOD_FUNCTIONS
        if not least <= len(arguments) <= most or needs_period != isinstance(arguments[-1:] and arguments[-1], Period):
            raise MalformedQuery(f"{self._tokens.unexpected(token)}: wrong arguments for {token.text}")
        if name == "regex_replace" and isinstance(arguments[1], Literal):
            arguments[1] = Pattern(compiled(str(arguments[1].value)))
        return Call(name, tuple(arguments))

    def _argument(self) -> Expression:
        if self._tokens.next.text == "/" and self._tokens.next.kind == "sign":
            return Pattern(self._tokens.expression())
        return self.expression()

    def _aggregate(self, name: str, token: Token) -> Aggregate:
        self._tokens.expect("(")
        self.has_aggregates = False  # Aggregates cannot be nested.
        argument: Expression | None = None
        parameter: float | None = None
        if not self._tokens.take_if("*") and self._tokens.next.text != ")":
            argument = self.expression()
        if self._tokens.take_if(","):
            parameter = float(self._tokens.expect_kind("number").text)
        self._tokens.expect(")")
        self.has_aggregates = True
        is_right = (name == "pct") == (parameter is not None) and (name == "count" or argument is not None)
        if not is_right or (parameter is not None and not 0 <= parameter <= 100):
            raise MalformedQuery(f"{self._tokens.unexpected(token)}: wrong arguments for {token.text}")
        return Aggregate(name, argument, parameter)


def _field(token: Token) -> Field:
    return Field(".".join(token.path), token.path)


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)
