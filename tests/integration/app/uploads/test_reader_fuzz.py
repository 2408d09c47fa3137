"""Files damaged at random: each is read or refused, and no reader fails in another way.

Seconds in every run of the tests, FUZZ_SECONDS (an hour) among the long tests. A failure names the file's seed.
"""

import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from app.platform.errors import InvalidInputError
from app.uploads.readers import BROKEN, Limits, Readers
from app.uploads.staging import OnError
from app.workers.client import Workers

CSV = (
    b"account_id,transaction_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending,"
    b"iso_currency_code\n"
    b'checking,t1,2026-01-05,4.50,"Blue ""Door"", Ltd",in store,FOOD_AND_DRINK,false,USD\n'
    b"checking,t2,2026-01-06,-3000.00,Employer,other,INCOME,true,EUR\r\n"
)
JSON = (
    b'{"accounts":[{"account_id":"a1","type":"credit","subtype":"credit card","name":"Card"}],"transactions":['
    b'{"account_id":"a1","transaction_id":"t1","date":"2026-01-05","amount":4.50,"iso_currency_code":"USD",'
    b'"merchant_name":"Blue \\"Door\\" \\u00e9\\ud83d\\ude00","payment_channel":"in store","pending":false,'
    b'"personal_finance_category":{"primary":"FOOD_AND_DRINK","detailed":"FOOD_AND_DRINK_COFFEE"}},'
    b'{"account_id":"a1","transaction_id":"t2","date":"2026-01-06","amount":-1e2,"iso_currency_code":null,'
    b'"category":["Food","Coffee"],"name":"x","payment_channel":"online","pending":true}],'
    b'"removed":[{"transaction_id":"t0"}]}'
)
OFX = (
    b"OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n<OFX><BANKMSGSRSV1>"
    b"<STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>12345<ACCTTYPE>CHECKING</BANKACCTFROM>"
    b"<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260105120000.000[-5:EST]<TRNAMT>-4.50<FITID>f1<NAME>Blue &amp; "
    b"Door<MEMO>m</STMTTRN><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260106<TRNAMT>3,000<FITID>f2<NAME>Job</STMTTRN>"
    b"</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
)
XML = b'<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?>' + OFX[OFX.index(b"<OFX>") :]
FILES = (CSV, JSON, OFX, XML)
PIECES = (
    b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"\0", b"\\", b"{", b"}", b"[", b"]", b":", b"<", b">", b"</", b"&",
    b"&#", b"&#x110000;", b"&#99999999999;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\xc3", b"\xf0\x9f\x98\x80",
    b"NaN", b"Infinity", b"-0", b"1e999999999", b"-1e-999999999", b"0.1" + b"0" * 50, b"1" * 30, b"9" * 400, b"null",
    b"true", b"2026-02-30", b"0000-00-00", b"99999999", b"+", b"-", b".", b"\xe2\x80\xa8", b"\x1a", b"\x85", b" " * 300,
    b"CHARSET:utf-16", b"ENCODING:UNICODE", b"CHARSET:idna", b"<STMTTRN>", b"</STMTTRN>", b"<CURDEF>XXX", b"KWD",
)  # fmt: skip
LONG = (b"1", b"x", b'"', b"\\", b"[", b"{", b"<", b"&", b"\n", b",", b"\0", b"<a>", b"\xff")
QUICK_S = 6.0


def fuzzed(chance: random.Random) -> bytes:
    """A file made wrong in a few places."""
    content = bytearray(chance.choice(FILES))
    for _ in range(chance.choice((1, 1, 2, 3, 5, 10))):
        at = chance.randrange(len(content) + 1)
        until = min(len(content), at + chance.choice((1, 2, 8, 40, 200)))
        match chance.randrange(8):
            case 0:
                del content[at:until]
            case 1:
                content[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 20))
            case 2:
                content[at:until] = chance.choice(PIECES)
            case 3:
                content[at:at] = content[at:until] * chance.choice((1, 2, 50))
            case 4:
                content[at:until] = chance.randbytes(until - at)
            case 5:
                del content[at:]
            case 6:
                content[at:at] = chance.choice(LONG) * chance.choice((500, 5000, 65_600, 140_000))
            case _:
                other = chance.choice(FILES)
                content[at:until] = other[: chance.randrange(len(other))]
        if len(content) > 1_000_000:
            break
    return bytes(content).decode("latin-1").encode("utf-16") if chance.random() < 0.02 else bytes(content)


async def outcome(readers: Readers, content: bytes, on_error: OnError) -> str:
    """Return how reading ended: a refusal's detail, or what was read."""
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as rows:
        file.write(content)
        try:
            staged = await readers.read(file, rows, on_error)
        except InvalidInputError as exc:
            return exc.detail
        rows.seek(0)
        if staged.refused:
            assert staged.problems, "refused without a reason"
            return "refused"
        assert rows.read().count(b"\n") >= staged.good
        return "read"


async def fuzz(seeds: Iterator[int], seconds: float) -> Counter[str]:
    """Read files until the time is over."""
    readers = Readers(Workers(cpus=4), Limits(cpu_s=5))
    found: Counter[str] = Counter()
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            seed = next(seeds)
            chance = random.Random(seed)  # noqa: S311 - data, not keys
            ending = await outcome(readers, fuzzed(chance), chance.choice(list(OnError)))
            assert ending in {"read", "refused"}, f"seed {seed}: {ending}" + (" (broken)" if BROKEN in ending else "")
            found[ending] += 1
    finally:
        readers.workers.close()
    return found


@pytest.mark.long
def test_some_hundred_files_made_wrong_are_read_or_refused():
    found = asyncio.run(fuzz(iter(range(1_000_000)), QUICK_S))
    assert found["read"] and found["refused"]


@pytest.mark.full
def test_an_hour_of_files_made_wrong_are_read_or_refused():
    seconds = float(os.environ.get("FUZZ_SECONDS", "3600"))
    first = random.SystemRandom().randrange(1 << 48)
    found = asyncio.run(fuzz(iter(range(first, first + (1 << 40))), seconds))
    assert found["read"] and found["refused"]
