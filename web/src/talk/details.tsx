// The settings of a conversation: its members, its name, leaving it.
import { useEffect, useRef, useState } from "preact/hooks";
import type { TalkMember } from "../api";
import { sayError } from "../base/errors";
import { Field } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { go } from "../base/router";
import { confirm, menuAt, Sheet, show, showMenu } from "../base/sheet";
import { Avatar, Button, classes, SkeletonRows, Tag } from "../base/ui";
import { call, held, learn, online, person } from "../net/state";
import { useWatched } from "../net/seen";
import { openPerson, openPicker } from "../org/doors";
import { RoomTools } from "./tools";
import { isMe, nameOf, titleOf } from "./words";
import css from "./details.module.css";

export function Details({ id, close }: { id: string; close: () => void }) {
  const c = held.value.get(id)?.it;
  const [members, setMembers] = useState<TalkMember[] | null>(null);
  const [more, setMore] = useState<string | undefined>();
  const list = useRef<HTMLDivElement>(null);
  useWatched(list, members?.length ?? 0);
  const load = async (after?: string) => {
    const out = await call("talk_members", { conversation: id, after, limit: 100 });
    learn(out.people);
    setMembers(old => [...(after ? old ?? [] : []), ...out.members]);
    setMore(out.more);
  };
  useEffect(() => {
    load().catch(sayError);
  }, [c?.members]);
  useEffect(() => {
    if (!c) close();
  }, [!c]);
  if (!c) return null;
  const isGroup = c.kind === "group";
  const canManage = isGroup && (c.role === "owner" || c.role === "admin");
  const leave = async () => {
    if (!(await confirm(t("leave_sure"), t("leave_group")))) return;
    await call("talk_leave", { conversation: id }).then(() => {
      close();
      go();
    }, sayError);
  };
  const remove = async (who: string) => {
    if (!(await confirm(t("remove_member_sure", { name: nameOf(who) }), t("remove")))) return;
    await call("talk_remove", { conversation: id, person: who }).then(() => setMembers(old => (old ?? []).filter(m => m.person !== who)), sayError);
  };
  return (
    <Sheet title={t("details")} close={close} form="side">
      <div class={css.head}>
        <Avatar name={titleOf(c)} file={c.peer && person(c.peer)?.avatar} isGroup={isGroup} size={64} />
        <p class={css.title}>{titleOf(c)}</p>
        {isGroup && <p class={css.note}>{t("people_count", { n: c.members })}</p>}
      </div>
      <div class={css.actions}>
        {isGroup ? (
          <>
            <Button icon="plus" onClick={() => openPicker({ kind: "add", conversation: id })}>{t("add_members")}</Button>
            {canManage && <Button icon="edit" onClick={() => show(end => <Rename id={id} title={c.title} close={end} />)}>{t("rename_group")}</Button>}
          </>
        ) : (
          <Button icon="group" onClick={() => openPicker({ kind: "create", with: [person(c.peer!)!].filter(Boolean) })}>{t("make_group")}</Button>
        )}
      </div>
      <h3 class={css.heading}>{t("members")}</h3>
      {!members && <SkeletonRows count={5} />}
      <div ref={list} class={classes(canManage && css.managed)}>
        {members?.map(m => {
          const p = person(m.person);
          return (
            <div class={css.row} key={m.person} data-person={m.person}>
              <button type="button" class={css.person} onClick={() => openPerson(m.person)}>
                <Avatar name={nameOf(m.person)} file={p?.avatar} isOnline={online.value[m.person]} size={36} />
                <span class={css.name}>{nameOf(m.person)}</span>
                {m.role !== "member" && isGroup && <Tag>{t(m.role === "owner" ? "member_owner" : "member_admin")}</Tag>}
                <span class={css.part}>{p?.department_name}</span>
              </button>
              {canManage && !isMe(m.person) && m.role !== "owner" && (
                <button
                  type="button"
                  class={css.more}
                  aria-label={`${t("more")} ${nameOf(m.person)}`}
                  onClick={e => showMenu([{ label: t("remove_member"), icon: "trash", isDanger: true, run: () => void remove(m.person) }], menuAt(e), t("more"))}
                >
                  <Icon name="more" size={20} />
                </button>
              )}
            </div>
          );
        })}
      </div>
      {more && <p class={css.centre}><Button look="quiet" onClick={() => void load(more)}>{t("more")}</Button></p>}
      <RoomTools c={c} />
      {isGroup && <p class={css.leave}><Button look="danger" isWide onClick={() => void leave()}>{t("leave_group")}</Button></p>}
    </Sheet>
  );
}

function Rename({ id, title, close }: { id: string; title: string; close: () => void }) {
  const [name, setName] = useState(title);
  const save = async (event?: Event) => {
    event?.preventDefault();
    await call("talk_rename", { conversation: id, title: name.trim() }).then(close, sayError);
  };
  return (
    <Sheet title={t("rename_group")} close={close} footer={<Button look="main" disabled={!name.trim()} onClick={() => void save()}>{t("save")}</Button>}>
      <form class={css.form} onSubmit={save}>
        <Field isFirst name="title" label={t("group_name")} value={name} onInput={setName} maxLength={60} />
      </form>
    </Sheet>
  );
}
