// The list of conversations.
import { useEffect, useMemo } from "preact/hooks";
import { signal } from "@preact/signals";
import type { TalkConversation } from "../api";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { VirtualList } from "../base/list";
import { href } from "../base/router";
import { listTime } from "../base/time";
import { Avatar, Badge, Bar, Button, classes, Empty, IconButton, SkeletonRows } from "../base/ui";
import { ask } from "../net/link";
import { conversations, isPainted, more, online, outgoing, status, watchPeople } from "../net/state";
import { openPicker, openSearch } from "../org/doors";
import { draftOf } from "./drafts";
import { dayWords, faceOf, lastLine, titleOf } from "./words";
import css from "./chats.module.css";

const ROW = 68;
const shown = signal<string[]>([]);

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

export function Chats({ current }: { current?: string }) {
  const all = conversations.value;
  const height = useMemo(() => ROW * rem(), []);
  useEffect(() => watchPeople(shown.value), [shown.value.join()]);
  const onRange = (first: number, last: number) => {
    const peers = all.slice(first, last + 1).map(c => c.peer).filter((p): p is string => !!p);
    if (peers.join() !== shown.value.join()) shown.value = peers;
    if (last >= all.length - 5 && more.value && status.value.link === "online") void ask("older", {});
  };
  return (
    <section class={css.pane} aria-label={t("messages")}>
      <Bar title={t("messages")}>
        <IconButton name="search" label={t("search")} onClick={openSearch} />
        <IconButton name="plus" label={t("new_chat")} onClick={() => openPicker({ kind: "create" })} />
      </Bar>
      <div class={css.list}>
        {all.length ? (
          <VirtualList
            count={all.length}
            estimate={() => height}
            keyOf={row => all[row].id}
            render={row => all[row] && <Row c={all[row]} isCurrent={all[row].id === current} />}
            onRange={onRange}
            label={t("messages")}
          />
        ) : isPainted.value && status.value.link === "online" ? (
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

function Row({ c, isCurrent }: { c: TalkConversation; isCurrent: boolean }) {
  const title = titleOf(c);
  const face = faceOf(c);
  const draft = isCurrent ? "" : draftOf(c.id);
  const hasFailed = outgoing.value.some(o => o.conversation === c.id && o.state === "refused");
  return (
    <a
      class={classes(css.row, isCurrent && css.current)}
      href={href("c", c.id)}
      data-nav
      aria-current={isCurrent ? "true" : undefined}
    >
      <Avatar name={title} file={face?.avatar} isGroup={c.kind === "group"} isOnline={!!c.peer && online.value[c.peer]} />
      <span class={css.text}>
        <span class={css.line}>
          <span class={css.title}>{title}</span>
          <time class={css.time}>{listTime(c.last?.at ?? c.changed, Date.now(), dayWords())}</time>
        </span>
        <span class={css.line}>
          <span class={css.last}>
            {c.is_mentioned && c.unread > 0 && <em class={css.mark}>{t("mentioned")} </em>}
            {hasFailed && <em class={css.mark}>{t("not_sent_mark")} </em>}
            {draft && <em class={css.mark}>{t("draft_mark")} </em>}
            {draft || lastLine(c)}
          </span>
          {c.unread > 0 && (
            <span aria-label={t("unread_count", { n: c.unread })}>
              <Badge count={c.unread} />
            </span>
          )}
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
