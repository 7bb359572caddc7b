// Making a poll.
import { useRef, useState } from "preact/hooks";
import type { TalkConversation } from "../api";
import { sentenceOf } from "../base/errors";
import { Choice, Field, Switch } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Sheet } from "../base/sheet";
import { Button } from "../base/ui";
import { atHour, nextMoment, When } from "../base/when";
import { newKey } from "../net/order";
import { call } from "../net/state";
import { dayWords } from "./words";
import css from "./poll.module.css";

const MOST = 20;

// Until this evening, or until tomorrow's when it is late.
const firstEnd = (now: number): number => (atHour(now, 0, 18) > now + 3600000 ? atHour(now, 0, 18) : nextMoment(now, 24 * 3600000));

export function PollMaker({ c, close }: { c: TalkConversation; close: () => void }) {
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState(["", ""]);
  const [isMany, setMany] = useState(false);
  const [isSecret, setSecret] = useState(false);
  const [closes, setCloses] = useState(0);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const key = useRef(newKey());
  const said = options.map(o => o.trim()).filter(Boolean);
  const isTwice = new Set(said).size < said.length;
  const isReady = !!question.trim() && said.length > 1 && !isTwice;
  const set = (at: number, text: string) => setOptions(options.map((o, i) => (i === at ? text : o)));
  const send = async () => {
    setBusy(true);
    await call("talk_poll", {
      conversation: c.id, key: key.current, question: question.trim(), options: said.map(text => ({ text })),
      most: isMany ? said.length : undefined, is_secret: isSecret || undefined, closes: closes || undefined,
    }).then(close, e => setError(sentenceOf(e)));
    setBusy(false);
  };
  return (
    <Sheet title={t("poll_make")} close={close} footer={<Button look="main" isWide isBusy={isBusy} disabled={!isReady} onClick={() => void send()}>{t("poll_send")}</Button>}>
      <form class={css.form} onSubmit={e => { e.preventDefault(); if (isReady) void send(); }}>
        <Field isFirst name="question" label={t("poll_question")} value={question} onInput={setQuestion} maxLength={200} />
        <fieldset class={css.options}>
          <legend class={css.label}>{t("poll_options")}</legend>
          {options.map((o, i) => (
            <div class={css.option} key={i}>
              <input class={css.input} value={o} maxLength={200} placeholder={t("poll_option", { n: i + 1 })} aria-label={t("poll_option", { n: i + 1 })} onInput={e => set(i, e.currentTarget.value)} />
              {options.length > 2 && <button type="button" class={css.drop} aria-label={`${t("remove")} ${t("poll_option", { n: i + 1 })}`} onClick={() => setOptions(options.filter((_, at) => at !== i))}><Icon name="close" size={18} /></button>}
            </div>
          ))}
          {options.length < MOST && <Button look="quiet" icon="plus" onClick={() => setOptions([...options, ""])}>{t("poll_add")}</Button>}
        </fieldset>
        <div class={css.line}>
          <span>{t("poll_choices")}</span>
          <Choice label={t("poll_choices")} value={isMany ? "many" : "one"} onChange={v => setMany(v === "many")} options={[{ value: "one", label: t("poll_one") }, { value: "many", label: t("poll_any") }]} />
        </div>
        <div class={css.line}><span>{t("poll_secret")}<small class={css.hint}>{t("poll_secret_hint")}</small></span><Switch label={t("poll_secret")} isOn={isSecret} onChange={setSecret} /></div>
        <div class={css.line}><span>{t("poll_timed")}</span><Switch label={t("poll_timed")} isOn={closes > 0} onChange={isOn => setCloses(isOn ? firstEnd(Date.now()) : 0)} /></div>
        {closes > 0 && <When label={t("poll_timed")} value={closes} onChange={setCloses} words={dayWords()} />}
        {(isTwice || error) && <p class={css.error} role="alert">{isTwice ? t("poll_twice") : error}</p>}
      </form>
    </Sheet>
  );
}
