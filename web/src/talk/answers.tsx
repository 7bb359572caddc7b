// Who has confirmed or chosen, and who has not; asked for only when this opens.
import { useEffect, useState } from "preact/hooks";
import type { TalkAnswer } from "../api";
import { sentenceOf } from "../base/errors";
import { Choice } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Sheet } from "../base/sheet";
import { moment } from "../base/time";
import { Avatar, Button, Empty, SkeletonRows } from "../base/ui";
import { call, learn, person, room } from "../net/state";
import { openPerson } from "../org/doors";
import { RemindButton } from "./remind";
import { dayWords, isMe, nameOf } from "./words";
import css from "./answers.module.css";

interface Place {
  conversation: string;
  seq: number;
}

interface Props extends Place {
  options?: { name: string; count: number }[]; // of a poll
  close: () => void;
}

export function Answers({ conversation, seq, options, close }: Props) {
  const [isMissing, setMissing] = useState(true);
  const [open, setOpen] = useState<number>(-1);
  const message = room(conversation).get(seq);
  const canRemind = !!message && isMe(message.author) && (message.extra?.card?.done ?? 0) < (message.extra?.card?.of ?? 0);
  if (!options)
    return (
      <Sheet title={t("answers_title")} close={close} footer={isMissing && canRemind && <RemindButton conversation={conversation} seq={seq} isConfirm />}>
        <div class={css.tabs}>
          <Choice label={t("answers_title")} value={isMissing ? "missing" : "done"} onChange={v => setMissing(v === "missing")} options={[{ value: "missing", label: t("confirm_missing") }, { value: "done", label: t("confirm_done") }]} />
        </div>
        <div class={css.list}><People key={String(isMissing)} conversation={conversation} seq={seq} isMissing={isMissing} nobody={t(isMissing ? "confirm_all_done" : "confirm_nobody")} /></div>
      </Sheet>
    );
  const row = (at: number, name: string, count?: number) => (
    <section key={at}>
      <button type="button" class={css.option} aria-expanded={open === at} onClick={() => setOpen(open === at ? -1 : at)}>
        <span class={css.optionName}>{name}</span>
        {count !== undefined && <span class={css.note}>{t("people_count", { n: count })}</span>}
        <span class={open === at ? css.open : css.arrow}><Icon name="next" size={16} /></span>
      </button>
      {open === at && <People conversation={conversation} seq={seq} option={at || undefined} isMissing={!at} nobody={t("poll_nobody")} />}
    </section>
  );
  return (
    <Sheet title={t("answers_title")} close={close}>
      <div class={css.list}>
        {options.map((o, i) => row(i + 1, o.name, o.count))}
        {row(0, t("poll_missing"))}
      </div>
    </Sheet>
  );
}

function People({ conversation, seq, option, isMissing, nobody }: Place & { option?: number; isMissing: boolean; nobody: string }) {
  const [answers, setAnswers] = useState<TalkAnswer[] | null>(null);
  const [more, setMore] = useState<string | undefined>();
  const [error, setError] = useState("");
  const load = (after?: string) =>
    call("talk_answers", { conversation, seq, option, is_missing: isMissing || undefined, after }).then(
      out => {
        learn(out.people);
        setAnswers(old => [...(after ? old ?? [] : []), ...out.answers]);
        setMore(out.more);
      },
      e => setError(sentenceOf(e)),
    );
  useEffect(() => void load(), []);
  if (error) return <Empty drawing="cloud" sentence={error} />;
  if (!answers) return <SkeletonRows count={3} />;
  if (!answers.length) return <p class={css.nobody}>{nobody}</p>;
  return (
    <>
      {answers.map(a => (
        <button type="button" class={css.row} key={a.person} onClick={() => openPerson(a.person)}>
          <Avatar name={nameOf(a.person)} file={person(a.person)?.avatar} size={36} />
          <span class={css.name}>{nameOf(a.person)}</span>
          <span class={css.note}>{a.at ? moment(a.at, Date.now(), dayWords()) : person(a.person)?.department_name}</span>
        </button>
      ))}
      {more && <p class={css.more}><Button look="quiet" onClick={() => void load(more)}>{t("more")}</Button></p>}
    </>
  );
}
