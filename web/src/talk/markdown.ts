// The markdown of robots as a tree: headings, quotes, lists, rules and code beside the light markup
// of messages. It is only ever drawn as text: tags of HTML are words, pictures of elsewhere are links.
import { Inline, Mention, parseInline } from "./markup";

export type MarkdownBlock =
  | { kind: "heading"; level: number; of: Inline[] }
  | { kind: "paragraph"; of: Inline[] }
  | { kind: "quote"; of: MarkdownBlock[] }
  | { kind: "list"; is_numbered: boolean; start: number; items: Item[] }
  | { kind: "code"; text: string }
  | { kind: "rule" };

export interface Item {
  depth: number;
  of: Inline[];
}

const DEEPEST = 4; // quotes in quotes, points below points
const HEADING = /^ {0,3}(#{1,6})(?!#)\s*(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const FENCE = /^ {0,3}(```|~~~)/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)(?:([-*+\u2022])|(\d{1,9})[.)\u3001])\s+(.*)$/;
const PICTURE = /!\[([^\]\n]{0,200})\]\((https?:\/\/[^\s)]{1,2000})(?:\s+"[^"\n]{0,200}")?\)/gi;

// Colours and line breaks are what senders write in tags; the words between them stay.
const withoutTags = (text: string): string => text.replace(/<br\s*\/?>/gi, "\n").replace(/<\/?font(?:\s[^<>]{0,200})?>/gi, "");

export function parseMarkdown(body: string, mentions: Mention[] = []): MarkdownBlock[] {
  return blocksOf(withoutTags(body.replace(/\r\n?/g, "\n").replace(/\t/g, "    ")).split("\n"), mentions, 0);
}

function blocksOf(lines: string[], mentions: Mention[], depth: number): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length) blocks.push({ kind: "paragraph", of: words(paragraph.join("\n"), mentions) });
    paragraph = [];
  };
  const add = (block: MarkdownBlock) => {
    flush();
    blocks.push(block);
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const end = FENCE.test(line) ? fenceEnd(lines, i) : 0;
    const heading = HEADING.exec(line);
    const item = RULE.test(line) ? null : ITEM.exec(line);
    if (end) {
      add({ kind: "code", text: lines.slice(i + 1, end).join("\n") });
      i = end;
    } else if (heading && heading[2]) add({ kind: "heading", level: heading[1].length, of: words(heading[2], mentions) });
    else if (RULE.test(line)) add({ kind: "rule" });
    else if (QUOTE.test(line) && depth < DEEPEST) {
      const from = i;
      while (i + 1 < lines.length && QUOTE.test(lines[i + 1])) i++;
      add({ kind: "quote", of: blocksOf(lines.slice(from, i + 1).map(l => l.replace(QUOTE, "")), mentions, depth + 1) });
    } else if (item) {
      flush();
      addItem(blocks, item, mentions);
    } else if (line.trim()) paragraph.push(line.trim());
    else flush();
  }
  flush();
  return blocks;
}

// The line that ends a block of code; without one it is no code.
function fenceEnd(lines: string[], from: number): number {
  const sign = FENCE.exec(lines[from])![1];
  for (let i = from + 1; i < lines.length; i++) if (lines[i].trim() === sign) return i;
  return 0;
}

function addItem(blocks: MarkdownBlock[], [, indent, , number, text]: RegExpExecArray, mentions: Mention[]): void {
  const item: Item = { depth: Math.min(DEEPEST, Math.floor(indent.length / 2)), of: words(text, mentions) };
  const last = blocks[blocks.length - 1];
  const is_numbered = number !== undefined;
  if (last && last.kind === "list" && (last.is_numbered === is_numbered || item.depth > 0)) last.items.push(item);
  else blocks.push({ kind: "list", is_numbered, start: is_numbered ? Number(number) : 1, items: [item] });
}

function words(text: string, mentions: Mention[]): Inline[] {
  const out: Inline[] = [];
  let done = 0;
  PICTURE.lastIndex = 0;
  for (let found = PICTURE.exec(text); found; found = PICTURE.exec(text)) {
    out.push(...parseInline(text.slice(done, found.index), mentions));
    out.push({ kind: "link", text: found[1].trim() || found[2], url: found[2] });
    done = PICTURE.lastIndex;
  }
  out.push(...parseInline(text.slice(done), mentions));
  return out;
}
