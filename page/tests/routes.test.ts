import { describe, expect, it } from "vitest";
import { href, place, route, short, title } from "../src/routes";

const ADDRESS = "Bd6cKTGn7yVVYrnq4ZLvFUSsUJ1RcxzS8Trbs5FvyiJ9";

describe("a path", () => {
  it("leads to its view", () => {
    expect(route("/")).toEqual({ view: "overview" });
    expect(route("/jobs")).toEqual({ view: "jobs" });
    expect(route(`/jobs/${ADDRESS}`)).toEqual({ view: "job", address: ADDRESS });
    expect(route(`/providers/${ADDRESS}/`)).toEqual({ view: "provider", address: ADDRESS });
    expect(route(`/consumers/${ADDRESS}`)).toEqual({ view: "consumer", address: ADDRESS });
  });

  it("that leads nowhere says why", () => {
    expect(route("/nothing")).toMatchObject({ view: "missing", why: expect.stringContaining("/nothing") });
    expect(route("/jobs/0OIl")).toMatchObject({ view: "missing", why: expect.stringContaining("0OIl") });
    expect(route(`/jobs/${ADDRESS}/more`).view).toBe("missing");
    expect(route("/toString").view).toBe("missing");
  });

  it("names its view in a title", () => {
    expect(title(route(`/jobs/${ADDRESS}`))).toBe("Job Bd6c…yiJ9");
    expect(short("abc")).toBe("abc");
  });
});

describe("a place", () => {
  const at = (text: string) => place(new URL(text, "http://tally.test"));

  it("has the finalized state and days, if nothing else is said", () => {
    expect(at("/")).toMatchObject({ commitment: "finalized", interval: "day" });
    expect(at("/?commitment=processed&interval=week")).toMatchObject({ commitment: "finalized", interval: "day" });
    expect(at("/?commitment=confirmed&interval=hour")).toMatchObject({ commitment: "confirmed", interval: "hour" });
  });

  it("is written as it is read", () => {
    expect(href("/", { commitment: "finalized", interval: "day" })).toBe("/");
    const text = href("/jobs", { commitment: "confirmed", interval: "month" });
    expect(at(text)).toMatchObject({ path: "/jobs", commitment: "confirmed", interval: "month" });
  });
});
