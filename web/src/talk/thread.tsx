// A message and the answers to it, beside the conversation that they stand in.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { TalkMessage } from "../api";
import { sentenceOf } from "../base/errors";
import { t } from "../base/i18n";
import { closeLayers, Sheet } from "../base/sheet";
import { go } from "../base/router";
import { dayLine, daysBetween } from "../base/time";
import { Button, Empty, SkeletonRows } from "../base/ui";
import { silenceOf } from "../net/attention";
import { call, held, learn, outgoing, room as roomOf } from "../net/state";
import { Composer } from "./composer";
import { RoomActions } from "./doors";
import { SilentBar } from "./silent";
import { DayLine, Message, Pending, Recalled } from "./message";
import { dayWords } from "./words";
import css from "./thread.module.css";

const PAGE = 100;

export function Thread({ id, seq, close }: { id: string; seq: number; close: () => void }) {
  const c = held.value.get(id)?.it;
  const room = roomOf(id);
  const [loaded, setLoaded] = useState<TalkMessage[] | null>(null);
  const [hasMore, setMore] = useState(false);
  const [error, setError] = useState("");
  const [editing, setEditing] = useState<TalkMessage | null>(null);
  const end = useRef<HTMLDivElement>(null);
  const load = (after?: number) =>
    call("talk_thread", { conversation: id, seq, after, limit: PAGE }).then(out => {
      learn(out.people);
      setLoaded(old => [...(after ? old ?? [] : []), ...out.messages]);
      setMore(out.messages.length >= PAGE);
    }, e => setError(sentenceOf(e)));
  useEffect(() => void load(), [id, seq]);
  const shown = together(loaded ?? [], room.answers(seq));
  const pending = outgoing.value.filter(o => o.conversation === id && o.quote?.seq === seq);
  const count = shown.length + pending.length;
  useLayoutEffect(() => end.current?.scrollIntoView({ block: "end" }), [count]);
  if (!c) return null;
  const root = shown.find(m => m.seq === seq);
  const actions: RoomActions = {
    reply: () => undefined,
    edit: setEditing,
    choose: m => toRoom(m.seq),
    jump: toRoom,
  };
  function toRoom(at: number): void {
    closeLayers();
    go("c", id, String(at));
  }
  const silence = silenceOf(c, Date.now());
  const composer = silence ? <SilentBar silence={silence} /> : root && !root.is_recalled ? <Composer c={c} reply={root} editing={editing} inThread onEnd={() => setEditing(null)} onSent={() => undefined} /> : undefined;
  return (
    <Sheet title={t("thread_title")} close={close} form="side" below={composer}>
      <div class={css.thread}>
        {error ? <Empty drawing="cloud" sentence={error} /> : !loaded ? <SkeletonRows count={4} /> : (
          shown.map((m, i) => (
            <div key={m.seq}>
              {(i === 0 || daysBetween(shown[i - 1].at, m.at) !== 0) && <DayLine text={dayLine(m.at, Date.now(), dayWords())} />}
              {m.is_recalled ? <Recalled c={c} m={m} /> : <Message c={c} m={m.seq === seq ? m : { ...m, quote: undefined }} isFirst isLast showsCounts={false} isMarked={false} inThread actions={actions} />}
              {m.seq === seq && <p class={css.count}><span>{t("answers", { n: shown.length - 1 })}</span><Button look="quiet" onClick={() => toRoom(seq)}>{t("thread_room")}</Button></p>}
            </div>
          ))
        )}
        {hasMore && loaded && <p class={css.more}><Button look="quiet" onClick={() => void load(loaded[loaded.length - 1].seq)}>{t("more")}</Button></p>}
        {pending.map(item => <Pending key={item.key} item={{ ...item, quote: undefined }} isFirst />)}
        <div ref={end} />
      </div>
    </Sheet>
  );
}

// What was read here, brought up to date by what the room has heard since.
function together(loaded: TalkMessage[], heard: TalkMessage[]): TalkMessage[] {
  const bySeq = new Map(loaded.map(m => [m.seq, m]));
  for (const m of heard) if (m.version >= (bySeq.get(m.seq)?.version ?? 0)) bySeq.set(m.seq, m);
  return Array.from(bySeq.values()).sort((a, b) => a.seq - b.seq);
}
