// A person's card, and what administrators do with a person.
import { useEffect, useState } from "preact/hooks";
import type { OrgPerson, OrgPost } from "../api";
import { sayError } from "../base/errors";
import { Choice, Field, Switch } from "../base/forms";
import { t } from "../base/i18n";
import { Icon, IconName } from "../base/icons";
import { isWide } from "../base/prefs";
import { back, go } from "../base/router";
import { closeLayers, confirm, menuAt, MenuItem, Sheet, show, showMenu } from "../base/sheet";
import { moment } from "../base/time";
import { Avatar, Bar, Button, Empty, IconButton, SkeletonRows, Tag } from "../base/ui";
import { newKey } from "../net/order";
import { call, isAdmin, learn, me, online, person, watchPeople } from "../net/state";
import { dayWords, isMe } from "../talk/words";
import { chooseDepartment } from "./ask";
import { treeChanged } from "./contacts";
import { openSendCard } from "../talk/doors";
import { LinkBox, linkOf } from "./invite";
import css from "./person.module.css";

export function PersonSheet({ id, close }: { id: string; close: () => void }) {
  return (
    <Sheet title={t("card")} close={close} form="side" actions={<Manage id={id} />}>
      <Card id={id} />
    </Sheet>
  );
}

export function PersonPane({ id, department }: { id?: string; department?: string }) {
  if (!id) return <Empty drawing="people" sentence={t("contacts_pick")} />;
  return (
    <section class={css.pane} aria-label={t("card")}>
      <Bar title={t("card")} isSmall onBack={isWide.value ? undefined : () => back("contacts", department ?? "top")}>
        <Manage id={id} />
      </Bar>
      <div class={css.scroll}>
        <Card key={id} id={id} />
      </div>
    </section>
  );
}

const roleWord = (role: OrgPerson["role"]) => t(role === "owner" ? "role_owner" : role === "admin" ? "role_admin" : "role_member");

async function talkTo(id: string): Promise<void> {
  await call("talk_direct", { person: id, key: newKey() }).then(out => {
    closeLayers();
    go("c", out.conversation.id);
  }, sayError);
}

export function Card({ id }: { id: string }) {
  const p = person(id);
  useEffect(() => watchPeople([id]), [id]);
  useEffect(() => {
    call("org_person", { person: id }).then(out => learn([out.person]), () => undefined);
  }, [id]);
  if (!p) return <SkeletonRows count={3} />;
  const main = p.posts?.find(x => x.is_main) ?? p.posts?.[0];
  return (
    <div class={css.card}>
      <div class={css.head}>
        <Avatar name={p.name} file={p.avatar} isOnline={online.value[id]} size={72} />
        <div class={css.headText}>
          <h2 class={css.name}>{p.name}</h2>
          <p class={css.lead}>{[main?.title ?? p.title, main?.department_name ?? p.department_name].filter(Boolean).join(" · ")}</p>
          <p class={css.tags}>
            {p.role && p.role !== "member" && <Tag>{roleWord(p.role)}</Tag>}
            {p.state && p.state !== "active" && <Tag>{t(p.state === "invited" ? "state_invited" : "state_suspended")}</Tag>}
          </p>
        </div>
      </div>
      <div class={css.actions}>
        {!isMe(id) && <Button look="main" icon="chat" onClick={() => void talkTo(id)}>{t("send_message")}</Button>}
        <Button icon="badge" onClick={() => openSendCard(id)}>{t("contact_send")}</Button>
        {!isMe(id) && p.phone && <a class={css.call} href={`tel:${p.phone}`}><Icon name="phone" size={20} /><span>{t("call_phone")}</span></a>}
      </div>
      <div class={css.facts}>
        <Fact icon="phone" label={t("phone")} value={p.phone} link={p.phone && `tel:${p.phone}`} />
        <Fact icon="at" label={t("email")} value={p.email} link={p.email && `mailto:${p.email}`} />
        <Fact icon="me" label={t("login_name")} value={p.login} />
      </div>
      {!!p.posts?.length && (
        <>
          <h3 class={css.heading}>{t("posts")}</h3>
          {p.posts.map(post => <PostRow key={post.department} p={p} post={post} />)}
        </>
      )}
    </div>
  );
}

function Fact({ icon, label, value, link }: { icon: IconName; label: string; value?: string; link?: string }) {
  if (!value) return null;
  return (
    <div class={css.fact}>
      <span class={css.factIcon}><Icon name={icon} size={20} /></span>
      <div class={css.factText}>
        <p class={css.label}>{label}</p>
        <p class={css.value}>{link ? <a class={css.link} href={link}>{value}</a> : value}</p>
      </div>
    </div>
  );
}

function PostRow({ p, post }: { p: OrgPerson; post: OrgPost }) {
  return (
    <div class={css.fact}>
      <span class={css.factIcon}><Icon name="tree" size={20} /></span>
      <div class={css.factText}>
        <a class={css.value} href={`#/contacts/${post.department}`} onClick={closeLayers}>{post.department_name}</a>
        <p class={css.label}>
          {post.title} {post.is_main && p.posts!.length > 1 && <Tag>{t("post_main")}</Tag>} {post.is_head && <Tag>{t("post_head")}</Tag>}
        </p>
      </div>
      {isAdmin.value && <IconButton name="edit" label={t("post_set")} onClick={() => show(close => <PostForm p={p} post={post} close={close} />)} />}
    </div>
  );
}

// ---- administration -------------------------------------------------------------------------------

function Manage({ id }: { id: string }) {
  const p = person(id);
  if (!p || !isAdmin.value) return null;
  const isOwner = me.value?.organisation.role === "owner";
  const items: MenuItem[] = [
    { label: t("person_edit"), icon: "edit", run: () => show(close => <PersonForm p={p} close={close} />) },
    { label: t("post_add"), icon: "tree", run: () => void addPost(p) },
    { label: t("reset_link"), icon: "key", run: () => void resetLink(p) },
  ];
  if (isOwner && !isMe(id)) items.push({ label: t("role_set"), icon: "shield", run: () => show(close => <RoleForm p={p} close={close} />) });
  if (!isMe(id) && p.role !== "owner") items.push({ label: t("person_remove"), icon: "trash", isDanger: true, run: () => void removePerson(p) });
  return <IconButton name="more" label={t("manage")} onClick={e => showMenu(items, menuAt(e), t("manage"))} />;
}

async function addPost(p: OrgPerson): Promise<void> {
  const d = await chooseDepartment(t("post_choose"), t("done"));
  if (!d?.id) return;
  const post: OrgPost = { department: d.id, department_name: d.name, is_main: !p.posts?.length, is_head: false };
  show(close => <PostForm p={p} post={post} isNew close={close} />);
}

async function resetLink(p: OrgPerson): Promise<void> {
  const out = await call("org_reset_link", { person: p.id }).catch(sayError);
  if (!out) return;
  show(close => (
    <Sheet title={t("reset_link")} close={close}>
      <div class={css.form}>
        <p class={css.lead}>{t("reset_link_lead", { name: p.name, time: moment(out.expires, Date.now(), dayWords()) })}</p>
        <LinkBox link={linkOf("reset", out.token)} />
      </div>
    </Sheet>
  ));
}

async function removePerson(p: OrgPerson): Promise<void> {
  if (!(await confirm(t("person_remove_sure", { name: p.name }), t("person_remove")))) return;
  await call("org_remove", { person: p.id }).then(() => {
    treeChanged();
    closeLayers();
    go("contacts");
  }, sayError);
}

function useForm<T extends object>(first: T) {
  const [form, setForm] = useState(first);
  const set = <K extends keyof T>(field: K) => (value: T[K]) => setForm(old => ({ ...old, [field]: value }));
  return { form, set };
}

export function PersonForm({ p, close }: { p: OrgPerson; close: () => void }) {
  const { form, set } = useForm({ name: p.name, phone: p.phone ?? "", email: p.email ?? "" });
  const save = async (event?: Event) => {
    event?.preventDefault();
    await call("org_person_change", { person: p.id, name: form.name.trim(), phone: form.phone.trim() || undefined, email: form.email.trim() || undefined }).then(out => {
      learn([out.person]);
      treeChanged();
      close();
    }, sayError);
  };
  return (
    <Sheet title={t("person_edit")} close={close} footer={<Button look="main" disabled={!form.name.trim()} onClick={() => void save()}>{t("save")}</Button>}>
      <form class={css.form} onSubmit={save}>
        <Field isFirst name="name" label={t("name")} value={form.name} onInput={set("name")} maxLength={60} />
        <Field name="phone" type="tel" label={t("phone")} value={form.phone} onInput={set("phone")} isOptional />
        <Field name="email" type="email" label={t("email")} value={form.email} onInput={set("email")} isOptional />
      </form>
    </Sheet>
  );
}

function PostForm({ p, post, isNew, close }: { p: OrgPerson; post: OrgPost; isNew?: boolean; close: () => void }) {
  const { form, set } = useForm({ title: post.title ?? "", is_main: post.is_main, is_head: post.is_head });
  const done = (out: { person: OrgPerson }) => {
    learn([out.person]);
    treeChanged();
    close();
  };
  const save = () => call("org_post_set", { person: p.id, department: post.department, ...form, title: form.title.trim() }).then(done, sayError);
  const remove = () => call("org_post_remove", { person: p.id, department: post.department }).then(done, sayError);
  return (
    <Sheet
      title={post.department_name}
      close={close}
      footer={
        <>
          {!isNew && <Button look="danger" onClick={() => void remove()}>{t("post_remove")}</Button>}
          <Button look="main" onClick={() => void save()}>{t("save")}</Button>
        </>
      }
    >
      <div class={css.form}>
        <Field isFirst name="title" label={t("post_title")} value={form.title} onInput={set("title")} isOptional maxLength={60} />
        <div class={css.option}><span>{t("post_is_main")}</span><Switch label={t("post_is_main")} isOn={form.is_main} onChange={set("is_main")} /></div>
        <div class={css.option}><span>{t("post_is_head")}</span><Switch label={t("post_is_head")} isOn={form.is_head} onChange={set("is_head")} /></div>
      </div>
    </Sheet>
  );
}

type Role = NonNullable<OrgPerson["role"]>;

function RoleForm({ p, close }: { p: OrgPerson; close: () => void }) {
  const [role, setRole] = useState<Role>(p.role ?? "member");
  const save = () =>
    call("org_role", { person: p.id, role }).then(() => {
      learn([{ ...p, role }]);
      close();
    }, sayError);
  return (
    <Sheet title={t("role_set")} close={close} footer={<Button look="main" onClick={() => void save()}>{t("save")}</Button>}>
      <div class={css.form}>
        <Choice label={t("role")} value={role} onChange={setRole} options={(["member", "admin", "owner"] as Role[]).map(value => ({ value, label: roleWord(value) }))} />
        <p class={css.hint}>{t(role === "owner" ? "role_owner_hint" : role === "admin" ? "role_admin_hint" : "role_member_hint")}</p>
      </div>
    </Sheet>
  );
}
