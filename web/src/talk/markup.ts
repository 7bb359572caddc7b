// The light markup of messages as a tree: bold, italics, code, code blocks, links, lists, mentions.
// It never fails: what is not markup is text.

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "bold"; of: Inline[] }
  | { kind: "italic"; of: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "link"; text: string; url: string }
  | { kind: "mention"; text: string; person: string | null }; // null: everyone

export type Block =
  | { kind: "paragraph"; of: Inline[] }
  | { kind: "list"; is_numbered: boolean; start: number; items: Inline[][] }
  | { kind: "code"; text: string };

export interface Mention {
  text: string; // as written, with the @
  person: string | null;
}

const URL_END = /[.,;:!?'")\]}>]+$/;
// An address ends at white space, at quotes and at the punctuation of Chinese writing.
const BARE = /^https?:\/\/[^\s<>"\u2018-\u201d\u3001-\u3002\u3008-\u3011\uff01-\uff1f]+/;
const ITEM = /^\s{0,3}(?:([-*\u2022])|(\d{1,3})[.\u3001)])\s+(.*)$/;

// A body into blocks; lines of a paragraph stay lines. In plain words only addresses and those who
// are called stand out.
export function parse(body: string, mentions: Mention[] = [], isPlain = false): Block[] {
  if (isPlain) return [{ kind: "paragraph", of: parseInline(body, mentions, PLAIN_START) }];
  const blocks: Block[] = [];
  const lines = body.replace(/\r\n?/g, "\n").split("\n");
  let paragraph: string[] = [];
  const flush = () => {
    while (paragraph.length && !paragraph[paragraph.length - 1].trim()) paragraph.pop();
    if (paragraph.length) blocks.push({ kind: "paragraph", of: parseInline(paragraph.join("\n"), mentions) });
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i++) {
    if (lines[i].startsWith("```")) {
      const end = lines.indexOf("```", i + 1);
      if (end > 0) {
        flush();
        blocks.push({ kind: "code", text: lines.slice(i + 1, end).join("\n") });
        i = end;
        continue;
      }
    }
    const item = ITEM.exec(lines[i]);
    if (item) {
      flush();
      addItem(blocks, item, mentions, i > 0 && ITEM.test(lines[i - 1]));
    } else if (paragraph.length || lines[i].trim()) paragraph.push(lines[i]);
  }
  flush();
  return blocks;
}

function addItem(blocks: Block[], item: RegExpExecArray, mentions: Mention[], goesOn: boolean): void {
  const is_numbered = item[2] !== undefined;
  const of = parseInline(item[3], mentions);
  const last = blocks[blocks.length - 1];
  if (goesOn && last && last.kind === "list" && last.is_numbered === is_numbered) last.items.push(of);
  else blocks.push({ kind: "list", is_numbered, start: is_numbered ? Number(item[2]) : 1, items: [of] });
}

const START = /`|\*|_|\[|https?:\/\/|@/g;
const PLAIN_START = /https?:\/\/|@/g;

export function parseInline(text: string, mentions: Mention[] = [], start = START): Inline[] {
  const out: Inline[] = [];
  let done = 0;
  let at = 0;
  const take = (node: Inline, from: number, to: number) => {
    if (from > done) out.push({ kind: "text", text: text.slice(done, from) });
    out.push(node);
    done = at = to;
  };
  for (;;) {
    start.lastIndex = at;
    const found = start.exec(text);
    if (!found) break;
    const from = found.index;
    const [node, to] = span(text, from, found[0], mentions) ?? [null, 0];
    if (node) take(node, from, to);
    else at = from + found[0].length;
  }
  if (done < text.length) out.push({ kind: "text", text: text.slice(done) });
  return out;
}

type Span = [Inline, number] | null;

function span(text: string, from: number, sign: string, mentions: Mention[]): Span {
  if (sign === "`") return code(text, from);
  if (sign === "*") return (text[from + 1] === "*" && marked(text, from, "**", "bold", mentions)) || marked(text, from, "*", "italic", mentions);
  if (sign === "_") return /\w/.test(text[from - 1] ?? "") ? null : marked(text, from, "_", "italic", mentions);
  if (sign === "[") return namedLink(text, from);
  if (sign === "@") return mention(text, from, mentions);
  return bareLink(text, from);
}

function code(text: string, from: number): Span {
  const end = text.indexOf("`", from + 1);
  if (end < 0 || end === from + 1 || text.slice(from, end).includes("\n")) return null;
  return [{ kind: "code", text: text.slice(from + 1, end) }, end + 1];
}

function marked(text: string, from: number, sign: string, kind: "bold" | "italic", mentions: Mention[]): Span {
  const start = from + sign.length;
  const end = text.indexOf(sign, start);
  const inner = text.slice(start, end);
  if (end <= start || /^\s|\s$|\n/.test(inner)) return null;
  if (sign === "_" && /\w/.test(text[end + 1] ?? "")) return null;
  return [{ kind, of: parseInline(inner, mentions) }, end + sign.length];
}

function namedLink(text: string, from: number): Span {
  const found = /^\[([^\]\n]{1,200})\]\((https?:\/\/[^\s)]{1,2000})\)/.exec(text.slice(from, from + 2300));
  return found ? [{ kind: "link", text: found[1], url: found[2] }, from + found[0].length] : null;
}

function bareLink(text: string, from: number): Span {
  const found = BARE.exec(text.slice(from, from + 2048));
  if (!found) return null;
  const url = found[0].replace(URL_END, "");
  return url.length > 10 ? [{ kind: "link", text: url, url }, from + url.length] : null;
}

function mention(text: string, from: number, mentions: Mention[]): Span {
  let best: Mention | null = null;
  for (const m of mentions) if (text.startsWith(m.text, from) && m.text.length > (best?.text.length ?? 0)) best = m;
  return best ? [{ kind: "mention", text: best.text, person: best.person }, from + best.text.length] : null;
}

// One line for lists and quotes: the words without their marks.
export function plain(body: string): string {
  const words = (all: Inline[]): string =>
    all.map(n => (n.kind === "bold" || n.kind === "italic" ? words(n.of) : n.text)).join("");
  return parse(body)
    .map(b => (b.kind === "code" ? b.text : b.kind === "list" ? b.items.map(words).join(" ") : words(b.of)))
    .join(" ").replace(/\s+/g, " ");
}

const EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|[\u{1F3FB}-\u{1F3FF}])*\s*){1,3}$/u;

// One to three emoji and nothing else are drawn large.
export const isEmojiOnly = (body: string): boolean => body.length < 40 && EMOJI.test(body);
