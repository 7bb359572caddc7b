import test from "node:test";
import assert from "node:assert/strict";
import { colour, letters } from "./names";

test("the letters of an avatar", () => {
  assert.equal(letters("林秀英"), "秀英");
  assert.equal(letters("高三(2)班家校群"), "校群");
  assert.equal(letters("Ana Maria Lopez"), "AL");
  assert.equal(letters("bo"), "BO");
  assert.equal(letters(""), "");
});

test("a name keeps its colour", () => {
  assert.equal(colour("周强"), colour("周强"));
});
