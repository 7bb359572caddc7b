import assert from "node:assert/strict";
import test from "node:test";
import { moved, zoomed } from "./cut";

const middle = { x: 0.5, y: 0.5, zoom: 1 };

test("a square as high as the picture moves sideways only, and not over its edge", () => {
  assert.deepEqual(moved(middle, 0.1, 0.3, 400, 200), { x: 0.6, y: 0.5, zoom: 1 });
  assert.deepEqual(moved(middle, 9, 0, 400, 200), { x: 0.75, y: 0.5, zoom: 1 });
  assert.deepEqual(moved(middle, -9, 0, 400, 200), { x: 0.25, y: 0.5, zoom: 1 });
});

test("zoomed in it moves both ways; zoomed out it comes back inside", () => {
  const corner = moved(zoomed(middle, 2, 400, 200), 9, 9, 400, 200);
  assert.deepEqual(corner, { x: 0.875, y: 0.75, zoom: 2 });
  assert.deepEqual(zoomed(corner, 1, 400, 200), { x: 0.75, y: 0.5, zoom: 1 });
});
