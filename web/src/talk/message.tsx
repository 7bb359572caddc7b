// One message: its bubble, its pictures and files, its marks.
import { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FileFile, TalkConversation, TalkMessage, TalkQuote } from "../api";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Sheet, show } from "../base/sheet";
import { bytes, clock } from "../base/time";
import { Avatar, classes } from "../base/ui";
import { isCounted } from "../net/blocks";
import { ask } from "../net/link";
import { person, progress, status } from "../net/state";
import type { Outgoing, OutgoingFile } from "../net/shapes";
import { openPerson, openReaders } from "../org/doors";
import { Block, Inline, isEmojiOnly, Mention, parse, plain } from "./markup";
import { isMe, nameOf, noticeText } from "./words";
import css from "./message.module.css";

// ---- markup ---------------------------------------------------------------------------------------

function inline(nodes: Inline[]): ComponentChildren {
  return nodes.map((n, i) => {
    if (n.kind === "text") return n.text;
    if (n.kind === "bold") return <strong key={i} class={css.bold}>{inline(n.of)}</strong>;
    if (n.kind === "italic") return <em key={i}>{inline(n.of)}</em>;
    if (n.kind === "code") return <code key={i} class={css.code}>{n.text}</code>;
    if (n.kind === "link") return <a key={i} class={css.link} href={n.url} target="_blank" rel="noopener noreferrer">{n.text}</a>;
    if (!n.person) return <span key={i} class={css.mention}>{n.text}</span>;
    return <button key={i} type="button" class={classes(css.mention, isMe(n.person) && css.mentionMe)} onClick={() => openPerson(n.person!)}>{n.text}</button>;
  });
}

function block(b: Block, i: number) {
  if (b.kind === "paragraph") return <p key={i} class={css.paragraph}>{inline(b.of)}</p>;
  if (b.kind === "code") return <pre key={i} class={css.codeBlock} tabIndex={0}>{b.text}</pre>;
  const items = b.items.map((item, j) => <li key={j}>{inline(item)}</li>);
  return b.is_numbered ? <ol key={i} class={css.points} start={b.start}>{items}</ol> : <ul key={i} class={css.points}>{items}</ul>;
}

interface BodyProps {
  body: string;
  mentions?: string[];
  isToAll?: boolean;
}

function Body({ body, mentions, isToAll }: BodyProps) {
  const names = (mentions ?? []).map(id => `${id} ${nameOf(id)}`).join("|");
  const blocks = useMemo(() => {
    const known: Mention[] = (mentions ?? []).map(id => ({ text: `@${nameOf(id)}`, person: id }));
    if (isToAll) for (const all of ["@所有人", "@everyone"]) known.push({ text: all, person: null });
    return parse(body, known);
  }, [body, names, isToAll]);
  return <>{blocks.map(block)}</>;
}

// ---- pictures and files ---------------------------------------------------------------------------

const MOST = { width: 264, height: 320 };

function fitted(width = 264, height = 198): { width: string; height: string } {
  const scale = Math.min(1, MOST.width / width, MOST.height / height);
  return { width: `${Math.max(48, Math.round(width * scale)) / 16}rem`, height: `${Math.max(48, Math.round(height * scale)) / 16}rem` };
}

const isPicture = (f: { type: string }): boolean => /^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(f.type);

export function showPicture(url: string, name: string): void {
  show(close => (
    <Sheet
      title={name}
      close={close}
      form="full"
      actions={<a class={css.save} href={url} download={name} aria-label={t("download")} title={t("download")}><Icon name="save" /></a>}
    >
      <div class={css.viewer}>
        <img class={css.viewed} src={url} alt={name} />
      </div>
    </Sheet>
  ));
}

function Picture({ url, file }: { url: string; file: { name: string; width?: number; height?: number } }) {
  const [isMissing, setMissing] = useState(false);
  const { link } = status.value;
  useEffect(() => setMissing(false), [link]);
  return (
    <button type="button" class={css.picture} style={fitted(file.width, file.height)} aria-label={t("open_picture", { name: file.name })} onClick={() => showPicture(url, file.name)}>
      {isMissing ? (
        <span class={css.missing}><Icon name="image" size={28} /></span>
      ) : (
        <img class={css.pictureImage} src={url} alt="" loading="lazy" decoding="async" onError={() => setMissing(true)} />
      )}
    </button>
  );
}

const KINDS: [RegExp, string, string][] = [
  [/\.(xlsx?|csv|et)$/i, "XLS", "#2c6e5b"],
  [/\.(docx?|wps|txt|md)$/i, "DOC", "#3d5f9c"],
  [/\.(pptx?|dps)$/i, "PPT", "#a34d26"],
  [/\.pdf$/i, "PDF", "#96415a"],
  [/\.(zip|rar|7z|gz|tar)$/i, "ZIP", "#7d631c"],
  [/\.(mp4|mov|avi|mkv|webm)$/i, "MP4", "#76508a"],
  [/\.(mp3|wav|m4a|ogg|amr)$/i, "MP3", "#23727f"],
];

function FileCard({ file, url }: { file: { name: string; size: number }; url?: string }) {
  const [, mark, colour] = KINDS.find(([end]) => end.test(file.name)) ?? [null, "", "var(--ink-3)"];
  const inside = (
    <>
      <span class={css.fileMark} style={{ background: colour }}>{mark || <Icon name="file" size={20} />}</span>
      <span class={css.fileText}>
        <span class={css.fileName}>{file.name}</span>
        <span class={css.fileSize}>{bytes(file.size)}</span>
      </span>
    </>
  );
  return url ? <a class={css.file} href={url} download={file.name}>{inside}</a> : <span class={css.file}>{inside}</span>;
}

const fileUrl = (f: FileFile): string => `/v1/files/${f.id}`;

function Files({ files }: { files: FileFile[] }) {
  return <>{files.map(f => (isPicture(f) ? <Picture key={f.id} url={fileUrl(f)} file={f} /> : <FileCard key={f.id} file={f} url={fileUrl(f)} />))}</>;
}

function LocalFile({ file }: { file: OutgoingFile }) {
  const url = useMemo(() => (isPicture(file) ? URL.createObjectURL(file.blob) : ""), [file.key]);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return url ? <Picture url={url} file={file} /> : <FileCard file={file} />;
}

// ---- quote ----------------------------------------------------------------------------------------

function Quote({ quote, onJump }: { quote: TalkQuote; onJump?: (seq: number) => void }) {
  return (
    <button type="button" class={css.quote} onClick={() => onJump?.(quote.seq)}>
      <span class={css.quoteName}>{nameOf(quote.author)}</span>
      <span class={css.quoteText}>{quote.is_recalled ? t("recalled_quote") : plain(quote.body) || t("mark_image")}</span>
    </button>
  );
}

// ---- the row --------------------------------------------------------------------------------------

export interface MessageProps {
  c: TalkConversation;
  m: TalkMessage;
  isFirst: boolean; // of the messages that one person wrote in a row
  isLast: boolean;
  showsCounts: boolean;
  isMarked: boolean;
  onMenu: (m: TalkMessage, at: { x: number; y: number }) => void;
  onReply: (m: TalkMessage) => void;
  onJump: (seq: number) => void;
}

const HOLD = 450;

function useHold(act: (at: { x: number; y: number }) => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const stop = () => clearTimeout(timer.current);
  return {
    onTouchStart: (e: TouchEvent) => {
      const { clientX: x, clientY: y } = e.touches[0];
      timer.current = setTimeout(() => {
        navigator.vibrate?.(12);
        act({ x, y });
      }, HOLD);
    },
    onTouchMove: stop,
    onTouchEnd: stop,
    onTouchCancel: stop,
  };
}

export function Message(props: MessageProps) {
  const { c, m, isFirst, isLast, onMenu, onReply, onJump } = props;
  const isMine = isMe(m.author);
  const author = person(m.author);
  const hold = useHold(at => onMenu(m, at));
  const isBig = !m.files?.length && !m.quote && isEmojiOnly(m.body ?? "");
  const onlyPictures = !!m.files?.length && !m.body && !m.quote && m.files.every(isPicture);
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.target !== e.currentTarget || !(e.key === "Enter" || e.key === "ContextMenu" || (e.key === "F10" && e.shiftKey))) return;
    e.preventDefault();
    const box = (e.currentTarget as HTMLElement).querySelector(`.${css.line}`)!.firstElementChild!.getBoundingClientRect();
    onMenu(m, { x: box.right, y: box.top + Math.min(box.height, 40) });
  };
  return (
    <article
      class={classes(css.message, isMine && css.own, isFirst && css.first, props.isMarked && css.marked)}
      tabIndex={-1}
      data-nav
      aria-label={`${nameOf(m.author)} ${clock(m.at)}`}
      onKeyDown={onKeyDown}
      onContextMenu={e => {
        if ((e.target as HTMLElement).closest("a, img") || String(getSelection())) return;
        e.preventDefault();
        onMenu(m, { x: e.clientX, y: e.clientY });
      }}
    >
      {!isMine && (
        <div class={css.side}>
          {isFirst && (
            <button type="button" class={css.face} aria-label={nameOf(m.author)} onClick={() => openPerson(m.author)}>
              <Avatar name={nameOf(m.author)} file={author?.avatar} size={36} />
            </button>
          )}
        </div>
      )}
      <div class={css.column}>
        {isFirst && (
          <div class={css.head}>
            {!isMine && c.kind === "group" && <span class={css.name}>{nameOf(m.author)}</span>}
            <time>{clock(m.at)}</time>
          </div>
        )}
        <div class={css.line}>
          <div class={classes(isBig ? css.big : onlyPictures ? css.pictures : css.bubble, isLast && css.last)} {...hold}>
            {m.quote && <Quote quote={m.quote} onJump={onJump} />}
            {m.files && <Files files={m.files} />}
            {m.body && <Body body={m.body} mentions={m.mentions} isToAll={m.mentions_all} />}
          </div>
          <div class={css.tools}>
            <button type="button" class={css.tool} tabIndex={-1} aria-label={t("quote")} title={t("quote")} onClick={() => onReply(m)}>
              <Icon name="reply" size={18} />
            </button>
            <button type="button" class={css.tool} tabIndex={-1} aria-label={t("message_menu")} title={t("more")} onClick={e => onMenu(m, { x: e.clientX, y: e.clientY + 8 })}>
              <Icon name="more" size={18} />
            </button>
          </div>
        </div>
        {isMine && props.showsCounts && isCounted(m) && <Counts c={c} m={m} />}
      </div>
    </article>
  );
}

function Counts({ c, m }: { c: TalkConversation; m: TalkMessage }) {
  const read = m.read ?? 0;
  const unread = m.unread ?? 0;
  const text = unread === 0 ? (c.kind === "direct" ? t("read_one") : t("read_all")) : c.kind === "direct" ? t("read_none") : t("read_counts", { read, unread });
  if (c.kind === "direct") return <span class={classes(css.counts, unread > 0 && css.countsOpen)}>{text}</span>;
  return (
    <button type="button" class={classes(css.counts, css.countsButton, unread > 0 && css.countsOpen)} onClick={() => openReaders(c.id, m.seq)}>
      {text}
    </button>
  );
}

// ---- on its way -----------------------------------------------------------------------------------

export function Pending({ item, isFirst }: { item: Outgoing; isFirst: boolean }) {
  const isRefused = item.state === "refused";
  const share = progress.value[item.key];
  const onlyPictures = !!item.files?.length && !item.body && !item.quote && item.files.every(isPicture);
  return (
    <article class={classes(css.message, css.own, isFirst && css.first)} aria-label={t(isRefused ? "not_sent" : "sending")}>
      <div class={css.column}>
        <div class={classes(onlyPictures ? css.pictures : css.bubble, css.last, !isRefused && css.faint)}>
          {item.quote && <Quote quote={item.quote} />}
          {item.files?.map(f => <LocalFile key={f.key} file={f} />)}
          {item.body && <Body body={item.body} mentions={item.mentions} isToAll={item.mentions_all} />}
        </div>
        {isRefused ? (
          <div class={css.refused}>
            <button type="button" class={css.retry} onClick={() => void ask("retry", { key: item.key })}>
              <Icon name="alert" size={16} />
              <span>{t("not_sent")}</span>
            </button>
            <button type="button" class={css.discard} onClick={() => void ask("discard", { key: item.key })}>{t("discard")}</button>
            {item.sentence && <p class={css.reason}>{item.sentence}</p>}
          </div>
        ) : (
          <span class={css.counts}>
            <Icon name="clock" size={14} />
            <span class={css.countsText}>{share !== undefined && share < 1 ? t("uploading", { n: Math.round(share * 100) }) : t("sending")}</span>
          </span>
        )}
      </div>
    </article>
  );
}

// ---- lines that are nobody's bubble ---------------------------------------------------------------

export const Notice = ({ m }: { m: TalkMessage }) => <p class={css.notice}>{noticeText(m)}</p>;

export const Recalled = ({ m }: { m: TalkMessage }) => (
  <p class={css.notice}>{isMe(m.author) ? t("recalled_own") : t("recalled_by", { who: nameOf(m.author) })}</p>
);

export const Ghost = ({ seq }: { seq: number }) => (
  <div class={css.ghost} aria-hidden="true">
    <span class={css.ghostFace} />
    <span class={css.ghostBubble} style={{ width: `${28 + ((seq * 37) % 38)}%` }} />
  </div>
);

export const DayLine = ({ text }: { text: string }) => (
  <div class={css.day} role="separator" aria-label={text}>
    <span class={css.dayText}>{text}</span>
  </div>
);

export const UnreadLine = () => (
  <div class={css.unread} role="separator">
    <span class={css.unreadText}>{t("unread_below")}</span>
  </div>
);
