// Where one writes: text that grows, mentions, emoji, pictures and files by button, paste or drop.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { OrgPerson, TalkConversation, TalkMessage } from "../api";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { hasKeyboard, isWide } from "../base/prefs";
import { bytes } from "../base/time";
import { Avatar, classes, IconButton } from "../base/ui";
import { ask } from "../net/link";
import { newKey } from "../net/order";
import { call, learn, person } from "../net/state";
import type { OutgoingFile } from "../net/shapes";
import { draftOf, keepDraft } from "./drafts";
import { gist, isMe, nameOf, titleOf } from "./words";
import css from "./composer.module.css";

const EMOJI = "👍 👌 🙏 💪 👏 🤝 ✅ ❌ 😀 😄 😁 😂 🙂 😉 😊 😍 🤔 😅 😎 😭 😮 😴 😷 😤 ❤️ 🌹 🎉 🔥 ⭐ ☀️ 🌧️ ⚠️ ❗ ❓ 📌 📎 📞 📷 ⏰ 🚗 🚧 🏥 🏫 🏭 🍚 🍵 🍎 🐟".split(" ");

interface Props {
  c: TalkConversation;
  reply: TalkMessage | null;
  onReplyEnd: () => void;
  onSent: () => void;
}

interface Asking {
  at: number; // where the @ stands
  query: string;
}

export function Composer({ c, reply, onReplyEnd, onSent }: Props) {
  const [text, setText] = useState(draftOf(c.id));
  const [files, setFiles] = useState<OutgoingFile[]>([]);
  const [panel, setPanel] = useState(false);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [isDropping, setDropping] = useState(false);
  const [mentioned, setMentioned] = useState<string[]>([]);
  const input = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const picks = useMentions(c, asking?.query ?? null);
  const [pick, setPick] = useState(0);
  const typed = useRef(0);

  useLayoutEffect(() => {
    const el = input.current!;
    el.style.height = "auto";
    el.style.height = `${el.scrollHeight}px`;
  }, [text]);
  useEffect(() => {
    if (hasKeyboard || reply) input.current?.focus({ preventScroll: true });
  }, [c.id, reply]);
  useEffect(() => keepDraft(c.id, text), [text]);

  const write = (value: string, caret: number) => {
    setText(value);
    const found = c.kind === "group" ? /(?:^|[^\w])@([^\s@]{0,12})$/.exec(value.slice(0, caret)) : null;
    setAsking(found ? { at: caret - found[1].length - 1, query: found[1] } : null);
    setPick(0);
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
  const choose = (p: Choice) => {
    insert(`@${p.name} `, asking?.at);
    if (p.id) setMentioned([...mentioned, p.id]);
    setAsking(null);
  };
  const attach = async (list: Iterable<File>) => {
    const added = await Promise.all(Array.from(list, describe));
    setFiles(old => [...old, ...added]);
    input.current?.focus();
  };
  const send = () => {
    const body = text.trim();
    if (!body && !files.length) return;
    const mentions = Array.from(new Set(mentioned)).filter(id => body.includes(`@${nameOf(id)}`));
    const all = /@(所有人|everyone)/.test(body) && c.kind === "group";
    void ask("send", {
      key: newKey(), conversation: c.id, at: Date.now(), state: "waiting",
      body: body || undefined,
      files: files.length ? files : undefined,
      mentions: mentions.length ? mentions : undefined,
      mentions_all: all || undefined,
      quote: reply ? { seq: reply.seq, author: reply.author, body: reply.body ?? gist(reply) } : undefined,
    });
    setText("");
    setFiles([]);
    setMentioned([]);
    setAsking(null);
    setPanel(false);
    onReplyEnd();
    requestAnimationFrame(onSent);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing || e.keyCode === 229) return;
    if (asking && picks.length) {
      const step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
      if (step) setPick((pick + step + picks.length) % picks.length);
      else if (e.key === "Enter" || e.key === "Tab") choose(picks[pick]);
      else if (e.key === "Escape") setAsking(null);
      else return;
      e.preventDefault();
      e.stopPropagation();
    } else if (e.key === "Enter" && !e.shiftKey && hasKeyboard) {
      e.preventDefault();
      send();
    } else if (e.key === "Escape" && (reply || panel)) {
      e.stopPropagation();
      setPanel(false);
      onReplyEnd();
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
  const canSend = !!text.trim() || files.length > 0;
  return (
    <footer class={css.composer}>
      {isDropping && (
        <div class={css.drop} onDragOver={e => e.preventDefault()} onDrop={onDrop}>
          {t("drop_here")}
        </div>
      )}
      {asking && picks.length > 0 && <MentionList picks={picks} at={pick} onPick={choose} />}
      <div class={css.inner}>
        {reply && (
          <div class={css.reply}>
            <span class={css.replyText}>
              <b class={css.replyName}>{t("reply_to", { name: nameOf(reply.author) })}</b> {gist(reply)}
            </span>
            <IconButton name="close" label={t("cancel")} onClick={onReplyEnd} />
          </div>
        )}
        {files.length > 0 && <Tray files={files} onRemove={key => setFiles(files.filter(f => f.key !== key))} />}
        <div class={css.row}>
          <textarea
            ref={input}
            class={css.input}
            rows={1}
            value={text}
            placeholder={isWide.value ? t("write_to", { name: titleOf(c) }) : t("write")}
            aria-label={t("write")}
            enterkeyhint={hasKeyboard ? "send" : "enter"}
            aria-activedescendant={asking && picks.length ? `pick-${pick}` : undefined}
            aria-controls={asking && picks.length ? "picks" : undefined}
            onInput={e => write(e.currentTarget.value, e.currentTarget.selectionStart)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
          />
        </div>
        <div class={css.tools}>
          <IconButton name="smile" label={t("emoji")} isPressed={panel} onClick={() => setPanel(!panel)} />
          {c.kind === "group" && isWide.value && <IconButton name="at" label={t("mention")} onClick={() => { insert("@"); setAsking({ at: input.current!.selectionStart, query: "" }); setPick(0); }} />}
          <IconButton name="clip" label={t("attach")} onClick={() => picker.current!.click()} />
          <input ref={picker} class={css.hidden} type="file" multiple tabIndex={-1} aria-hidden="true" onChange={e => { void attach(Array.from(e.currentTarget.files ?? [])); e.currentTarget.value = ""; }} />
          <button type="button" class={classes(css.send, canSend && css.ready)} disabled={!canSend} aria-label={t("send")} title={t("send")} onClick={send}>
            <Icon name="send" size={22} />
          </button>
        </div>
        {panel && (
          <div class={css.emoji} role="group" aria-label={t("emoji")}>
            {EMOJI.map(e => (
              <button type="button" key={e} class={css.emojiKey} aria-label={e} onClick={() => insert(e)}>{e}</button>
            ))}
          </div>
        )}
      </div>
    </footer>
  );
}

// ---- mentions -------------------------------------------------------------------------------------

interface Choice {
  id: string | null;
  name: string;
  note: string;
  who?: OrgPerson;
}

const MOST_MEMBERS = 1000;
const SHOWN = 7;

async function membersOf(id: string): Promise<string[]> {
  const all: string[] = [];
  let after: string | undefined;
  do {
    const out = await call("talk_members", { conversation: id, after, limit: 200 });
    learn(out.people);
    all.push(...out.members.map(m => m.person));
    after = out.more;
  } while (after && all.length < MOST_MEMBERS);
  return all;
}

const initials = (pinyin: string): string => pinyin.split(/[\s']+/).map(w => w[0] ?? "").join("");

function matches(p: OrgPerson, query: string): boolean {
  const q = query.toLowerCase();
  const pinyin = (p.pinyin ?? "").toLowerCase();
  return p.name.toLowerCase().includes(q) || pinyin.replace(/[\s']+/g, "").startsWith(q) || initials(pinyin).startsWith(q);
}

function useMentions(c: TalkConversation, query: string | null): Choice[] {
  const [members, setMembers] = useState<string[] | null>(null);
  const isAsking = query !== null;
  useEffect(() => {
    if (isAsking && !members) membersOf(c.id).then(setMembers, () => undefined);
  }, [isAsking]);
  if (query === null) return [];
  const people = (members ?? []).map(person).filter((p): p is OrgPerson => !!p && !isMe(p.id) && matches(p, query));
  const all: Choice[] = !query || t("everyone").startsWith(query) ? [{ id: null, name: t("everyone"), note: t("people_count", { n: c.members }) }] : [];
  return all.concat(people.slice(0, SHOWN).map(p => ({ id: p.id, name: p.name, note: p.department_name ?? "", who: p })));
}

function MentionList({ picks, at, onPick }: { picks: Choice[]; at: number; onPick: (p: Choice) => void }) {
  return (
    <div id="picks" class={css.mentions} role="listbox" aria-label={t("mention_list")}>
      {picks.map((p, i) => (
        <button type="button" key={p.id} id={`pick-${i}`} role="option" aria-selected={i === at} class={classes(css.mention, i === at && css.mentionAt)} onMouseDown={e => e.preventDefault()} onClick={() => onPick(p)}>
          {p.id ? <Avatar name={p.name} file={p.who?.avatar} size={28} /> : <span class={css.all}><Icon name="at" size={18} /></span>}
          <span class={css.mentionName}>{p.name}</span>
          <span class={css.mentionNote}>{p.note}</span>
        </button>
      ))}
    </div>
  );
}

// ---- files ----------------------------------------------------------------------------------------

async function describe(file: File): Promise<OutgoingFile> {
  const made: OutgoingFile = { key: newKey(), name: file.name || `${newKey().slice(0, 8)}.png`, type: file.type || "application/octet-stream", size: file.size, blob: file };
  if (!file.type.startsWith("image/")) return made;
  const url = URL.createObjectURL(file);
  const image = new Image();
  const loaded = new Promise<void>(done => (image.onload = image.onerror = () => done()));
  image.src = url;
  await loaded;
  URL.revokeObjectURL(url);
  return image.naturalWidth ? { ...made, width: image.naturalWidth, height: image.naturalHeight } : made;
}

function Tray({ files, onRemove }: { files: OutgoingFile[]; onRemove: (key: string) => void }) {
  return (
    <ul class={css.tray}>
      {files.map(f => (
        <li key={f.key} class={css.chip}>
          <Icon name={f.type.startsWith("image/") ? "image" : "file"} size={18} />
          <span class={css.chipName}>{f.name}</span>
          <span class={css.chipSize}>{bytes(f.size)}</span>
          <button type="button" class={css.chipEnd} aria-label={t("remove")} onClick={() => onRemove(f.key)}>
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
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
