import { describe, expect, it } from "vitest";
import { plainRate, rate } from "../src/rates";
import { dollars, gpuHours, parse, percent, price, round, share, shown, trimmed, write } from "../src/amount";

describe("an amount", () => {
  it("keeps every digit of a number that no float can hold", () => {
    expect(shown("90071992547409931.123456789", 9)).toBe("90,071,992,547,409,931.123456789");
  });

  it("is rounded half away from zero, and carries", () => {
    expect(shown("0.005", 2)).toBe("0.01");
    expect(shown("999.995", 2)).toBe("1,000.00");
    expect(shown("-2.345", 2)).toBe("−2.35");
  });

  it("is never shown as zero unless it is zero", () => {
    expect(shown("0.000001", 2)).toBe("0.000001");
    expect(shown("-0.0004", 2)).toBe("−0.0004");
    expect(shown("0.000000", 2)).toBe("0.00");
  });

  it("gets the places that it lacks", () => {
    expect(shown("12", 2)).toBe("12.00");
    expect(write(round({ units: 12n, places: 0 }, 3))).toBe("12.000");
  });

  it("that cannot be read is shown as it came", () => {
    expect(shown("1e9", 2)).toBe("1e9");
    expect(parse("")).toBeUndefined();
    expect(parse("1.")).toBeUndefined();
  });

  it("in dollars has its sign before the dollar", () => {
    expect(dollars({ micro: "1234567890", usd: "1234.56789" })).toBe("$1,234.57");
    expect(dollars({ micro: "-500000", usd: "-0.5" })).toBe("−$0.50");
  });
});

describe("a share", () => {
  it("is a percentage of the whole", () => {
    expect(share(1n, 3n)).toBe("33.33%");
    expect(share(0n, 3n)).toBe("0.00%");
    expect(share(1n, 10n ** 9n)).toBe("under 0.01%");
    expect(share(1n, 0n)).toBe("—");
  });

  it("in basis points or millionths is one too", () => {
    expect(percent(500, 4)).toBe("5.00%");
    expect(percent(951_249, 6, 1)).toBe("95.1%");
  });
});

describe("what the chain counts", () => {
  it("has its price by mantissa and exponent", () => {
    expect(price("200000000", -8)).toBe("2");
    expect(price("12345", -3)).toBe("12.345");
    expect(price("7", 2)).toBe("700");
  });

  it("has GPU hours of its milliseconds", () => {
    expect(gpuHours("3600000")).toBe("1.00");
    expect(gpuHours("144000000")).toBe("40.00");
    expect(gpuHours("1800")).toBe("0.00");
  });

  it("loses zeros at the end of a fraction, and no others", () => {
    expect(trimmed("2.500000")).toBe("2.5");
    expect(trimmed("100")).toBe("100");
    expect(trimmed("100.000")).toBe("100");
  });
});

describe("a rate", () => {
  it("is exact, with the cents at least", () => {
    expect(rate("2500000")).toBe("2.50");
    expect(rate("2505000")).toBe("2.505");
    expect(rate("1234000000")).toBe("1,234.00");
    expect(rate("1")).toBe("0.000001");
  });

  it("is written for a form as the form takes it", () => {
    expect(plainRate("1234500000")).toBe("1234.5");
    expect(plainRate("100000000")).toBe("100");
  });
});
