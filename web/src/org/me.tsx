// One's own corner: card, organisations, devices, password, language, looks, the audit log.
import { useEffect, useRef, useState } from "preact/hooks";
import type { OrgAuditLine, OrgSession } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { Choice, Field, Switch } from "../base/forms";
import { chooseLanguage, Language, language, t, Word } from "../base/i18n";
import { Icon, IconName } from "../base/icons";
import { isLarge, isWide, Theme, theme } from "../base/prefs";
import { back, href, replace } from "../base/router";
import { confirm, Sheet, show } from "../base/sheet";
import { moment } from "../base/time";
import { Avatar, Bar, Button, classes, Empty, say, SkeletonRows, Tag } from "../base/ui";
import { ask } from "../net/link";
import { newKey } from "../net/order";
import { call, callDirect, isAdmin, me, outgoing } from "../net/state";
import { dropDrafts } from "../talk/drafts";
import { Announcements } from "../announce/announce";
import { Favourites, TalkRules } from "../talk/favourites";
import { ExportAll } from "../talk/exports";
import { Keeping } from "../talk/keeping";
import { ScheduledList } from "../talk/schedule";
import { dayWords, nameOf } from "../talk/words";
import { agentName } from "./agent";
import { AvatarButtons } from "./avatar";
import { Lazy } from "./doors";
import { Card, PersonForm } from "./person";
import css from "./me.module.css";

interface RowProps {
  icon: IconName;
  label: string;
  note?: string;
  place: string;
  current?: string;
}

function Row({ icon, label, note, place, current }: RowProps) {
  const isCurrent = current === place;
  return (
    <a class={classes(css.row, isCurrent && css.current)} href={href("me", place)} aria-current={isCurrent ? "page" : undefined}>
      <span class={css.rowIcon}><Icon name={icon} size={22} /></span>
      <span class={css.rowLabel}>{label}</span>
      <span class={css.rowNote}>{note}</span>
      <Icon name="next" size={16} />
    </a>
  );
}

export function MeList({ current }: { current?: string }) {
  const own = me.value;
  if (!own) return null;
  const shown = isWide.value ? current ?? "card" : current;
  return (
    <section class={css.pane} aria-label={t("me")}>
      <Bar title={t("me")} />
      <div class={css.scroll}>
        <a class={classes(css.own, shown === "card" && css.current)} href={href("me", "card")}>
          <Avatar name={own.person.name} file={own.person.avatar} size={56} />
          <span class={css.ownText}>
            <span class={css.ownName}>{own.person.name}</span>
            <span class={css.ownNote}>{[own.person.department_name, own.person.title].filter(Boolean).join(" · ") || own.organisation.name}</span>
          </span>
          <Icon name="next" size={16} />
        </a>
        <div class={css.group}>
          <Row icon="megaphone" label={t("announcements")} place="announcements" current={shown} />
          <Row icon="star" label={t("favourites")} place="favourites" current={shown} />
          <Row icon="clock" label={t("scheduled")} place="scheduled" current={shown} />
        </div>
        <div class={css.group}>
          <Row icon="building" label={t("organisations")} note={own.organisation.name} place="organisations" current={shown} />
          <Row icon="device" label={t("sessions")} place="sessions" current={shown} />
          <Row icon="key" label={t("password_change")} place="password" current={shown} />
        </div>
        <div class={css.group}>
          <Row icon="bell" label={t("notify")} place="notify" current={shown} />
          <Row icon="moon" label={t("appearance")} place="looks" current={shown} />
          <Row icon="globe" label={t("language")} note={language.value === "zh" ? "中文" : "English"} place="language" current={shown} />
          {isAdmin.value && <Row icon="shield" label={t("audit")} place="audit" current={shown} />}
        </div>
        <div class={css.group}>
          <button type="button" class={classes(css.row, css.exit)} onClick={() => void signOut()}>
            <span class={css.rowIcon}><Icon name="exit" size={22} /></span>
            <span class={css.rowLabel}>{t("sign_out")}</span>
          </button>
        </div>
      </div>
    </section>
  );
}

async function signOut(): Promise<void> {
  const unsent = outgoing.value.length;
  const sentence = [unsent ? t("sign_out_unsent", { n: unsent }) : "", t("sign_out_sure")].filter(Boolean).join(" ");
  if (!(await confirm(sentence, t("sign_out")))) return;
  try {
    await callDirect("org_sign_out", {});
  } catch (error) {
    return sayError(error);
  }
  dropDrafts();
  replace();
  await ask("start", {});
}

// ---- the content ----------------------------------------------------------------------------------

const SECTIONS: { [name: string]: () => preact.JSX.Element | null } = {
  card: OwnCard,
  announcements: () => <Announcements />,
  favourites: () => <div class={css.wide}><Favourites /></div>,
  scheduled: () => <div class={css.group}><ScheduledList /></div>,
  organisations: Organisations,
  sessions: Sessions,
  password: Password,
  looks: Looks,
  language: LanguageChoice,
  audit: Audit,
  notify: () => <Lazy load={() => import("./notify").then(m => m.Notify)} props={{}} />,
};

function titleFor(section: string): string {
  const titles: { [name: string]: string } = {
    card: t("my_card"), announcements: t("announcements"), favourites: t("favourites"), scheduled: t("scheduled"), organisations: t("organisations"), sessions: t("sessions"), password: t("password_change"),
    looks: t("appearance"), language: t("language"), audit: t("audit"), notify: t("notify"),
  };
  return titles[section] ?? t("me");
}

export function MePane({ section }: { section: string }) {
  const Section = SECTIONS[section] ?? OwnCard;
  return (
    <section class={css.section} aria-label={titleFor(section)}>
      <Bar title={titleFor(section)} isSmall onBack={isWide.value ? undefined : () => back("me")} />
      <div class={css.scroll}>
        <div class={css.sheet}><Section key={section} /></div>
      </div>
    </section>
  );
}

function OwnCard() {
  const own = me.value!.person;
  return (
    <>
      <Card id={own.id} />
      <p class={css.buttons}>
        <Button icon="edit" onClick={() => show(close => <PersonForm p={own} close={close} />)}>{t("person_edit")}</Button>
        <AvatarButtons p={own} />
      </p>
    </>
  );
}

async function switchTo(organisation: string): Promise<void> {
  await callDirect("org_switch", { organisation }).then(() => {
    replace();
    return ask("start", {});
  }, sayError);
}

function Organisations() {
  const own = me.value!;
  return (
    <>
      <div class={css.group}>
        {own.organisations.map(o => (
          <button type="button" class={css.row} key={o.id} disabled={o.id === own.organisation.id} onClick={() => void switchTo(o.id)}>
            <Avatar name={o.name} isGroup size={36} />
            <span class={css.rowLabel}>{o.name}</span>
            <span class={css.rowNote}>{o.id === own.organisation.id && <Tag>{t("organisation_current")}</Tag>}</span>
          </button>
        ))}
      </div>
      {isAdmin.value && (
        <>
          <h2 class={css.heading}>{t("talk_rules")}</h2>
          <div class={css.wide}><TalkRules /></div>
        </>
      )}
      {own.organisation.role === "owner" && (
        <>
          <h2 class={css.heading}>{t("keeping")}</h2>
          <div class={css.wide}><Keeping /></div>
          <h2 class={css.heading}>{t("export_heading")}</h2>
          <div class={css.wide}><ExportAll /></div>
        </>
      )}
      {own.organisation.role === "owner" && <p class={css.centre}><Button icon="plus" onClick={() => show(close => <CreateOrganisation close={close} />)}>{t("organisation_create")}</Button></p>}
    </>
  );
}

function CreateOrganisation({ close }: { close: () => void }) {
  const [organisation, setOrganisation] = useState("");
  const [name, setName] = useState(me.value!.person.name);
  const key = useRef(newKey());
  const create = async (event?: Event) => {
    event?.preventDefault();
    await callDirect("org_create", { organisation: organisation.trim(), name: name.trim(), key: key.current }).then(out => {
      close();
      return switchTo(out.organisation);
    }, sayError);
  };
  return (
    <Sheet title={t("organisation_create")} close={close} footer={<Button look="main" disabled={!organisation.trim() || !name.trim()} onClick={() => void create()}>{t("organisation_create")}</Button>}>
      <form class={css.form} onSubmit={create}>
        <Field isFirst name="organisation" label={t("setup_organisation")} value={organisation} onInput={setOrganisation} maxLength={100} />
        <Field name="name" label={t("your_name")} value={name} onInput={setName} maxLength={60} />
      </form>
    </Sheet>
  );
}

function Sessions() {
  const [sessions, setSessions] = useState<OrgSession[] | null>(null);
  useEffect(() => {
    call("org_sessions", {}).then(out => setSessions(out.sessions), sayError);
  }, [me.value?.new_sessions.length]);
  if (!sessions) return <SkeletonRows count={3} />;
  const end = async (s: OrgSession) => {
    if (!(await confirm(t("session_end_sure"), t("session_end")))) return;
    await call("org_session_end", { session: s.id }).then(() => setSessions(sessions.filter(x => x.id !== s.id)), sayError);
  };
  return (
    <div class={css.group}>
      {sessions.map(s => (
        <div class={css.session} key={s.id}>
          <span class={css.rowIcon}><Icon name="device" size={22} /></span>
          <span class={css.sessionText}>
            <span>{agentName(s.agent)} {s.is_current && <Tag>{t("session_current")}</Tag>} {s.is_new && !s.is_current && <Tag>{t("session_new")}</Tag>}</span>
            <span class={css.ownNote}>{s.address}</span>
            <span class={css.ownNote}>{t("session_seen", { time: moment(s.seen, Date.now(), dayWords()) })}</span>
          </span>
          {!s.is_current && <Button look="quiet" onClick={() => void end(s)}>{t("session_end")}</Button>}
        </div>
      ))}
    </div>
  );
}

function Password() {
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const save = async (event: Event) => {
    event.preventDefault();
    setError("");
    await call("org_password", { old, password }).then(() => {
      say(t("password_changed"));
      setOld("");
      setPassword("");
    }, e => setError(sentenceOf(e)));
  };
  return (
    <form class={css.form} onSubmit={save}>
      <Field name="old" type="password" label={t("password_old")} value={old} onInput={setOld} autocomplete="current-password" />
      <Field name="password" type="password" label={t("password_new")} hint={t("password_hint")} value={password} onInput={setPassword} error={error || undefined} autocomplete="new-password" />
      <Button type="submit" look="main" disabled={!old || password.length < 8}>{t("save")}</Button>
    </form>
  );
}

function Looks() {
  const themes: { value: Theme; label: string }[] = [
    { value: "system", label: t("theme_system") },
    { value: "light", label: t("theme_light") },
    { value: "dark", label: t("theme_dark") },
  ];
  return (
    <div class={css.group}>
      <div class={css.row}>
        <span class={css.rowIcon}><Icon name="moon" size={22} /></span>
        <span class={css.rowLabel}>{t("appearance")}</span>
        <Choice label={t("appearance")} value={theme.value} onChange={v => (theme.value = v)} options={themes} />
      </div>
      <div class={css.row}>
        <span class={css.rowIcon}><Icon name="text" size={22} /></span>
        <span class={css.rowLabel}>{t("large_text")}<span class={css.ownNote}>{t("large_text_hint")}</span></span>
        <Switch label={t("large_text")} isOn={isLarge.value} onChange={v => (isLarge.value = v)} />
      </div>
    </div>
  );
}

function LanguageChoice() {
  const choose = (next: Language) => {
    void chooseLanguage(next);
    call("org_language", { language: next }).catch(() => undefined);
  };
  return (
    <div class={css.group} role="radiogroup" aria-label={t("language")}>
      {(["zh", "en"] as Language[]).map(l => (
        <button type="button" class={css.row} key={l} role="radio" aria-checked={language.value === l} onClick={() => choose(l)}>
          <span class={css.rowIcon}>{language.value === l && <Icon name="check" size={22} />}</span>
          <span class={css.rowLabel} lang={l === "zh" ? "zh-CN" : "en"}>{l === "zh" ? "中文" : "English"}</span>
        </button>
      ))}
    </div>
  );
}

const ACTS: Word[] = [
  "act_reset_link", "act_organisation_create", "act_invite", "act_invite_end", "act_person_change", "act_role", "act_remove",
  "act_talk_rules", "act_talk_keep", "act_talk_export", "act_robot_add", "act_robot_change", "act_robot_remove", "act_robot_token_renew", "act_department_add", "act_department_change", "act_department_remove", "act_post_set", "act_post_remove",
];

function actName(act: string): string {
  const word = ACTS.find(a => a === `act_${act}`);
  return word ? t(word) : act;
}

function Audit() {
  const [lines, setLines] = useState<OrgAuditLine[] | null>(null);
  const [more, setMore] = useState<string | undefined>();
  const load = (before?: string) =>
    call("org_audit", { before, limit: 50 }).then(out => {
      setLines(old => [...(before ? old ?? [] : []), ...out.lines]);
      setMore(out.more);
    }, sayError);
  useEffect(() => void load(), []);
  if (!lines) return <SkeletonRows />;
  if (!lines.length) return <Empty drawing="search" sentence={t("audit_empty")} />;
  return (
    <div class={css.group}>
      {lines.map(l => (
        <div class={css.line} key={l.id}>
          <span class={css.lineText}><b class={css.lineWho}>{l.person_name ?? (l.person && nameOf(l.person))}</b> {actName(l.act)} {l.about_name ?? ""}</span>
          <span class={css.ownNote}>{moment(l.at, Date.now(), dayWords())}{l.detail ? ` · ${l.detail}` : ""}</span>
        </div>
      ))}
      {more && <p class={css.centre}><Button look="quiet" onClick={() => void load(more)}>{t("more")}</Button></p>}
    </div>
  );
}

