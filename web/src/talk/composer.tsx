// Where one writes: text that grows, mentions, emoji, pictures and files by button, paste or drop,
// speaking, and what is loaded on use: polls, places, sending later.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { TalkConversation, TalkMessage } from "../api";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { onUse } from "../base/onuse";
import { hasKeyboard, isWide } from "../base/prefs";
import { menuAt } from "../base/sheet";
import { classes, IconButton } from "../base/ui";
import { ask } from "../net/link";
import { newKey } from "../net/order";
import { call } from "../net/state";
import type { Outgoing, OutgoingFile } from "../net/shapes";
import { openMore, openSchedule, part } from "./doors";
import { adopted, draftOf, keepDraft } from "./drafts";
import { gist, nameOf, titleOf } from "./words";
import css from "./composer.module.css";

const EmojiPanel = part(() => import("./emoji").then(m => m.EmojiPanel));
const Mentions = part(() => import("./mentions").then(m => m.Mentions));
const Tray = part(() => import("./tray").then(m => m.Tray));
const Recorder = part(() => import("./recorder").then(m => m.Recorder));

interface Props {
  c: TalkConversation;
  reply: TalkMessage | null;
  editing?: TalkMessage | null;
  inThread?: boolean; // every message answers the one; nothing but words and files
  onEnd: () => void; // of answering or editing
  onSent: () => void;
}

// Whoever is being looked for after an @.
export interface Asking {
  at: number; // where the @ stands
  query: string;
}

// A press on the button that records: since when (0: by keyboard), where, and until when.
export interface Begun {
  at: number;
  y: number;
  released: number;
}

const canSpeak = typeof MediaRecorder !== "undefined" && !!navigator.mediaDevices;

export function Composer({ c, reply, editing, inThread, onEnd, onSent }: Props) {
  const [text, setText] = useState(() => (inThread ? "" : draftOf(c.id)));
  const [files, setFiles] = useState<OutgoingFile[]>([]);
  const [isWhole, setWhole] = useState(false); // pictures go as they are
  const [panel, setPanel] = useState(false);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [isDropping, setDropping] = useState(false);
  const [mentioned, setMentioned] = useState<string[]>([]);
  const [wantsConfirm, setWantsConfirm] = useState(false);
  const [speaking, setSpeaking] = useState<Begun | null>(null);
  const [isBusy, setBusy] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const typed = useRef(0);
  const onMentionKey = useRef<(e: KeyboardEvent) => boolean>(() => false);

  useLayoutEffect(() => {
    const el = input.current;
    if (!el) return;
    el.style.height = "auto";
    el.style.height = `${el.scrollHeight}px`;
  }, [text, speaking]);
  useEffect(() => {
    if (hasKeyboard || reply || editing) input.current?.focus({ preventScroll: true });
  }, [c.id, reply, editing]);
  useEffect(() => {
    if (!editing && !inThread) keepDraft(c.id, text, reply?.seq);
  }, [text, reply]);
  const elsewhere = adopted.value;
  const met = useRef(elsewhere);
  useEffect(() => {
    if (elsewhere !== met.current && elsewhere?.conversation === c.id && !editing && !inThread) setText(elsewhere.body);
  }, [elsewhere]);
  const wasEditing = useRef(false);
  useEffect(() => {
    if (editing) {
      setText(editing.body ?? "");
      setMentioned(editing.mentions ?? []);
    } else if (wasEditing.current) setText(draftOf(c.id));
    wasEditing.current = !!editing;
  }, [editing]);

  const write = (value: string, caret: number) => {
    setText(value);
    const found = c.kind === "group" ? /(?:^|[^\w])@([^\s@]{0,12})$/.exec(value.slice(0, caret)) : null;
    setAsking(found ? { at: caret - found[1].length - 1, query: found[1] } : null);
    if (value && Date.now() - typed.current > 3000) {
      typed.current = Date.now();
      call("talk_typing", { conversation: c.id }).catch(() => undefined);
    }
  };
  const insert = (what: string, from?: number) => {
    const el = input.current!;
    const start = from ?? el.selectionStart;
    const next = text.slice(0, start) + what + text.slice(el.selectionEnd);
    setText(next);
    requestAnimationFrame(() => {
      el.focus();
      el.setSelectionRange(start + what.length, start + what.length);
    });
  };
  const choose = (id: string | null, name: string) => {
    insert(`@${name} `, asking?.at);
    if (id) setMentioned([...mentioned, id]);
    setAsking(null);
  };
  const attach = async (list: Iterable<File>) => {
    const given = Array.from(list);
    const added = await onUse(() => import("./tray")).then(m => Promise.all(given.map(m.describe)), sayError);
    if (added) setFiles(old => [...old, ...added]);
    input.current?.focus();
  };
  // What stands in the composer, ready to be sent.
  const made = (): Outgoing => {
    const body = text.trim();
    const mentions = Array.from(new Set(mentioned)).filter(id => body.includes(`@${nameOf(id)}`));
    return {
      key: newKey(), conversation: c.id, at: Date.now(), state: "waiting",
      body: body || undefined,
      files: files.length ? files.map(f => ({ ...((isWhole && f.whole) || f), whole: undefined })) : undefined,
      mentions: mentions.length ? mentions : undefined,
      mentions_all: (/@(所有人|everyone)/.test(body) && c.kind === "group") || undefined,
      quote: reply ? { seq: reply.seq, author: reply.author, body: reply.body ?? gist(reply) } : undefined,
      wants_confirm: wantsConfirm || undefined,
    };
  };
  const clear = () => {
    setText("");
    setFiles([]);
    setMentioned([]);
    setAsking(null);
    setPanel(false);
    setWantsConfirm(false);
    onEnd();
    requestAnimationFrame(onSent);
  };
  const saveEdit = async () => {
    const { body, mentions, mentions_all } = made();
    setBusy(true);
    await call("talk_edit", { conversation: c.id, seq: editing!.seq, body: body!, mentions, mentions_all }).then(onEnd, sayError);
    setBusy(false);
  };
  const canSend = (!!text.trim() || (files.length > 0 && !editing)) && !isBusy;
  const send = () => {
    if (!canSend) return;
    if (editing) return void saveEdit();
    void ask("send", made());
    clear();
  };
  const later = () => openSchedule({ ...made(), wants_confirm: undefined }, clear);
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing || e.keyCode === 229) return;
    if (asking && onMentionKey.current(e)) {
      e.preventDefault();
      e.stopPropagation();
    } else if (e.key === "Enter" && !e.shiftKey && hasKeyboard) {
      e.preventDefault();
      send();
    } else if (e.key === "Escape" && ((reply && !inThread) || editing || panel)) {
      e.stopPropagation();
      setPanel(false);
      onEnd();
    }
  };
  const onPaste = (e: ClipboardEvent) => {
    const pasted = Array.from(e.clipboardData?.files ?? []);
    if (!pasted.length) return;
    e.preventDefault();
    void attach(pasted);
  };
  const onDrop = (e: DragEvent) => {
    e.preventDefault();
    setDropping(false);
    void attach(Array.from(e.dataTransfer?.files ?? []));
  };
  useDropping(setDropping);
  const more = (e: MouseEvent) =>
    openMore(c, menuAt(e), { attach: () => picker.current!.click(), later: canSend ? later : undefined, wantsConfirm, setWantsConfirm });
  if (speaking)
    return (
      <footer class={css.composer}>
        <Recorder c={c} begun={speaking} onEnd={isSent => { setSpeaking(null); if (isSent) requestAnimationFrame(onSent); }} />
      </footer>
    );
  return (
    <footer class={css.composer}>
      {isDropping && (
        <div class={css.drop} onDragOver={e => e.preventDefault()} onDrop={onDrop}>
          {t("drop_here")}
        </div>
      )}
      {asking && <Mentions c={c} query={asking.query} onPick={choose} onEnd={() => setAsking(null)} onKey={onMentionKey} />}
      <div class={css.inner}>
        {reply && !inThread && <Banner name={t("reply_to", { name: nameOf(reply.author) })} text={gist(reply)} onEnd={onEnd} />}
        {editing && <Banner name={t("editing")} text={gist(editing)} onEnd={onEnd} />}
        {wantsConfirm && <Banner name={t("confirm_wanted")} text={t("confirm_wanted_hint")} onEnd={() => setWantsConfirm(false)} />}
        {files.length > 0 && <Tray files={files} isWhole={isWhole} setWhole={setWhole} onRemove={key => setFiles(files.filter(f => f.key !== key))} />}
        <div class={css.row}>
          <textarea
            ref={input}
            class={css.input}
            rows={1}
            value={text}
            placeholder={inThread ? t("write_answer") : isWide.value ? t("write_to", { name: titleOf(c) }) : t("write")}
            aria-label={inThread ? t("write_answer") : t("write")}
            enterkeyhint={hasKeyboard ? "send" : "enter"}
            aria-controls={asking ? "picks" : undefined}
            onInput={e => write(e.currentTarget.value, e.currentTarget.selectionStart)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
          />
        </div>
        <div class={css.tools}>
          <IconButton name="smile" label={t("emoji")} isPressed={panel} onClick={() => setPanel(!panel)} />
          {c.kind === "group" && isWide.value && !inThread && <IconButton name="at" label={t("mention")} onClick={() => { insert("@"); setAsking({ at: input.current!.selectionStart, query: "" }); }} />}
          {!editing && (isWide.value || inThread) && <IconButton name="clip" label={t("attach")} onClick={() => picker.current!.click()} />}
          {!editing && !inThread && <IconButton name="plus" label={t("more_kinds")} onClick={more} />}
          <input ref={picker} class={css.hidden} type="file" multiple tabIndex={-1} aria-hidden="true" onChange={e => { void attach(Array.from(e.currentTarget.files ?? [])); e.currentTarget.value = ""; }} />
          {!canSend && !editing && !inThread && canSpeak ? (
            <SpeakButton onBegin={setSpeaking} />
          ) : (
            <SendButton isReady={canSend} label={t(editing ? "edit_done" : "send")} onSend={send} onLater={editing || inThread ? undefined : later} />
          )}
        </div>
        {panel && <EmojiPanel onPick={insert} />}
      </div>
    </footer>
  );
}

function Banner({ name, text, onEnd }: { name: string; text: string; onEnd: () => void }) {
  return (
    <div class={css.reply}>
      <span class={css.replyText}>
        <b class={css.replyName}>{name}</b> {text}
      </span>
      <IconButton name="close" label={t("cancel")} onClick={onEnd} />
    </div>
  );
}

const HOLD = 500;

// A press sends; a long one, or the right button, offers to send later.
function SendButton({ isReady, label, onSend, onLater }: { isReady: boolean; label: string; onSend: () => void; onLater?: () => void }) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const wasHeld = useRef(false);
  const stop = () => clearTimeout(timer.current);
  return (
    <button
      type="button"
      class={classes(css.send, isReady && css.ready)}
      disabled={!isReady}
      aria-label={label}
      title={label}
      onPointerDown={() => {
        wasHeld.current = false;
        if (onLater) timer.current = setTimeout(() => { wasHeld.current = true; onLater(); }, HOLD);
      }}
      onPointerUp={stop}
      onPointerLeave={stop}
      onContextMenu={e => {
        e.preventDefault();
        stop();
        if (onLater && !wasHeld.current) onLater();
      }}
      onClick={() => !wasHeld.current && onSend()}
    >
      <Icon name="send" size={22} />
    </button>
  );
}

// Held, it records until it is let go; pressed shortly, until a button ends it (recorder.tsx).
function SpeakButton({ onBegin }: { onBegin: (begun: Begun) => void }) {
  const begin = (e: PointerEvent) => {
    if (e.button !== 0) return;
    const begun: Begun = { at: Date.now(), y: e.clientY, released: 0 };
    addEventListener("pointerup", () => (begun.released = Date.now()), { once: true });
    onBegin(begun);
  };
  return (
    <button
      type="button"
      class={classes(css.send, css.speak)}
      aria-label={t("speak")}
      title={t("speak")}
      onPointerDown={begin}
      onClick={e => e.detail === 0 && onBegin({ at: 0, y: 0, released: 1 })}
      onContextMenu={e => e.preventDefault()}
    >
      <Icon name="mic" size={22} />
    </button>
  );
}

// Files dragged over the page show where they may be dropped.
function useDropping(set: (isDropping: boolean) => void): void {
  useEffect(() => {
    const over = (e: DragEvent) => {
      if (!Array.from(e.dataTransfer?.types ?? []).includes("Files")) return;
      e.preventDefault();
      set(true);
    };
    const out = (e: DragEvent) => !e.relatedTarget && set(false);
    addEventListener("dragenter", over);
    addEventListener("dragleave", out);
    return () => {
      removeEventListener("dragenter", over);
      removeEventListener("dragleave", out);
    };
  }, []);
}
