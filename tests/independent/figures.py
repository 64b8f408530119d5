#!/usr/bin/env python3
"""Computes the network's figures from a Solana node alone, and holds the API's against them.

Nothing of the project is used but its IDL: transactions are read by JSON-RPC, their events decoded, and revenue by
day, supply with what is held by the program, burns, mints and every provider's score computed anew by the published
definitions. Whole numbers throughout. Standard library only.

Usage: figures.py [--api URL] [--rpc URL] [--idl FILE]      (else TALLY_API and TALLY_RPC)
"""

import argparse
import base64
import datetime
import json
import math
import os
import sys
import time
import urllib.parse
import urllib.request
from collections import defaultdict

TAG = bytes.fromhex("e445a52e51cb9a1d")
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DAY = 86_400
HALF_LIFE = 30 * DAY
MILLION = 10**6
NUMBERS = {"u8": (1, False), "u16": (2, False), "u32": (4, False), "u64": (8, False), "i32": (4, True), "i64": (8, True)}
ZERO = "1" * 32
# Seconds for which the API is waited for, which goes a little behind the node.
PATIENCE = 90


def base58_decode(text):
    value = 0
    for letter in text:
        value = value * 58 + ALPHABET.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + value.to_bytes((value.bit_length() + 7) // 8, "big")


def base58_encode(data):
    value, text = int.from_bytes(data, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


class Node:
    """A Solana node."""

    def __init__(self, url):
        self.url = url
        # Of the last transaction that was read.
        self.slot = 0

    def call(self, method, *parameters):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        request = urllib.request.Request(self.url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            reply = json.load(answer)
        if "error" in reply:
            raise SystemExit(f"{method}: {reply['error']}")
        return reply["result"]

    def transactions(self, program):
        """Successful transactions of a program, oldest first."""
        found, before = [], None
        while True:
            options = {"limit": 1000, "commitment": "finalized"}
            if before:
                options["before"] = before
            page = self.call("getSignaturesForAddress", program, options)
            found += [one["signature"] for one in page if one["err"] is None]
            if len(page) < 1000:
                break
            before = page[-1]["signature"]
        options = {"encoding": "json", "maxSupportedTransactionVersion": 0, "commitment": "finalized"}
        transactions = [self.call("getTransaction", signature, options) for signature in reversed(found)]
        self.slot = max(transaction["slot"] for transaction in transactions)
        return transactions

    def token_amount(self, account):
        """Base units in a token account; 0 if there is none."""
        found = self.call("getAccountInfo", account, {"encoding": "base64", "commitment": "finalized"})["value"]
        if not found:
            return 0
        data = base64.b64decode(found["data"][0])
        return int.from_bytes(data[64:72], "little")


class Idl:
    """Decodes events by the program's IDL."""

    def __init__(self, document):
        self.program = document["address"]
        self.types = {one["name"]: one["type"]["fields"] for one in document["types"] if one["type"]["kind"] == "struct"}
        self.events = {bytes(one["discriminator"]): one["name"] for one in document["events"]}

    def event(self, data):
        name = self.events[data[8:16]]
        value, rest = self.struct(name, data[16:])
        return name, value

    def struct(self, name, data):
        value = {}
        for field in self.types[name]:
            value[field["name"]], data = self.read(field["type"], data)
        return value, data

    def read(self, kind, data):
        if kind == "pubkey":
            return base58_encode(data[:32]), data[32:]
        if isinstance(kind, str):
            size, signed = NUMBERS[kind]
            return int.from_bytes(data[:size], "little", signed=signed), data[size:]
        if "array" in kind or "vec" in kind:
            if "vec" in kind:
                item, length, data = kind["vec"], int.from_bytes(data[:4], "little"), data[4:]
            else:
                item, length = kind["array"]
            if item == "u8":
                return data[:length], data[length:]
            values = []
            for _ in range(length):
                value, data = self.read(item, data)
                values.append(value)
            return values, data
        return self.struct(kind["defined"]["name"], data)


def events(node, idl):
    """Every event of the program, in order."""
    for transaction in node.transactions(idl.program):
        message, meta = transaction["transaction"]["message"], transaction["meta"]
        loaded = meta.get("loadedAddresses") or {"writable": [], "readonly": []}
        keys = message["accountKeys"] + loaded["writable"] + loaded["readonly"]
        for group in meta["innerInstructions"] or []:
            for instruction in group["instructions"]:
                data = base58_decode(instruction["data"])
                if keys[instruction["programIdIndex"]] == idl.program and data.startswith(TAG):
                    yield idl.event(data)


class Figures:
    """What events amount to."""

    def __init__(self):
        self.days = defaultdict(lambda: defaultdict(int))
        self.genesis = self.decimals = 0
        self.mint = self.stake_vault = self.treasury = ZERO
        self.vaults, self.terms, self.authorities = [], {}, {}
        self.settled, self.outcomes = defaultdict(int), defaultdict(list)
        self.count = 0

    def take(self, name, event):
        self.count += 1
        handler = getattr(self, name, None)
        if handler:
            handler(event)

    def add(self, at, **amounts):
        day = self.days[at - at % DAY]
        for name, amount in amounts.items():
            day[name] += amount

    def paid(self, event, usd, supply_side, treasury=0, **tokens):
        holders = usd - supply_side - treasury
        self.add(event["at"], fees=usd, supply_side=supply_side, holders=holders, treasury=treasury, **tokens)
        terms = self.terms[event["job"]]
        if self.authorities.get(event["provider"]) == terms["consumer"]:
            self.add(event["at"], self_dealt=usd)
        self.settled[event["job"]] += usd

    def outcome(self, event, success, usd):
        terms = self.terms[event["job"]]
        weight = usd * terms["parameters"]["take_bps"] // 10_000
        related = self.authorities[event["provider"]] == terms["consumer"]
        if weight and not related:
            self.outcomes[event["provider"]].append((success, weight, event["at"]))

    def Initialized(self, event):
        self.genesis, self.decimals = event["genesis_supply"], event["decimals"]
        self.mint, self.stake_vault, self.treasury = event["mint"], event["stake_vault"], event["treasury"]

    def ProviderRegistered(self, event):
        self.authorities[event["provider"]] = event["authority"]

    def JobOpened(self, event):
        self.terms[event["job"]] = event["terms"]
        if event["terms"]["mint"] == self.mint:
            self.vaults.append(event["vault"])

    def Converted(self, event):
        quoted = event["quoted"]
        supply_side = event["earned"] * quoted["mint"] // 10 ** quoted["scale"]
        self.paid(event, event["usd"], supply_side, burned=event["burned"])

    def StableSettled(self, event):
        self.paid(event, event["usd"], event["earned"], event["treasury"])

    def JobClosed(self, event):
        tokens = event["in_kind_paid"] + event["in_kind_burned"]
        supply_side = event["in_kind_usd"] * event["in_kind_paid"] // tokens if tokens else 0
        self.paid(event, event["in_kind_usd"], supply_side, burned=event["in_kind_burned"])
        self.outcome(event, True, self.settled[event["job"]])

    def slashed(self, event):
        self.add(event["at"], burned=event["burned"])
        self.outcome(event, False, event["bad"])

    JobFailed = CaseUpheld = ServiceCredited = slashed

    def CaseAnswered(self, event):
        self.add(event["at"], burned=event["slashed"])

    def DisputeResolved(self, event):
        self.outcome(event, False, event["bad"])

    def BuybackFilled(self, event):
        self.add(event["at"], burned=event["burned"])

    def Claimed(self, event):
        self.add(event["at"], minted=event["amount"])

    RebateClaimed = Claimed

    def total(self, name):
        return sum(day[name] for day in self.days.values())


def score(outcomes, now):
    """Lower and upper bound of Wilson's 95% interval in millionths, as /v1/reputation/formula states it."""
    weighed = [(good, weight >> max(now - at, 0) // HALF_LIFE) for good, weight, at in outcomes]
    total = sum(weight for _, weight in weighed)
    cut = max(total.bit_length() - 50, 0)
    weighed = [(good, weight >> cut) for good, weight in weighed]
    total = sum(weight for _, weight in weighed)
    if not total:
        return 0, MILLION
    good = sum(weight for good, weight in weighed if good)
    squares = sum(weight * weight for _, weight in weighed)
    n = total * total // squares * MILLION + total * total % squares * MILLION // squares
    np = n * good // total
    npq = np * (total - good) // total
    under = (npq + 960_400) * 3_841_600
    down = math.isqrt(under)
    up = down if down * down == under else down + 1
    middle, divisor = np + 1_920_800, n + 3_841_600
    bound = lambda numerator: min(numerator * MILLION // divisor, MILLION)
    return bound(max(middle - up, 0)), bound(middle + down)


class Api:
    """The API whose figures are held against the node's."""

    def __init__(self, url):
        self.url, self.equal, self.different = url, 0, []

    def get(self, path, **query):
        url = f"{self.url}{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)

    def all(self, path, **query):
        items = []
        while True:
            page = self.get(path, limit=200, **query)
            items += page["items"]
            if not page["next"]:
                return items
            query["cursor"] = page["next"]

    def hold(self, what, served, computed):
        if int(served) == computed:
            self.equal += 1
        else:
            self.different.append(f"{what}: the API says {served}, the chain {computed}")


def catch_up(api, slot):
    """Waits until the API's finalized figures include a slot, and were compared with the chain's accounts since."""
    deadline = time.monotonic() + PATIENCE
    while ((api.get("/v1/supply")["data"]["reconciled"] or {}).get("slot", 0)) < slot:
        if time.monotonic() > deadline:
            raise SystemExit(f"the API has not come to slot {slot} within {PATIENCE} seconds")
        time.sleep(0.5)


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def compare(api, node, figures):
    days = sorted(figures.days)
    first, last = days[0], days[-1]
    revenue = api.get("/v1/revenue", interval="day", **{"from": first, "to": last + DAY})["data"]
    for bucket in revenue["buckets"]:
        day = figures.days[seconds(bucket["start"])]
        for name in ["fees", "supply_side", "holders", "treasury", "self_dealt"]:
            api.hold(f"{name} of {bucket['start']}", bucket[name]["micro"], day[name])
        api.hold(f"revenue of {bucket['start']}", bucket["revenue"]["micro"], day["fees"] - day["supply_side"])
        for name in ["burned", "minted"]:
            api.hold(f"{name} on {bucket['start']}", bucket["tokens"][name]["base"], day[name])
    api.hold("days", len(revenue["buckets"]), (last - first) // DAY + 1)
    for name in ["fees", "supply_side", "holders", "treasury"]:
        api.hold(f"all {name}", revenue["total"][name]["micro"], figures.total(name))
    burned, minted = figures.total("burned"), figures.total("minted")
    api.hold("burns one by one", sum(int(one["amount"]["base"]) for one in api.all("/v1/burns")), burned)
    api.hold("mints one by one", sum(int(one["amount"]["base"]) for one in api.all("/v1/mints")), minted)
    work = sum(int(one["usd"]["micro"]) for one in api.all("/v1/conversions"))
    api.hold("conversions one by one", work, figures.total("fees"))
    api.hold("events", len(api.all("/v1/events")), figures.count)

    supply = api.get("/v1/supply")["data"]
    on_chain = int(node.call("getTokenSupply", figures.mint, {"commitment": "finalized"})["value"]["amount"])
    elsewhere = figures.genesis + minted - burned - on_chain
    api.hold("total supply", supply["total"]["base"], on_chain)
    api.hold("minted ever", supply["minted"]["base"], minted)
    api.hold("burned here", supply["burned_here"]["base"], burned)
    api.hold("burned elsewhere", supply["burned_elsewhere"]["base"], elsewhere)
    # Tokens that strangers gave to vaults are in no event: the API names them as what was found above what was expected.
    compared = {one["subject"]: one for one in api.get("/v1/reconciliation")["data"]["subjects"]}
    gifts = sum(int(compared[vault]["found"]) - int(compared[vault]["expected"]) for vault in ["stake_vault", "job_vaults"])
    held = node.token_amount(figures.stake_vault) + sum(map(node.token_amount, figures.vaults))
    excluded = {one["name"]: int(one["amount"]["base"]) for one in supply["excluded"]}
    treasury = excluded.pop("treasury")
    api.hold("what is excluded but the treasury's", sum(excluded.values()) + gifts, held)
    api.hold("circulating supply", supply["circulating"]["base"], on_chain - held + gifts - treasury)
    liabilities = api.get("/v1/liabilities")["data"]["mints"][0]
    api.hold("held by the program", liabilities["held"]["base"], held - gifts)

    providers = api.all("/v1/providers")
    api.hold("providers", len(providers), len(figures.authorities))
    for one in providers:
        account, reputation = one["provider"], one["reputation"]
        low, high = score(figures.outcomes[account], seconds(reputation["computed_at"]))
        api.hold(f"score of {account}", reputation["score"], low)
        api.hold(f"upper bound of {account}", reputation["interval"]["high"], high)
        api.hold(f"outcomes of {account}", reputation["outcomes"], len(figures.outcomes[account]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--api", default=os.environ.get("TALLY_API"))
    parser.add_argument("--rpc", default=os.environ.get("TALLY_RPC"))
    parser.add_argument("--idl", default=os.path.join(here, "../../programs/idl/settlement.json"))
    given = parser.parse_args()
    if not given.api or not given.rpc:
        parser.error("name the API and the node, with --api and --rpc or TALLY_API and TALLY_RPC")
    with open(given.idl) as file:
        idl = Idl(json.load(file))
    node, api, figures = Node(given.rpc), Api(given.api), Figures()
    for name, event in events(node, idl):
        figures.take(name, event)
    catch_up(api, node.slot)
    compare(api, node, figures)
    for line in api.different:
        print(line, file=sys.stderr)
    print(f"{figures.count} events read from the node; {api.equal} figures of the API are equal, {len(api.different)} differ")
    raise SystemExit(1 if api.different else 0)


if __name__ == "__main__":
    main()
