// A conversation: its messages, endlessly upwards, and what belongs to them. Every number from the
// first one that may be seen to the last is a row; a row whose message is not here yet is a ghost
// and is fetched when it comes near the screen.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Ops, TalkConversation, TalkMessage } from "../api";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { ListHandle, VirtualList } from "../base/list";
import { isWide } from "../base/prefs";
import { back, route } from "../base/router";
import { dayLine, daysBetween } from "../base/time";
import { Bar, Empty, IconButton, SkeletonRows, Tag } from "../base/ui";
import { manages, silenceOf } from "../net/attention";
import { isHollow } from "../net/blocks";
import { ask } from "../net/link";
import { call, held, online, outgoing, requests, room as roomOf, status, typing, watchPeople } from "../net/state";
import type { Refusal } from "../net/shapes";
import { Late, openDetails, openPerson } from "../org/doors";
import { Composer } from "./composer";
import { part, RoomActions } from "./doors";
import { draftReply, tellDrafts } from "./drafts";
import { noticeSeen } from "./notices";
import { DayLine, Ghost, Message, Notice, Pending, Recalled, UnreadLine } from "./message";
import { dayWords, gist, isMe, nameIn, titleOf } from "./words";
import css from "./room.module.css";

const TOGETHER = 5 * 60000;

const PinBar = part(() => import("./pins").then(m => m.PinBar));
const NoticeBar = part(() => import("./notice").then(m => m.NoticeBar));
const RequestBar = part(() => import("./waiting").then(m => m.RequestBar));
const SilentBar = part(() => import("./silent").then(m => m.SilentBar), () => <div class={css.silent} />);
const ChooseBar = part(() => import("./forward").then(m => m.ChooseBar));
const loadOff = () => import("./off").then(m => m.Off);

export function Room({ id, at }: { id: string; at?: number }) {
  const found = held.value.get(id)?.it;
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    ask("open", { conversation: id }).catch((e: Refusal) => setLost(e.code === "not_found" || e.code === "forbidden"));
  }, [id, !found]);
  useEffect(() => () => void ask("open", { conversation: null }), [id]);
  if (found) return <OpenRoom key={id} c={found} at={at} />;
  return (
    <section class={css.room}>
      <Bar title="" onBack={isWide.value ? undefined : () => back()} />
      {isLost ? <Empty drawing="search" sentence={t("load_failed")} /> : <SkeletonRows />}
    </section>
  );
}

function OpenRoom({ c, at }: { c: TalkConversation; at?: number }) {
  const room = roomOf(c.id);
  room.version.value;
  const list = useRef<ListHandle>(null);
  const [reply, setReply] = useState<TalkMessage | null>(null);
  const [editing, setEditing] = useState<TalkMessage | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<number> | null>(null);
  const [marked, setMarked] = useState(0);
  const isAtEnd = useSignal(true);
  const pending = outgoing.value.filter(o => o.conversation === c.id);
  const first = Math.max(1, c.since);
  const known = Math.max(0, c.last_seq - first + 1);
  // Where reading began when the room was opened: the divider stays there.
  const begin = useMemo(() => (c.unread > 0 && c.upto < c.last_seq ? Math.max(first, c.upto + 1) : 0), [c.id]);
  const visible = useRef(0);
  const count = known + pending.length;

  useEffect(() => (c.peer ? watchPeople([c.peer]) : undefined), [c.peer]);
  useReading(c, visible);

  const onRange = (from: number, to: number, isEnd: boolean) => {
    isAtEnd.value = isEnd;
    const low = first + Math.max(0, from - 20);
    const high = Math.min(c.last_seq, first + to + 20);
    visible.current = Math.min(c.last_seq, first + to);
    if (high >= low) void room.want(low, high);
    room.trim(low, high);
  };
  useLayoutEffect(() => {
    if (c.last_seq) void room.want(Math.max(first, c.last_seq - 30), c.last_seq);
  }, [c.last_seq, room.version.value]);

  const jump = (seq: number) => {
    list.current?.toRow(seq - first, 0.3);
    setMarked(seq);
    setTimeout(() => setMarked(0), 1600);
  };
  // The same place may be asked for again.
  const asked = route.value;
  useEffect(() => {
    if (at) jump(at);
  }, [at, asked]);
  useKeptReply(c.id, room.get.bind(room), setReply);
  const pins = usePins(c, room.pinned.value);
  const silence = useSilence(c);
  const [notice, putAway] = useNotice(c);
  const waiting = useRequests(c);
  const actions: RoomActions = {
    jump,
    reply: m => {
      setEditing(null);
      setReply(m);
    },
    edit: m => {
      setReply(null);
      setEditing(m);
    },
    choose: m =>
      setChosen(old => {
        const next = new Set(old ?? []);
        if (!next.delete(m.seq)) next.add(m.seq);
        return next;
      }),
  };

  const render = (row: number) => {
    if (row >= known) {
      const item = pending[row - known];
      return item && <div class={row === count - 1 ? css.lastRow : undefined}><Pending item={item} isFirst={row === known || row === 0} /></div>;
    }
    const seq = first + row;
    const m = room.get(seq);
    const isLastRow = row === count - 1;
    if (!m) return <Ghost seq={seq} />;
    const before = row > 0 ? visibleBefore(room.get.bind(room), seq, first) : undefined;
    const after = room.get(seq + 1);
    const isNewDay = !before || daysBetween(before.at, m.at) !== 0;
    const isBegin = seq === begin;
    return (
      <div class={isLastRow ? css.lastRow : undefined}>
        {isNewDay && !isHollow(m) && <DayLine text={dayLine(m.at, Date.now(), dayWords())} />}
        {isBegin && <UnreadLine />}
        {isHollow(m) ? null : m.is_recalled ? (
          <Recalled c={c} m={m} />
        ) : m.kind === "notice" ? (
          <Notice c={c} m={m} />
        ) : (
          <Message
            c={c}
            m={m}
            isFirst={isNewDay || isBegin || !goTogether(before, m)}
            isLast={!goTogether(m, after)}
            showsCounts={!goTogether(m, after) || after!.read !== m.read || after!.unread !== m.unread}
            isMarked={seq === marked}
            actions={actions}
            isChosen={chosen ? chosen.has(seq) : undefined}
          />
        )}
      </div>
    );
  };
  const start = at ? at - first : begin && c.last_seq - begin > 3 ? begin - first : undefined;
  return (
    <section class={css.room} aria-label={titleOf(c)}>
      <RoomBar c={c} />
      {waiting > 0 && <RequestBar conversation={c.id} n={waiting} />}
      {notice && <NoticeBar c={c} notice={notice} onAway={putAway} />}
      {pins.length > 0 && <PinBar c={c} messages={pins} actions={actions} />}
      <div class={css.messages}>
        {count ? (
          <VirtualList
            count={count}
            estimate={() => 64}
            keyOf={row => (row < known ? first + row : pending[row - known].key)}
            render={render}
            stick="bottom"
            start={start}
            onRange={onRange}
            handle={list}
            label={t("message_list")}
          />
        ) : (
          <Empty drawing="bells" sentence={t("room_empty")} />
        )}
        {!isAtEnd.value && (
          <button type="button" class={css.newest} onClick={() => list.current?.toEnd()}>
            <Icon name="down" size={20} />
            {c.unread > 0 ? <span class={css.newestText}>{t("new_below", { n: c.unread > 99 ? "99+" : c.unread })}</span> : <span class={css.hidden}>{t("to_newest")}</span>}
          </button>
        )}
      </div>
      <Typing id={c.id} />
      <Announcer c={c} />
      <Late key={`off ${c.id}`} load={loadOff} props={{ c }} />
      {chosen ? (
        <ChooseBar c={c} seqs={Array.from(chosen).sort((a, b) => a - b)} onEnd={() => setChosen(null)} />
      ) : silence ? (
        <SilentBar silence={silence} />
      ) : (
        <Composer key={c.id} c={c} reply={reply} editing={editing} onEnd={() => { setReply(null); setEditing(null); }} onSent={() => list.current?.toEnd()} />
      )}
    </section>
  );
}

function visibleBefore(get: (seq: number) => TalkMessage | undefined, seq: number, first: number): TalkMessage | undefined {
  for (let at = seq - 1; at >= first && at > seq - 20; at--) {
    const m = get(at);
    if (!m || !isHollow(m)) return m;
  }
  return undefined;
}

const isSpoken = (m: TalkMessage): boolean => !m.is_recalled && m.kind !== "notice";

function goTogether(a: TalkMessage | undefined, b: TalkMessage | undefined): boolean {
  return !!a && !!b && isSpoken(a) && isSpoken(b) && a.author === b.author && b.at - a.at < TOGETHER && daysBetween(a.at, b.at) === 0;
}

// Tells the server what was read: only what was visible while the page had the focus.
function useReading(c: TalkConversation, visible: { current: number }): void {
  useEffect(() => {
    const look = () => {
      const upto = visible.current;
      if (document.visibilityState === "visible" && document.hasFocus() && upto > c.upto) void ask("read", { conversation: c.id, upto });
    };
    look();
    const timer = setInterval(look, 300);
    return () => clearInterval(timer);
  }, [c.id, c.upto]);
}

// The message that a kept draft answers, once it is here.
function useKeptReply(id: string, get: (seq: number) => TalkMessage | undefined, set: (m: TalkMessage) => void): void {
  const kept = useRef(draftReply(id));
  const m = kept.current && get(kept.current);
  useEffect(() => {
    if (!m) return;
    kept.current = undefined;
    set(m);
  }, [!m]);
  useEffect(() => tellDrafts, [id]);
}

// The messages at the top, read again when one goes there or away.
function usePins(c: TalkConversation, version: number): TalkMessage[] {
  const [pins, setPins] = useState<TalkMessage[]>([]);
  const { link } = status.value;
  useEffect(() => {
    let isLate = false;
    const timer = setTimeout(() => {
      if (link === "online") call("talk_pins", { conversation: c.id }).then(out => !isLate && setPins(out.messages), () => undefined);
    }, 150);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [c.id, version, link]);
  const room = roomOf(c.id);
  return pins.filter(m => room.get(m.seq)?.is_pinned ?? true).map(m => room.get(m.seq) ?? m);
}

// Why nothing can be said here; drawn again when that ends.
function useSilence(c: TalkConversation) {
  const [now, setNow] = useState(Date.now());
  const silence = silenceOf(c, Math.max(now, Date.now()));
  const until = silence?.why === "own" ? silence.until : 0;
  useEffect(() => {
    if (!until) return;
    const timer = setTimeout(() => setNow(until), Math.min(until - Date.now(), 0x7fffffff) + 50);
    return () => clearTimeout(timer);
  }, [until]);
  return silence;
}

type GroupNotice = Ops["talk_notice_get"]["out"];

// The group's notice until the reader has put it away; read again when a new one is told.
function useNotice(c: TalkConversation): [GroupNotice | null, () => void] {
  const [notice, setNotice] = useState<GroupNotice | null>(null);
  const told = useRef(0);
  if (c.last?.extra?.card?.kind === "notice") told.current = c.last.seq;
  const { link } = status.value;
  useEffect(() => {
    if (c.kind !== "group" || c.is_closed || link !== "online") return;
    call("talk_notice_get", { conversation: c.id }).then(out => setNotice(out.seq && out.seq > noticeSeen(c.id) ? out : null), () => undefined);
  }, [c.id, c.is_closed, link, told.current]);
  return [notice, () => setNotice(null)];
}

// How many wait to be let in, for whoever lets them in.
function useRequests(c: TalkConversation): number {
  const decides = manages(c) && !!c.switches?.asks_managers;
  useEffect(() => {
    if (decides) void import("./requests").then(m => m.keepRequests(), () => undefined);
  }, [decides]);
  return decides ? requests.value.get(c.id)?.length ?? 0 : 0;
}

function RoomBar({ c }: { c: TalkConversation }) {
  const isDirect = c.kind === "direct";
  const isOnline = isDirect && !!c.peer && online.value[c.peer];
  const title = isDirect ? (
    <button type="button" class={css.titleButton} onClick={() => openPerson(c.peer!)}>
      {isOnline && <span class={css.online} />}
      {titleOf(c)}
    </button>
  ) : c.department ? (
    <>{titleOf(c)} <Tag>{t("department_group")}</Tag></>
  ) : titleOf(c);
  return (
    <Bar title={title} note={isDirect ? undefined : t("people_count", { n: c.members })} isSmall onBack={isWide.value ? undefined : () => back()}>
      <IconButton name="more" label={t("details")} onClick={() => openDetails(c.id)} />
    </Bar>
  );
}

function Typing({ id }: { id: string }) {
  const who = typing.value.filter(x => x.conversation === id && !isMe(x.person));
  const text = !who.length ? "" : who.length === 1 ? t("typing_one", { name: nameIn(id, who[0].person) }) : t("typing_some", { n: who.length });
  return text ? <p class={css.typing}>{text}</p> : null;
}

// Says new messages of others to those who listen instead of look.
function Announcer({ c }: { c: TalkConversation }) {
  const began = useRef(c.last_seq);
  const last = c.last;
  const isNew = last && last.seq > began.current && !isMe(last.author);
  return (
    <div class={css.hidden} aria-live="polite">
      {isNew ? t("says", { who: nameIn(c.id, last.author), text: gist(last, c.id) }) : ""}
      {status.value.link === "offline" ? t("offline_bar") : ""}
    </div>
  );
}

