// Who has read a message and who has not; asked for only when this opens.
import { useEffect, useRef, useState } from "preact/hooks";
import type { OrgPerson } from "../api";
import { Choice } from "../base/forms";
import { t } from "../base/i18n";
import { Sheet } from "../base/sheet";
import { Avatar, Button, Empty, SkeletonRows } from "../base/ui";
import { useWatched } from "../net/seen";
import { call, learn, online, person } from "../net/state";
import { openPerson } from "../org/doors";
import { RemindButton } from "./remind";
import css from "./readers.module.css";

interface Side {
  people: OrgPerson[];
  more?: string;
}

type Tab = "unread" | "read";

export function Readers({ conversation, seq, close }: { conversation: string; seq: number; close: () => void }) {
  const [tab, setTab] = useState<Tab>("unread");
  const [counts, setCounts] = useState({ read: 0, unread: 0 });
  const [sides, setSides] = useState<{ [T in Tab]?: Side }>({});
  const [hasFailed, setFailed] = useState(false);
  const load = async (which: Tab, after?: string) => {
    const out = await call("talk_readers", { conversation, seq, has_read: which === "read", after, limit: 60 });
    learn(out.people);
    setCounts({ read: out.read, unread: out.unread });
    setSides(old => ({ ...old, [which]: { people: [...(after ? old[which]!.people : []), ...out.people], more: out.more } }));
  };
  useEffect(() => {
    setFailed(false);
    if (!sides[tab]) load(tab).catch(() => setFailed(true));
  }, [tab]);
  const side = sides[tab];
  const list = useRef<HTMLDivElement>(null);
  useWatched(list, side?.people.length ?? 0);
  return (
    <Sheet title={t("readers_title")} close={close} footer={counts.unread > 0 && <RemindButton conversation={conversation} seq={seq} />}>
      <div class={css.tabs}>
        <Choice
          label={t("readers_title")}
          value={tab}
          onChange={setTab}
          options={[
            { value: "unread", label: t("readers_unread", { n: counts.unread }) },
            { value: "read", label: t("readers_read", { n: counts.read }) },
          ]}
        />
      </div>
      <div class={css.list} ref={list}>
        {hasFailed ? (
          <Empty drawing="cloud" sentence={t("load_failed")} />
        ) : !side ? (
          <SkeletonRows count={5} />
        ) : side.people.length ? (
          <>
            {side.people.map(p => (
              <button type="button" class={css.row} key={p.id} data-person={p.id} onClick={() => openPerson(p.id)}>
                <Avatar name={p.name} file={person(p.id)?.avatar} isOnline={online.value[p.id]} size={36} />
                <span class={css.name}>{p.name}</span>
                <span class={css.note}>{p.department_name}</span>
              </button>
            ))}
            {side.more && <p class={css.more}><Button look="quiet" onClick={() => void load(tab, side.more)}>{t("more")}</Button></p>}
          </>
        ) : (
          <Empty drawing="people" sentence={t(tab === "read" ? "readers_nobody_read" : "readers_all_read")} />
        )}
      </div>
    </Sheet>
  );
}
