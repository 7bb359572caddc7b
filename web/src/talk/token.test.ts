import assert from "node:assert/strict";
import test from "node:test";
import { tokenOf } from "./token";

test("a group's link is known by its end", () => {
  assert.equal(tokenOf("https://carillon.example/#/g/Ab3_-x"), "Ab3_-x");
  assert.equal(tokenOf(" https://carillon.example:8443/#/g/Ab3 \n"), "Ab3");
  assert.equal(tokenOf("https://carillon.example/#/join/Ab3"), undefined);
  assert.equal(tokenOf("13812345678"), undefined);
});
