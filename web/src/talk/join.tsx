// Coming into a group: by its link or code, or by its number.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Ops } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { Choice, Field } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { isWide } from "../base/prefs";
import { back, go, replace } from "../base/router";
import { Sheet, show } from "../base/sheet";
import { moment } from "../base/time";
import { Avatar, Bar, Button, Empty, say, SkeletonRows } from "../base/ui";
import { call, held, status } from "../net/state";
import { Code, LinkBox, linkOf } from "../org/invite";
import { canScan, Scanner } from "./scan";
import { tokenOf } from "./token";
import { dayWords } from "./words";
import css from "./join.module.css";

type By = Ops["talk_group_find"]["in"];
type Found = Ops["talk_group_find"]["out"];

// The page behind a group's link.
export function JoinPane({ token }: { token: string }) {
  return (
    <section class={css.pane}>
      <Bar title={t("group_join")} isSmall onBack={isWide.value ? undefined : () => back()} />
      <div class={css.page}>
        <Group by={{ token }} onIn={id => replace("c", id)} />
      </div>
    </section>
  );
}

// The group that the link or number leads to, and the way into it.
function Group({ by, onIn }: { by: By; onIn: (conversation: string) => void }) {
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState("");
  const { link } = status.value;
  const isWaiting = !!found?.is_waiting;
  useEffect(() => {
    if (link !== "online") return;
    call("talk_group_find", by).then(out => {
      if (out.conversation && isWaiting) return onIn(out.conversation);
      setFound(out);
      setError("");
    }, e => setError(sentenceOf(e)));
  }, [by.token, by.number, link, isWaiting && held.value.size]);
  if (error) return <Empty drawing="search" sentence={error}>{by.token && <p class={css.hint}>{t("link_ended_lead")}</p>}</Empty>;
  if (!found) return <SkeletonRows count={2} />;
  return (
    <div class={css.card}>
      <Avatar name={found.title} file={found.avatar} isGroup size={72} />
      <h2 class={css.title}>{found.title}</h2>
      <p class={css.note}>{t("people_count", { n: found.members })}</p>
      {found.conversation ? (
        <Button look="main" isWide onClick={() => onIn(found.conversation!)}>{t("group_enter")}</Button>
      ) : found.is_waiting ? (
        <p class={css.waiting} role="status"><Icon name="clock" size={20} /><span>{t("group_waiting")}</span></p>
      ) : (
        <Ask by={by} found={found} onIn={onIn} onWaiting={() => setFound({ ...found, is_waiting: true })} />
      )}
    </div>
  );
}

interface AskProps {
  by: By;
  found: Found;
  onIn: (conversation: string) => void;
  onWaiting: () => void;
}

function Ask({ by, found, onIn, onWaiting }: AskProps) {
  const [words, setWords] = useState("");
  const [isBusy, setBusy] = useState(false);
  const join = async (event?: Event) => {
    event?.preventDefault();
    setBusy(true);
    try {
      const out = await call("talk_join", { ...by, words: words.trim() || undefined });
      if (out.conversation) onIn(out.conversation);
      else onWaiting();
    } catch (error) {
      sayError(error);
    }
    setBusy(false);
  };
  return (
    <form class={css.form} onSubmit={e => void join(e)}>
      {found.asks_managers && <Field name="words" label={t("group_reason")} hint={t("group_reason_hint")} isOptional value={words} onInput={setWords} maxLength={200} />}
      <Button look="main" isWide type="submit" isBusy={isBusy}>{t(found.asks_managers ? "group_ask" : "group_join_go")}</Button>
    </form>
  );
}

// By number, or by holding a code before the camera.
export function JoinByNumber({ close }: { close: () => void }) {
  const [digits, setDigits] = useState("");
  const [number, setNumber] = useState<number | undefined>();
  const [hasCamera, setCamera] = useState(false);
  useEffect(() => void canScan().then(setCamera), []);
  const onIn = (id: string) => {
    close();
    go("c", id);
  };
  const look = (event?: Event) => {
    event?.preventDefault();
    if (digits.length === 8) setNumber(Number(digits));
  };
  const scan = () =>
    show(end => (
      <Scanner
        close={end}
        onText={text => {
          const token = tokenOf(text);
          end();
          if (!token) return say(t("scan_other"));
          close();
          go("g", token);
        }}
      />
    ));
  return (
    <Sheet title={t("group_join")} close={close}>
      <div class={css.sheet}>
        <form onSubmit={look}>
          <Field isFirst name="number" type="tel" label={t("group_number")} hint={t("group_number_hint")} value={digits} maxLength={8} onInput={v => { setDigits(v.replace(/\D/g, "")); setNumber(undefined); }} />
          {number === undefined && <Button look="main" isWide type="submit" disabled={digits.length !== 8}>{t("group_look")}</Button>}
        </form>
        {number === undefined && hasCamera && <p class={css.scan}><Button look="quiet" icon="scan" onClick={scan}>{t("scan")}</Button></p>}
        {number !== undefined && <Group key={number} by={{ number }} onIn={onIn} />}
      </div>
    </Sheet>
  );
}

const DAYS = ["1", "7", "30", "365"];

// The code and link by which people come into a group.
export function GroupCode({ id, close }: { id: string; close: () => void }) {
  const c = held.value.get(id)?.it;
  const [days, setDays] = useState("7");
  const [made, setMade] = useState<Ops["talk_link"]["out"] | null>(null);
  const asked = useRef("");
  useEffect(() => {
    asked.current = days;
    call("talk_link", { conversation: id, days: Number(days) }).then(out => asked.current === days && setMade(out), sayError);
  }, [days]);
  if (!c) return null;
  return (
    <Sheet title={t("group_code")} close={close}>
      <div class={css.sheet}>
        <div class={css.code}>
          <Avatar name={c.title} file={c.avatar} isGroup size={44} />
          <p class={css.codeTitle}>{c.title}</p>
          {made ? <Code text={linkOf("g", made.token)} label={t("group_code_picture")} /> : <span class={css.noCode} />}
          <p class={css.note}>{made ? t("group_code_lead", { time: moment(made.expires, Date.now(), dayWords()) }) : " "}</p>
          {c.switches?.asks_managers && <p class={css.note}>{t("group_code_asks")}</p>}
        </div>
        <div class={css.days}>
          <span>{t("invite_days")}</span>
          <Choice label={t("invite_days")} value={days} onChange={setDays} options={DAYS.map(value => ({ value, label: value === "365" ? t("one_year") : t("invite_days_n", { n: Number(value) }) }))} />
        </div>
        {made && <LinkBox link={linkOf("g", made.token)} />}
      </div>
    </Sheet>
  );
}
