import { describe, expect, it } from "vitest";
import { bucket, moment, relative, span, tick } from "../src/time";

describe("a moment", () => {
  it("is told in UTC", () => {
    expect(moment("2026-11-30T23:59:30Z")).toBe("30 Nov 2026, 23:59");
  });

  it("is before or after another one", () => {
    expect(relative("2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z")).toBe("now");
    expect(relative("2026-11-29T22:30:00Z", "2026-11-30T00:00:00Z")).toBe("1 hour ago");
    expect(relative("2026-12-02T00:00:00Z", "2026-11-30T00:00:00Z")).toBe("in 2 days");
  });
});

describe("a bucket", () => {
  it("is called by its length", () => {
    expect(bucket("2026-11-30T05:00:00Z", "hour")).toBe("30 Nov, 05:00");
    expect(tick("2026-11-30T05:00:00Z", "hour")).toBe("05:00");
    expect(bucket("2026-11-30T00:00:00Z", "day")).toBe("30 Nov");
    expect(tick("2026-11-01T00:00:00Z", "month")).toBe("Nov 2026");
  });
});

describe("a span", () => {
  it("is told in its largest unit", () => {
    expect(span(0)).toBe("0 seconds");
    expect(span(59)).toBe("59 seconds");
    expect(span(3_600)).toBe("1 hour");
    expect(span(200_000)).toBe("2 days");
  });
});
