// Who is written to is off: until when, and a way to reach them all the same, with a reason.
import { useEffect, useState } from "preact/hooks";
import type { Ops, TalkConversation } from "../api";
import { t } from "../base/i18n";
import { onUse } from "../base/onuse";
import { moment } from "../base/time";
import { Button, say } from "../base/ui";
import { call, me } from "../net/state";
import { dayWords } from "./words";
import css from "./room.module.css";

const AGAIN = 10 * 60000;

function disturb(c: TalkConversation): void {
  const run = (reason: string) =>
    call("push_disturb", { conversation: c.id, seq: c.last_seq, reason }).then(out => say(t("disturb_done", { n: out.people })));
  onUse(() => import("../org/ask")).then(m => m.askText({ title: t("disturb"), label: t("disturb_reason"), value: "", run }), () => say(t("error_offline")));
}

export function Off({ c }: { c: TalkConversation }) {
  const [off, setOff] = useState<Ops["push_quiet_of"]["out"] | null>(null);
  const [mayDisturb, setMayDisturb] = useState(false);
  const look = () => void call("push_quiet_of", { conversation: c.id }).then(setOff, () => undefined);
  useEffect(() => {
    look();
    const timer = setInterval(look, AGAIN);
    return () => clearInterval(timer);
  }, [c.id]);
  useEffect(() => {
    if (off?.people) call("push_quiet", {}).then(out => setMayDisturb(out.may_disturb), () => undefined);
  }, [!off?.people]);
  if (!off?.people) return null;
  const time = off.until ? moment(off.until, Date.now(), dayWords()) : "";
  const who = c.kind === "direct" ? t("off_peer") : t("off_some", { n: off.people });
  const isOwn = c.last?.author === me.value?.person.id && c.last?.kind !== "notice" && !c.last?.is_recalled;
  return (
    <p class={css.off} role="status">
      <span>{time ? t("off_until", { who, time }) : who}</span>
      {mayDisturb && isOwn && <Button look="quiet" onClick={() => disturb(c)}>{t("disturb")}</Button>}
    </p>
  );
}
