import test from "node:test";
import assert from "node:assert/strict";
import { bytes, dayLine, listTime, moment } from "./time";

const words = { today: "今天", yesterday: "昨天", locale: "zh-CN" };
const at = (text: string) => new Date(text).getTime();
const now = at("2026-11-21T09:00:00");

test("rows of a list", () => {
  assert.equal(listTime(at("2026-11-21T08:05:00"), now, words), "08:05");
  assert.equal(listTime(at("2026-11-20T23:59:00"), now, words), "昨天");
  assert.equal(listTime(at("2026-11-18T12:00:00"), now, words), "周三");
  assert.equal(listTime(at("2026-11-03T12:00:00"), now, words), "11-03");
  assert.equal(listTime(at("2025-11-03T12:00:00"), now, words), "2025-11-03");
});

test("lines between days", () => {
  assert.equal(dayLine(now, now, words), "今天");
  assert.equal(dayLine(at("2026-11-03T12:00:00"), now, words), "11-03 星期二");
  assert.equal(dayLine(at("2025-12-31T12:00:00"), now, words), "2025-12-31 星期三");
});

test("a clock that runs ahead still says today", () => {
  assert.equal(listTime(at("2026-11-22T00:10:00"), now, words), "00:10");
  assert.equal(moment(at("2026-11-20T07:00:00"), now, words), "昨天 07:00");
});

test("sizes", () => {
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(1536), "1.5 KB");
  assert.equal(bytes(12 * 1024 * 1024), "12 MB");
});
