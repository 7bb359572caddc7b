// 我 → 通知: notices on this device, quiet hours, and who disturbed them.
import { useEffect, useState } from "preact/hooks";
import type { Ops, PushDevice, PushDisturbance, PushPeriod } from "../api";
import { sayError } from "../base/errors";
import { t, Word } from "../base/i18n";
import { Icon } from "../base/icons";
import { hasNotices } from "../base/prefs";
import { href } from "../base/router";
import { moment } from "../base/time";
import { Choice, Switch } from "../base/forms";
import { Button, classes, IconButton, say, SkeletonRows } from "../base/ui";
import { askQuiet } from "../net/hear";
import { call, callDirect, isAdmin, learn } from "../net/state";
import { dayWords, nameOf } from "../talk/words";
import { agentName } from "./agent";
import css from "./me.module.css";
import own from "./notify.module.css";

type Quiet = Ops["push_quiet"]["out"];

export function Notify() {
  const [quiet, setQuiet] = useState<Quiet | null>(null);
  const load = () => call("push_quiet", {}).then(setQuiet, sayError);
  useEffect(() => void load(), []);
  return (
    <>
      <OnThisDevice />
      {quiet ? <QuietHours quiet={quiet} reload={() => void load().then(askQuiet)} /> : <SkeletonRows count={3} />}
      <Disturbances />
    </>
  );
}

// ---- this device ----------------------------------------------------------------------------------

async function isAllowed(): Promise<boolean> {
  const answer = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  if (answer !== "granted") say(t("notify_denied"));
  return answer === "granted";
}

const bytesOf = (key: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0));

// A subscription with another server's key is of no use here.
async function subscribe(): Promise<void> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const { key } = await call("push_key", {});
  const former = await pushManager.getSubscription();
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(key) };
  const made = await pushManager.subscribe(options).catch(async error => {
    if (!former) throw error;
    await former.unsubscribe();
    return pushManager.subscribe(options);
  });
  const { endpoint, keys } = made.toJSON();
  await callDirect("push_subscribe", { endpoint: endpoint!, p256dh: keys!.p256dh, auth: keys!.auth });
}

const canPush = "serviceWorker" in navigator && "PushManager" in window;

function OnThisDevice() {
  const [devices, setDevices] = useState<PushDevice[] | null>(null);
  const [isBusy, setBusy] = useState(false);
  const load = () => call("push_list", {}).then(out => setDevices(out.devices), sayError);
  useEffect(() => void load(), []);
  const isOn = !!devices?.some(d => d.is_current);
  const setNotices = async (on: boolean) => (hasNotices.value = on && (await isAllowed()));
  const drop = (device: string) => call("push_unsubscribe", { device }).then(load, sayError);
  const setPush = async (on: boolean) => {
    setBusy(true);
    const mine = devices?.filter(d => d.is_current) ?? [];
    if (!on) await Promise.all(mine.map(d => drop(d.id)));
    else if (await isAllowed()) await subscribe().then(load, () => say(t("push_failed")));
    setBusy(false);
  };
  const others = devices?.filter(d => !d.is_current) ?? [];
  return (
    <>
      <div class={css.group}>
        {"Notification" in window && (
          <div class={css.row}>
            <span class={css.rowIcon}><Icon name="bell" size={22} /></span>
            <span class={css.rowLabel}>{t("notify_desktop")}<span class={css.ownNote}>{t("notify_desktop_hint")}</span></span>
            <Switch label={t("notify_desktop")} isOn={hasNotices.value} onChange={v => void setNotices(v)} />
          </div>
        )}
        <div class={css.row}>
          <span class={css.rowIcon}><Icon name="device" size={22} /></span>
          <span class={css.rowLabel}>{t("push")}<span class={css.ownNote}>{canPush ? t("push_hint") : t("push_missing")}</span></span>
          {canPush && devices && <Switch label={t("push")} isOn={isOn} onChange={v => !isBusy && void setPush(v)} />}
        </div>
      </div>
      {others.length > 0 && (
        <div class={css.group}>
          {others.map(d => (
            <div class={css.row} key={d.id}>
              <span class={css.rowIcon}><Icon name="device" size={22} /></span>
              <span class={css.rowLabel}>{agentName(d.agent)}{!!d.failures && <span class={css.ownNote}>{t("push_unreached", { n: d.failures })}</span>}</span>
              <span class={css.rowNote} />
              <IconButton name="trash" label={t("remove")} onClick={() => void drop(d.id)} />
            </div>
          ))}
        </div>
      )}
      {!!devices?.length && (
        <p class={css.centre}>
          <Button onClick={() => void call("push_test", {}).then(() => say(t("push_test_sent")), sayError)}>{t("push_test")}</Button>
        </p>
      )}
    </>
  );
}

// ---- quiet hours ----------------------------------------------------------------------------------

const DAYS: Word[] = ["day_1", "day_2", "day_3", "day_4", "day_5", "day_6", "day_7"];
const STEP = 30;
const TIMES = Array.from({ length: (24 * 60) / STEP }, (_, i) => i * STEP);
const NIGHT: PushPeriod = { days: 31, low: 18 * 60, high: 9 * 60 };

const timeOf = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

function sentenceFor(p: PushPeriod): string {
  const days = p.days === 127 ? t("days_all") : p.days === 31 ? t("days_work") : DAYS.filter((_, i) => p.days & (1 << i)).map(d => t(d)).join(t("and_between"));
  return t(p.high > p.low ? "period" : "period_over", { days, low: timeOf(p.low), high: timeOf(p.high) });
}

function Time({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  const list = TIMES.includes(value) ? TIMES : [...TIMES, value].sort((a, b) => a - b);
  return (
    <select class={own.time} aria-label={label} value={String(value)} onChange={e => onChange(Number(e.currentTarget.value))}>
      {list.map(m => <option key={m} value={String(m)}>{timeOf(m)}</option>)}
    </select>
  );
}

interface PeriodsProps {
  periods: PushPeriod[];
  save: (periods: PushPeriod[]) => void;
}

function Periods({ periods, save }: PeriodsProps) {
  const [list, setList] = useState(periods);
  const change = (at: number, p: Partial<PushPeriod>) => setList(list.map((x, i) => (i === at ? { ...x, ...p } : x)));
  const isChanged = JSON.stringify(list) !== JSON.stringify(periods);
  return (
    <>
      {list.map((p, at) => (
        <div class={own.period} key={at}>
          <div class={own.days} role="group" aria-label={t("quiet_days")}>
            {DAYS.map((d, i) => (
              <button type="button" key={d} class={classes(own.day, (p.days & (1 << i)) !== 0 && own.on)} aria-pressed={(p.days & (1 << i)) !== 0} onClick={() => change(at, { days: p.days ^ (1 << i) || p.days })}>
                {t(d)}
              </button>
            ))}
          </div>
          <div class={own.times}>
            <Time label={t("quiet_from")} value={p.low} onChange={low => change(at, { low })} />
            <span>{t(p.high > p.low ? "quiet_to" : "quiet_to_next")}</span>
            <Time label={t("quiet_until")} value={p.high} onChange={high => change(at, { high })} />
            <IconButton name="trash" label={t("remove")} onClick={() => setList(list.filter((_, i) => i !== at))} />
          </div>
        </div>
      ))}
      <p class={css.buttons}>
        <Button icon="plus" onClick={() => setList([...list, NIGHT])}>{t("quiet_add")}</Button>
        {isChanged && <Button look="main" onClick={() => save(list)}>{t("save")}</Button>}
      </p>
    </>
  );
}

function QuietHours({ quiet, reload }: { quiet: Quiet; reload: () => void }) {
  const done = () => {
    say(t("saved"));
    reload();
  };
  const saveOwn = (periods: PushPeriod[]) => void call("push_quiet_own", { periods }).then(done, sayError);
  const saveAll = (change: Partial<Quiet>) => {
    const { periods, disturb, disturbers } = { ...quiet, ...change };
    void call("push_quiet_set", { zone: -new Date().getTimezoneOffset(), periods, disturb, disturbers }).then(done, sayError);
  };
  const rules = (["all", ...(quiet.disturb === "named" ? ["named"] : []), "none"] as const).map(value => ({ value: value as string, label: t(`disturb_${value}` as Word) }));
  return (
    <>
      <h2 class={own.title}>{t("quiet_hours")}</h2>
      <p class={own.lead}>{t("quiet_lead")}</p>
      {isAdmin.value ? (
        <div class={css.group}>
          <h3 class={own.part}>{t("quiet_all")}</h3>
          <Periods key={JSON.stringify(quiet.periods)} periods={quiet.periods} save={periods => saveAll({ periods })} />
          <div class={css.row}>
            <span class={css.rowLabel}>{t("disturb_rule")}</span>
            <Choice label={t("disturb_rule")} value={quiet.disturb} options={rules} onChange={disturb => saveAll({ disturb })} />
          </div>
        </div>
      ) : (
        <div class={css.group}>
          <h3 class={own.part}>{t("quiet_all")}</h3>
          {quiet.periods.map((p, i) => <p class={own.line} key={i}>{sentenceFor(p)}</p>)}
          {!quiet.periods.length && <p class={own.line}>{t("quiet_none")}</p>}
        </div>
      )}
      <div class={css.group}>
        <h3 class={own.part}>{t("quiet_own")}</h3>
        <Periods key={JSON.stringify(quiet.own)} periods={quiet.own} save={saveOwn} />
      </div>
    </>
  );
}

// ---- who disturbed --------------------------------------------------------------------------------

function Disturbances() {
  const [list, setList] = useState<PushDisturbance[]>([]);
  const [more, setMore] = useState<string | undefined>();
  const load = (before?: string) =>
    call("push_disturbed", { before }).then(out => {
      learn(out.people);
      setList(old => [...(before ? old : []), ...out.disturbances]);
      setMore(out.more);
    }, sayError);
  useEffect(() => void load(), []);
  if (!list.length) return null;
  return (
    <>
      <h2 class={own.title}>{t("disturbed")}</h2>
      <div class={css.group}>
        {list.map(d => (
          <a class={classes(css.line, own.link)} key={d.id} href={href("c", d.conversation, String(d.seq))}>
            <span class={css.lineText}><b class={css.lineWho}>{nameOf(d.author)}</b> {d.reason}</span>
            <span class={css.ownNote}>{moment(d.at, Date.now(), dayWords())}</span>
          </a>
        ))}
        {more && <p class={css.centre}><Button look="quiet" onClick={() => void load(more)}>{t("more")}</Button></p>}
      </div>
    </>
  );
}
