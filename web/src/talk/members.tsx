// The members of a group: found by name or nickname; what its managers do with them.
import { useEffect, useRef, useState } from "preact/hooks";
import type { TalkConversation, TalkMember } from "../api";
import { sayError } from "../base/errors";
import { SearchBox } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { confirm, menuAt, MenuItem, Sheet, show, showMenu } from "../base/sheet";
import { moment } from "../base/time";
import { Avatar, Button, Empty, say, SkeletonRows, Tag } from "../base/ui";
import { nextMoment, When } from "../base/when";
import { manages } from "../net/attention";
import { useWatched } from "../net/seen";
import { call, held, learn, online, person } from "../net/state";
import { openPerson, openPicker } from "../org/doors";
import { matches } from "./mentions";
import { dayWords, isMe, nameIn, nameOf } from "./words";
import css from "./members.module.css";

const PAGE = 200;
const MOST = 5000; // read when one is looked for
const RANKS = ["owner", "admin", "member"];

export const openMembers = (id: string): void => void show(close => <Members id={id} close={close} />);

// The owner first, then the admins; the others as they came.
export function inRank<M extends { role: string }>(members: readonly M[]): M[] {
  return members.slice().sort((a, b) => RANKS.indexOf(a.role) - RANKS.indexOf(b.role));
}

export const mayAdd = (c: TalkConversation): boolean => !c.is_closed && !c.department && (manages(c) || !c.switches?.add_by_managers);

interface List {
  members: TalkMember[];
  more?: string;
}

async function readMembers(conversation: string, after?: string): Promise<List> {
  const out = await call("talk_members", { conversation, after, limit: PAGE });
  learn(out.people);
  return out;
}

function Members({ id, close }: { id: string; close: () => void }) {
  const c = held.value.get(id)?.it;
  const [list, setList] = useState<List | null>(null);
  const [query, setQuery] = useState("");
  const [version, setVersion] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const words = query.trim();
  const more = list?.more;
  useEffect(() => {
    readMembers(id).then(setList, sayError);
  }, [c?.members, version]);
  const next = () => readMembers(id, more).then(out => setList(old => ({ members: [...old!.members, ...out.members], more: out.more })), sayError);
  useEffect(() => {
    if (words && more && list!.members.length < MOST) void next();
  }, [words, more]);
  const fits = (m: TalkMember) => {
    const p = person(m.person);
    return !words || m.nickname?.toLowerCase().includes(words.toLowerCase()) || (!!p && matches(p, words));
  };
  const shown = list && inRank(list.members).filter(fits);
  useWatched(box, shown?.length ?? 0);
  if (!c) return null;
  const changed = () => setVersion(v => v + 1);
  return (
    <Sheet title={t("members_count", { n: c.members })} close={close} form="side">
      <div class={css.top}>
        <SearchBox isFirst label={t("members_search")} value={query} onInput={setQuery} />
      </div>
      {!words && mayAdd(c) && (
        <button type="button" class={css.add} onClick={() => openPicker({ kind: "add", conversation: id })}>
          <span class={css.addIcon}><Icon name="plus" size={20} /></span>
          <span>{t("add_members")}</span>
        </button>
      )}
      <div ref={box} aria-live="polite">
        {!shown ? <SkeletonRows count={6} /> : shown.length ? shown.map(m => <Row key={m.person} c={c} m={m} onChange={changed} />) : !more && <Empty drawing="search" sentence={t("search_none")} />}
      </div>
      {more && !words && <p class={css.centre}><Button look="quiet" onClick={() => void next()}>{t("more")}</Button></p>}
    </Sheet>
  );
}

interface RowProps {
  c: TalkConversation;
  m: TalkMember;
  onChange: () => void;
}

function Row({ c, m, onChange }: RowProps) {
  const p = person(m.person);
  const name = m.nickname || nameOf(m.person);
  const items = actionsFor(c, m, onChange);
  const note = [m.nickname && nameOf(m.person), p?.department_name].filter(Boolean).join(" · ");
  return (
    <div class={css.row} data-person={m.person}>
      <button type="button" class={css.person} onClick={() => openPerson(m.person)}>
        <Avatar name={nameOf(m.person)} file={p?.avatar} isOnline={online.value[m.person]} size={40} />
        <span class={css.text}>
          <span class={css.line}>
            <span class={css.name}>{name}</span>
            {m.role !== "member" && <Tag>{t(m.role === "owner" ? "member_owner" : "member_admin")}</Tag>}
          </span>
          {note && <span class={css.note}>{note}</span>}
          {m.muted && <span class={css.silenced}>{t("member_muted", { time: moment(m.muted, Date.now(), dayWords()) })}</span>}
        </span>
      </button>
      {items.length > 0 && (
        <button type="button" class={css.more} aria-label={`${t("more")} ${name}`} onClick={e => showMenu(items, menuAt(e), name)}>
          <Icon name="more" size={20} />
        </button>
      )}
    </div>
  );
}

// ---- what a manager does ---------------------------------------------------------------------------

function actionsFor(c: TalkConversation, m: TalkMember, onChange: () => void): MenuItem[] {
  if (!manages(c) || isMe(m.person) || m.role === "owner") return [];
  const name = nameIn(c.id, m.person);
  const act = (change: Promise<unknown>, sentence: string) => void change.then(() => { say(sentence); onChange(); }, sayError);
  const role = (word: string) => call("talk_role", { conversation: c.id, person: m.person, role: word });
  const mute = (minutes: number) => call("talk_mute", { conversation: c.id, person: m.person, minutes });
  const items: MenuItem[] = [];
  if (c.role === "owner") {
    items.push(m.role === "admin"
      ? { label: t("admin_unset"), icon: "shield", run: () => act(role("member"), t("admin_unset_done", { name })) }
      : { label: t("admin_set"), icon: "shield", run: () => act(role("admin"), t("admin_set_done", { name })) });
    items.push({ label: t("hand_over"), icon: "key", run: () => void confirm(t("hand_over_sure", { name }), t("hand_over")).then(isSure => { if (isSure) act(role("owner"), t("hand_over_done", { name })); }) });
  }
  if (m.role === "member")
    items.push(m.muted
      ? { label: t("mute_end"), icon: "mic", run: () => act(mute(0), t("mute_end_done", { name })) }
      : { label: t("mute"), icon: "quiet", run: () => void show(close => <Mute name={name} onChoose={minutes => { close(); act(mute(minutes), t("mute_done", { name })); }} close={close} />) });
  items.push({
    label: t("remove_member"), icon: "trash", isDanger: true,
    run: () => void confirm(t("remove_member_sure", { name }), t("remove")).then(isSure => { if (isSure) call("talk_remove", { conversation: c.id, person: m.person }).then(onChange, sayError); }),
  });
  return items;
}

const MINUTE = 60000;

function Mute({ name, onChoose, close }: { name: string; onChoose: (minutes: number) => void; close: () => void }) {
  const [until, setUntil] = useState(0);
  const spans: [string, number][] = [[t("mute_minutes", { n: 10 }), 10], [t("mute_hours", { n: 1 }), 60], [t("mute_days", { n: 1 }), 1440]];
  const minutes = Math.ceil((until - Date.now()) / MINUTE);
  const footer = until ? <Button look="main" isWide disabled={minutes < 1} onClick={() => onChoose(minutes)}>{t("mute_until_go", { time: moment(until, Date.now(), dayWords()) })}</Button> : undefined;
  return (
    <Sheet title={t("mute_title", { name })} close={close} footer={footer}>
      <div class={css.spans}>
        {spans.map(([label, n]) => <button type="button" class={css.span} key={n} onClick={() => onChoose(n)}>{label}</button>)}
        {until ? (
          <div class={css.until}><When label={t("mute_until")} value={until} onChange={setUntil} words={dayWords()} /></div>
        ) : (
          <button type="button" class={css.span} onClick={() => setUntil(nextMoment(Date.now(), 120 * MINUTE))}>{t("mute_until")}</button>
        )}
      </div>
    </Sheet>
  );
}
