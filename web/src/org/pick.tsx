// Choosing people: by search or through the tree. One makes a chat, several a group; or they are
// added to a group that exists.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Ops, OrgPerson } from "../api";
import { sayError } from "../base/errors";
import { Field, SearchBox } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { go } from "../base/router";
import { Sheet } from "../base/sheet";
import { Avatar, Button, classes, Empty, SkeletonRows } from "../base/ui";
import { newKey } from "../net/order";
import { call, learn, me } from "../net/state";
import { isMe } from "../talk/words";
import css from "./pick.module.css";

export type PickPurpose = { kind: "create"; with?: OrgPerson[] } | { kind: "add"; conversation: string };

type Level = Ops["org_department"]["out"];

export function Picker({ purpose, close }: { purpose: PickPurpose; close: () => void }) {
  const [chosen, setChosen] = useState<OrgPerson[]>(purpose.kind === "create" ? purpose.with ?? [] : []);
  const [query, setQuery] = useState("");
  const [title, setTitle] = useState("");
  const [isBusy, setBusy] = useState(false);
  const key = useRef(newKey());
  const toggle = (p: OrgPerson) => setChosen(chosen.some(x => x.id === p.id) ? chosen.filter(x => x.id !== p.id) : [...chosen, p]);
  const ids = chosen.map(p => p.id);
  const isGroup = purpose.kind === "create" && chosen.length > 1;
  const finish = async () => {
    setBusy(true);
    try {
      if (purpose.kind === "add") await call("talk_add", { conversation: purpose.conversation, people: ids });
      else {
        const plain = [me.value!.person.name, ...chosen.map(p => p.name)].slice(0, 4).join(t("and_between"));
        const out = isGroup
          ? await call("talk_create", { title: title.trim() || plain, people: ids, key: key.current })
          : await call("talk_direct", { person: ids[0], key: key.current });
        go("c", out.conversation.id);
      }
      close();
    } catch (error) {
      sayError(error);
      setBusy(false);
    }
  };
  const action = purpose.kind === "add" ? t("pick_add", { n: chosen.length }) : isGroup ? t("pick_group", { n: chosen.length + 1 }) : t("pick_direct");
  return (
    <Sheet
      title={t(purpose.kind === "add" ? "pick_add_title" : "pick_title")}
      close={close}
      footer={<Button look="main" isWide disabled={!chosen.length} isBusy={isBusy} onClick={() => void finish()}>{action}</Button>}
    >
      <div class={css.top}>
        <SearchBox isFirst label={t("pick_search")} value={query} onInput={setQuery} />
        {chosen.length ? (
          <div class={css.chosen} aria-label={t("pick_chosen", { n: chosen.length })}>
            {chosen.map(p => (
              <button type="button" class={css.chip} key={p.id} aria-label={`${t("remove")} ${p.name}`} onClick={() => toggle(p)}>
                <Avatar name={p.name} file={p.avatar} size={24} />
                <span class={css.chipName}>{p.name}</span>
                <Icon name="close" size={14} />
              </button>
            ))}
          </div>
        ) : (
          <p class={css.hint}>{t("pick_none")}</p>
        )}
        {isGroup && <Field name="title" label={t("group_name")} isOptional value={title} onInput={setTitle} maxLength={60} />}
      </div>
      <div class={css.list}>{query.trim() ? <Results query={query.trim()} ids={ids} toggle={toggle} /> : <Tree ids={ids} toggle={toggle} />}</div>
    </Sheet>
  );
}

// One person, chosen by a press.
export function PickOne({ title, onPick, close }: { title: string; onPick: (p: OrgPerson) => void; close: () => void }) {
  const [query, setQuery] = useState("");
  return (
    <Sheet title={title} close={close}>
      <div class={css.top}>
        <SearchBox isFirst label={t("pick_search")} value={query} onInput={setQuery} />
      </div>
      <div class={css.list}>{query.trim() ? <Results query={query.trim()} toggle={onPick} /> : <Tree toggle={onPick} />}</div>
    </Sheet>
  );
}

interface ListProps {
  ids?: string[]; // those chosen; absent where one press chooses
  toggle: (p: OrgPerson) => void;
}

function PersonRow({ p, ids, toggle }: ListProps & { p: OrgPerson }) {
  const isChosen = ids?.includes(p.id);
  return (
    <button type="button" class={css.row} role={ids ? "checkbox" : undefined} aria-checked={isChosen} onClick={() => toggle(p)}>
      {ids && <span class={classes(css.tick, isChosen && css.ticked)}>{isChosen && <Icon name="check" size={14} />}</span>}
      <Avatar name={p.name} file={p.avatar} size={36} />
      <span class={css.name}>{p.name}</span>
      <span class={css.note}>{p.title || p.department_name}</span>
    </button>
  );
}

function Results({ query, ids, toggle }: ListProps & { query: string }) {
  const [people, setPeople] = useState<OrgPerson[] | null>(null);
  useEffect(() => {
    let isLate = false;
    const timer = setTimeout(() => {
      call("org_find", { query, limit: 30 }).then(out => {
        learn(out.people);
        if (!isLate) setPeople(out.people.filter(p => !ids || !isMe(p.id)));
      }, sayError);
    }, 180);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [query]);
  if (!people) return <SkeletonRows count={4} />;
  if (!people.length) return <Empty drawing="search" sentence={t("search_none")} />;
  return <>{people.map(p => <PersonRow key={p.id} p={p} ids={ids} toggle={toggle} />)}</>;
}

function Tree({ ids, toggle }: ListProps) {
  const [department, setDepartment] = useState<string | undefined>();
  const [level, setLevel] = useState<Level | null>(null);
  useEffect(() => {
    let isLate = false;
    setLevel(null);
    call("org_department", { department, limit: 200 }).then(out => {
      learn(out.people);
      if (!isLate) setLevel(out);
    }, sayError);
    return () => void (isLate = true);
  }, [department]);
  if (!level) return <SkeletonRows count={6} />;
  const more = async () => {
    const out = await call("org_department", { department, limit: 200, after: level.more });
    setLevel({ ...level, people: [...level.people, ...out.people], departments: [...level.departments, ...out.departments], more: out.more });
  };
  return (
    <>
      {level.department && (
        <button type="button" class={css.row} onClick={() => setDepartment(level.path.length ? level.path[level.path.length - 1].id : undefined)}>
          <Icon name="back" size={18} />
          <span class={css.name}>{level.department.name}</span>
        </button>
      )}
      {level.departments.map(d => (
        <button type="button" class={css.row} key={d.id} onClick={() => setDepartment(d.id)}>
          <span class={css.icon}><Icon name="tree" size={18} /></span>
          <span class={css.name}>{d.name}</span>
          <span class={css.note}>{t("people_count", { n: d.people })}</span>
          <Icon name="next" size={16} />
        </button>
      ))}
      {level.people.filter(p => !ids || !isMe(p.id)).map(p => <PersonRow key={p.id} p={p} ids={ids} toggle={toggle} />)}
      {level.more && <p class={css.more}><Button look="quiet" onClick={() => void more()}>{t("more")}</Button></p>}
    </>
  );
}
