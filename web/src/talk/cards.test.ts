import test from "node:test";
import assert from "node:assert/strict";
import { chosenOptions, hasChosen, isSame, own, percent, toggled } from "./cards";

const card = (mine?: string) => ({ kind: "poll", mine });

test("one's own choices are read from words", () => {
  assert.deepEqual(chosenOptions(card("1 3")), [1, 3]);
  assert.deepEqual(chosenOptions(card("")), []);
  assert.deepEqual(chosenOptions(card()), []);
  assert.equal(hasChosen(card("0"), "0"), true);
  assert.equal(hasChosen(card("10"), "0"), false);
  assert.equal(hasChosen(card("1"), undefined), false);
});

test("one choice gives way to another, several stop at the most", () => {
  assert.deepEqual(toggled([1], 2, 1), [2]);
  assert.deepEqual(toggled([2], 2, 1), []);
  assert.deepEqual(toggled([3], 1, 2), [1, 3]);
  assert.deepEqual(toggled([1, 3], 2, 2), [1, 3]);
  assert.deepEqual(toggled([1, 3], 3, 2), [1]);
});

test("a changed choice is noticed in any order", () => {
  assert.equal(isSame([1, 2], [2, 1]), true);
  assert.equal(isSame([1], [1, 2]), false);
});

test("an option's part is of those who have chosen", () => {
  assert.equal(percent(2, 3), 67);
  assert.equal(percent(undefined, 3), 0);
  assert.equal(percent(0, 0), 0);
  assert.equal(percent(1, undefined), 0);
});

test("pictures of other places are not loaded", () => {
  assert.equal(own("/v1/files/7"), true);
  assert.equal(own("//elsewhere.example/a.png"), false);
  assert.equal(own("https://elsewhere.example/a.png"), false);
});
