// The tree of the organisation, opened level by level; search; what administrators do with it.
import { useEffect, useMemo, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import type { Ops, OrgDepartment, OrgFoundDepartment, OrgHere, OrgPerson } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { SearchBox } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { VirtualList } from "../base/list";
import { go, href } from "../base/router";
import { confirm, menuAt, MenuItem, show, showMenu } from "../base/sheet";
import { Avatar, Bar, Button, classes, Empty, IconButton, SkeletonRows, Tag } from "../base/ui";
import { newKey } from "../net/order";
import { call, held, isAdmin, learn, me, online, person, watchPeople } from "../net/state";
import { JoinByNumber } from "../talk/join";
import { askText, chooseDepartment } from "./ask";
import { openInvite } from "./invite";
import css from "./contacts.module.css";

type Level = Ops["org_department"]["out"];

interface Shown {
  departments: (OrgDepartment | OrgFoundDepartment)[];
  people: OrgPerson[];
  here?: OrgHere[];
  more?: string;
}

// Levels opened before are painted at once and read again.
const levels = new Map<string, Level>();
const changes = signal(0);

export const treeChanged = (): void => void changes.value++;

function useLevel(department: string | undefined) {
  const key = department ?? "";
  const [level, setLevel] = useState<Level | undefined>(levels.get(key));
  const [error, setError] = useState("");
  const load = async (after?: string) => {
    const out = await call("org_department", { department, after, limit: 100 });
    learn(out.people);
    const old = after ? levels.get(key) : undefined;
    const next = old ? { ...out, departments: [...old.departments, ...out.departments], people: [...old.people, ...out.people], here: [...old.here, ...out.here] } : out;
    levels.set(key, next);
    return next;
  };
  const version = changes.value;
  useEffect(() => {
    let isLate = false;
    setLevel(levels.get(key));
    setError("");
    load().then(next => !isLate && setLevel(next), e => !isLate && setError(sentenceOf(e)));
    return () => void (isLate = true);
  }, [department, version]);
  const more = () => {
    if (level?.more) void load(level.more).then(setLevel, sayError);
  };
  return { level, error, more };
}

export function Contacts({ department, current }: { department?: string; current?: string }) {
  const [query, setQuery] = useState("");
  const { level, error, more } = useLevel(department);
  const found = useFound(query.trim());
  const shown = query.trim() ? found : level;
  const parent = level?.path[level.path.length - 1];
  return (
    <section class={css.pane} aria-label={t("contacts")}>
      <Bar title={t("contacts")}>
        {isAdmin.value && <IconButton name="plus" label={t("invite")} onClick={() => openInvite(level?.department)} />}
        {isAdmin.value && level && <IconButton name="more" label={t("manage")} onClick={e => manage(e, level.department, parent)} />}
      </Bar>
      <div class={css.search}>
        <SearchBox label={t("contacts_search")} value={query} onInput={setQuery} />
      </div>
      {!query.trim() && <Path level={level} />}
      {!query.trim() && level?.department && <DepartmentGroup key={level.department.id} level={level} />}
      {!query.trim() && !department && (
        <button type="button" class={classes(css.row, css.join)} onClick={() => show(close => <JoinByNumber close={close} />)}>
          <span class={css.icon}><Icon name="group" size={20} /></span>
          <span class={css.text}>{t("group_by_number")}</span>
          <span class={css.arrow}><Icon name="next" size={16} /></span>
        </button>
      )}
      <div class={css.list}>
        {shown ? <Rows key={query.trim() ? "found" : department ?? "top"} level={shown} place={department ?? "top"} current={current} onEnd={query.trim() ? undefined : more} /> : error ? <Empty drawing="cloud" sentence={error}><Button onClick={treeChanged}>{t("retry")}</Button></Empty> : <SkeletonRows />}
      </div>
    </section>
  );
}

function useFound(query: string): Shown | undefined {
  const [found, setFound] = useState<Ops["org_find"]["out"] | undefined>();
  useEffect(() => {
    if (!query) return setFound(undefined);
    let isLate = false;
    const timer = setTimeout(() => {
      call("org_find", { query, limit: 50 }).then(out => {
        learn(out.people);
        if (!isLate) setFound(out);
      }, sayError);
    }, 180);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [query]);
  return found;
}

function Path({ level }: { level: Level | undefined }) {
  const top = me.value?.organisation.name ?? t("organisation");
  const path = level?.department ? [...level.path, level.department] : [];
  return (
    <nav class={css.path} aria-label={t("organisation")}>
      <a class={classes(css.crumb, !path.length && css.here)} href={href("contacts")}>{top}</a>
      {path.map((d, i) => (
        <span class={css.step} key={d.id}>
          <Icon name="next" size={14} />
          <a class={classes(css.crumb, i === path.length - 1 && css.here)} href={href("contacts", d.id)} aria-current={i === path.length - 1 ? "location" : undefined}>{d.name}</a>
        </span>
      ))}
    </nav>
  );
}

// The group of everybody in the department: its members open it; admins, and heads of the department
// or of one above, make it.
function DepartmentGroup({ level }: { level: Level }) {
  const key = useMemo(newKey, []);
  const [isBusy, setBusy] = useState(false);
  const d = level.department!;
  const own = me.value!.person;
  const group = Array.from(held.value.values()).find(h => h.it.department === d.id && !h.it.is_closed);
  const above = new Set([d.id, ...level.path.map(x => x.id)]);
  const leads = isAdmin.value || !!(person(own.id)?.posts ?? own.posts)?.some(p => p.is_head && above.has(p.department));
  if (!group && !leads) return null;
  const open = async () => {
    if (group) return go("c", group.id);
    if (!(await confirm(t("department_group_sure", { name: d.name }), t("department_group_make")))) return;
    setBusy(true);
    await call("talk_follow", { department: d.id, key }).then(out => go("c", out.conversation), sayError);
    setBusy(false);
  };
  return (
    <p class={css.group}>
      <Button icon="group" isBusy={isBusy} onClick={() => void open()}>{t(group ? "department_group" : "department_group_make")}</Button>
    </p>
  );
}

interface RowsProps {
  level: Shown;
  place: string;
  current?: string;
  onEnd?: () => void;
}

const ROW = 60;

function Rows({ level, place, current, onEnd }: RowsProps) {
  const [seen, setSeen] = useState<string[]>([]);
  useEffect(() => watchPeople(seen), [seen.join()]);
  const { departments, people } = level;
  const count = departments.length + people.length;
  const here = useMemo(() => new Map((level.here ?? []).map(h => [h.person, h])), [level]);
  if (!count) return <Empty drawing="people" sentence={t(onEnd ? "contacts_empty" : "search_none")}>{onEnd && isAdmin.value && <Button look="main" onClick={() => openInvite(undefined)}>{t("invite")}</Button>}</Empty>;
  const onRange = (first: number, last: number) => {
    const ids = people.slice(Math.max(0, first - departments.length), Math.max(0, last + 1 - departments.length)).map(p => p.id);
    if (ids.join() !== seen.join()) setSeen(ids);
    if (last >= count - 10 && level.more) onEnd?.();
  };
  return (
    <VirtualList
      count={count}
      estimate={() => ROW}
      keyOf={row => (row < departments.length ? `d${departments[row].id}` : people[row - departments.length].id)}
      render={row => (row < departments.length ? <DepartmentRow d={departments[row]} /> : <PersonRow p={people[row - departments.length]} here={here.get(people[row - departments.length].id)} place={place} isCurrent={people[row - departments.length].id === current} />)}
      onRange={onRange}
      label={t("contacts")}
    />
  );
}

function DepartmentRow({ d }: { d: OrgDepartment | OrgFoundDepartment }) {
  const above = "path_names" in d ? d.path_names : undefined;
  return (
    <a class={css.row} href={href("contacts", d.id)} data-nav>
      <span class={css.icon}><Icon name="tree" size={20} /></span>
      <span class={css.text}>
        <span class={css.name}>{d.name}</span>
        {above && <span class={css.note}>{above}</span>}
      </span>
      <span class={css.count}>{d.people}</span>
      <span class={css.arrow}><Icon name="next" size={16} /></span>
    </a>
  );
}

function PersonRow({ p, here, place, isCurrent }: { p: OrgPerson; here?: OrgHere; place: string; isCurrent: boolean }) {
  return (
    <a class={classes(css.row, isCurrent && css.current)} href={href("contacts", place, "p", p.id)} data-nav aria-current={isCurrent ? "true" : undefined}>
      <Avatar name={p.name} file={p.avatar} isOnline={online.value[p.id]} size={40} />
      <span class={css.text}>
        <span class={css.name}>{p.name}{here?.is_head && <span class={css.tag}><Tag>{t("post_head")}</Tag></span>}{p.state && p.state !== "active" && <span class={css.tag}><Tag>{t(p.state === "invited" ? "state_invited" : "state_suspended")}</Tag></span>}</span>
        <span class={css.note}>{here ? here.title : [p.department_name, p.title].filter(Boolean).join(" · ")}</span>
      </span>
    </a>
  );
}

// ---- administration -------------------------------------------------------------------------------

function manage(event: MouseEvent, d: OrgDepartment | undefined, parent: OrgDepartment | undefined): void {
  const items: MenuItem[] = [{ label: t("department_add"), icon: "plus", run: () => void add(d) }];
  if (d)
    items.push(
      { label: t("department_rename"), icon: "edit", run: () => void rename(d) },
      { label: t("department_move"), icon: "tree", run: () => void move(d) },
      { label: t("department_remove"), icon: "trash", isDanger: true, run: () => void remove(d, parent) },
    );
  showMenu(items, menuAt(event), t("manage"));
}

const add = (d: OrgDepartment | undefined) =>
  askText({ title: t("department_add"), label: t("department_name"), value: "", run: (name, key) => call("org_department_add", { parent: d?.id, name, key }).then(treeChanged) });

const rename = (d: OrgDepartment) =>
  askText({ title: t("department_rename"), label: t("department_name"), value: d.name, run: name => call("org_department_change", { department: d.id, name }).then(treeChanged) });

async function move(d: OrgDepartment): Promise<void> {
  const target = await chooseDepartment(t("department_move"), t("department_move_here"), d.id);
  if (target) await call("org_department_change", { department: d.id, parent: target.id, to_top: target.id ? undefined : true }).then(treeChanged, sayError);
}

async function remove(d: OrgDepartment, parent: OrgDepartment | undefined): Promise<void> {
  if (!(await confirm(t("department_remove_sure", { name: d.name }), t("department_remove")))) return;
  await call("org_department_remove", { department: d.id }).then(() => {
    treeChanged();
    go("contacts", ...(parent ? [parent.id] : []));
  }, sayError);
}
