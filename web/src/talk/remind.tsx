// Reminding those who have not read, or not confirmed, a message; and being reminded.
import { useState } from "preact/hooks";
import type { Refusal } from "../net/shapes";
import { sentenceOf } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { go, href, replace, route } from "../base/router";
import { closeLayers } from "../base/sheet";
import { Button, IconButton } from "../base/ui";
import { call, held, news, room } from "../net/state";
import { isMe, nameOf, titleOf } from "./words";
import css from "./remind.module.css";

interface ButtonProps {
  conversation: string;
  seq: number;
  isConfirm?: boolean; // those who have not confirmed, instead of not read
}

// Refused too soon, it says when it may be tried again.
function refusalWords(error: unknown): string {
  const { code, retry_after } = error as Refusal;
  const sentence = sentenceOf(error);
  return code === "too_many" && retry_after ? t("remind_later", { sentence, n: Math.ceil(retry_after / 60) }) : sentence;
}

// Only the author of a message may remind of it.
export function RemindButton({ conversation, seq, isConfirm }: ButtonProps) {
  const [told, setTold] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [isDone, setDone] = useState(false);
  const author = room(conversation).get(seq)?.author;
  if (!author || !isMe(author)) return null;
  const remind = async () => {
    setBusy(true);
    await call("talk_remind", { conversation, seq, is_confirm: isConfirm || undefined }).then(out => {
      setDone(true);
      setTold(out.people ? t("reminded", { n: out.people }) : t("remind_nobody"));
    }, e => setTold(refusalWords(e)));
    setBusy(false);
  };
  return (
    <div class={css.foot}>
      <p class={css.told} role="status">{told}</p>
      <Button icon={isDone ? "check" : "bell"} isWide isBusy={isBusy} disabled={isDone} onClick={() => void remind()}>{t(isConfirm ? "remind_missing" : "remind_unread")}</Button>
    </div>
  );
}

// ---- being reminded -------------------------------------------------------------------------------

// The newest reminder, above whatever is on the screen.
export function Reminders() {
  const all = news.reminders.value;
  const r = all[all.length - 1];
  if (!r) return null;
  const c = held.value.get(r.conversation)?.it;
  const away = () => void (news.reminders.value = all.filter(x => x !== r));
  const look = () => {
    away();
    closeLayers();
    const place = ["c", r.conversation, String(r.seq)];
    if (href(...route.value) === href(...place)) replace(...place);
    else go(...place);
  };
  return (
    <div class={css.notice} role="alert">
      <span class={css.sign}><Icon name="bell" size={22} /></span>
      <div class={css.text}>
        <p class={css.words}>{t("reminder", { who: nameOf(r.author) })}</p>
        {c && c.kind === "group" && <p class={css.where}>{titleOf(c)}</p>}
      </div>
      <button type="button" class={css.look} onClick={look}>{t("reminder_look")}</button>
      <IconButton name="close" label={t("close")} onClick={away} />
    </div>
  );
}
