import test from "node:test";
import assert from "node:assert/strict";
import { isEmojiOnly, parse, parseInline, plain, type Inline } from "./markup";

test("bold, italics and code", () => {
  assert.deepEqual(parseInline("请 **务必** 看 `a*b*c` *谢谢*"), [
    { kind: "text", text: "请 " },
    { kind: "bold", of: [{ kind: "text", text: "务必" }] },
    { kind: "text", text: " 看 " },
    { kind: "code", text: "a*b*c" },
    { kind: "text", text: " " },
    { kind: "italic", of: [{ kind: "text", text: "谢谢" }] },
  ]);
});

test("stars and underscores of ordinary writing stay", () => {
  for (const text of ["3 * 4 * 5", "file_name_old.txt", "**", "a ** b", "*", "`", "[x]", "@"])
    assert.deepEqual(parseInline(text), [{ kind: "text", text }]);
});

test("links end before the punctuation that follows", () => {
  const found = parseInline("见 https://example.org/a?b=1。还有(https://example.org/x)");
  assert.deepEqual(found.filter(n => n.kind === "link"), [
    { kind: "link", text: "https://example.org/a?b=1", url: "https://example.org/a?b=1" },
    { kind: "link", text: "https://example.org/x", url: "https://example.org/x" },
  ]);
  assert.deepEqual(parseInline("[手册](https://example.org/m)"), [{ kind: "link", text: "手册", url: "https://example.org/m" }]);
});

test("only web addresses become links", () => {
  assert.deepEqual(parseInline("[x](javascript:alert)"), [{ kind: "text", text: "[x](javascript:alert)" }]);
});

test("the longest name is mentioned", () => {
  const mentions = [{ text: "@王伟", person: "1" }, { text: "@王伟明", person: "2" }, { text: "@所有人", person: null }];
  assert.deepEqual(parseInline("@王伟明 好", mentions)[0], { kind: "mention", text: "@王伟明", person: "2" });
  assert.deepEqual(parseInline("@所有人", mentions)[0], { kind: "mention", text: "@所有人", person: null });
});

test("lists, code blocks and paragraphs", () => {
  const blocks = parse("安排:\n1. 巡检\n2. 记录\n\n- 带工具\n```\nlet a = **1**;\n```\n完");
  assert.deepEqual(blocks.map(b => b.kind), ["paragraph", "list", "list", "code", "paragraph"]);
  assert.equal(blocks[1].kind === "list" && blocks[1].items.length, 2);
  assert.equal(blocks[3].kind === "code" && blocks[3].text, "let a = **1**;");
});

test("an open code block is text", () => {
  assert.deepEqual(parse("```\nx").map(b => b.kind), ["paragraph"]);
});

test("one plain line", () => {
  assert.equal(plain("**要点**\n- 一\n- 二"), "要点 一 二");
});

test("plain words keep their signs; addresses and calls stand out", () => {
  const [p, ...more] = parse("水位**三米**\n- `a` @林秀英 https://example.org/b", [{ text: "@林秀英", person: "7" }], true);
  assert.equal(more.length, 0);
  assert.deepEqual(p, { kind: "paragraph", of: [
    { kind: "text", text: "水位**三米**\n- `a` " }, { kind: "mention", text: "@林秀英", person: "7" }, { kind: "text", text: " " },
    { kind: "link", text: "https://example.org/b", url: "https://example.org/b" },
  ] });
});

test("emoji alone", () => {
  assert.ok(isEmojiOnly("👍"));
  assert.ok(isEmojiOnly("👍🏽 ❤️"));
  assert.ok(!isEmojiOnly("好👍"));
  assert.ok(!isEmojiOnly("123"));
});

test("hostile writing ends in time", () => {
  const started = Date.now();
  parse("*_`[@".repeat(4000));
  parse("[".repeat(20000));
  assert.ok(Date.now() - started < 2000);
});

// Pieces of markup and of text in any order: nothing throws, links are only http(s), and no letter
// of what was written is lost.
test("random writing keeps its letters", () => {
  const pieces = ["**", "*", "_", "`", "```\n", "\n", "- ", "1. ", "[", "](", ")", "https://a.example/x", "javascript:alert(1)", "@甲", "编", "钟", "a", " ", "😀", "<b>", "\u202e"];
  let state = 20261121;
  const dice = (sides: number) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % sides;
  const text = (of: Inline[]): string => of.map(i => (i.kind === "bold" || i.kind === "italic" ? text(i.of) : i.kind === "link" && i.url !== i.text ? i.text + i.url : i.text)).join("");
  const links = (of: Inline[]): string[] => of.flatMap(i => (i.kind === "link" ? [i.url] : i.kind === "bold" || i.kind === "italic" ? links(i.of) : []));
  const letters = (s: string) => (s.match(/[编钟😀]/gu) ?? []).join("");
  for (let round = 0; round < 20000; round++) {
    const body = Array.from({ length: dice(14) }, () => pieces[dice(pieces.length)]).join("");
    const blocks = parse(body, [{ text: "@甲", person: "1" }]);
    const inlines = blocks.flatMap(b => (b.kind === "paragraph" ? [b.of] : b.kind === "list" ? b.items : []));
    const shown = blocks.map(b => (b.kind === "paragraph" ? text(b.of) : b.kind === "list" ? b.items.map(text).join("") : b.text)).join("");
    assert.ok(letters(shown) === letters(body), JSON.stringify(body));
    for (const url of inlines.flatMap(links)) assert.ok(/^https?:\/\//.test(url), JSON.stringify(body));
  }
});
