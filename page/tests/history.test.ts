import { describe, expect, it } from "vitest";
import { type ScoreAt, percentages, told } from "../src/history";

const at = (day: number, score: number, upper: number, share: number): ScoreAt => ({
  at: `2026-11-${String(day).padStart(2, "0")}T23:59:59Z`,
  score,
  upper,
  share,
  newcomer: false,
  outcomes: 1,
  failures: 0,
});
const nothing = (day: number): ScoreAt => ({ ...at(day, 0, 1_000_000, 0), newcomer: true });

describe("a reputation over time", () => {
  it("has percentages with all their places, and none where nothing was known", () => {
    const scores = [nothing(1), at(2, 147_959, 1_000_000, 666_666), at(3, 0, 20_000, 5)];
    expect(percentages(scores, "score")).toEqual([null, "14.7959", "0.0000"]);
    expect(percentages(scores, "upper")).toEqual([null, "100.0000", "2.0000"]);
    expect(percentages(scores, "share")).toEqual([null, "66.6666", "0.0005"]);
  });

  it("is told by when it was first known, its bounds and what it is now", () => {
    const scores = [nothing(1), at(2, 500_000, 900_000, 0), at(3, 100_000, 800_000, 0), at(4, 300_000, 850_000, 0)];
    expect(told(scores, "day")).toBe(
      "The score at the end of each day: first known at 2 Nov 2026, 23:59 UTC, then 50.0%; between 10.0% and 50.0% " +
        "since; at 4 Nov 2026, 23:59 UTC it was 30.0%, the lower end of a 95% interval that reaches to 85.0%.",
    );
  });

  it("that was never known, or is not any more, is told so", () => {
    expect(told([nothing(1), nothing(2)], "hour")).toBe("Nothing was known of it in this time.");
    expect(told([], "hour")).toBe("Nothing was known of it in this time.");
    expect(told([at(1, 500_000, 900_000, 0), nothing(2)], "day")).toMatch(/23:59 UTC nothing was known any more\.$/);
  });
});
