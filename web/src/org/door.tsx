// What stands before the workplace: setting up, signing in, joining by invitation, a new password.
import { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Ops, OrgOrganisation } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { Choice, Field } from "../base/forms";
import { chooseLanguage, language, t } from "../base/i18n";
import { Bell, Icon } from "../base/icons";
import { replace, route } from "../base/router";
import { Avatar, Button, Empty, say, SkeletonRows } from "../base/ui";
import { ask } from "../net/link";
import { newKey } from "../net/order";
import { callDirect, me } from "../net/state";
import type { Refusal } from "../net/shapes";
import css from "./door.module.css";

export function Door({ place, token }: { place: string; token: string }) {
  return (
    <div class={css.door}>
      <aside class={css.brand}>
        <span class={css.bell}><Bell size={64} /></span>
        <p class={css.product}>{t("product")}</p>
        <Chime />
      </aside>
      <main class={css.main}>
        <div class={css.card}>
          <p class={css.small}><span class={css.smallBell}><Bell size={36} /></span>{t("product")}</p>
          {place === "setup" ? <Setup token={token} /> : place === "join" ? <Join token={token} /> : place === "reset" ? <Reset token={token} /> : place === "outside" ? <Outside /> : <SignIn />}
        </div>
        <button type="button" class={css.language} onClick={() => void chooseLanguage(language.value === "zh" ? "en" : "zh")}>
          {language.value === "zh" ? "English" : "中文"}
        </button>
      </main>
    </div>
  );
}

// A rack of bells, the largest first.
function Chime() {
  const bells = [0, 1, 2, 3, 4, 5, 6];
  return (
    <svg class={css.chime} viewBox="0 0 360 150" aria-hidden="true">
      <path d="M10 14h340M10 20h340" />
      {bells.map(i => {
        const w = 40 - i * 3.4;
        const h = 92 - i * 9;
        const x = 34 + i * 49 - i * i * 0.4;
        return <path key={i} d={`M${x} 20v12M${x - w * 0.3} 32h${w * 0.6}l${w * 0.2} ${h}q${-w / 2} ${-h * 0.16} ${-w} 0zM${x - w * 0.44} ${32 + h * 0.62}h${w * 0.88}`} />;
      })}
    </svg>
  );
}

// A form whose submission calls one op: what is wrong is said at the field or below.
function useSubmit(run: () => Promise<void>) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Refusal | null>(null);
  const submit = async (event?: Event) => {
    event?.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await run();
    } catch (e) {
      setError(e as Refusal);
    }
    setBusy(false);
  };
  const at = (field: string) => (error?.field === field ? sentenceOf(error) : undefined);
  const general = (fields: string[]) =>
    error && !fields.includes(error.field ?? "") ? <p class={css.error} role="alert">{sentenceOf(error)}</p> : null;
  return { isBusy, submit, at, general };
}

async function enter(): Promise<void> {
  await ask("start", {});
  if (route.value[0] !== "g") replace(); // a group's link goes on to the group
}

function Head({ title, lead }: { title: string; lead?: ComponentChildren }) {
  return (
    <>
      <h1 class={css.title}>{title}</h1>
      {lead && <p class={css.lead}>{lead}</p>}
    </>
  );
}

// ---- setting up -----------------------------------------------------------------------------------

function Setup({ token }: { token: string }) {
  const [form, setForm] = useState({ organisation: "", name: "", login: "", password: "" });
  const [demo, setDemo] = useState<Ops["demo_fill"]["out"] | null>(null);
  const key = useRef(newKey());
  const set = (field: keyof typeof form) => (value: string) => setForm({ ...form, [field]: value });
  const setup = useSubmit(async () => {
    await callDirect("org_setup", { token, ...form, key: key.current });
    await enter();
  });
  const fillDemo = useSubmit(async () => setDemo(await callDirect("demo_fill", { token, key: `${key.current}-demo` })));
  const enterDemo = useSubmit(async () => {
    await callDirect("org_sign_in", { login: demo!.login, password: demo!.password });
    await enter();
  });
  if (demo)
    return (
      <>
        <Head title={t("setup_demo_done")} lead={t("setup_demo_lead")} />
        <dl class={css.account}>
          <dt>{t("login_name")}</dt>
          <dd>{demo.login}</dd>
          <dt>{t("password")}</dt>
          <dd>{demo.password}</dd>
        </dl>
        {enterDemo.general([])}
        <Button look="main" isWide isBusy={enterDemo.isBusy} onClick={() => void enterDemo.submit()}>{t("setup_enter")}</Button>
      </>
    );
  return (
    <form onSubmit={setup.submit} noValidate>
      <Head title={t("setup_title")} lead={t("setup_lead")} />
      <Field isFirst name="organisation" label={t("setup_organisation")} hint={t("setup_organisation_hint")} value={form.organisation} onInput={set("organisation")} error={setup.at("organisation")} maxLength={100} />
      <Field name="name" label={t("your_name")} value={form.name} onInput={set("name")} error={setup.at("name")} autocomplete="name" maxLength={60} />
      <Field name="login" label={t("login_name")} hint={t("login_name_hint")} value={form.login} onInput={set("login")} error={setup.at("login")} autocomplete="username" maxLength={60} />
      <Field name="password" type="password" label={t("password")} hint={t("password_hint")} value={form.password} onInput={set("password")} error={setup.at("password")} autocomplete="new-password" />
      {setup.general(["organisation", "name", "login", "password"])}
      <Button type="submit" look="main" isWide isBusy={setup.isBusy} disabled={!form.organisation || !form.name || !form.login || form.password.length < 8}>{t("setup_go")}</Button>
      <p class={css.or}><span>{t("setup_or")}</span></p>
      {fillDemo.general([])}
      <Button isWide isBusy={fillDemo.isBusy} onClick={() => void fillDemo.submit()}>{t("setup_demo")}</Button>
      <p class={css.hint}>{t("setup_demo_hint")}</p>
    </form>
  );
}

// ---- signing in -----------------------------------------------------------------------------------

function SignIn() {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [isForgotten, setForgotten] = useState(false);
  const [needsSetup, setNeedsSetup] = useState(false);
  const [name, setName] = useState<string | undefined>();
  useEffect(() => {
    callDirect("org_state", {}).then(out => {
      setNeedsSetup(out.needs_setup);
      setName(out.name);
    }, () => undefined);
  }, []);
  const form = useSubmit(async () => {
    await callDirect("org_sign_in", { login: login.trim(), password });
    await enter();
  });
  if (needsSetup) return <Head title={t("setup_needed")} lead={t("setup_needed_lead")} />;
  return (
    <form onSubmit={form.submit} noValidate>
      <Head title={t("sign_in")} lead={name || t("sign_in_lead")} />
      <Field isFirst name="login" label={t("sign_in_name")} value={login} onInput={setLogin} error={form.at("login")} autocomplete="username" />
      <Field name="password" type="password" label={t("password")} value={password} onInput={setPassword} error={form.at("password")} autocomplete="current-password" />
      {form.general(["login", "password"])}
      <Button type="submit" look="main" isWide isBusy={form.isBusy} disabled={!login.trim() || !password}>{t("sign_in")}</Button>
      <p class={css.hint}>
        <button type="button" class={css.text} aria-expanded={isForgotten} onClick={() => setForgotten(!isForgotten)}>{t("sign_in_forgotten")}</button>
      </p>
      {isForgotten && <p class={css.hint} role="status">{t("sign_in_forgotten_hint")}</p>}
    </form>
  );
}

// ---- signed in, but in no organisation ------------------------------------------------------------

function Outside() {
  const [others, setOthers] = useState<OrgOrganisation[] | null>(null);
  useEffect(() => {
    callDirect("org_me", {}).then(out => setOthers(out.organisations), () => setOthers([]));
  }, []);
  const enterOther = useSubmit(async () => enter());
  const leave = useSubmit(async () => {
    await callDirect("org_sign_out", {});
    await enter();
  });
  const choose = (organisation: string) => void callDirect("org_switch", { organisation }).then(() => enterOther.submit(), sayError);
  if (!others) return <SkeletonRows count={3} />;
  return (
    <>
      <Head title={t(others.length ? "outside_choose" : "outside")} lead={others.length ? undefined : t("outside_lead")} />
      {others.map(o => (
        <button type="button" class={css.other} key={o.id} onClick={() => choose(o.id)}>
          <Avatar name={o.name} isGroup size={40} />
          <span class={css.otherName}>{o.name}</span>
          <Icon name="next" size={16} />
        </button>
      ))}
      <Button isWide onClick={() => void leave.submit()}>{t("sign_out")}</Button>
    </>
  );
}

// ---- joining --------------------------------------------------------------------------------------

type By = "login" | "phone" | "email";

function Join({ token }: { token: string }) {
  const [look, setLook] = useState<Ops["org_invite_look"]["out"] | null | "ended">(null);
  const [by, setBy] = useState<By>("phone");
  const [name, setName] = useState("");
  const [account, setAccount] = useState("");
  const [password, setPassword] = useState("");
  const key = useRef(newKey());
  useEffect(() => {
    callDirect("org_invite_look", { token }).then(setLook, () => setLook("ended"));
  }, [token]);
  const join = useSubmit(async () => {
    await callDirect("org_join", { token, name, [by]: account.trim(), password, key: key.current });
    await enter();
  });
  const joinAsMe = useSubmit(async () => {
    const { organisation } = await callDirect("org_join", { token, key: `${key.current}-me` });
    await callDirect("org_switch", { organisation });
    await enter();
  });
  if (look === "ended") return <Ended />;
  if (!look) return <SkeletonRows count={3} />;
  const lead = look.department ? t("join_lead_department", { inviter: look.inviter, department: look.department }) : t("join_lead", { inviter: look.inviter });
  const labels: Record<By, string> = { login: t("join_by_login"), phone: t("join_by_phone"), email: t("join_by_email") };
  return (
    <form onSubmit={join.submit} noValidate>
      <Head title={t("join_title", { organisation: look.organisation })} lead={lead} />
      {me.value && (
        <>
          {joinAsMe.general([])}
          <Button look="main" isWide isBusy={joinAsMe.isBusy} onClick={() => void joinAsMe.submit()}>{t("join_as_me", { name: me.value.person.name })}</Button>
          <p class={css.or}><span>{t("setup_or")}</span></p>
        </>
      )}
      <Field isFirst name="name" label={t("your_name")} value={name} onInput={setName} error={join.at("name")} autocomplete="name" maxLength={60} />
      <div class={css.by}>
        <Choice label={t("join_by")} value={by} onChange={setBy} options={(["phone", "login", "email"] as By[]).map(value => ({ value, label: labels[value] }))} />
      </div>
      <Field key={by} name={by} type={by === "phone" ? "tel" : by === "email" ? "email" : "text"} label={labels[by]} value={account} onInput={setAccount} error={join.at(by)} autocomplete={by === "phone" ? "tel" : by === "email" ? "email" : "username"} />
      <Field name="password" type="password" label={t("password")} hint={t("password_hint")} value={password} onInput={setPassword} error={join.at("password")} autocomplete="new-password" />
      {join.general(["name", by, "password"])}
      <Button type="submit" look={me.value ? "plain" : "main"} isWide isBusy={join.isBusy} disabled={!name || !account || password.length < 8}>{t("join_go")}</Button>
    </form>
  );
}

const Ended = () => (
  <Empty drawing="cloud" sentence={`${t("link_ended")}${language.value === "zh" ? "。" : ". "}${t("link_ended_lead")}`}>
    <Button onClick={() => replace("sign-in")}>{t("to_sign_in")}</Button>
  </Empty>
);

// ---- a new password -------------------------------------------------------------------------------

function Reset({ token }: { token: string }) {
  const [look, setLook] = useState<Ops["org_reset_look"]["out"] | null | "ended">(null);
  const [password, setPassword] = useState("");
  useEffect(() => {
    callDirect("org_reset_look", { token }).then(setLook, () => setLook("ended"));
  }, [token]);
  const form = useSubmit(async () => {
    await callDirect("org_reset", { token, password });
    say(t("reset_done"));
    await ask("stop", {});
    replace("sign-in");
  });
  if (look === "ended") return <Ended />;
  if (!look) return <SkeletonRows count={3} />;
  return (
    <form onSubmit={form.submit} noValidate>
      <Head title={t("reset_title")} lead={t("reset_lead", look)} />
      <Field isFirst name="password" type="password" label={t("password_new")} hint={t("password_hint")} value={password} onInput={setPassword} error={form.at("password")} autocomplete="new-password" />
      {form.general(["password"])}
      <Button type="submit" look="main" isWide isBusy={form.isBusy} disabled={password.length < 8}>{t("reset_go")}</Button>
    </form>
  );
}
