// Draws the markdown of a message.
import { useMemo } from "preact/hooks";
import type { TalkMessage } from "../api";
import { classes } from "../base/ui";
import { MarkdownBlock, parseMarkdown } from "./markdown";
import { callsOf, inline } from "./message";
import css from "./markdown.module.css";

const HEADINGS = [css.first, css.second, css.third];

function block(b: MarkdownBlock, i: number) {
  if (b.kind === "heading") return <p key={i} class={classes(css.heading, HEADINGS[b.level - 1])}>{inline(b.of)}</p>;
  if (b.kind === "paragraph") return <p key={i} class={css.paragraph}>{inline(b.of)}</p>;
  if (b.kind === "quote") return <blockquote key={i} class={css.quote}>{b.of.map(block)}</blockquote>;
  if (b.kind === "code") return <pre key={i} class={css.code} tabIndex={0}>{b.text}</pre>;
  if (b.kind === "rule") return <hr key={i} class={css.rule} />;
  const items = b.items.map((item, j) => <li key={j} style={item.depth ? { marginLeft: `${item.depth * 1.25}rem`, listStyleType: "circle" } : undefined}>{inline(item.of)}</li>);
  return b.is_numbered ? <ol key={i} class={css.points} start={b.start}>{items}</ol> : <ul key={i} class={css.points}>{items}</ul>;
}

export function Markdown({ m }: { m: TalkMessage }) {
  const calls = callsOf(m.mentions, m.mentions_all);
  const blocks = useMemo(() => parseMarkdown(m.body ?? "", calls), [m.body, calls.map(c => c.text).join("|")]);
  return <div class={css.all}>{blocks.map(block)}</div>;
}
