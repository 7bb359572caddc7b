import { tooMuch } from "./blocks";
import test from "node:test";
import assert from "node:assert/strict";
import type { TalkMessage } from "../api";
import { asTold, blockOf, blocksToFetch, byBlock, isHollow, merge, mergeAll, withHollows, withMine } from "./blocks";

const message = (seq: number, version: number, rest: Partial<TalkMessage> = {}): TalkMessage => ({
  seq, version, author: "7", at: 1, kind: "text", body: `m${seq}`, ...rest,
});

test("64 messages to a block", () => {
  assert.equal(blockOf(63), 0);
  assert.equal(blockOf(64), 1);
  const blocks = byBlock([message(62, 1), message(63, 1), message(64, 1)]);
  assert.deepEqual(Array.from(blocks.keys()), [0, 1]);
});

test("an older version never overwrites", () => {
  const recalled = message(5, 9, { is_recalled: true, body: undefined });
  assert.equal(merge(recalled, message(5, 3)), recalled);
  assert.equal(merge(message(5, 3), recalled).is_recalled, true);
});

test("counts known to the author survive an event that leaves them out", () => {
  const merged = merge(message(5, 3, { read: 4, unread: 2 }), message(5, 4, { is_recalled: true }));
  assert.deepEqual([merged.read, merged.unread], [4, 2]);
  assert.equal(merge(merged, message(5, 4, { read: 6, unread: 0 })).read, 6);
  assert.equal(merge(merged, message(5, 4, { read: 6 })).unread, undefined);
});

test("own choices on a card survive an event, and give way to what the server tells", () => {
  const card = (version: number, done: number, mine?: string) => message(5, version, { extra: { card: { kind: "poll", done, mine } } });
  const merged = merge(card(3, 1, "2"), card(4, 2));
  assert.deepEqual([merged.extra!.card!.mine, merged.extra!.card!.done], ["2", 2]);
  assert.equal(merge(merged, asTold(card(5, 1))).extra!.card!.mine, "");
  assert.equal(merge(merged, withMine(merged, "1 2")).extra!.card!.mine, "1 2");
  assert.equal(merge(card(3, 1, "2"), message(5, 4, { is_recalled: true })).extra, undefined);
  assert.equal(asTold(message(5, 1)).extra, undefined);
});

test("merging keeps the order and is harmless when repeated", () => {
  const once = mergeAll([message(1, 1), message(4, 4)], [message(3, 3), message(2, 2)]);
  assert.deepEqual(once.map(m => m.seq), [1, 2, 3, 4]);
  assert.deepEqual(mergeAll(once, [message(3, 3)]), once);
});

test("only blocks with gaps are fetched", () => {
  const held = new Set<number>();
  for (let seq = 64; seq < 128; seq++) held.add(seq);
  held.add(130);
  assert.deepEqual(blocksToFetch(60, 135, seq => held.has(seq)), [0, 2]);
  assert.deepEqual(blocksToFetch(64, 127, seq => held.has(seq)), []);
});

test("what the server does not show is remembered as hollow", () => {
  const all = withHollows([message(10, 1), message(12, 2)], 10, 12);
  assert.deepEqual(all.map(isHollow), [false, true, false]);
});

test("what was longest unopened is dropped first, never what is in use", () => {
  const kept = [
    { id: "a", bytes: 40, opened: 3 },
    { id: "b", bytes: 40, opened: 1 },
    { id: "c", bytes: 40, opened: 2 },
  ];
  assert.deepEqual(tooMuch(kept, 120, new Set()), []);
  assert.deepEqual(tooMuch(kept, 100, new Set()), ["b"]);
  assert.deepEqual(tooMuch(kept, 60, new Set(["b"])), ["c", "a"]);
});
