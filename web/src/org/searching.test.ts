import assert from "node:assert/strict";
import test from "node:test";
import type { OrgPerson } from "../api";
import { isFiltered, kindOf, lastDays, span, wantsMessages } from "./searching";

const day = (text: string) => new Date(`${text}T00:00:00`).getTime();
const author = { id: "1", name: "陈建国" } as OrgPerson;

test("messages are looked for by words, by a sender or by a kind", () => {
  assert.ok(wantsMessages("水位", "all", {}));
  assert.ok(wantsMessages("", "picture", {}));
  assert.ok(wantsMessages("", "messages", { author }));
  assert.ok(!wantsMessages("", "messages", { from: 1 }));
  assert.ok(!wantsMessages("水位", "people", {}));
  assert.equal(kindOf("messages"), undefined);
  assert.equal(kindOf("link"), "link");
});

test("days", () => {
  const now = day("2026-11-21") + 15 * 3600000;
  assert.deepEqual(lastDays(1, now), { from: day("2026-11-21"), to: undefined });
  assert.deepEqual(lastDays(7, now), { from: day("2026-11-15"), to: undefined });
  assert.deepEqual(span(day("2026-11-05"), day("2026-11-02")), { from: day("2026-11-02"), to: day("2026-11-06") });
  assert.ok(!isFiltered({}));
  assert.ok(isFiltered({ from: 1 }));
});
