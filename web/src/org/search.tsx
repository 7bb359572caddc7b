// Search over people, departments, conversations and messages.
import { useEffect, useState } from "preact/hooks";
import type { Ops } from "../api";
import { SearchBox } from "../base/forms";
import { t } from "../base/i18n";
import { moveBetweenRows } from "../base/list";
import { go } from "../base/router";
import { Sheet } from "../base/sheet";
import { listTime } from "../base/time";
import { Avatar, Empty, SkeletonRows } from "../base/ui";
import { Icon } from "../base/icons";
import { call, conversations, learn, person } from "../net/state";
import { dayWords, faceOf, gist, nameOf, titleOf } from "../talk/words";
import { openPerson } from "./doors";
import css from "./search.module.css";

const WAIT = 200;

type Found = Ops["org_find"]["out"];
type Hits = Ops["talk_search"]["out"]["hits"];

export function Search({ close }: { close: () => void }) {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const [hits, setHits] = useState<Hits | null>(null);
  const [isAsking, setAsking] = useState(false);
  const words = query.trim();
  useEffect(() => {
    let isLate = false;
    setAsking(!!words);
    setFound(null);
    setHits(null);
    const timer = setTimeout(async () => {
      if (!words) return;
      const people = call("org_find", { query: words, limit: 8 }).then(out => {
        learn(out.people);
        if (!isLate) setFound(out);
      });
      const messages = call("talk_search", { query: words, limit: 20 }).then(out => {
        learn(out.people);
        if (!isLate) setHits(out.hits);
      });
      await Promise.all([people.catch(() => undefined), messages.catch(() => undefined)]);
      if (!isLate) setAsking(false);
    }, WAIT);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [words]);
  const rooms = words ? conversations.value.filter(c => titleOf(c).toLowerCase().includes(words.toLowerCase())).slice(0, 6) : [];
  const leave = (...parts: string[]) => {
    close();
    go(...parts);
  };
  const isNothing = words && !isAsking && !rooms.length && !found?.people.length && !found?.departments.length && !hits?.length;
  return (
    <Sheet title={t("search")} close={close} form="full">
      <div class={css.box}>
        <SearchBox isFirst label={t("search_all")} value={query} onInput={setQuery} />
      </div>
      <div class={css.results} onKeyDown={moveBetweenRows} aria-live="polite" aria-busy={isAsking}>
        {!words && <Empty drawing="search" sentence={t("search_hint")} />}
        {isNothing && <Empty drawing="search" sentence={t("search_none")} />}
        {!!rooms.length && <h3 class={css.heading}>{t("search_groups")}</h3>}
        {rooms.map(c => (
          <button type="button" data-nav class={css.row} key={c.id} onClick={() => leave("c", c.id)}>
            <Avatar name={titleOf(c)} file={faceOf(c)?.avatar} isGroup={c.kind === "group"} size={40} />
            <span class={css.text}><span class={css.name}>{titleOf(c)}</span></span>
          </button>
        ))}
        {!!found?.people.length && <h3 class={css.heading}>{t("contacts")}</h3>}
        {found?.people.map(p => (
          <button type="button" data-nav class={css.row} key={p.id} onClick={() => openPerson(p.id)}>
            <Avatar name={p.name} file={p.avatar} size={40} />
            <span class={css.text}>
              <span class={css.name}>{p.name}</span>
              <span class={css.note}>{[p.department_name, p.title].filter(Boolean).join(" · ")}</span>
            </span>
          </button>
        ))}
        {!!found?.departments.length && <h3 class={css.heading}>{t("departments")}</h3>}
        {found?.departments.map(d => (
          <button type="button" data-nav class={css.row} key={d.id} onClick={() => leave("contacts", d.id)}>
            <span class={css.icon}><Icon name="tree" size={20} /></span>
            <span class={css.text}><span class={css.name}>{d.name}</span><span class={css.note}>{t("people_count", { n: d.people })}</span></span>
          </button>
        ))}
        {!!hits?.length && <h3 class={css.heading}>{t("search_messages")}</h3>}
        {hits?.map(h => {
          const title = h.title || nameOf(h.peer ?? "");
          return (
            <button type="button" data-nav class={css.row} key={`${h.conversation} ${h.message.seq}`} onClick={() => leave("c", h.conversation, String(h.message.seq))}>
              <Avatar name={title} file={h.peer && person(h.peer)?.avatar} isGroup={!h.peer} size={40} />
              <span class={css.text}>
                <span class={css.name}>{title}<time class={css.time}>{listTime(h.message.at, Date.now(), dayWords())}</time></span>
                <span class={css.note}>{t("says", { who: nameOf(h.message.author), text: "" })}<Marked text={gist(h.message)} words={words} /></span>
              </span>
            </button>
          );
        })}
        {isAsking && !found && <SkeletonRows count={4} />}
      </div>
    </Sheet>
  );
}

function Marked({ text, words }: { text: string; words: string }) {
  const at = text.toLowerCase().indexOf(words.toLowerCase());
  if (at < 0) return <>{text}</>;
  const from = Math.max(0, at - 12);
  return (
    <>
      {from > 0 && "…"}
      {text.slice(from, at)}
      <mark class={css.mark}>{text.slice(at, at + words.length)}</mark>
      {text.slice(at + words.length)}
    </>
  );
}
