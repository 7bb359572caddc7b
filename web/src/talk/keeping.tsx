// How long messages are kept: the organisation's rule, and a group's own.
import { useEffect, useState } from "preact/hooks";
import type { Ops } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { Field } from "../base/forms";
import { t } from "../base/i18n";
import { confirm, Sheet, show } from "../base/sheet";
import { Button, say, SkeletonRows } from "../base/ui";
import { call } from "../net/state";
import css from "./keeping.module.css";

const DAYS = [0, 3 * 365, 365, 180, 90, 30];
const MOST_DAYS = 36500;
const BY_ORGANISATION = "organisation";
const OTHER = "other";

type Rule = Ops["talk_keep"]["out"];

export function daysText(days: number): string {
  if (days === 0) return t("keep_forever");
  return days % 365 === 0 ? t("keep_years", { n: days / 365 }) : t("keep_days", { n: days });
}

export const openKeeping = (conversation: string): void =>
  void show(close => (
    <Sheet title={t("keeping")} close={close}>
      <div class={css.body}><Keeping conversation={conversation} /></div>
    </Sheet>
  ));

// A number of days; undefined: none was given.
function askDays(first: number): Promise<number | undefined> {
  return new Promise(resolve => {
    show(close => {
      const end = (days?: number) => {
        close();
        resolve(days);
      };
      return <AskDays first={first} end={end} />;
    });
  });
}

function AskDays({ first, end }: { first: number; end: (days?: number) => void }) {
  const [text, setText] = useState(first ? String(first) : "");
  const days = Number(text);
  const isGood = days >= 1 && days <= MOST_DAYS;
  const submit = (event?: Event) => {
    event?.preventDefault();
    if (isGood) end(days);
  };
  return (
    <Sheet title={t("keeping")} close={() => end()} footer={<Button look="main" disabled={!isGood} onClick={() => submit()}>{t("next_step")}</Button>}>
      <form class={css.form} onSubmit={submit}>
        <Field isFirst name="days" label={t("keep_number")} hint={t("keep_number_hint")} value={text} onInput={v => setText(v.replace(/\D/g, "").slice(0, 5))} />
      </form>
    </Sheet>
  );
}

// Without a conversation it is the organisation's rule.
export function Keeping({ conversation }: { conversation?: string }) {
  const [rule, setRule] = useState<Rule | null>(null);
  const [error, setError] = useState("");
  const [tries, setTries] = useState(0);
  const load = () => call("talk_keep", { conversation }).then(setRule, e => setError(sentenceOf(e)));
  useEffect(() => void load(), []);
  if (error) return <p class={css.lead}>{error}</p>;
  if (!rule) return <SkeletonRows count={1} />;
  const current = conversation && !rule.is_own ? BY_ORGANISATION : String(rule.days);
  const choose = async (value: string) => {
    const days = value === BY_ORGANISATION ? undefined : value === OTHER ? await askDays(rule.days) : Number(value);
    const isNone = value === OTHER && days === undefined;
    const sentence = days === undefined ? t("keep_sure_organisation") : t(conversation ? "keep_sure_group" : "keep_sure", { time: daysText(days) });
    if (isNone || (days !== 0 && !(await confirm(sentence, t("keep_set"))))) return setTries(tries + 1);
    await call("talk_keep_set", { conversation, days }).then(() => say(t("saved")), sayError);
    await load();
  };
  const days = DAYS.includes(rule.days) ? DAYS : [...DAYS, rule.days];
  return (
    <div class={css.rule}>
      <label class={css.line}>
        <span>{t(conversation ? "keep_group" : "keep_all")}</span>
        <select key={tries} class={css.select} value={current} onChange={e => void choose(e.currentTarget.value)}>
          {conversation && <option value={BY_ORGANISATION}>{t("keep_organisation")}</option>}
          {days.map(n => <option key={n} value={String(n)}>{daysText(n)}</option>)}
          <option value={OTHER}>{t("keep_other")}</option>
        </select>
      </label>
      <p class={css.lead}>{t("keep_lead")}</p>
    </div>
  );
}
