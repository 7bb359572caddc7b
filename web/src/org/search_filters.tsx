// The filters of a search: who sent it, where, and when.
import { useState } from "preact/hooks";
import type { TalkConversation } from "../api";
import { Calendar } from "../base/calendar";
import { Choice, SearchBox } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { dayAfter, midnightOf } from "../base/month";
import { menuAt, MenuItem, Sheet, show, showMenu } from "../base/sheet";
import { date } from "../base/time";
import { Avatar, Button, classes, Empty } from "../base/ui";
import { conversations } from "../net/state";
import { dayWords, pictureOf, titleOf } from "../talk/words";
import { PickOne } from "./pick";
import { Filters, lastDays, span } from "./searching";
import css from "./search.module.css";

interface Props {
  filters: Filters;
  hasGroup: boolean;
  onChange: (filters: Filters) => void;
}

export function SearchFilters({ filters, hasGroup, onChange }: Props) {
  const set = (change: Filters) => onChange({ ...filters, ...change });
  const pickAuthor = () => show(close => <PickOne title={t("filter_sender")} onPick={author => { close(); set({ author }); }} close={close} />);
  const pickPlace = () => show(close => <PickPlace onPick={conversation => { close(); set({ conversation }); }} close={close} />);
  const { author, conversation } = filters;
  return (
    <div class={css.filters} role="group" aria-label={t("filter")}>
      <Chip label={t("filter_sender")} value={author?.name} onOpen={pickAuthor} onDrop={() => set({ author: undefined })} />
      {hasGroup && <Chip label={t("filter_group")} value={conversation && titleOf(conversation)} onOpen={pickPlace} onDrop={() => set({ conversation: undefined })} />}
      <Chip label={t("filter_time")} value={timeWords(filters)} onOpen={e => showMenu(times(set), menuAt(e), t("filter_time"))} onDrop={() => set({ from: undefined, to: undefined })} />
    </div>
  );
}

function timeWords({ from, to }: Filters): string | undefined {
  if (!from) return undefined;
  if (to) return t("time_span", { from: date(from), to: date(dayAfter(to, -1)) });
  const days = [1, 7, 30].find(n => lastDays(n, Date.now()).from === from);
  return days === 1 ? t("time_today") : days ? t("time_days", { n: days }) : date(from);
}

function times(set: (change: Filters) => void): MenuItem[] {
  const last = (days: number): MenuItem => ({ label: days === 1 ? t("time_today") : t("time_days", { n: days }), icon: "clock", run: () => set(lastDays(days, Date.now())) });
  return [last(1), last(7), last(30), { label: t("time_own"), icon: "calendar", run: () => void show(close => <Span onDone={change => { close(); set(change); }} close={close} />) }];
}

interface ChipProps {
  label: string;
  value?: string;
  onOpen: (event: MouseEvent) => void;
  onDrop: () => void;
}

function Chip({ label, value, onOpen, onDrop }: ChipProps) {
  return (
    <span class={css.chip}>
      <button type="button" class={css.chipOpen} aria-haspopup="dialog" aria-label={value && `${label} ${value}`} onClick={onOpen}>
        <span class={classes(css.chipWord, !!value && css.chipOn)}>
          <span class={css.chipText}>{value ?? label}</span>
          {!value && <Icon name="down_small" size={14} />}
        </span>
      </button>
      {value && <button type="button" class={css.chipDrop} aria-label={t("filter_drop", { name: label })} onClick={onDrop}><Icon name="close" size={14} /></button>}
    </span>
  );
}

function PickPlace({ onPick, close }: { onPick: (c: TalkConversation) => void; close: () => void }) {
  const [query, setQuery] = useState("");
  const words = query.trim().toLowerCase();
  const shown = conversations.value.filter(c => titleOf(c).toLowerCase().includes(words)).slice(0, 60);
  return (
    <Sheet title={t("filter_group_title")} close={close}>
      <div class={css.top}><SearchBox isFirst label={t("filter_group_search")} value={query} onInput={setQuery} /></div>
      <div class={css.results}>
        {shown.map(c => (
          <button type="button" class={css.row} key={c.id} onClick={() => onPick(c)}>
            <Avatar name={titleOf(c)} file={pictureOf(c)} isGroup={c.kind === "group"} size={40} />
            <span class={css.text}><span class={css.name}>{titleOf(c)}</span></span>
          </button>
        ))}
        {!shown.length && <Empty drawing="search" sentence={t("search_none")} />}
      </div>
    </Sheet>
  );
}

type End = "from" | "to";

function Span({ onDone, close }: { onDone: (change: Filters) => void; close: () => void }) {
  const today = midnightOf(Date.now());
  const [ends, setEnds] = useState<{ [E in End]: number }>({ from: dayAfter(today, -6), to: today });
  const [end, setEnd] = useState<End>("from");
  const choose = (day: number) => {
    setEnds({ ...ends, [end]: day });
    if (end === "from") setEnd("to");
  };
  return (
    <Sheet title={t("time_own")} close={close} footer={<Button look="main" isWide onClick={() => onDone(span(ends.from, ends.to))}>{t("done")}</Button>}>
      <div class={css.span}>
        <Choice label={t("time_own")} value={end} onChange={setEnd} options={[{ value: "from", label: `${t("time_from")} ${date(ends.from)}` }, { value: "to", label: `${t("time_to")} ${date(ends.to)}` }]} />
      </div>
      <Calendar key={end} label={t(end === "from" ? "time_from" : "time_to")} value={ends[end]} most={Date.now()} words={dayWords()} onChoose={choose} />
    </Sheet>
  );
}
