// One field that finds people, departments, groups, messages and files; or messages of one
// conversation.
import { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Ops, OrgPerson, TalkConversation, TalkHit } from "../api";
import { sentenceOf } from "../base/errors";
import { SearchBox } from "../base/forms";
import { pieces } from "../base/highlight";
import { t, Word } from "../base/i18n";
import { Icon } from "../base/icons";
import { moveBetweenRows } from "../base/list";
import { closeLayers, Sheet } from "../base/sheet";
import { go } from "../base/router";
import { bytes, listTime } from "../base/time";
import { Avatar, classes, Empty, SkeletonRows } from "../base/ui";
import { call, conversations, learn, person } from "../net/state";
import { dayWords, gist, nameIn, nameOf, pictureOf, titleOf } from "../talk/words";
import { openPerson } from "./doors";
import { SearchFilters } from "./search_filters";
import { Filters, isFiltered, kindOf, Tab, tabsFor, wantsMessages, wantsPeople } from "./searching";
import css from "./search.module.css";

const WAIT = 200;
const LONGEST = 60; // what a query may be
const FEW = 3; // of each kind, where all kinds are shown

interface Results {
  people?: Ops["org_find"]["out"];
  groups?: TalkConversation[];
  hits?: TalkHit[];
  more?: string;
  error?: string;
}

const TAB_WORDS: { [T in Tab]: Word } = {
  all: "tab_all", people: "tab_people", groups: "tab_groups", messages: "tab_messages", file: "tab_files", picture: "tab_pictures", link: "tab_links",
};

export function Search({ within, close }: { within?: TalkConversation; close: () => void }) {
  const [query, setQuery] = useState("");
  const [tab, setTab] = useState<Tab>(within ? "messages" : "all");
  const [filters, setFilters] = useState<Filters>({});
  const words = query.trim().slice(0, LONGEST);
  const { found, isAsking, next } = useResults(words, tab, filters, within);
  const leave = (...parts: string[]) => {
    closeLayers();
    go(...parts);
  };
  const isIdle = !words && !wantsMessages(words, tab, filters);
  const { people, groups, hits, error } = found;
  const few = tab === "all" ? FEW : Infinity;
  const isNothing = !isIdle && !isAsking && !error && !people?.people.length && !people?.departments.length && !groups?.length && !hits?.length;
  return (
    <Sheet title={within ? t("search_within", { title: titleOf(within) }) : t("search")} close={close} form="full">
      <div class={css.top}>
        <SearchBox isFirst label={within ? t("find_here") : t("search_all")} value={query} onInput={setQuery} />
        <div class={css.tabs} role="tablist" aria-label={t("search_tabs")} onKeyDown={moveBetweenTabs}>
          {tabsFor(!!within).map(id => (
            <button type="button" key={id} role="tab" aria-selected={id === tab} tabIndex={id === tab ? 0 : -1} class={classes(css.tab, id === tab && css.current)} onClick={() => setTab(id)}>
              {t(TAB_WORDS[id])}
            </button>
          ))}
        </div>
        {(tab === "all" ? !!words || isFiltered(filters) : !wantsPeople(tab)) && <SearchFilters filters={filters} hasGroup={!within} onChange={setFilters} />}
      </div>
      <div class={css.results} role="tabpanel" aria-label={t(TAB_WORDS[tab])} aria-busy={isAsking} onKeyDown={moveBetweenRows}>
        {isIdle && <Empty drawing="search" sentence={t(within ? "search_within_hint" : "search_hint")} />}
        {error && <Empty drawing="cloud" sentence={error} />}
        {isNothing && <div role="status"><Empty drawing="search" sentence={t("search_none")} /></div>}
        <Part name={t("contacts")} tab={tab} count={people?.people.length ?? 0} few={few} onAll={() => setTab("people")}>
          {people?.people.slice(0, few).map(p => <PersonRow key={p.id} p={p} words={words} />)}
        </Part>
        {tab !== "groups" && (
          <Part name={t("departments")} tab={tab} count={people?.departments.length ?? 0} few={few} onAll={() => setTab("people")}>
            {people?.departments.slice(0, few).map(d => (
              <button type="button" data-nav class={css.row} key={d.id} onClick={() => leave("contacts", d.id)}>
                <span class={css.icon}><Icon name="tree" size={20} /></span>
                <span class={css.text}><span class={css.name}><Marked text={d.name} words={words} /></span><span class={css.note}>{[d.path_names, t("people_count", { n: d.people })].filter(Boolean).join(" · ")}</span></span>
              </button>
            ))}
          </Part>
        )}
        <Part name={t("tab_groups")} tab={tab} count={groups?.length ?? 0} few={few} onAll={() => setTab("groups")}>
          {groups?.slice(0, few).map(c => (
            <button type="button" data-nav class={css.row} key={c.id} onClick={() => leave("c", c.id)}>
              <Avatar name={c.title} file={c.avatar} isGroup size={40} />
              <span class={css.text}><span class={css.name}><Marked text={c.title} words={words} /></span><span class={css.note}>{t("people_count", { n: c.members })}</span></span>
            </button>
          ))}
        </Part>
        <Part name={t(TAB_WORDS[kindOf(tab) ? tab : "messages"])} tab={tab} count={hits?.length ?? 0} few={Infinity}>
          {tab === "picture" ? <Pictures hits={hits ?? []} leave={leave} /> : hits?.map(h => <Hit key={`${h.conversation} ${h.message.seq}`} h={h} words={words} hasPlace={!within} isFile={tab === "file"} leave={leave} />)}
        </Part>
        {isAsking && !hits && !people && <SkeletonRows count={4} />}
        {(found.more || people?.more) && <More key={found.more ?? people?.more} onSeen={next} />}
      </div>
    </Sheet>
  );
}

function useResults(words: string, tab: Tab, filters: Filters, within?: TalkConversation) {
  const [found, setFound] = useState<Results>({});
  const [isAsking, setAsking] = useState(false);
  const version = useRef(0);
  const add = (part: Results) => setFound(old => ({ ...old, ...part }));
  const messages = (before?: string) =>
    call("talk_search", { query: words || undefined, kind: kindOf(tab), conversation: within?.id ?? filters.conversation?.id, author: filters.author?.id, from: filters.from, to: filters.to, before, limit: 20 });
  const people = (after?: string) => call("org_find", { query: words, limit: tab === "all" ? FEW + 1 : 30, after });
  useEffect(() => {
    const mine = ++version.current;
    const isMine = () => mine === version.current;
    const jobs: (() => Promise<void>)[] = [];
    if (words && wantsPeople(tab) && tab !== "groups" && !isFiltered(filters)) jobs.push(() => people().then(out => { learn(out.people); if (isMine()) add({ people: out }); }));
    if (words && (tab === "all" || tab === "groups") && !isFiltered(filters)) jobs.push(() => call("talk_find", { query: words, limit: tab === "all" ? FEW + 1 : 50 }).then(out => { if (isMine()) add({ groups: out.conversations }); }));
    if (wantsMessages(words, tab, filters)) jobs.push(() => messages().then(out => { learn(out.people); if (isMine()) add({ hits: out.hits, more: out.more }); }));
    setFound({});
    setAsking(jobs.length > 0);
    const timer = setTimeout(async () => {
      await Promise.all(jobs.map(job => job().catch(e => { if (isMine()) add({ error: sentenceOf(e) }); })));
      if (isMine()) setAsking(false);
    }, WAIT);
    return () => clearTimeout(timer);
  }, [words, tab, filters]);
  const next = () => {
    const mine = version.current;
    const isMine = () => mine === version.current;
    if (found.more)
      messages(found.more).then(out => {
        learn(out.people);
        if (isMine()) add({ hits: [...found.hits!, ...out.hits], more: out.more });
      }, () => undefined);
    else if (found.people?.more && tab === "people")
      people(found.people.more).then(out => {
        learn(out.people);
        if (isMine()) add({ people: { ...out, people: [...found.people!.people, ...out.people], departments: found.people!.departments } });
      }, () => undefined);
  };
  return { found, isAsking, next };
}

// ---- rows -----------------------------------------------------------------------------------------

interface PartProps {
  name: string;
  tab: Tab;
  count: number;
  few: number;
  onAll?: () => void;
  children: ComponentChildren;
}

// One kind of results; where all kinds are shown, with its heading and the way to all of them.
function Part({ name, tab, count, few, onAll, children }: PartProps) {
  if (!count) return null;
  return (
    <div role="group" aria-label={name}>
      {(tab === "all" || tab === "people") && <h3 class={css.heading}>{name}</h3>}
      {children}
      {tab === "all" && onAll && count > few && <button type="button" data-nav class={css.all} onClick={onAll}>{t("search_all_of", { name })}<Icon name="next" size={16} /></button>}
    </div>
  );
}

function PersonRow({ p, words }: { p: OrgPerson; words: string }) {
  return (
    <button type="button" data-nav class={css.row} onClick={() => openPerson(p.id)}>
      <Avatar name={p.name} file={p.avatar} size={40} />
      <span class={css.text}>
        <span class={css.name}><Marked text={p.name} words={words} /></span>
        <span class={css.note}>{[p.department_name, p.title].filter(Boolean).join(" · ")}</span>
      </span>
    </button>
  );
}

type Leave = (...parts: string[]) => void;

const placeOf = (h: TalkHit): string => h.title || nameOf(h.peer ?? "");
const open = (h: TalkHit, leave: Leave) => leave("c", h.conversation, String(h.message.seq));

function Hit({ h, words, hasPlace, isFile, leave }: { h: TalkHit; words: string; hasPlace: boolean; isFile: boolean; leave: Leave }) {
  const { message: m } = h;
  const author = nameIn(h.conversation, m.author);
  const held = conversations.value.find(c => c.id === h.conversation);
  const file = m.files?.find(f => !f.width);
  const time = <time class={css.time}>{listTime(m.at, Date.now(), dayWords())}</time>;
  if (isFile && file)
    return (
      <button type="button" data-nav class={css.row} onClick={() => open(h, leave)}>
        <span class={css.icon}><Icon name="file" size={20} /></span>
        <span class={css.text}>
          <span class={css.line}><span class={css.name}><Marked text={file.name} words={words} /></span>{time}</span>
          <span class={css.note}>{[bytes(file.size), author, hasPlace && placeOf(h)].filter(Boolean).join(" · ")}</span>
        </span>
      </button>
    );
  const said = <span class={css.note}>{hasPlace && t("says", { who: author, text: "" })}<Marked text={gist(m, h.conversation)} words={words} /></span>;
  return (
    <button type="button" data-nav class={css.row} onClick={() => open(h, leave)}>
      {hasPlace ? <Avatar name={placeOf(h)} file={h.peer ? person(h.peer)?.avatar : held && pictureOf(held)} isGroup={!h.peer} size={40} /> : <Avatar name={nameOf(m.author)} file={person(m.author)?.avatar} size={40} />}
      <span class={css.text}>
        <span class={css.line}><span class={css.name}>{hasPlace ? placeOf(h) : author}</span>{time}</span>
        {said}
      </span>
    </button>
  );
}

function Pictures({ hits, leave }: { hits: TalkHit[]; leave: Leave }) {
  return (
    <div class={css.pictures}>
      {hits.map(h => {
        const file = h.message.files!.find(f => f.width)!;
        return (
          <button type="button" data-nav class={css.picture} key={`${h.conversation} ${h.message.seq}`} aria-label={`${file.name} ${nameOf(h.message.author)} ${listTime(h.message.at, Date.now(), dayWords())}`} onClick={() => open(h, leave)}>
            <img class={css.image} src={`/v1/files/${file.id}`} alt="" loading="lazy" decoding="async" />
          </button>
        );
      })}
    </div>
  );
}

export function Marked({ text, words }: { text: string; words: string }) {
  return <>{pieces(text, words).map((p, i) => (p.isHit ? <mark class={css.mark} key={i}>{p.text}</mark> : p.text))}</>;
}

// The end of what is here: when it is seen, more is fetched.
function More({ onSeen }: { onSeen: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(onSeen);
  latest.current = onSeen;
  useEffect(() => {
    const watch = new IntersectionObserver(seen => seen.some(e => e.isIntersecting) && latest.current());
    watch.observe(end.current!);
    return () => watch.disconnect();
  }, []);
  return <div ref={end} class={css.more} aria-hidden="true" />;
}

function moveBetweenTabs(e: KeyboardEvent): void {
  const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
  if (!step) return;
  const tabs = Array.from((e.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=tab]"));
  const next = tabs[(tabs.indexOf(document.activeElement as HTMLElement) + step + tabs.length) % tabs.length];
  e.preventDefault();
  next.focus();
  next.click();
}
