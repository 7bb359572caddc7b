// A poll in its bubble: options with their bars, one's own choice, its end.
import { useEffect, useState } from "preact/hooks";
import type { TalkCard, TalkConversation, TalkMessage } from "../api";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { confirm, show } from "../base/sheet";
import { moment } from "../base/time";
import { Button, classes } from "../base/ui";
import { call } from "../net/state";
import { Answers } from "./answers";
import { chosenOptions, isSame, percent, toggled } from "./cards";
import { dayWords, isMe } from "./words";
import css from "./poll_card.module.css";

interface Props {
  c: TalkConversation;
  m: TalkMessage;
  card: TalkCard;
}

export function Poll({ c, m, card }: Props) {
  const mine = chosenOptions(card);
  const [chosen, setChosen] = useState<number[]>(mine);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => setChosen(mine), [card.mine]);
  const most = card.most ?? 1;
  const isOver = card.is_over || (!!card.closes && card.closes <= Date.now());
  const isChanged = !isSame(chosen, mine);
  const place = { conversation: c.id, seq: m.seq };
  const vote = async () => {
    setBusy(true);
    await call("talk_vote", { ...place, choices: chosen.map(option => ({ option })) }).catch(sayError);
    setBusy(false);
  };
  const end = async () => {
    if (await confirm(t("poll_end_sure"), t("poll_end"))) await call("talk_poll_close", place).catch(sayError);
  };
  const mayEnd = !isOver && (isMe(m.author) || (c.kind === "group" && c.role !== "member"));
  const rules = [most > 1 ? t("poll_many", { most }) : t("poll_one"), card.is_secret && t("poll_secret"), isOver ? t("poll_over") : card.closes && t("poll_closes", { time: moment(card.closes, Date.now(), dayWords()) })];
  return (
    <div class={css.poll}>
      <p class={css.question}><Icon name="poll" size={18} /><span>{card.title}</span></p>
      <p class={css.rules}>{rules.filter(Boolean).join(" · ")}</p>
      <div role={most > 1 ? "group" : "radiogroup"} aria-label={card.title}>
        {(card.facts ?? []).map((f, i) => {
          const isChosen = chosen.includes(i + 1);
          return (
            <button type="button" key={i} role={most > 1 ? "checkbox" : "radio"} aria-checked={isChosen} aria-label={`${f.name} ${t("people_count", { n: f.count ?? 0 })} ${percent(f.count, card.done)}%`} disabled={isOver} class={classes(css.option, isChosen && css.chosen)} onClick={() => setChosen(toggled(chosen, i + 1, most))}>
              <span class={css.line}>
                <span class={classes(css.mark, most > 1 && css.square)}>{isChosen && <Icon name="check" size={14} />}</span>
                <span class={css.name}>{f.name}</span>
                <span class={css.count}>{f.count ?? 0}</span>
              </span>
              <span class={css.bar}><i style={{ width: `${percent(f.count, card.done)}%` }} /></span>
            </button>
          );
        })}
      </div>
      {!isOver && (isChanged || !mine.length) && <Button look="main" isWide isBusy={isBusy} disabled={!isChanged} onClick={() => void vote()}>{t(mine.length ? "poll_change" : "card_vote")}</Button>}
      {!isOver && !isChanged && mine.length > 0 && <p class={css.voted}><Icon name="check" size={16} /><span>{t("poll_voted")}</span></p>}
      <p class={css.foot}>
        {card.is_secret ? (
          <span class={css.people}>{t("poll_people", { done: card.done ?? 0, of: card.of ?? 0 })}</span>
        ) : (
          <button type="button" class={css.people} onClick={() => show(close => <Answers {...place} options={(card.facts ?? []).map(f => ({ name: f.name, count: f.count ?? 0 }))} close={close} />)}>
            {t("poll_people", { done: card.done ?? 0, of: card.of ?? 0 })}
            <Icon name="next" size={14} />
          </button>
        )}
        {mayEnd && <button type="button" class={css.end} onClick={() => void end()}>{t("poll_end")}</button>}
      </p>
    </div>
  );
}
