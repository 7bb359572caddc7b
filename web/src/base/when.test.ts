import test from "node:test";
import assert from "node:assert/strict";
import { atHour, nextMoment } from "./when";

test("the next moment is one that the lists can name", () => {
  const now = new Date(2026, 10, 22, 13, 2, 40).getTime();
  assert.equal(nextMoment(now, 3600000), new Date(2026, 10, 22, 14, 5).getTime());
});

test("an hour of a day to come, over the end of a month", () => {
  const now = new Date(2026, 10, 30, 22, 10).getTime();
  assert.equal(atHour(now, 1, 8, 30), new Date(2026, 11, 1, 8, 30).getTime());
});
