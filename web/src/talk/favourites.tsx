// One's own favourites, and the organisation's rules of talking.
import { useEffect, useState } from "preact/hooks";
import type { TalkFavourite } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { t } from "../base/i18n";
import { href } from "../base/router";
import { moment } from "../base/time";
import { Avatar, Button, Empty, IconButton, say, SkeletonRows } from "../base/ui";
import { call, held, learn, person } from "../net/state";
import { fileUrl, isPicture } from "./message";
import { dayWords, gist, nameOf, titleOf } from "./words";
import css from "./favourites.module.css";

export function Favourites() {
  const [all, setAll] = useState<TalkFavourite[] | null>(null);
  const [more, setMore] = useState<string | undefined>();
  const [error, setError] = useState("");
  const load = (before?: string) =>
    call("talk_favourites", { before }).then(out => {
      learn(out.people);
      setAll(old => [...(before ? old ?? [] : []), ...out.favourites]);
      setMore(out.more);
    }, e => setError(sentenceOf(e)));
  useEffect(() => void load(), []);
  if (error) return <Empty drawing="cloud" sentence={error} />;
  if (!all) return <SkeletonRows />;
  if (!all.length) return <Empty drawing="bells" sentence={t("favourites_none")} />;
  const drop = (f: TalkFavourite) => call("talk_unfavour", { id: f.id }).then(() => setAll(all.filter(x => x.id !== f.id)), sayError);
  return (
    <ul class={css.list}>
      {all.map(f => <Row key={f.id} f={f} drop={() => void drop(f)} />)}
      {more && <li class={css.more}><Button look="quiet" onClick={() => void load(more)}>{t("more")}</Button></li>}
    </ul>
  );
}

function Row({ f, drop }: { f: TalkFavourite; drop: () => void }) {
  const m = f.message;
  const c = held.value.get(f.conversation)?.it;
  const where = f.title || (c ? titleOf(c) : "");
  if (!m) return <li class={css.row}><span class={css.gone}>{t("favourite_gone")}</span><IconButton name="trash" label={t("favourite_drop")} onClick={drop} /></li>;
  const picture = m.files?.find(isPicture);
  return (
    <li class={css.row}>
      <a class={css.open} href={href("c", f.conversation, String(m.seq))}>
        <Avatar name={nameOf(m.author)} file={person(m.author)?.avatar} size={40} />
        <span class={css.text}>
          <span class={css.head}><span class={css.who}>{nameOf(m.author)}</span><time>{moment(m.at, Date.now(), dayWords())}</time></span>
          <span class={css.said}>{gist(m)}</span>
          {where && <span class={css.where}>{where}</span>}
        </span>
        {picture && <img class={css.picture} src={fileUrl(picture)} alt="" loading="lazy" />}
      </a>
      <IconButton name="trash" label={t("favourite_drop")} onClick={drop} />
    </li>
  );
}

// ---- the organisation's rules ---------------------------------------------------------------------

const MINUTES = [0, 2, 10, 60, 24 * 60, 7 * 24 * 60, 365 * 24 * 60];

function minutesText(n: number): string {
  if (n === 0) return t("rule_never");
  if (n >= 365 * 24 * 60) return t("rule_year");
  if (n % (24 * 60) === 0) return t("rule_days", { n: n / (24 * 60) });
  return n % 60 === 0 ? t("rule_hours", { n: n / 60 }) : t("rule_minutes", { n });
}

type RuleSet = { recall_minutes: number; edit_minutes: number };

export function TalkRules() {
  const [rules, setRules] = useState<RuleSet | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    call("talk_rules", {}).then(setRules, e => setError(sentenceOf(e)));
  }, []);
  if (error) return <p class={css.gone}>{error}</p>;
  if (!rules) return <SkeletonRows count={2} />;
  const set = (change: Partial<RuleSet>) => {
    const next = { ...rules, ...change };
    call("talk_rules_set", next).then(() => {
      setRules(next);
      say(t("saved"));
    }, sayError);
  };
  const row = (label: string, field: keyof RuleSet) => (
    <label class={css.rule}>
      <span>{label}</span>
      <select class={css.select} value={String(rules[field])} onChange={e => set({ [field]: Number(e.currentTarget.value) })}>
        {Array.from(new Set([...MINUTES, rules[field]])).sort((a, b) => a - b).map(n => <option key={n} value={String(n)}>{minutesText(n)}</option>)}
      </select>
    </label>
  );
  return (
    <div class={css.rules}>
      {row(t("rule_recall"), "recall_minutes")}
      {row(t("rule_edit"), "edit_minutes")}
    </div>
  );
}
