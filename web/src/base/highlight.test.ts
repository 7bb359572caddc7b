import assert from "node:assert/strict";
import test from "node:test";
import { pieces } from "./highlight";

const drawn = (text: string, query: string) => pieces(text, query).map(p => (p.isHit ? `[${p.text}]` : p.text)).join("");

test("two-character words are marked wherever they stand", () => {
  assert.equal(drawn("今晚值班，明晚也值班", "值班"), "今晚[值班]，明晚也[值班]");
  assert.equal(drawn("值班表", "值班"), "[值班]表");
});

test("several words, and letters of either case", () => {
  assert.equal(drawn("Backup 的演练 backup", "BACKUP 演练"), "[Backup] 的[演练] [backup]");
  assert.equal(drawn("水位水位", "水位"), "[水位水位]");
});

test("nothing to mark", () => {
  assert.equal(drawn("今晚值班", "水位"), "今晚值班");
  assert.equal(drawn("今晚值班", " "), "今晚值班");
  assert.deepEqual(pieces("", "水位"), []);
});

test("what stands far before the first hit is left out", () => {
  const text = "一".repeat(40) + "水位";
  assert.equal(drawn(text, "水位"), `…${"一".repeat(12)}[水位]`);
});
