import test from "node:test";
import assert from "node:assert/strict";
import { closer, kept, WHOLE } from "./zoom";
import { sizeFor } from "./shrink";

test("coming closer leaves the point under the fingers where it is", () => {
  const look = closer(WHOLE, 2, { x: 50, y: -20 });
  assert.deepEqual(look, { scale: 2, x: -50, y: 20 });
  const again = closer(look, 2, { x: 50, y: -20 });
  assert.deepEqual(again, { scale: 4, x: -150, y: 60 });
});

test("a picture never leaves the screen", () => {
  const picture = { width: 300, height: 100 };
  const screen = { width: 300, height: 400 };
  assert.deepEqual(kept({ scale: 2, x: 999, y: 999 }, picture, screen), { scale: 2, x: 150, y: 0 });
  assert.deepEqual(kept({ scale: 0.5, x: 10, y: 10 }, picture, screen), WHOLE);
});

test("sent pictures fit into 2048 points, small ones stay", () => {
  assert.deepEqual(sizeFor(4096, 3072), { width: 2048, height: 1536 });
  assert.deepEqual(sizeFor(1000, 3000), { width: 683, height: 2048 });
  assert.deepEqual(sizeFor(800, 600), { width: 800, height: 600 });
});
