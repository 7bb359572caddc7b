import assert from "node:assert/strict";
import test from "node:test";
import type { TalkConversation } from "../api";
import { arranged, fits, FOLDED, rowsOf, silenceOf, weight } from "./attention";

const one = (id: string, change: Partial<TalkConversation> = {}): TalkConversation => ({
  id, kind: "group", title: id, role: "member", members: 3, version: 1, last_seq: 1, since: 1, upto: 0, unread: 0, changed: 0, ...change,
});
const ids = (list: (TalkConversation | string)[]) => list.map(c => (typeof c === "string" ? c : c.id)).join(" ");

test("those at the top stand first, the others by their last change", () => {
  const list = [one("old", { changed: 1 }), one("new", { changed: 3 }), one("top", { changed: 2, is_top: true })];
  assert.equal(ids(arranged(list)), "top new old");
});

test("unread first leaves the top where it is and passes over the quiet", () => {
  const list = [one("new", { changed: 9 }), one("unread", { changed: 3, unread: 2 }), one("muted", { changed: 4, unread: 5, is_muted: true }), one("top", { is_top: true })];
  assert.equal(ids(arranged(list, true)), "top unread new muted");
  assert.equal(ids(arranged(list)), "top new muted unread");
});

test("muted and folded ones count only when they call", () => {
  assert.equal(weight(one("a", { unread: 7 })), 7);
  assert.equal(weight(one("a", { is_marked: true })), 1);
  assert.equal(weight(one("a", { unread: 7, is_muted: true })), 0);
  assert.equal(weight(one("a", { is_marked: true, is_folded: true })), 0);
  assert.equal(weight(one("a", { unread: 7, is_muted: true, is_mentioned: true })), 1);
});

test("filters", () => {
  const direct = one("d", { kind: "direct", unread: 1 });
  assert.deepEqual((["all", "unread", "mentions", "groups", "direct"] as const).map(f => fits(direct, f)), [true, true, false, false, true]);
  assert.ok(fits(one("m", { is_marked: true }), "unread"));
  assert.ok(fits(one("c", { unread: 1, is_mentioned: true }), "mentions"));
  assert.ok(!fits(one("c", { is_mentioned: true }), "mentions"));
});

test("the folded are one row where the newest of them stands; a filter shows them", () => {
  const list = [one("a"), one("f", { is_folded: true }), one("b"), one("g", { is_folded: true, unread: 1 })];
  assert.equal(ids(rowsOf(list, "all")), `a ${FOLDED} b`);
  assert.equal(ids(rowsOf(list, "unread")), "g");
  assert.equal(ids(rowsOf(list, "groups")), "a f b g");
});

test("why one may only read", () => {
  assert.equal(silenceOf(one("a"), 5), null);
  assert.deepEqual(silenceOf(one("a", { is_closed: true, role: "owner" }), 5), { why: "closed" });
  assert.deepEqual(silenceOf(one("a", { switches: { is_muted: true } }), 5), { why: "all" });
  assert.equal(silenceOf(one("a", { switches: { is_muted: true }, role: "admin" }), 5), null);
  assert.deepEqual(silenceOf(one("a", { muted: 9 }), 5), { why: "own", until: 9 });
  assert.equal(silenceOf(one("a", { muted: 5 }), 5), null);
});
