import assert from "node:assert/strict";
import test from "node:test";
import { dayAfter, monthAfter, monthName, weeksOf } from "./month";

const day = (text: string) => new Date(`${text}T00:00:00`).getTime();

test("weeks begin on Monday and hold each day once", () => {
  const weeks = weeksOf(day("2026-11-21"));
  assert.equal(weeks[0].indexOf(day("2026-11-01")), 6);
  assert.equal(weeks[1][0], day("2026-11-02"));
  assert.equal(weeks.flat().filter(Boolean).length, 30);
  assert.equal(weeksOf(day("2027-02-10")).length, 4);
});

test("months away the day stays, or is the last one", () => {
  assert.equal(monthAfter(day("2026-01-31"), 1), day("2026-02-28"));
  assert.equal(monthAfter(day("2026-03-31"), -1), day("2026-02-28"));
  assert.equal(monthAfter(day("2026-12-05"), 1), day("2027-01-05"));
  assert.equal(monthName(day("2026-03-31")), "2026-03");
});

test("days away", () => {
  assert.equal(dayAfter(day("2026-02-28"), 1), day("2026-03-01"));
  assert.equal(dayAfter(day("2026-03-01"), -7), day("2026-02-22"));
});
