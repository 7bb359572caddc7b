import test from "node:test";
import assert from "node:assert/strict";
import { heightsOf, lengthText, waveOf } from "./wave";

test("loudness becomes letters, the loudest z", () => {
  assert.equal(waveOf([0, 0.25, 0.5]), "anz");
  assert.equal(waveOf([]), "");
  assert.match(waveOf([0.01, 0.02]), /^[a-f]{2}$/);
});

test("a long recording becomes as many letters as asked, each its loudest moment", () => {
  const levels = Array.from({ length: 600 }, (_, i) => (i === 599 ? 1 : 0.1));
  const wave = waveOf(levels, 60);
  assert.equal(wave.length, 60);
  assert.equal(wave[59], "z");
  assert.equal(wave[0], wave[58]);
});

test("letters become heights, whatever their number", () => {
  assert.equal(heightsOf("az", 40).length, 40);
  assert.equal(heightsOf("az", 2)[1], 1);
  assert.deepEqual(heightsOf(undefined, 3), [0.2, 0.2, 0.2]);
  assert.deepEqual(heightsOf("!?", 2), [0.2, 0.2]);
});

test("lengths read as minutes and seconds", () => {
  assert.equal(lengthText(7400), "0:07");
  assert.equal(lengthText(299600), "5:00");
});
