import test from "node:test";
import assert from "node:assert/strict";
import { inOrder, isFinal, makeKey, pause, ready } from "./order";
import type { Outgoing } from "./shapes";

const item = (key: string, conversation: string, state: Outgoing["state"] = "waiting"): Outgoing => ({
  key, conversation, at: 0, state,
});

test("keys are 128 bits and sort by time", () => {
  const bytes = new Uint8Array(10).fill(255);
  const early = makeKey(1_700_000_000_000, bytes);
  const late = makeKey(1_700_000_000_001, new Uint8Array(10));
  assert.match(early, /^[0-9a-f]{32}$/);
  assert.ok(early < late);
});

test("one message per conversation, oldest first", () => {
  const all = [item("3", "a"), item("1", "a"), item("2", "b")];
  assert.deepEqual(ready(all, new Set()).map(i => i.key), ["1", "2"]);
  assert.deepEqual(ready(all, new Set(["a"])).map(i => i.key), ["2"]);
  assert.deepEqual(inOrder(all).map(i => i.key), ["1", "2", "3"]);
});

test("a refused message does not hold up the next", () => {
  const all = [item("1", "a", "refused"), item("2", "a")];
  assert.deepEqual(ready(all, new Set()).map(i => i.key), ["2"]);
});

test("real refusals are final, trouble on the way is not", () => {
  assert.ok(isFinal("forbidden"));
  assert.ok(!isFinal("unavailable"));
  assert.ok(!isFinal("too_many"));
});

test("pauses grow and end at half a minute", () => {
  assert.ok(pause(0, 0) >= 250 && pause(0, 0.99) <= 500);
  assert.ok(pause(50, 0.99) <= 30000);
});
