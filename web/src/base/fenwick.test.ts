import test from "node:test";
import assert from "node:assert/strict";
import { Heights } from "./fenwick";

test("offsets are the sums of the heights above", () => {
  const h = new Heights(100, i => i + 1);
  for (const row of [0, 1, 2, 7, 8, 63, 64, 99]) assert.equal(h.offset(row), (row * (row + 1)) / 2);
  assert.equal(h.total(), 5050);
});

test("the row at an offset covers it", () => {
  const h = new Heights(1000, i => 20 + (i % 7));
  for (let at = 0; at < h.total(); at += 13) {
    const row = h.at(at);
    assert.ok(h.offset(row) <= at && at < h.offset(row) + h.get(row));
  }
  assert.equal(h.at(-5), 0);
  assert.equal(h.at(1e9), 999);
});

test("a measured height moves what is below", () => {
  const h = new Heights(10, () => 10);
  assert.equal(h.set(3, 25), true);
  assert.equal(h.set(3, 25), false);
  assert.equal(h.offset(3), 30);
  assert.equal(h.offset(4), 55);
  assert.equal(h.at(54), 3);
});

test("growing keeps what was measured", () => {
  const h = new Heights(4, () => 10);
  h.set(1, 50);
  h.resize(8);
  assert.equal(h.offset(2), 60);
  assert.equal(h.total(), 120);
  h.resize(2);
  assert.equal(h.total(), 60);
});

test("an empty list has no rows and no height", () => {
  const h = new Heights(0, () => 10);
  assert.equal(h.total(), 0);
  assert.equal(h.at(0), 0);
});
