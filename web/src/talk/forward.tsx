// Sending messages on: choosing several, choosing where they go. Also sends a person's card.
import { useEffect, useRef, useState } from "preact/hooks";
import type { OrgPerson, TalkConversation } from "../api";
import { sayError } from "../base/errors";
import { Choice, Field, SearchBox } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Sheet } from "../base/sheet";
import { Avatar, Button, classes, Empty, IconButton, say, SkeletonRows } from "../base/ui";
import { newKey } from "../net/order";
import { call, conversations, learn } from "../net/state";
import { openForward } from "./doors";
import { faceOf, isMe, titleOf } from "./words";
import css from "./forward.module.css";

const MOST_TARGETS = 10;
const MOST_EACH = 20;
const MOST_MERGED = 100;
const RECENT = 40;

// Somewhere to send to: a conversation, or a person with whom there may be none yet.
interface Target {
  id: string;
  isPerson?: boolean;
  name: string;
  file?: string;
  isGroup?: boolean;
  note?: string;
}

const ofConversation = (c: TalkConversation): Target => ({ id: c.id, name: titleOf(c), file: faceOf(c)?.avatar, isGroup: c.kind === "group", note: c.kind === "group" ? t("people_count", { n: c.members }) : faceOf(c)?.department_name });

// Conversations whose names hold the words; then people with whom there is no such conversation.
function useTargets(query: string): Target[] | null {
  const [people, setPeople] = useState<OrgPerson[] | null>([]);
  useEffect(() => {
    if (!query) return setPeople([]);
    let isLate = false;
    setPeople(null);
    const timer = setTimeout(() => {
      call("org_find", { query, limit: 20 }).then(out => {
        learn(out.people);
        if (!isLate) setPeople(out.people.filter(p => !isMe(p.id)));
      }, () => !isLate && setPeople([]));
    }, 180);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [query]);
  const all = conversations.value;
  if (!query) return all.slice(0, RECENT).map(ofConversation);
  const low = query.toLowerCase();
  const found = new Set((people ?? []).map(p => p.id));
  const known = all.filter(c => titleOf(c).toLowerCase().includes(low) || (c.peer && found.has(c.peer)));
  const peers = new Set(known.map(c => c.peer));
  const others = (people ?? []).filter(p => !peers.has(p.id)).map(p => ({ id: p.id, isPerson: true, name: p.name, file: p.avatar, note: p.department_name }));
  return people === null && !known.length ? null : known.map(ofConversation).concat(others);
}

// The conversations of what was chosen; one with a person is made where there is none.
async function resolve(targets: Target[]): Promise<string[]> {
  return Promise.all(targets.map(async x => (x.isPerson ? (await call("talk_direct", { person: x.id, key: newKey() })).conversation.id : x.id)));
}

interface TargetsProps {
  title: string;
  above?: preact.ComponentChildren;
  run: (to: string[], comment: string) => Promise<unknown>;
  done: string;
  close: () => void;
}

function Targets({ title, above, run, done, close }: TargetsProps) {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<Target[]>([]);
  const [comment, setComment] = useState("");
  const [isBusy, setBusy] = useState(false);
  const shown = useTargets(query.trim());
  const toggle = (x: Target) => {
    if (chosen.some(o => o.id === x.id)) return setChosen(chosen.filter(o => o.id !== x.id));
    if (chosen.length >= MOST_TARGETS) return say(t("forward_most", { n: MOST_TARGETS }));
    setChosen([...chosen, x]);
  };
  const send = async () => {
    setBusy(true);
    try {
      await run(await resolve(chosen), comment.trim());
      say(done);
      close();
    } catch (error) {
      sayError(error);
      setBusy(false);
    }
  };
  return (
    <Sheet title={title} close={close} footer={<Button look="main" isWide disabled={!chosen.length} isBusy={isBusy} onClick={() => void send()}>{chosen.length ? t("forward_go", { n: chosen.length }) : t("send")}</Button>}>
      <div class={css.top}>
        <SearchBox isFirst label={t("forward_search")} value={query} onInput={setQuery} />
        {chosen.length > 0 && (
          <div class={css.chosen}>
            {chosen.map(x => (
              <button type="button" class={css.chip} key={x.id} aria-label={`${t("remove")} ${x.name}`} onClick={() => toggle(x)}>
                <Avatar name={x.name} file={x.file} isGroup={x.isGroup} size={24} />
                <span class={css.chipName}>{x.name}</span>
                <Icon name="close" size={14} />
              </button>
            ))}
          </div>
        )}
        {above}
      </div>
      <div class={css.list} role="group" aria-label={t(query.trim() ? "search" : "forward_recent")}>
        {!query.trim() && <h3 class={css.heading}>{t("forward_recent")}</h3>}
        {!shown ? <SkeletonRows count={4} /> : !shown.length ? <Empty drawing="search" sentence={t("search_none")} /> : shown.map(x => <Row key={x.id} x={x} isChosen={chosen.some(o => o.id === x.id)} toggle={toggle} />)}
      </div>
      {chosen.length > 0 && <div class={css.comment}><Field name="comment" label={t("forward_comment")} isOptional value={comment} onInput={setComment} maxLength={2000} /></div>}
    </Sheet>
  );
}

function Row({ x, isChosen, toggle }: { x: Target; isChosen: boolean; toggle: (x: Target) => void }) {
  return (
    <button type="button" class={css.row} role="checkbox" aria-checked={isChosen} onClick={() => toggle(x)}>
      <span class={classes(css.tick, isChosen && css.ticked)}>{isChosen && <Icon name="check" size={14} />}</span>
      <Avatar name={x.name} file={x.file} isGroup={x.isGroup} size={36} />
      <span class={css.name}>{x.name}</span>
      <span class={css.note}>{x.note}</span>
    </button>
  );
}

interface ForwardProps {
  conversation: string;
  seqs: number[];
  isMerged: boolean;
  onDone?: () => void;
  close: () => void;
}

export function Forward({ conversation, seqs, isMerged, onDone, close }: ForwardProps) {
  const [isOne, setOne] = useState(isMerged || seqs.length > MOST_EACH);
  const key = useRef(newKey());
  const run = async (to: string[], comment: string) => {
    await call("talk_forward", { conversation, messages: seqs.map(seq => ({ seq })), to, is_merged: isOne || undefined, comment: comment || undefined, key: key.current }).catch(error => {
      key.current = newKey();
      throw error;
    });
    onDone?.();
  };
  const above = seqs.length > 1 && seqs.length <= MOST_EACH && (
    <div class={css.way}>
      <Choice label={t("forward_way")} value={isOne ? "merged" : "each"} onChange={v => setOne(v === "merged")} options={[{ value: "each", label: t("forward_each") }, { value: "merged", label: t("forward_merged") }]} />
    </div>
  );
  return <Targets title={seqs.length > 1 ? t("forward_title", { n: seqs.length }) : t("forward")} above={above} run={run} done={t("forwarded")} close={close} />;
}

export function SendCard({ person, close }: { person: string; close: () => void }) {
  const run = async (to: string[], comment: string) => {
    for (const conversation of to) {
      await call("talk_send", { conversation, contact: person, key: newKey() });
      if (comment) await call("talk_send", { conversation, body: comment, key: newKey() });
    }
  };
  return <Targets title={t("contact_send")} run={run} done={t("sent")} close={close} />;
}

// ---- while several messages are being chosen ------------------------------------------------------

export function ChooseBar({ c, seqs, onEnd }: { c: TalkConversation; seqs: number[]; onEnd: () => void }) {
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => e.key === "Escape" && !e.defaultPrevented && onEnd();
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const isTooMany = seqs.length > MOST_MERGED;
  const favour = async () => {
    for (const seq of seqs) await call("talk_favour", { conversation: c.id, seq, is_on: true });
    say(t("favoured"));
    onEnd();
  };
  return (
    <footer class={css.bar} role="group" aria-label={t("choose_several")}>
      <IconButton name="close" label={t("cancel")} onClick={onEnd} />
      <span class={css.count} role="status">{isTooMany ? t("choose_most", { n: MOST_MERGED }) : t("chosen", { n: seqs.length })}</span>
      <Action icon="forward" label={t("forward_each")} disabled={!seqs.length || seqs.length > MOST_EACH} run={() => openForward(c.id, seqs, false, onEnd)} />
      <Action icon="merge" label={t("forward_merged")} disabled={!seqs.length || isTooMany} run={() => openForward(c.id, seqs, true, onEnd)} />
      <Action icon="star" label={t("favour")} disabled={!seqs.length || isTooMany} run={() => void favour().catch(sayError)} />
    </footer>
  );
}

function Action({ icon, label, disabled, run }: { icon: "forward" | "merge" | "star"; label: string; disabled: boolean; run: () => void }) {
  return (
    <button type="button" class={css.action} disabled={disabled} onClick={run}>
      <Icon name={icon} size={22} />
      <span>{label}</span>
    </button>
  );
}
