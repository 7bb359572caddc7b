// The list of conversations.
import { useEffect, useMemo } from "preact/hooks";
import { computed, signal } from "@preact/signals";
import type { TalkConversation } from "../api";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { VirtualList } from "../base/list";
import { back, href } from "../base/router";
import { listTime } from "../base/time";
import { Avatar, Badge, Bar, Button, classes, Empty, IconButton, SkeletonRows } from "../base/ui";
import { arranged, Filter, FOLDED, isCalled, isQuiet, isUnread, rowsOf } from "../net/attention";
import { ask } from "../net/link";
import { conversations, isPainted, more, online, outgoing, requests, status, watchPeople } from "../net/state";
import { openPicker, openSearch } from "../org/doors";
import { openRowMenu, part, Spot } from "./doors";
import { draftOf } from "./drafts";
import { isHeld, useHold } from "./message";
import { dayWords, lastLine, pictureOf, titleOf } from "./words";
import css from "./chats.module.css";

const ROW = 68;
const ENOUGH = 12; // rows of a filter, before older conversations are fetched for it
const shown = signal<string[]>([]);

export const filter = signal<Filter>("all");
export const isUnreadFirst = signal(localStorage.getItem("unread_first") === "yes");

const folded = computed(() => conversations.value.filter(c => c.is_folded));
const rows = computed(() => rowsOf(isUnreadFirst.value ? arranged(conversations.value, true) : conversations.value, filter.value));

// The filters and their words are left until a first chat can be used: on a slow line they would
// stand in its way.
const SETTLES_AFTER = 2500;
const hasSettled = signal(false);
const FilterBar = part(() => import("./filters").then(m => m.FilterBar), () => <div class={css.filters} />);

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
const key = (row: TalkConversation | typeof FOLDED): string => (row === FOLDED ? row : row.id);

export function Chats({ current, inFolded }: { current?: string; inFolded?: boolean }) {
  const all = inFolded ? folded.value : rows.value;
  const { link } = status.value;
  const height = useMemo(() => ROW * rem(), []);
  const isSynced = link === "online" || link === "offline";
  useEffect(() => {
    if (!isSynced || hasSettled.value) return;
    const timer = setTimeout(() => (hasSettled.value = true), SETTLES_AFTER);
    return () => clearTimeout(timer);
  }, [isSynced]);
  useEffect(() => watchPeople(shown.value), [shown.value.join()]);
  const fetchOlder = () => {
    if (more.value && link === "online") void ask("older", {}).catch(() => undefined);
  };
  useEffect(() => {
    if (filter.value !== "all" && all.length < ENOUGH) fetchOlder();
  }, [filter.value, all.length, more.value, link]);
  const onRange = (first: number, last: number) => {
    const peers = all.slice(first, last + 1).map(c => (c === FOLDED ? undefined : c.peer)).filter((p): p is string => !!p);
    if (peers.join() !== shown.value.join()) shown.value = peers;
    if (last >= all.length - 5) fetchOlder();
  };
  return (
    <section class={css.pane} aria-label={t("messages")}>
      {inFolded ? (
        <Bar title={t("folded_groups", { n: all.length })} isSmall onBack={() => back()} />
      ) : (
        <Bar title={t("messages")}>
          <IconButton name="search" label={t("search")} onClick={() => openSearch()} />
          <IconButton name="plus" label={t("new_chat")} onClick={() => openPicker({ kind: "create" })} />
        </Bar>
      )}
      {!inFolded && conversations.value.length > 0 && (hasSettled.value ? <FilterBar /> : <div class={css.filters} />)}
      <div class={css.list}>
        {all.length ? (
          <VirtualList
            key={inFolded ? FOLDED : filter.value}
            count={all.length}
            estimate={() => height}
            keyOf={row => key(all[row])}
            render={row => all[row] && (all[row] === FOLDED ? <FoldedRow /> : <Row c={all[row] as TalkConversation} inFolded={inFolded} isCurrent={key(all[row]) === current} />)}
            onRange={onRange}
            label={t("messages")}
          />
        ) : inFolded || conversations.value.length ? (
          <Empty drawing="bells" sentence={t("filter_none")} />
        ) : isPainted.value && link === "online" ? (
          <Empty drawing="bells" sentence={t("chats_empty")}>
            <Button look="main" onClick={() => openPicker({ kind: "create" })}>{t("new_chat")}</Button>
          </Empty>
        ) : (
          <SkeletonRows />
        )}
      </div>
    </section>
  );
}

// A long press, the right button or a key opens the menu, once.
function useMenu(c: TalkConversation) {
  const open = (at: Spot) => openRowMenu(c, at);
  return {
    ...useHold(open),
    onContextMenu: (e: MouseEvent) => {
      e.preventDefault();
      if (!isHeld()) open({ x: e.clientX, y: e.clientY });
    },
    onKeyDown: (e: KeyboardEvent) => {
      if (e.key !== "ContextMenu" && !(e.key === "F10" && e.shiftKey)) return;
      e.preventDefault();
      const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
      open({ x: box.right - 24, y: box.top + 40 });
    },
  };
}

function Row({ c, isCurrent, inFolded }: { c: TalkConversation; isCurrent: boolean; inFolded?: boolean }) {
  const title = titleOf(c);
  const draft = isCurrent ? "" : draftOf(c.id);
  const hasFailed = outgoing.value.some(o => o.conversation === c.id && o.state === "refused");
  const waiting = requests.value.get(c.id)?.length;
  return (
    <a
      class={classes(css.row, !!c.is_top && css.top, isCurrent && css.current)}
      href={href(inFolded ? FOLDED : "c", c.id)}
      data-nav
      aria-current={isCurrent ? "true" : undefined}
      {...useMenu(c)}
    >
      <Avatar name={title} file={pictureOf(c)} isGroup={c.kind === "group"} isOnline={!!c.peer && online.value[c.peer]} />
      <span class={css.text}>
        <span class={css.line}>
          <span class={css.title}>{title}</span>
          <time class={css.time}>{listTime(c.last?.at ?? c.changed, Date.now(), dayWords())}</time>
        </span>
        <span class={css.line}>
          <span class={css.last}>
            {isCalled(c) && <em class={css.mark}>{t("mentioned")} </em>}
            {!!waiting && <em class={css.mark}>{t("requests_mark", { n: waiting })} </em>}
            {hasFailed && <em class={css.mark}>{t("not_sent_mark")} </em>}
            {draft && <em class={css.mark}>{t("draft_mark")} </em>}
            {draft || lastLine(c)}
          </span>
          {c.is_muted && <span class={css.quiet} role="img" aria-label={t("quiet")}><Icon name="quiet" size={16} /></span>}
          <Unread c={c} />
        </span>
      </span>
    </a>
  );
}

function Unread({ c }: { c: TalkConversation }) {
  if (!isUnread(c)) return null;
  const words = c.unread ? t("unread_count", { n: c.unread }) : t("marked_unread");
  const isDot = !c.unread || isQuiet(c);
  return (
    <span role="img" aria-label={words} class={classes(isDot && css.dot, isQuiet(c) && css.grey)}>
      {!isDot && <Badge count={c.unread} />}
    </span>
  );
}

function FoldedRow() {
  const list = folded.value;
  const newest = list.reduce((a, b) => (b.changed > a.changed ? b : a));
  return (
    <a class={css.row} href={href(FOLDED)} data-nav>
      <span class={css.folded}><Icon name="group" size={24} /></span>
      <span class={css.text}>
        <span class={css.line}>
          <span class={css.title}>{t("folded_groups", { n: list.length })}</span>
          <time class={css.time}>{listTime(newest.changed, Date.now(), dayWords())}</time>
        </span>
        <span class={css.line}>
          <span class={css.last}>
            {list.some(isCalled) && <em class={css.mark}>{t("mentioned")} </em>}
            {titleOf(newest)}
          </span>
          {list.some(isUnread) && <span class={classes(css.dot, css.grey)} />}
        </span>
      </span>
    </a>
  );
}

export function NothingChosen() {
  return (
    <div class={css.nothing}>
      <span class={css.nothingIcon}>
        <Icon name="chat" size={40} />
      </span>
      <p>{t("chat_pick")}</p>
    </div>
  );
}
