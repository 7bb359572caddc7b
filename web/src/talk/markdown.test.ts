import assert from "node:assert/strict";
import test from "node:test";
import type { Inline } from "./markup";
import { MarkdownBlock, parseMarkdown } from "./markdown";

const text = (all: Inline[]): string => all.map(n => (n.kind === "bold" || n.kind === "italic" ? text(n.of) : n.text)).join("");
const links = (blocks: MarkdownBlock[]): string[] => {
  const of = (all: Inline[]): string[] => all.flatMap(n => (n.kind === "link" ? [n.url] : n.kind === "bold" || n.kind === "italic" ? of(n.of) : []));
  return blocks.flatMap(b => (b.kind === "quote" ? links(b.of) : b.kind === "list" ? b.items.flatMap(i => of(i.of)) : "of" in b ? of(b.of) : []));
};
const one = (body: string): MarkdownBlock => {
  const blocks = parseMarkdown(body);
  assert.equal(blocks.length, 1);
  return blocks[0];
};

test("headings, with and without the space that senders forget", () => {
  assert.deepEqual(one("# 水位"), { kind: "heading", level: 1, of: [{ kind: "text", text: "水位" }] });
  assert.deepEqual(one("####三米 ##"), { kind: "heading", level: 4, of: [{ kind: "text", text: "三米" }] });
  assert.equal(one("####### 七个").kind, "paragraph");
  assert.equal(one("#").kind, "paragraph");
});

test("a heading, a quote, points, a rule and code", () => {
  const blocks = parseMarkdown("## 告警\n> **严重** 三号机\n> 停机\n\n- 甲\n  - 乙\n- 丙\n\n3. 三\n4. 四\n---\n```sh\nls *\n```");
  assert.deepEqual(blocks.map(b => b.kind), ["heading", "quote", "list", "list", "rule", "code"]);
  const [, quote, points, numbered, , code] = blocks;
  assert.ok(quote.kind === "quote" && quote.of.length === 1 && quote.of[0].kind === "paragraph");
  assert.ok(points.kind === "list" && points.items.map(i => i.depth).join() === "0,1,0");
  assert.ok(numbered.kind === "list" && numbered.is_numbered && numbered.start === 3);
  assert.deepEqual(code, { kind: "code", text: "ls *" });
});

test("lines of a paragraph stay lines, an empty one parts paragraphs", () => {
  assert.deepEqual(parseMarkdown("一\n二\n\n三"), [
    { kind: "paragraph", of: [{ kind: "text", text: "一\n二" }] },
    { kind: "paragraph", of: [{ kind: "text", text: "三" }] },
  ]);
});

test("pictures of elsewhere are links, named by what they show", () => {
  assert.deepEqual(one("看 ![截图](https://example.org/a.png) 这里"), {
    kind: "paragraph",
    of: [{ kind: "text", text: "看 " }, { kind: "link", text: "截图", url: "https://example.org/a.png" }, { kind: "text", text: " 这里" }],
  });
  assert.deepEqual(links(parseMarkdown("![](https://example.org/b.png)")), ["https://example.org/b.png"]);
});

test("those who are called stand out", () => {
  const [p] = parseMarkdown("@林秀英 请看", [{ text: "@林秀英", person: "7" }]);
  assert.ok(p.kind === "paragraph" && p.of[0].kind === "mention");
});

test("colours go, their words stay", () => {
  assert.deepEqual(one('<font color="#FF0000">超警</font><br>一米'), { kind: "paragraph", of: [{ kind: "text", text: "超警\n一米" }] });
});

test("what is hostile is words", () => {
  const hostile = [
    "[点我](javascript:alert(1))", "[a](data:text/html,<b>)", "![x](javascript:alert(1))", "[b](//example.org)",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<font><script>x</script></font>", "<a href=javascript:x>y</a>",
    "[x](https://example.org\" onclick=\"y)", "&lt;b&gt;", "[c](JaVaScRiPt:alert(1))", "[d](\u0001javascript:x)", "[e]: javascript:x",
  ];
  for (const body of hostile) {
    for (const url of links(parseMarkdown(body))) assert.match(url, /^https?:\/\/[^\s"<>]+$/);
    const [p] = parseMarkdown(body);
    assert.ok(p.kind === "paragraph", body);
  }
  assert.equal(text((one("<img src=x onerror=alert(1)>") as { of: Inline[] }).of), "<img src=x onerror=alert(1)>");
});

test("nothing is deep, nothing is slow", () => {
  let depth = 0;
  let at: MarkdownBlock | undefined = parseMarkdown(">".repeat(5000) + " x")[0];
  for (; at && at.kind === "quote"; at = at.of[0] as MarkdownBlock | undefined) depth++;
  assert.ok(depth <= 4);
  const began = Date.now();
  for (const piece of ["# ", "> ", "- ", "**a", "*a _b ", "`", "```\n", "~~~\n", "[", "![", "![a](https://", "<font ", "<br", "@", "- - ", "***", "1. ", "\t", "_ _ ", "#"]) parseMarkdown(piece.repeat(Math.ceil(20000 / piece.length)));
  assert.ok(Date.now() - began < 4000, `${Date.now() - began} ms`);
});
