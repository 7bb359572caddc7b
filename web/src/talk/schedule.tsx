// Sending at a time: choosing it, and what waits.
import { useEffect, useRef, useState } from "preact/hooks";
import type { TalkScheduledRow } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { confirm, Sheet } from "../base/sheet";
import { moment } from "../base/time";
import { Button, classes, Empty, IconButton, say, SkeletonRows } from "../base/ui";
import { atHour, nextMoment, When } from "../base/when";
import { putParts } from "../net/http";
import { newKey } from "../net/order";
import { call, held, news } from "../net/state";
import type { Outgoing, OutgoingFile } from "../net/shapes";
import { plain } from "./markup";
import { dayWords, titleOf } from "./words";
import css from "./schedule.module.css";

export type Unsent = Outgoing;

interface Offer {
  label: string;
  at: number;
}

// What people mean most often, as far as it still lies ahead.
export function offers(now: number): Offer[] {
  const all: Offer[] = [
    { label: t("later_hour"), at: nextMoment(now, 3600000) },
    { label: t("later_evening"), at: atHour(now, 0, 20) },
    { label: t("later_morning"), at: atHour(now, 1, 8, 30) },
    { label: t("later_monday"), at: atHour(now, ((8 - new Date(now).getDay()) % 7) || 7, 8, 30) },
  ];
  return all.filter((o, i) => o.at > now + 60000 && all.findIndex(x => x.at === o.at) === i);
}

async function upload(file: OutgoingFile): Promise<string> {
  const { name, type, size, key, blob } = file;
  const begun = await call("file_begin", { name, type, size, key });
  await putParts(begun.upload, blob, begun.received, () => undefined);
  return (await call("file_finish", { upload: begun.upload, key: `${key}-end` })).file.id;
}

export function Schedule({ unsent, onDone, close }: { unsent: Unsent; onDone: () => void; close: () => void }) {
  const [own, setOwn] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const key = useRef(newKey());
  const send = async (due: number) => {
    setBusy(true);
    try {
      const files: string[] = [];
      for (const f of unsent.files ?? []) files.push(await upload(f));
      const { conversation, body, mentions, mentions_all, quote } = unsent;
      await call("talk_schedule", { conversation, due, body, mentions, mentions_all, files: files.length ? files : undefined, reply_to: quote?.seq, key: key.current });
      say(t("scheduled_at", { time: when(due) }));
      close();
      onDone();
    } catch (error) {
      key.current = newKey();
      sayError(error);
      setBusy(false);
    }
  };
  return (
    <Sheet title={t("send_later")} close={close} footer={own ? <Button look="main" isWide isBusy={isBusy} disabled={own <= Date.now()} onClick={() => void send(own)}>{t("send_at", { time: when(own) })}</Button> : undefined}>
      <div class={css.offers}>
        {offers(Date.now()).map(o => (
          <button type="button" class={css.offer} key={o.label} disabled={isBusy} onClick={() => void send(o.at)}>
            <Icon name="clock" size={20} />
            <span class={css.offerName}>{o.label}</span>
            <span class={css.offerTime}>{when(o.at)}</span>
          </button>
        ))}
        <button type="button" class={css.offer} aria-expanded={own > 0} onClick={() => setOwn(own ? 0 : nextMoment(Date.now(), 2 * 3600000))}>
          <Icon name="edit" size={20} />
          <span class={css.offerName}>{t("later_own")}</span>
        </button>
        {own > 0 && <div class={css.own}><When label={t("later_own")} value={own} onChange={setOwn} words={dayWords()} days={180} /></div>}
      </div>
    </Sheet>
  );
}

function when(at: number): string {
  const tomorrow = atHour(Date.now(), 1, 0);
  const words = dayWords();
  return at >= tomorrow && at < atHour(Date.now(), 2, 0) ? `${t("tomorrow")} ${moment(at, at, words).slice(words.today.length + 1)}` : moment(at, Date.now(), words);
}

// ---- what waits -----------------------------------------------------------------------------------

export function ScheduledList({ conversation }: { conversation?: string }) {
  const [rows, setRows] = useState<TalkScheduledRow[] | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    call("talk_scheduled", {}).then(out => setRows(out.messages), e => setError(sentenceOf(e)));
  }, [news.scheduled.value]);
  if (error) return <Empty drawing="cloud" sentence={error} />;
  if (!rows) return <SkeletonRows count={3} />;
  const shown = rows.filter(r => !conversation || r.conversation === conversation);
  if (!shown.length) return <Empty drawing="bells" sentence={t("scheduled_none")} />;
  const drop = async (r: TalkScheduledRow) => {
    if (r.refused || (await confirm(t("scheduled_drop_sure"), t("scheduled_drop")))) await call("talk_unschedule", { id: r.id }).then(() => setRows(rows.filter(x => x.id !== r.id)), sayError);
  };
  return (
    <ul class={css.waiting}>
      {shown.map(r => {
        const c = held.value.get(r.conversation)?.it;
        return (
          <li class={css.row} key={r.id}>
            <span class={css.text}>
              <span class={classes(css.due, !!r.refused && css.refused)}>{r.refused ? t("scheduled_refused", { time: when(r.due) }) : when(r.due)}{!conversation && c ? ` · ${titleOf(c)}` : ""}</span>
              <span class={css.body}>{[r.files ? t("files_count", { n: r.files }) : "", plain(r.body)].filter(Boolean).join(" ")}</span>
              {r.refused && <span class={css.why}>{reason(r.refused)}</span>}
            </span>
            <IconButton name="trash" label={t("scheduled_drop")} onClick={() => void drop(r)} />
          </li>
        );
      })}
    </ul>
  );
}

// The server tells the reason in both languages, because it cannot know who reads it when.
const reason = (refused: string): string => refused.split(" · ")[dayWords().locale === "zh-CN" ? 0 : 1] ?? refused;

export function Scheduled({ conversation, close }: { conversation?: string; close: () => void }) {
  return (
    <Sheet title={t("scheduled")} close={close}>
      <div class={css.list}><ScheduledList conversation={conversation} /></div>
    </Sheet>
  );
}
