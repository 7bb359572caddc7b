// Choosing whom to mention, among the members of the group.
import { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { OrgPerson, TalkConversation } from "../api";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Avatar, classes } from "../base/ui";
import { call, learn, person } from "../net/state";
import { isMe } from "./words";
import css from "./mentions.module.css";

interface Choice {
  id: string | null; // null: everyone
  name: string;
  note: string;
  who?: OrgPerson;
}

const MOST_MEMBERS = 1000;
const SHOWN = 7;

async function membersOf(id: string): Promise<string[]> {
  const all: string[] = [];
  let after: string | undefined;
  do {
    const out = await call("talk_members", { conversation: id, after, limit: 200 });
    learn(out.people);
    all.push(...out.members.map(m => m.person));
    after = out.more;
  } while (after && all.length < MOST_MEMBERS);
  return all;
}

const initials = (pinyin: string): string => pinyin.split(/[\s']+/).map(w => w[0] ?? "").join("");

export function matches(p: OrgPerson, query: string): boolean {
  const q = query.toLowerCase();
  const pinyin = (p.pinyin ?? "").toLowerCase();
  return p.name.toLowerCase().includes(q) || pinyin.replace(/[\s']+/g, "").startsWith(q) || initials(pinyin).startsWith(q);
}

function choices(c: TalkConversation, members: string[], query: string): Choice[] {
  const people = members.map(person).filter((p): p is OrgPerson => !!p && !isMe(p.id) && matches(p, query));
  const all: Choice[] = !query || t("everyone").startsWith(query) ? [{ id: null, name: t("everyone"), note: t("people_count", { n: c.members }) }] : [];
  return all.concat(people.slice(0, SHOWN).map(p => ({ id: p.id, name: p.name, note: p.department_name ?? "", who: p })));
}

interface Props {
  c: TalkConversation;
  query: string;
  onPick: (id: string | null, name: string) => void;
  onEnd: () => void;
  onKey: RefObject<(e: KeyboardEvent) => boolean>; // what the text field's keys do here; false: nothing
}

export function Mentions({ c, query, onPick, onEnd, onKey }: Props) {
  const [members, setMembers] = useState<string[]>([]);
  const [at, setAt] = useState(0);
  useEffect(() => {
    membersOf(c.id).then(setMembers, () => undefined);
  }, [c.id]);
  useEffect(() => setAt(0), [query]);
  const picks = choices(c, members, query);
  onKey.current = e => {
    const step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
    if (!picks.length) return false;
    if (step) setAt((at + step + picks.length) % picks.length);
    else if (e.key === "Enter" || e.key === "Tab") onPick(picks[at].id, picks[at].name);
    else if (e.key === "Escape") onEnd();
    else return false;
    return true;
  };
  useEffect(() => () => void (onKey.current = () => false), []);
  if (!picks.length) return null;
  return (
    <div id="picks" class={css.mentions} role="listbox" aria-label={t("mention_list")}>
      {picks.map((p, i) => (
        <button type="button" key={p.id} role="option" aria-selected={i === at} class={classes(css.mention, i === at && css.mentionAt)} onMouseDown={e => e.preventDefault()} onClick={() => onPick(p.id, p.name)}>
          {p.id ? <Avatar name={p.name} file={p.who?.avatar} size={28} /> : <span class={css.all}><Icon name="at" size={18} /></span>}
          <span class={css.mentionName}>{p.name}</span>
          <span class={css.mentionNote}>{p.note}</span>
        </button>
      ))}
    </div>
  );
}
