// One message: its bubble, its pictures and files, its marks.
import { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FileFile, TalkConversation, TalkExtra, TalkMessage, TalkQuote, TalkReaction } from "../api";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { bytes, clock } from "../base/time";
import { Avatar, classes } from "../base/ui";
import { isCounted } from "../net/blocks";
import { ask } from "../net/link";
import { call, person, progress, status } from "../net/state";
import type { Outgoing, OutgoingFile } from "../net/shapes";
import { openPerson, openReaders } from "../org/doors";
import { openFormer, openMenu, openReactors, openSigns, openThread, openViewer, part, RoomActions } from "./doors";
import { Block, Inline, isEmojiOnly, Mention, parse, plain } from "./markup";
import { gist, isMe, nameIn, nameOf, noticeText } from "./words";
import css from "./message.module.css";

// ---- markup ---------------------------------------------------------------------------------------

export function inline(nodes: Inline[]): ComponentChildren {
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
  isPlain?: boolean; // its signs are no markup
}

// How those whom a message calls are written in it.
export function callsOf(mentions: string[] = [], isToAll?: boolean): Mention[] {
  const calls: Mention[] = mentions.map(id => ({ text: `@${nameOf(id)}`, person: id }));
  if (isToAll) for (const all of ["@所有人", "@everyone"]) calls.push({ text: all, person: null });
  return calls;
}

export function Body({ body, mentions, isToAll, isPlain }: BodyProps) {
  const names = (mentions ?? []).map(id => `${id} ${nameOf(id)}`).join("|");
  const blocks = useMemo(() => parse(body, callsOf(mentions, isToAll), isPlain), [body, names, isToAll, isPlain]);
  return <>{blocks.map(block)}</>;
}

// ---- pictures and files ---------------------------------------------------------------------------

const MOST = { width: 264, height: 320 };

function fitted(width = 264, height = 198): { width: string; height: string } {
  const scale = Math.min(1, MOST.width / width, MOST.height / height);
  return { width: `${Math.max(48, Math.round(width * scale)) / 16}rem`, height: `${Math.max(48, Math.round(height * scale)) / 16}rem` };
}

export const isPicture = (f: { type: string }): boolean => /^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(f.type);

interface PictureProps {
  url: string;
  file: { id?: string; name: string; width?: number; height?: number };
  conversation: string;
  isCell?: boolean; // of a grid
}

function Picture({ url, file, conversation, isCell }: PictureProps) {
  const [isMissing, setMissing] = useState(false);
  const { link } = status.value;
  useEffect(() => setMissing(false), [link]);
  return (
    <button type="button" class={classes(css.picture, isCell && css.cell)} style={isCell ? undefined : fitted(file.width, file.height)} aria-label={t("open_picture", { name: file.name })} onClick={() => openViewer({ conversation, url, name: file.name, type: "image/*" })}>
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

// What can be looked at in its place; the rest is saved.
const SHOWN = /\.(mp4|m4v|mov|webm|mp3|wav|m4a|ogg|oga|opus|aac|flac|txt|md|csv|log|json)$/i;

function FileCard({ file, url, conversation }: { file: { name: string; size: number; type: string }; url?: string; conversation: string }) {
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
  if (!url) return <span class={css.file}>{inside}</span>;
  if (SHOWN.test(file.name)) return <button type="button" class={css.file} onClick={() => openViewer({ conversation, url, name: file.name, type: file.type })}>{inside}</button>;
  return <a class={css.file} href={url} download={file.name}>{inside}</a>;
}

export const fileUrl = (f: FileFile): string => `/v1/files/${f.id}`;

// Several pictures stand as a grid: two and four in two columns, more in three.
export function Files({ files, conversation }: { files: FileFile[]; conversation: string }) {
  const pictures = files.filter(isPicture);
  const isGrid = pictures.length > 1;
  const drawn = pictures.map(f => <Picture key={f.id} url={fileUrl(f)} file={f} conversation={conversation} isCell={isGrid} />);
  return (
    <>
      {isGrid ? <div class={classes(css.grid, (pictures.length === 2 || pictures.length === 4) && css.two)}>{drawn}</div> : drawn}
      {files.filter(f => !isPicture(f)).map(f => <FileCard key={f.id} file={f} url={fileUrl(f)} conversation={conversation} />)}
    </>
  );
}

function LocalFile({ file, conversation, isCell }: { file: OutgoingFile; conversation: string; isCell: boolean }) {
  const url = useMemo(() => (isPicture(file) ? URL.createObjectURL(file.blob) : ""), [file.key]);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return url ? <Picture url={url} file={file} conversation={conversation} isCell={isCell} /> : <FileCard file={file} conversation={conversation} />;
}

function LocalFiles({ files, conversation }: { files: OutgoingFile[]; conversation: string }) {
  const pictures = files.filter(isPicture).length;
  const drawn = files.map(f => <LocalFile key={f.key} file={f} conversation={conversation} isCell={pictures > 1 && isPicture(f)} />);
  return pictures > 1 ? <div class={classes(css.grid, (pictures === 2 || pictures === 4) && css.two)}>{drawn}</div> : <>{drawn}</>;
}

// Cards, places, voice and the like.
const Extra = part(() => import("./extra").then(m => m.Extra), () => <span class={css.extraWaiting} />);

const hasExtra = (m: Pick<TalkMessage, "extra">): boolean => {
  const { voice, place, contact, link, merged, card, is_markdown } = m.extra ?? {};
  return !!(voice || place || contact || link || merged || (card && card.kind !== "notice") || is_markdown);
};

// The words stand inside of what goes with them, and are drawn there.
export const areWordsInside = ({ is_markdown, card }: TalkExtra = {}): boolean => !!is_markdown || card?.kind === "robot";

// ---- quote ----------------------------------------------------------------------------------------

function Quote({ quote, conversation, onJump }: { quote: TalkQuote; conversation: string; onJump?: (seq: number) => void }) {
  return (
    <button type="button" class={css.quote} onClick={() => onJump?.(quote.seq)}>
      <span class={css.quoteName}>{nameIn(conversation, quote.author)}</span>
      <span class={css.quoteText}>{quote.is_recalled ? t("recalled_quote") : plain(quote.body) || t("mark_image")}</span>
    </button>
  );
}

// ---- reactions ------------------------------------------------------------------------------------

// Puts the sign there, or takes one's own away.
export function react(conversation: string, m: TalkMessage, emoji: string): void {
  const is_on = !m.reactions?.some(r => r.emoji === emoji && r.people.some(isMe));
  call("talk_react", { conversation, seq: m.seq, emoji, is_on }).catch(sayError);
}

function Reaction({ c, m, r }: { c: TalkConversation; m: TalkMessage; r: TalkReaction }) {
  const isMine = r.people.some(isMe);
  const hold = useHold(() => openReactors(c, m.seq, r.emoji));
  return (
    <button
      type="button"
      class={classes(css.reaction, isMine && css.reacted)}
      aria-pressed={isMine}
      aria-label={t("reaction_count", { emoji: r.emoji, n: r.count })}
      title={t("reaction_hint")}
      {...hold}
      onClick={() => react(c.id, m, r.emoji)}
      onContextMenu={e => {
        e.preventDefault();
        e.stopPropagation();
        if (!isHeld()) openReactors(c, m.seq, r.emoji);
      }}
    >
      <span class={css.sign}>{r.emoji}</span>
      <span>{r.count}</span>
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
  actions: RoomActions;
  isChosen?: boolean; // while several are being chosen
  inThread?: boolean;
}

const HOLD = 450;

// Some devices tell of a held finger a second time, as of the right button.
let heldAt = 0;
export const isHeld = (): boolean => Date.now() - heldAt < 1500;

export function useHold(act: (at: { x: number; y: number }) => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const held = useRef(false);
  const stop = () => clearTimeout(timer.current);
  return {
    onTouchStart: (e: TouchEvent) => {
      e.stopPropagation();
      const { clientX: x, clientY: y } = e.touches[0];
      held.current = false;
      timer.current = setTimeout(() => {
        held.current = true;
        heldAt = Date.now();
        navigator.vibrate?.(12);
        act({ x, y });
      }, HOLD);
    },
    onTouchMove: stop,
    // A held finger has done what it wanted; lifting it is no press.
    onTouchEnd: (e: TouchEvent) => {
      stop();
      if (held.current) e.preventDefault();
    },
    onTouchCancel: stop,
  };
}

function Bubble({ c, m, actions, isLast }: MessageProps) {
  const isCard = hasExtra(m);
  const isBig = !m.files?.length && !m.quote && !isCard && !m.extra?.source && isEmojiOnly(m.body ?? "");
  const onlyPictures = !!m.files?.length && !m.body && !m.quote && !m.extra && m.files.every(isPicture);
  const heading = m.extra?.card?.title ?? m.extra?.link?.title;
  const isSaid = !!m.body && m.body !== heading && !areWordsInside(m.extra);
  return (
    <div class={classes(isBig ? css.big : onlyPictures ? css.pictures : css.bubble, isLast && css.last)}>
      {m.extra?.source && <p class={css.source}>{t("forwarded_from", { name: nameOf(m.extra.source) })}</p>}
      {m.extra?.card?.kind === "notice" && <p class={css.notified}>{t("notice")}</p>}
      {m.quote && <Quote quote={m.quote} conversation={c.id} onJump={actions.jump} />}
      {m.files && !m.extra?.voice && <Files files={m.files} conversation={c.id} />}
      {isSaid && <Body body={m.body!} mentions={m.mentions} isToAll={m.mentions_all} isPlain={m.extra?.is_plain} />}
      {isCard && <Extra c={c} m={m} />}
    </div>
  );
}

// What stands under a bubble: signs, that it was edited, answers, readers.
function Below({ c, m, showsCounts, inThread }: MessageProps) {
  const counts = isMe(m.author) && showsCounts && isCounted(m);
  const answers = !inThread && m.replies ? m.replies : 0;
  return (
    <>
      {m.reactions && <div class={css.reactions} role="group" aria-label={t("reactions")}>{m.reactions.map(r => <Reaction key={r.emoji} c={c} m={m} r={r} />)}</div>}
      {(counts || answers > 0 || m.edited) && (
        <div class={css.below}>
          {m.edited && <button type="button" class={classes(css.counts, css.countsButton)} onClick={() => openFormer(c, m)}>{t("edited")}</button>}
          {answers > 0 && (
            <button type="button" class={classes(css.counts, css.countsButton, css.countsOpen)} onClick={() => openThread(c.id, m.seq)}>
              <Icon name="answers" size={14} />
              <span class={css.countsText}>{t("answers", { n: answers })}</span>
            </button>
          )}
          {counts && <Counts c={c} m={m} />}
        </div>
      )}
    </>
  );
}

export function Message(props: MessageProps) {
  const { c, m, isFirst, actions, isChosen } = props;
  const isMine = isMe(m.author);
  const author = person(m.author);
  const isChoosing = isChosen !== undefined;
  const onMenu = (at: { x: number; y: number }) => !isChoosing && openMenu(c, m, at, actions);
  const hold = useHold(onMenu);
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.target !== e.currentTarget || !(e.key === "Enter" || e.key === "ContextMenu" || (e.key === "F10" && e.shiftKey))) return;
    e.preventDefault();
    const box = (e.currentTarget as HTMLElement).querySelector(`.${css.line}`)!.firstElementChild!.getBoundingClientRect();
    onMenu({ x: box.right, y: box.top + Math.min(box.height, 40) });
  };
  return (
    <article
      class={classes(css.message, isMine && css.own, isFirst && css.first, (props.isMarked || isChosen) && css.marked, isChoosing && css.choosing)}
      tabIndex={-1}
      data-nav
      aria-label={`${nameIn(c.id, m.author)} ${clock(m.at)}`}
      onKeyDown={onKeyDown}
      onContextMenu={e => {
        if ((e.target as HTMLElement).closest("a, img") || String(getSelection()) || isChoosing) return;
        e.preventDefault();
        if (!isHeld()) onMenu({ x: e.clientX, y: e.clientY });
      }}
    >
      {isChoosing && <button type="button" class={css.choose} role="checkbox" aria-checked={isChosen} aria-label={`${t("choose")} ${nameOf(m.author)} ${clock(m.at)}`} onClick={() => actions.choose(m)} />}
      {isChoosing && <span class={classes(css.tick, isChosen && css.ticked)} aria-hidden="true">{isChosen && <Icon name="check" size={14} />}</span>}
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
            {!isMine && c.kind === "group" && <span class={css.name}>{nameIn(c.id, m.author)}</span>}
            <time>{clock(m.at)}</time>
          </div>
        )}
        <div class={css.line}>
          <div class={css.held} {...hold}>
            <Bubble {...props} />
          </div>
          {!isChoosing && (
            <div class={css.tools}>
              <button type="button" class={css.tool} tabIndex={-1} aria-label={t("react")} title={t("react")} onClick={e => openSigns(c, m, { x: e.clientX, y: e.clientY + 8 })}>
                <Icon name="smile" size={18} />
              </button>
              <button type="button" class={css.tool} tabIndex={-1} aria-label={t("quote")} title={t("quote")} onClick={() => actions.reply(m)}>
                <Icon name="reply" size={18} />
              </button>
              <button type="button" class={css.tool} tabIndex={-1} aria-label={t("message_menu")} title={t("more")} onClick={e => onMenu({ x: e.clientX, y: e.clientY + 8 })}>
                <Icon name="more" size={18} />
              </button>
            </div>
          )}
        </div>
        <Below {...props} />
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
          {item.quote && <Quote quote={item.quote} conversation={item.conversation} />}
          {item.files && !item.voice && <LocalFiles files={item.files} conversation={item.conversation} />}
          {item.body && <Body body={item.body} mentions={item.mentions} isToAll={item.mentions_all} />}
          {hasExtra({ extra: item }) && <Extra m={{ seq: 0, version: 0, author: "", at: item.at, kind: "text", extra: { voice: item.voice, place: item.place, contact: item.contact } }} />}
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

interface LineProps {
  c: TalkConversation;
  m: TalkMessage;
}

export const Notice = ({ c, m }: LineProps) => <p class={css.notice}>{noticeText(m, c.id)}</p>;

export const Recalled = ({ c, m }: LineProps) => (
  <p class={css.notice}>{gist(m, c.id)}</p>
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
