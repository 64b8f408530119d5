"""What the OpenAPI document cannot say of a value, and what of an answer no schema can.

Formats: how values look that the service takes. A pattern cannot tell which 44 characters are 32 bytes, or which of 32
days a month has. Half of the addresses are of the market that is served, so that answers are more than refusals.

Checks: an address to read on at leads on, and what was answered with an ETag is answered with 304 when it is asked for again.
"""

import base64
import datetime
import os

import schemathesis
from hypothesis import strategies as st

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
KNOWN = os.environ["TALLY_CONTRACT_KNOWN"].split(",")


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


UNKNOWN = st.binary(min_size=32, max_size=32).map(base58)
schemathesis.openapi.format("solana-address", st.sampled_from(KNOWN) | UNKNOWN)

MOMENTS = st.datetimes(datetime.datetime(2001, 9, 10), datetime.datetime(2199, 12, 31))
WRITTEN = (
    lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    lambda moment: moment.strftime("%Y-%m-%d"),
    lambda moment: str(int(moment.replace(tzinfo=datetime.timezone.utc).timestamp())),
)
schemathesis.openapi.format("moment", st.builds(lambda moment, write: write(moment), MOMENTS, st.sampled_from(WRITTEN)))

# Key, signature and a receipt without a commitment to results.
RECEIPTS = st.binary(min_size=32 + 64 + 88, max_size=32 + 64 + 88)
schemathesis.openapi.format("signed-receipt", RECEIPTS.map(lambda data: base64.b64encode(data).decode()))

EPOCHS = st.lists(st.integers(0, 30_000), min_size=1, max_size=6, unique=True)
schemathesis.openapi.format("epochs", EPOCHS.map(lambda indices: ",".join(map(str, indices))))


@schemathesis.hook
def map_case(context, case):
    """Nobody can make up a cursor: those that the service has given are followed below."""
    if case.meta is None or case.meta.generation.mode.is_positive:
        for values, name in ((case.query, "cursor"), (case.headers, "Last-Event-ID")):
            if values is not None:
                values.pop(name, None)
    return case


def is_page(response) -> bool:
    kind = response.headers.get("content-type", [""])[0]
    return response.status_code == 200 and kind.startswith("application/json")


@schemathesis.check
def cursor_leads_on(context, response, case) -> None:
    """The next page of every page is there, without a row of the page before."""
    if not is_page(response) or "/events/stream" in case.path:
        return
    page = response.json()
    following = page.get("next") if isinstance(page, dict) else None
    if following is None:
        return
    query = {**(case.query or {}), "cursor": following}
    behind = case.operation.Case(path_parameters=case.path_parameters, query=query).call(
        base_url=case.operation.base_url
    )
    assert behind.status_code == 200, f"next leads to {behind.status_code}: {behind.text}"
    rows = page["items"]
    again = [row for row in behind.json()["items"] if row in rows]
    assert not again, f"the next page has rows of this one again: {again}"


@schemathesis.check
def etag_is_honoured(context, response, case) -> None:
    """What has not changed is not sent again."""
    etag = response.headers.get("etag")
    if response.status_code != 200 or not etag or case.method != "GET":
        return
    headers = {**(case.headers or {}), "If-None-Match": etag[0]}
    again = case.operation.Case(
        path_parameters=case.path_parameters, query=case.query, headers=headers
    ).call(base_url=case.operation.base_url)
    assert again.status_code == 304, f"the same ETag is answered with {again.status_code}"
