import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import test from "node:test";
import { curlLine, wordsOf } from "./robot_line";

// What a shell makes of the line: the words that curl would get.
const given = (line: string): string[] => execFileSync("bash", ["-c", `curl() { printf '%s\\0' "$@"; }; ${line}`]).toString().split("\0").slice(0, -1);

test("the line posts the words, whatever signs the keyword has", () => {
  const [url, , type, , data] = given(curlLine("https://example.org/robot/send?access_token=a", { keyword: "it's \"$x\" `y`" }, "你好"));
  assert.equal(url, "https://example.org/robot/send?access_token=a");
  assert.equal(type, "Content-Type: application/json");
  assert.deepEqual(JSON.parse(data), { msgtype: "text", text: { content: "it's \"$x\" `y` 你好" } });
});

test("with a secret it signs", () => {
  const secret = "SEC0123456789abcdef";
  const [url] = given(curlLine("https://example.org/robot/send?access_token=a", { secret }, "x"));
  const query = new URL(url).searchParams;
  const expected = createHmac("sha256", secret).update(`${query.get("timestamp")}\n${secret}`).digest("base64");
  assert.equal(query.get("sign"), expected);
  assert.ok(Math.abs(Number(query.get("timestamp")) - Date.now()) < 5000);
});

test("words parted by whatever parts words", () => {
  assert.deepEqual(wordsOf(" 报警，水位 水位、a;b ").map(w => w.text), ["报警", "水位", "a", "b"]);
});
