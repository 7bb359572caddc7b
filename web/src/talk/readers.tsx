// Who has read a message and who has not, by department; asked for only when this opens.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { OrgPerson } from "../api";
import { Choice, SearchBox } from "../base/forms";
import { t } from "../base/i18n";
import { Sheet } from "../base/sheet";
import { Avatar, Empty, SkeletonRows } from "../base/ui";
import { useWatched } from "../net/seen";
import { call, held, learn, online, person } from "../net/state";
import { openPerson } from "../org/doors";
import { byDepartment } from "./grouped";
import { matches } from "./mentions";
import { RemindButton } from "./remind";
import { nameIn } from "./words";
import css from "./readers.module.css";

interface Side {
  people: OrgPerson[];
  more?: string;
}

type Tab = "unread" | "read";

const PAGE = 500;
const MANY = 8; // more than these can be searched

export function Readers({ conversation, seq, close }: { conversation: string; seq: number; close: () => void }) {
  const [tab, setTab] = useState<Tab>("unread");
  const [counts, setCounts] = useState<{ [T in Tab]: number } | null>(null);
  const [sides, setSides] = useState<{ [T in Tab]?: Side }>({});
  const [hasFailed, setFailed] = useState(false);
  const [query, setQuery] = useState("");
  const isNumbers = !!held.value.get(conversation)?.it.switches?.counts_only;
  const load = async (which: Tab, after?: string) => {
    const out = await call("talk_readers", { conversation, seq, has_read: which === "read", after, limit: PAGE });
    learn(out.people);
    setCounts({ read: out.read, unread: out.unread });
    setSides(old => ({ ...old, [which]: { people: [...(after ? old[which]!.people : []), ...out.people], more: out.more } }));
  };
  const side = sides[tab];
  useEffect(() => {
    setFailed(false);
    if (!side || side.more) load(tab, side?.more).catch(() => setFailed(true));
  }, [tab, side?.more]);
  const options = (["unread", "read"] as const).map(value => ({ value, label: counts ? t(value === "read" ? "readers_read" : "readers_unread", { n: counts[value] }) : t(value === "read" ? "readers_read_label" : "readers_unread_label") }));
  const unread = counts?.unread ?? 0;
  const footer = unread > 0 && tab === "unread" ? <RemindButton conversation={conversation} seq={seq} /> : undefined;
  return (
    <Sheet title={t("readers_title")} close={close} footer={footer}>
      {isNumbers ? (
        <Numbers counts={counts} hasFailed={hasFailed} />
      ) : (
        <>
          <div class={css.tabs}>
            <Choice label={t("readers_title")} value={tab} onChange={setTab} options={options} />
          </div>
          {counts && counts.read + counts.unread > MANY && <div class={css.search}><SearchBox label={t("readers_search")} value={query} onInput={setQuery} /></div>}
          <div class={css.list}>
            {hasFailed ? (
              <Empty drawing="cloud" sentence={t("load_failed")} />
            ) : !side ? (
              <SkeletonRows count={5} />
            ) : side.people.length ? (
              <List conversation={conversation} people={side.people} query={query.trim()} />
            ) : (
              <Empty drawing="people" sentence={t(tab === "read" ? "readers_nobody_read" : "readers_all_read")} />
            )}
          </div>
        </>
      )}
    </Sheet>
  );
}

function List({ conversation, people, query }: { conversation: string; people: OrgPerson[]; query: string }) {
  const list = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => byDepartment(query ? people.filter(p => matches(p, query)) : people, t("no_department")), [people, query]);
  useWatched(list, people.length);
  if (!groups.length) return <Empty drawing="search" sentence={t("search_none")} />;
  return (
    <div ref={list}>
      {groups.map(g => (
        <section key={g.name} aria-label={g.name}>
          <h3 class={css.heading}><span class={css.department}>{g.name}</span><span>{t("people_count", { n: g.people.length })}</span></h3>
          {g.people.map(p => (
            <button type="button" class={css.row} key={p.id} data-person={p.id} onClick={() => openPerson(p.id)}>
              <Avatar name={p.name} file={person(p.id)?.avatar} isOnline={online.value[p.id]} size={36} />
              <span class={css.name}>{nameIn(conversation, p.id)}</span>
              <span class={css.note}>{p.title}</span>
            </button>
          ))}
        </section>
      ))}
    </div>
  );
}

function Numbers({ counts, hasFailed }: { counts: { [T in Tab]: number } | null; hasFailed: boolean }) {
  if (hasFailed) return <Empty drawing="cloud" sentence={t("load_failed")} />;
  return (
    <div class={css.numbers}>
      <dl class={css.pair}>
        <div class={css.number}><dt class={css.term}>{t("readers_read_label")}</dt><dd class={css.figure}>{counts?.read ?? "…"}</dd></div>
        <div class={css.number}><dt class={css.term}>{t("readers_unread_label")}</dt><dd class={css.figure}>{counts?.unread ?? "…"}</dd></div>
      </dl>
      <p class={css.why}>{t("readers_counts_only")}</p>
    </div>
  );
}
