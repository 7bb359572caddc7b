import test from "node:test";
import assert from "node:assert/strict";
import { colour, groupLetters, letters } from "./names";

test("the letters of an avatar", () => {
  assert.equal(letters("林秀英"), "秀英");
  assert.equal(letters("高三(2)班家校群"), "校群");
  assert.equal(letters("Ana Maria Lopez"), "AL");
  assert.equal(letters("bo"), "BO");
  assert.equal(letters(""), "");
});

test("the letters of a group", () => {
  assert.equal(groupLetters("县防汛应急指挥群"), "县防");
  assert.equal(groupLetters("「三号」冷轧线"), "三号");
  assert.equal(groupLetters("高三(2)班家校群"), "高三");
  assert.equal(groupLetters("🎉 一起吃饭"), "一起");
  assert.equal(groupLetters("Flood watch"), "FW");
  assert.equal(groupLetters("2026届"), "20");
  assert.equal(groupLetters("🎉"), "🎉");
});

test("a name keeps its colour", () => {
  assert.equal(colour("周强"), colour("周强"));
});
