import { describe, expect, it } from "vitest";
import { chainOf, base58, fromBase64 } from "../src/wallet/encoding";
import { describing, filled, serves, wrong } from "../src/wallet/forms";

const ORIGIN = "http://tally.test";

describe("an Action's link", () => {
  it("is filled in with what was answered", () => {
    const link = "/v1/actions/open-job?provider=P&budget={budget}&rate={rate}&meter={meter}";
    expect(filled(link, { budget: " 25 ", rate: "2.5", meter: "M&x" }, ORIGIN)).toBe(
      "/v1/actions/open-job?provider=P&budget=25&rate=2.5&meter=M%26x",
    );
  });

  it("leaves out what was left empty", () => {
    expect(filled("/v1/actions/top-up?job=J&budget={budget}", { budget: "" }, ORIGIN)).toBe("/v1/actions/top-up?job=J");
    expect(filled("/v1/actions/claim", {}, ORIGIN)).toBe("/v1/actions/claim");
  });

  it("to anywhere else than an Action of this service is refused", () => {
    for (const link of [
      "http://evil.test/v1/actions/claim",
      "//evil.test/v1/actions/claim",
      "/v1/supply",
      "/v1/actions/../supply",
    ]) {
      expect(() => filled(link, {}, ORIGIN), link).toThrow("none of its Actions");
    }
  });

  it("is asked for with what the Action wants to know, and no more", () => {
    expect(describing("claim", { provider: "P", rate: "2.5" })).toBe("/v1/actions/claim?provider=P");
    expect(describing("claim", {})).toBe("/v1/actions/claim");
    expect(serves("claim")).toBe(true);
    expect(serves("toString")).toBe(false);
  });
});

describe("an answer in a form", () => {
  const budget = { type: "text", name: "budget", label: "Budget in USD", required: true };
  const decimal = { pattern: "^[0-9]+(\\.[0-9]+)?$", patternDescription: "A number such as 12.5" };

  it("may be missing only if it is not required", () => {
    expect(wrong(budget, " ")).toBe("Budget in USD is missing.");
    expect(wrong({ ...budget, required: false }, "")).toBeUndefined();
  });

  it("must look as the Action says", () => {
    expect(wrong({ ...budget, ...decimal }, "12,5")).toBe("Budget in USD: A number such as 12.5.");
    expect(wrong({ ...budget, ...decimal }, "12.5")).toBeUndefined();
  });
});

describe("bytes", () => {
  it("are written in base58, zeros before them included", () => {
    expect(base58(new Uint8Array(32))).toBe("1".repeat(32));
    expect(base58(Uint8Array.of(0, 0, 1))).toBe("112");
    expect(base58(new TextEncoder().encode("Hello World!"))).toBe("2NEpo7TZRRrLZSi2U");
  });

  it("are read from base64", () => {
    expect([...fromBase64("AAH/")]).toEqual([0, 1, 255]);
  });
});

describe("a cluster", () => {
  it("has the name that wallets know it by", () => {
    expect(chainOf("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")).toBe("solana:mainnet");
    expect(chainOf("solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1")).toBe("solana:devnet");
    expect(chainOf("solana:somebodysownclusterofthatname")).toBe("solana:localnet");
    expect(chainOf(null)).toBe("solana:localnet");
  });
});
