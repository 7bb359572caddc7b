// The robots of a group, kept by its owner and admins: adding, how they are checked, their address.
import { useEffect, useState } from "preact/hooks";
import type { RobotRobot } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { Field, Switch } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { confirm, Sheet, show } from "../base/sheet";
import { Avatar, Button, Empty, IconButton, say, SkeletonRows, Tag } from "../base/ui";
import type { Refusal } from "../net/shapes";
import { call } from "../net/state";
import { curlLine, wordsOf } from "./robot_line";
import { nameOf } from "./words";
import css from "./robots.module.css";

const PER_MINUTE = 20;

export const openRobots = (conversation: string): void => void show(close => <Robots conversation={conversation} close={close} />);

// What its messages are checked for, in one line.
function checks(r: RobotRobot): string {
  const kinds = [r.is_signed && t("robot_signed"), r.keywords?.length && t("robot_keywords"), r.addresses?.length && t("robot_addresses")];
  return kinds.filter(Boolean).join(" · ");
}

function Robots({ conversation, close }: { conversation: string; close: () => void }) {
  const [robots, setRobots] = useState<RobotRobot[] | null>(null);
  const [error, setError] = useState("");
  const load = () => call("robot_list", { conversation }).then(out => setRobots(out.robots), e => setError(sentenceOf(e)));
  useEffect(() => void load(), []);
  const open = (robot: RobotRobot, url?: string) =>
    show(end => <Robot conversation={conversation} first={robot} firstUrl={url} close={() => { end(); void load(); }} />);
  const add = () =>
    show(end => (
      <RobotForm
        title={t("robot_add")}
        save={given => call("robot_add", { conversation, ...given }).then(out => {
          end();
          void load();
          open(out.robot, out.url);
        })}
        close={end}
      />
    ));
  return (
    <Sheet title={t("robots")} close={close} form="side" footer={!!robots?.length && <Button look="main" icon="plus" onClick={add}>{t("robot_add")}</Button>}>
      {error ? (
        <Empty drawing="cloud" sentence={error} />
      ) : !robots ? (
        <SkeletonRows count={3} />
      ) : !robots.length ? (
        <Empty drawing="bells" sentence={t("robots_none")}><Button look="main" icon="plus" onClick={add}>{t("robot_add")}</Button></Empty>
      ) : (
        <div class={css.list}>
          {robots.map(r => (
            <button type="button" class={css.row} key={r.id} onClick={() => open(r)}>
              <Avatar name={r.name} file={r.avatar} size={40} />
              <span class={css.text}>
                <span class={css.name}>{r.name}{r.is_off && <span class={css.tag}><Tag>{t("robot_off")}</Tag></span>}</span>
                <span class={css.note}>{checks(r)}</span>
              </span>
              <Icon name="next" size={16} />
            </button>
          ))}
        </div>
      )}
    </Sheet>
  );
}

// ---- one robot ------------------------------------------------------------------------------------

interface CopyProps {
  label: string;
  text: string;
}

function Copy({ label, text }: CopyProps) {
  const copy = () => void navigator.clipboard?.writeText(text).then(() => say(t("copied")), () => undefined);
  return (
    <div class={css.copy}>
      <span class={css.copyText}>
        <span class={css.label}>{label}</span>
        <code class={css.code}>{text}</code>
      </span>
      <IconButton name="copy" label={`${t("copy")} ${label}`} onClick={copy} />
    </div>
  );
}

const Fact = ({ label, value }: { label: string; value: string }) => (
  <div class={css.fact}>
    <dt class={css.label}>{label}</dt>
    <dd class={css.value}>{value}</dd>
  </div>
);

interface RobotProps {
  conversation: string;
  first: RobotRobot;
  firstUrl?: string; // shown this once
  close: () => void;
}

function Robot({ conversation, first, firstUrl, close }: RobotProps) {
  const [r, setRobot] = useState(first);
  const [url, setUrl] = useState(firstUrl);
  const address = url && new URL(url, location.origin).href;
  const place = { conversation, robot: r.id };
  const turn = (isOn: boolean) => void call("robot_change", { ...place, is_off: !isOn }).then(out => setRobot(out.robot), sayError);
  const change = () =>
    show(end => (
      <RobotForm title={t("robot_change")} robot={r} save={given => call("robot_change", { ...place, ...given }).then(out => { setRobot(out.robot); end(); })} close={end} />
    ));
  const renew = async () => {
    if (!(await confirm(t("robot_renew_sure"), t("robot_renew")))) return;
    await call("robot_token_renew", place).then(out => {
      setRobot(out.robot);
      setUrl(out.url);
    }, sayError);
  };
  const remove = async () => {
    if (await confirm(t("robot_remove_sure", { name: r.name }), t("robot_remove"))) await call("robot_remove", place).then(close, sayError);
  };
  const words = (list: RobotRobot["keywords"]) => list?.map(w => w.text).join(t("and_between"));
  return (
    <Sheet title={r.name} close={close} form="side">
      <div class={css.head}>
        <Avatar name={r.name} file={r.avatar} size={56} />
        <span class={css.text}>
          <span class={css.title}>{r.name}</span>
          <span class={css.note}>{t("robot_by", { name: nameOf(r.creator) })}</span>
        </span>
        <span class={css.switch}><span class={css.note}>{t(r.is_off ? "robot_off" : "robot_on")}</span><Switch label={t("robot_on")} isOn={!r.is_off} onChange={turn} /></span>
      </div>
      {address ? (
        <section class={css.fresh} aria-label={t("robot_address")}>
          <p class={css.once}><Icon name="alert" size={18} /><span>{t("robot_once")}</span></p>
          <Copy label={t("robot_address")} text={address} />
          <Copy label={t("robot_try")} text={curlLine(address, { keyword: r.keywords?.[0]?.text, secret: r.is_signed ? r.secret : undefined }, t("robot_hello"))} />
        </section>
      ) : (
        <p class={css.hint}>{t("robot_hidden")}</p>
      )}
      {r.is_signed && r.secret && <Copy label={t("robot_secret")} text={r.secret} />}
      <dl class={css.facts}>
        <Fact label={t("robot_checks")} value={checks(r)} />
        {!!r.keywords?.length && <Fact label={t("robot_keywords")} value={words(r.keywords)!} />}
        {!!r.addresses?.length && <Fact label={t("robot_addresses")} value={words(r.addresses)!} />}
        <Fact label={t("robot_limit")} value={t("robot_limit_n", { n: r.per_minute ?? PER_MINUTE })} />
        <Fact label={t("robot_call")} value={r.url || t("robot_call_none")} />
      </dl>
      <div class={css.buttons}>
        <Button icon="edit" onClick={change}>{t("robot_change")}</Button>
        <Button icon="key" onClick={() => void renew()}>{t("robot_renew")}</Button>
        <Button look="danger" icon="trash" onClick={() => void remove()}>{t("robot_remove")}</Button>
      </div>
    </Sheet>
  );
}

// ---- adding and changing --------------------------------------------------------------------------

interface Given {
  name: string;
  keywords: { text: string }[];
  is_signed: boolean;
  addresses: { text: string }[];
  url: string;
  per_minute: number;
}

interface FormProps {
  title: string;
  robot?: RobotRobot;
  save: (given: Given) => Promise<unknown>;
  close: () => void;
}

const lineOf = (list: RobotRobot["keywords"]): string => (list ?? []).map(w => w.text).join(" ");

function RobotForm({ title, robot, save, close }: FormProps) {
  const [name, setName] = useState(robot?.name ?? "");
  const [isSigned, setSigned] = useState(robot ? !!robot.is_signed : true);
  const [keywords, setKeywords] = useState(lineOf(robot?.keywords));
  const [addresses, setAddresses] = useState(lineOf(robot?.addresses));
  const [limit, setLimit] = useState(String(robot?.per_minute ?? PER_MINUTE));
  const [url, setUrl] = useState(robot?.url ?? "");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isBusy, setBusy] = useState(false);
  const errorOf = (field: string) => (refusal?.field?.split(".")[0] === field ? sentenceOf(refusal) : undefined);
  const isElsewhere = refusal && !["name", "keywords", "addresses", "url", "per_minute"].includes(refusal.field?.split(".")[0] ?? "");
  const submit = (event?: Event) => {
    event?.preventDefault();
    setBusy(true);
    setRefusal(null);
    save({ name: name.trim(), keywords: wordsOf(keywords), is_signed: isSigned, addresses: wordsOf(addresses), url: url.trim(), per_minute: Number(limit) }).catch(e => {
      setRefusal(e as Refusal);
      setBusy(false);
    });
  };
  const isReady = !!name.trim() && Number(limit) >= 1 && (isSigned || wordsOf(keywords).length + wordsOf(addresses).length > 0);
  return (
    <Sheet title={title} close={close} footer={<Button look="main" isBusy={isBusy} disabled={!isReady} onClick={() => submit()}>{t(robot ? "save" : "robot_add")}</Button>}>
      <form class={css.form} onSubmit={submit}>
        <Field isFirst name="name" label={t("robot_name")} hint={t("robot_name_hint")} value={name} onInput={setName} error={errorOf("name")} maxLength={20} />
        <h3 class={css.heading}>{t("robot_checks")}</h3>
        <p class={css.lead}>{t("robot_checks_hint")}</p>
        <div class={css.sign}>
          <span class={css.text}><span>{t("robot_signed")}</span><span class={css.note}>{t("robot_signed_hint")}</span></span>
          <Switch label={t("robot_signed")} isOn={isSigned} onChange={setSigned} />
        </div>
        <Field name="keywords" isOptional label={t("robot_keywords")} hint={t("robot_keywords_hint")} value={keywords} onInput={setKeywords} error={errorOf("keywords")} />
        <Field name="addresses" isOptional label={t("robot_addresses")} hint={t("robot_addresses_hint")} value={addresses} onInput={setAddresses} error={errorOf("addresses")} />
        <h3 class={css.heading}>{t("robot_more")}</h3>
        <Field name="per_minute" label={t("robot_limit")} hint={t("robot_limit_hint")} value={limit} onInput={v => setLimit(v.replace(/\D/g, "").slice(0, 4))} error={errorOf("per_minute")} />
        <Field name="url" isOptional label={t("robot_call")} hint={t("robot_call_hint")} value={url} onInput={setUrl} error={errorOf("url")} />
        {isElsewhere && <p class={css.wrong} role="alert">{sentenceOf(refusal)}</p>}
        <button type="submit" hidden />
      </form>
    </Sheet>
  );
}
