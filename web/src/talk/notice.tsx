// A group's notice: the bar in the room while it is new, the whole of it, and writing it.
import { useEffect, useState } from "preact/hooks";
import type { Ops, TalkConversation } from "../api";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { confirm, Sheet, show } from "../base/sheet";
import { moment } from "../base/time";
import { Avatar, Button, Empty, IconButton, SkeletonRows } from "../base/ui";
import { manages } from "../net/attention";
import { call, held, learn, person } from "../net/state";
import { openReaders } from "../org/doors";
import { plain } from "./markup";
import { Body } from "./message";
import { putAway } from "./notices";
import { dayWords, isMe, nameIn, nameOf } from "./words";
import css from "./notice.module.css";

export type GroupNotice = Ops["talk_notice_get"]["out"];

const MOST = 5000;

interface BarProps {
  c: TalkConversation;
  notice: GroupNotice;
  onAway: () => void;
}

export function NoticeBar({ c, notice, onAway }: BarProps) {
  const away = () => {
    putAway(c.id, notice.seq!);
    onAway();
  };
  return (
    <aside class={css.bar} aria-label={t("notice")}>
      <button type="button" class={css.open} onClick={() => { openNotice(c.id); away(); }}>
        <span class={css.sign}><Icon name="notice" size={18} /></span>
        <span class={css.text}><b class={css.word}>{t("notice")}</b> {plain(notice.body!)}</span>
      </button>
      <IconButton name="close" label={t("notice_away")} onClick={away} />
    </aside>
  );
}

export const openNotice = (id: string): void => void show(close => <NoticeSheet id={id} close={close} />);

function NoticeSheet({ id, close }: { id: string; close: () => void }) {
  const c = held.value.get(id)?.it;
  const [notice, setNotice] = useState<GroupNotice | null>(null);
  const [isWriting, setWriting] = useState(false);
  const load = () =>
    call("talk_notice_get", { conversation: id }).then(out => {
      learn(out.people);
      setNotice(out);
      if (out.seq) putAway(id, out.seq);
    });
  useEffect(() => void load().catch(sayError), []);
  if (!c) return null;
  if (isWriting) return <Write id={id} body={notice?.body ?? ""} onDone={() => { setWriting(false); load().catch(sayError); }} close={close} />;
  const drop = async () => {
    if (await confirm(t("notice_drop_sure"), t("notice_drop"))) await call("talk_notice", { conversation: id, body: "" }).then(load).catch(sayError);
  };
  const footer = manages(c) && notice && (
    <>
      {notice.body && <Button onClick={() => void drop()}>{t("notice_drop")}</Button>}
      <Button look="main" onClick={() => setWriting(true)}>{t(notice.body ? "notice_again" : "notice_write")}</Button>
    </>
  );
  return (
    <Sheet title={t("notice")} close={close} footer={footer || undefined}>
      {!notice ? <SkeletonRows count={3} /> : notice.body ? <Whole c={c} notice={notice} /> : <Empty drawing="bells" sentence={t("notice_none")} />}
    </Sheet>
  );
}

function Whole({ c, notice }: { c: TalkConversation; notice: GroupNotice }) {
  const who = notice.person ?? "";
  return (
    <div class={css.whole}>
      <div class={css.by}>
        <Avatar name={nameOf(who)} file={person(who)?.avatar} size={40} />
        <span class={css.byText}>
          <span class={css.name}>{nameIn(c.id, who)}</span>
          <time class={css.time}>{moment(notice.at ?? 0, Date.now(), dayWords())}</time>
        </span>
      </div>
      <div class={css.body}><Body body={notice.body!} isToAll /></div>
      {isMe(who) && notice.seq && <ReadCounts conversation={c.id} seq={notice.seq} />}
    </div>
  );
}

function ReadCounts({ conversation, seq }: { conversation: string; seq: number }) {
  const [counts, setCounts] = useState<{ read: number; unread: number } | null>(null);
  useEffect(() => {
    call("talk_readers", { conversation, seq, has_read: true, limit: 1 }).then(setCounts, () => undefined);
  }, [seq]);
  if (!counts) return null;
  return (
    <button type="button" class={css.counts} onClick={() => openReaders(conversation, seq)}>
      <Icon name="eye" size={20} />
      <span class={css.countsText}>{t("read_counts", counts)}</span>
      <Icon name="next" size={16} />
    </button>
  );
}

function Write({ id, body, onDone, close }: { id: string; body: string; onDone: () => void; close: () => void }) {
  const [text, setText] = useState(body);
  const [isBusy, setBusy] = useState(false);
  const publish = async () => {
    setBusy(true);
    await call("talk_notice", { conversation: id, body: text.trim() }).then(onDone, sayError);
    setBusy(false);
  };
  const footer = <Button look="main" isWide isBusy={isBusy} disabled={!text.trim() || text.trim() === body} onClick={() => void publish()}>{t("notice_publish")}</Button>;
  return (
    <Sheet title={t(body ? "notice_again" : "notice_write")} close={close} footer={footer}>
      <div class={css.form}>
        <textarea class={css.input} rows={8} maxLength={MOST} value={text} aria-label={t("notice")} placeholder={t("notice_placeholder")} onInput={e => setText(e.currentTarget.value)} />
        <p class={css.hint}>{t("notice_hint")}</p>
      </div>
    </Sheet>
  );
}
