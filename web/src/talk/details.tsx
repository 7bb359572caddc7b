// The settings of a conversation: what a group is, who is in it, how much attention it gets, leaving it.
import { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { TalkConversation, TalkMember } from "../api";
import { sayError } from "../base/errors";
import { Switch } from "../base/forms";
import { t } from "../base/i18n";
import { Icon, IconName } from "../base/icons";
import { go } from "../base/router";
import { confirm, menuAt, MenuItem, Sheet, show, showMenu } from "../base/sheet";
import { Avatar, Badge, Button, say } from "../base/ui";
import { manages } from "../net/attention";
import { useWatched } from "../net/seen";
import { call, held, learn, online, person, requests } from "../net/state";
import { askText } from "../org/ask";
import { loadPicture } from "../org/avatar";
import { openPerson, openPicker, openSearch } from "../org/doors";
import { attend, Attention } from "./attend";
import { openCalendar } from "./calendar";
import { Crop } from "./crop";
import { GroupCode } from "./join";
import { openManage } from "./manage";
import { inRank, mayAdd, openMembers } from "./members";
import { openNotice } from "./notice";
import { readRequests } from "./requests";
import { openRequests } from "./waiting";
import { RoomTools } from "./tools";
import { nameIn, nameOf, pictureOf, titleOf } from "./words";
import css from "./details.module.css";

const FACES = 9;

export function Details({ id, close }: { id: string; close: () => void }) {
  const c = held.value.get(id)?.it;
  useEffect(() => {
    if (!c) close();
  }, [!c]);
  if (!c) return null;
  return (
    <Sheet title={t(c.kind === "group" ? "details_group" : "details")} close={close} form="side">
      {c.kind === "group" ? <Group c={c} close={close} /> : <Direct c={c} />}
    </Sheet>
  );
}

// ---- rows -----------------------------------------------------------------------------------------

interface RowProps {
  icon: IconName;
  label: string;
  note?: ComponentChildren;
  onClick: () => void;
}

function Row({ icon, label, note, onClick }: RowProps) {
  return (
    <button type="button" class={css.row} onClick={onClick}>
      <span class={css.icon}><Icon name={icon} size={20} /></span>
      <span class={css.label}>{label}</span>
      <span class={css.note}>{note}</span>
      <Icon name="next" size={16} />
    </button>
  );
}

function SwitchRow({ icon, label, isOn, onChange }: { icon: IconName; label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <div class={css.row}>
      <span class={css.icon}><Icon name={icon} size={20} /></span>
      <span class={css.label}>{label}</span>
      <span class={css.note} />
      <Switch label={label} isOn={isOn} onChange={onChange} />
    </div>
  );
}

function AttentionRows({ c }: { c: TalkConversation }) {
  const set = (change: Attention) => void attend(c, change);
  return (
    <>
      <SwitchRow icon="pin" label={t("to_top")} isOn={!!c.is_top} onChange={is_top => set({ is_top })} />
      <SwitchRow icon="quiet" label={t("quiet")} isOn={!!c.is_muted} onChange={is_muted => set({ is_muted })} />
      {c.kind === "group" && <SwitchRow icon="fold" label={t("fold_long")} isOn={!!c.is_folded} onChange={is_folded => set({ is_folded })} />}
    </>
  );
}

function FindRows({ c }: { c: TalkConversation }) {
  return (
    <>
      <Row icon="search" label={t("find_here")} onClick={() => openSearch(c)} />
      <Row icon="calendar" label={t("find_day")} onClick={() => openCalendar(c)} />
    </>
  );
}

function Direct({ c }: { c: TalkConversation }) {
  const peer = c.peer ?? "";
  return (
    <>
      <div class={css.head}>
        <button type="button" class={css.face} aria-label={nameOf(peer)} onClick={() => openPerson(peer)}>
          <Avatar name={nameOf(peer)} file={pictureOf(c)} isOnline={online.value[peer]} size={64} />
        </button>
        <p class={css.title}>{nameOf(peer)}</p>
        <p class={css.under}>{[person(peer)?.department_name, person(peer)?.title].filter(Boolean).join(" · ")}</p>
      </div>
      <section class={css.section}>
        <Row icon="group" label={t("make_group")} onClick={() => openPicker({ kind: "create", with: [person(peer)!].filter(Boolean) })} />
        <FindRows c={c} />
      </section>
      <section class={css.section}><AttentionRows c={c} /></section>
      <section class={css.section}><RoomTools c={c} /></section>
    </>
  );
}

// ---- a group --------------------------------------------------------------------------------------

function Group({ c, close }: { c: TalkConversation; close: () => void }) {
  const canManage = manages(c);
  const waiting = requests.value.get(c.id)?.length ?? 0;
  useEffect(() => {
    if (canManage) readRequests(c.id).catch(() => undefined);
  }, [canManage]);
  const setNickname = () =>
    askText({ title: t("nickname"), label: t("nickname_label"), value: c.nickname ?? "", canBeEmpty: true, most: 20, run: nickname => call("talk_nickname", { conversation: c.id, nickname }) });
  return (
    <>
      <Head c={c} />
      <section class={css.section}>
        <Faces c={c} />
      </section>
      <section class={css.section}>
        {!c.is_closed && <Row icon="notice" label={t("notice")} onClick={() => openNotice(c.id)} />}
        {mayAdd(c) && <Row icon="code" label={t("group_code")} onClick={() => void show(end => <GroupCode id={c.id} close={end} />)} />}
        {canManage && (c.switches?.asks_managers || waiting > 0) && <Row icon="people" label={t("requests")} note={<Badge count={waiting} />} onClick={() => openRequests(c.id)} />}
        <FindRows c={c} />
        {canManage && <Row icon="settings" label={t("group_manage")} onClick={() => openManage(c.id)} />}
      </section>
      <section class={css.section}>
        {!c.is_closed && <Row icon="badge" label={t("nickname")} note={c.nickname ?? t("nickname_none")} onClick={setNickname} />}
        <AttentionRows c={c} />
      </section>
      <section class={css.section}><RoomTools c={c} /></section>
      <Leaving c={c} close={close} />
    </>
  );
}

function Head({ c }: { c: TalkConversation }) {
  const input = useRef<HTMLInputElement>(null);
  const canManage = manages(c);
  const setPicture = (file?: string) => call("talk_picture", { conversation: c.id, file });
  const choose = async (file: File | undefined) => {
    if (!file) return;
    const image = await loadPicture(file).catch(() => null);
    if (image) show(end => <Crop image={image} onDone={setPicture} close={end} />);
    else say(t("avatar_bad"));
  };
  const changePicture = (e: MouseEvent) => {
    const items: MenuItem[] = [{ label: t("group_picture_choose"), icon: "image", run: () => input.current!.click() }];
    if (c.avatar) items.push({ label: t("group_picture_drop"), icon: "trash", run: () => void setPicture().catch(sayError) });
    showMenu(items, menuAt(e), t("group_picture"));
  };
  const rename = () => askText({ title: t("rename_group"), label: t("group_name"), value: c.title, most: 60, run: title => call("talk_rename", { conversation: c.id, title }) });
  const copy = () => void navigator.clipboard?.writeText(String(c.number)).then(() => say(t("copied")));
  const face = <Avatar name={titleOf(c)} file={c.avatar} isGroup size={64} />;
  return (
    <div class={css.head}>
      {canManage ? (
        <button type="button" class={css.face} aria-label={t("group_picture")} title={t("group_picture")} onClick={changePicture}>
          {face}
          <span class={css.camera}><Icon name="image" size={14} /></span>
        </button>
      ) : face}
      <input ref={input} type="file" accept="image/*" hidden onChange={e => { void choose(e.currentTarget.files?.[0]); e.currentTarget.value = ""; }} />
      {canManage ? (
        <button type="button" class={css.rename} aria-label={`${t("rename_group")} ${c.title}`} onClick={rename}>
          <span class={css.title}>{c.title}</span>
          <Icon name="edit" size={18} />
        </button>
      ) : <p class={css.title}>{c.title}</p>}
      {c.department && <p class={css.under}>{t("follows_department")}</p>}
      {c.is_closed ? <p class={css.under}>{t("silent_closed")}</p> : c.number && !c.switches?.is_unlisted && (
        <button type="button" class={css.number} aria-label={t("group_number_copy", { n: c.number })} onClick={copy}>
          {t("group_number_is", { n: c.number })}
          <Icon name="copy" size={16} />
        </button>
      )}
    </div>
  );
}

// The first faces, and the way to all of them.
function Faces({ c }: { c: TalkConversation }) {
  const [members, setMembers] = useState<TalkMember[]>([]);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    call("talk_members", { conversation: c.id, limit: 50 }).then(out => {
      learn(out.people);
      setMembers(inRank(out.members));
    }, sayError);
  }, [c.members]);
  const shown = members.slice(0, mayAdd(c) ? FACES : FACES + 1);
  useWatched(box, shown.length);
  return (
    <>
      <button type="button" class={css.row} onClick={() => openMembers(c.id)}>
        <span class={css.icon}><Icon name="people" size={20} /></span>
        <span class={css.label}>{t("members")}</span>
        <span class={css.note}>{t("people_count", { n: c.members })}</span>
        <Icon name="next" size={16} />
      </button>
      <div class={css.faces} ref={box}>
        {shown.map(m => (
          <button type="button" class={css.member} key={m.person} data-person={m.person} onClick={() => openPerson(m.person)}>
            <Avatar name={nameOf(m.person)} file={person(m.person)?.avatar} isOnline={online.value[m.person]} size={44} />
            <span class={css.memberName}>{nameIn(c.id, m.person)}</span>
          </button>
        ))}
        {mayAdd(c) && (
          <button type="button" class={css.member} onClick={() => openPicker({ kind: "add", conversation: c.id })}>
            <span class={css.plus}><Icon name="plus" size={20} /></span>
            <span class={css.memberName}>{t("add")}</span>
          </button>
        )}
      </div>
    </>
  );
}

function Leaving({ c, close }: { c: TalkConversation; close: () => void }) {
  const canLeave = c.is_closed || manages(c) || !c.switches?.stays;
  const leave = async () => {
    const sentence = c.is_closed ? t("leave_closed_sure") : c.role === "owner" && c.members > 1 ? t("leave_owner_sure") : t("leave_sure");
    if (!(await confirm(sentence, t(c.is_closed ? "leave_closed" : "leave_group")))) return;
    await call("talk_leave", { conversation: c.id }).then(() => {
      close();
      go();
    }, sayError);
  };
  const dissolve = async () => {
    if (await confirm(t("dissolve_sure", { title: c.title }), t("dissolve"))) await call("talk_dissolve", { conversation: c.id }).catch(sayError);
  };
  return (
    <div class={css.leave}>
      {canLeave ? <Button look="danger" isWide onClick={() => void leave()}>{t(c.is_closed ? "leave_closed" : "leave_group")}</Button> : <p class={css.under}>{t("stays_hint")}</p>}
      {c.role === "owner" && !c.is_closed && <Button look="danger" isWide onClick={() => void dissolve()}>{t("dissolve")}</Button>}
    </div>
  );
}
