// Those who want to come into a group, for whoever lets them in.
import { useEffect, useState } from "preact/hooks";
import type { TalkRequest } from "../api";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Sheet, show } from "../base/sheet";
import { listTime } from "../base/time";
import { Avatar, Button, Empty, say, SkeletonRows } from "../base/ui";
import { call, person, requests } from "../net/state";
import { openPerson } from "../org/doors";
import { readRequests } from "./requests";
import { dayWords, nameOf } from "./words";
import css from "./waiting.module.css";

export const openRequests = (conversation: string): void => void show(close => <Requests conversation={conversation} close={close} />);

export function RequestBar({ conversation, n }: { conversation: string; n: number }) {
  return (
    <button type="button" class={css.bar} onClick={() => openRequests(conversation)}>
      <span class={css.sign}><Icon name="people" size={18} /></span>
      <span class={css.text}>{t("requests_bar", { n })}</span>
      <span class={css.look}>{t("requests_look")}<Icon name="next" size={14} /></span>
    </button>
  );
}

function Requests({ conversation, close }: { conversation: string; close: () => void }) {
  const list = requests.value.get(conversation);
  useEffect(() => {
    readRequests(conversation).catch(sayError);
  }, []);
  return (
    <Sheet title={t("requests")} close={close}>
      <div class={css.list}>
        {!list ? <SkeletonRows count={3} /> : list.length ? list.map(r => <Row key={r.person} r={r} />) : <Empty drawing="people" sentence={t("requests_none")} />}
      </div>
    </Sheet>
  );
}

function Row({ r }: { r: TalkRequest }) {
  const [isBusy, setBusy] = useState(false);
  const p = person(r.person);
  const answer = async (accepts: boolean) => {
    setBusy(true);
    await call("talk_request_answer", { conversation: r.conversation, person: r.person, accepts }).then(() => say(t(accepts ? "request_accepted" : "request_refused", { name: nameOf(r.person) })), sayError);
    await readRequests(r.conversation).catch(() => undefined);
    setBusy(false);
  };
  return (
    <div class={css.row}>
      <button type="button" class={css.person} onClick={() => openPerson(r.person)}>
        <Avatar name={nameOf(r.person)} file={p?.avatar} size={40} />
        <span class={css.about}>
          <span class={css.name}>{nameOf(r.person)}<time class={css.time}>{listTime(r.at, Date.now(), dayWords())}</time></span>
          <span class={css.note}>{[p?.department_name, p?.title].filter(Boolean).join(" · ")}</span>
        </span>
      </button>
      {r.words && <p class={css.words}>{r.words}</p>}
      <div class={css.buttons}>
        <Button disabled={isBusy} onClick={() => void answer(false)}>{t("refuse")}</Button>
        <Button look="main" disabled={isBusy} onClick={() => void answer(true)}>{t("accept")}</Button>
      </div>
    </div>
  );
}
