import assert from "node:assert/strict";
import test from "node:test";
import type { OrgPerson } from "../api";
import { byDepartment } from "./grouped";

const one = (name: string, pinyin: string, department_name?: string): OrgPerson => ({ id: name, name, pinyin, department_name });

test("the fullest department first, those without one last, names in order", () => {
  const people = [one("孙", "sun"), one("王", "wang", "水利站"), one("李", "li", "办公室"), one("陈", "chen", "水利站")];
  const drawn = byDepartment(people, "无").map(g => `${g.name}:${g.people.map(p => p.name).join("")}`);
  assert.deepEqual(drawn, ["水利站:陈王", "办公室:李", "无:孙"]);
});
