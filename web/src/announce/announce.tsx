// Announcements: those for oneself and those one wrote, one in full, writing one, and who has read it.
import { useEffect, useRef, useState } from "preact/hooks";
import type { AnnounceRow, OrgPerson } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { Choice, Field, Switch } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { confirm, Sheet, show } from "../base/sheet";
import { moment } from "../base/time";
import { Avatar, Button, classes, Empty, IconButton, say, SkeletonRows, Tag } from "../base/ui";
import { putParts } from "../net/http";
import { newKey } from "../net/order";
import { call, isAdmin, learn, me, news, person } from "../net/state";
import { chooseDepartment, Target } from "../org/ask";
import { plain } from "../talk/markup";
import { Body } from "../talk/message";
import { dayWords, nameOf } from "../talk/words";
import css from "./announce.module.css";

type Side = "mine" | "sent";

const when = (at: number) => moment(at, Date.now(), dayWords());

export function Announcements() {
  const [side, setSide] = useState<Side>("mine");
  const [all, setAll] = useState<AnnounceRow[] | null>(null);
  const [more, setMore] = useState<string | undefined>();
  const [error, setError] = useState("");
  const load = (before?: string) =>
    call("announce_list", { before, is_sent: side === "sent" || undefined }).then(out => {
      learn(out.people);
      setAll(old => [...(before ? old ?? [] : []), ...out.announcements]);
      setMore(out.more);
    }, e => setError(sentenceOf(e)));
  useEffect(() => {
    setError("");
    void load();
  }, [side, news.announcements.value]);
  const open = (a: AnnounceRow) => show(close => <One id={a.id} close={close} changed={() => void load()} />);
  const write = () => show(close => <Write close={close} done={() => (setSide("sent"), void load())} />);
  return (
    <>
      <div class={css.top}>
        <Choice label={t("announcements")} value={side} onChange={setSide} options={[{ value: "mine", label: t("announce_mine") }, { value: "sent", label: t("announce_sent") }]} />
        <Button look="main" icon="plus" onClick={write}>{t("announce_write")}</Button>
      </div>
      {error ? <Empty drawing="cloud" sentence={error} /> : !all ? <SkeletonRows count={4} /> : !all.length ? (
        <Empty drawing="bells" sentence={t(side === "mine" ? "announce_none" : "announce_none_sent")} />
      ) : (
        <ul class={css.list}>
          {all.map(a => (
            <li key={a.id}>
              <button type="button" class={css.row} onClick={() => open(a)}>
                {a.cover && <img class={css.thumb} src={`/v1/files/${a.cover}`} alt="" loading="lazy" />}
                <span class={css.text}>
                  <span class={css.head}>
                    {side === "mine" && !a.is_read && !a.is_withdrawn && <span class={css.dot} role="img" aria-label={t("announce_unread")} />}
                    <span class={classes(css.title, a.is_withdrawn && css.gone)}>{a.is_withdrawn ? t("announce_withdrawn") : a.title}</span>
                  </span>
                  <span class={css.gist}>{plain(a.body)}</span>
                  <span class={css.foot}>
                    {nameOf(a.author)} · {when(a.at)}
                    {a.is_must && <Tag>{t("announce_must")}</Tag>}
                    {!!a.secrecy && <Tag>{t(a.secrecy === 2 ? "announce_secret" : "announce_internal")}</Tag>}
                    {side === "sent" && <span>{counts(a)}</span>}
                  </span>
                </span>
              </button>
            </li>
          ))}
          {more && <li class={css.more}><Button look="quiet" onClick={() => void load(more)}>{t("more")}</Button></li>}
        </ul>
      )}
    </>
  );
}

const counts = (a: AnnounceRow) => ((a.audience ?? -1) < 0 ? t("announce_counting") : t("announce_counts", { read: a.reads ?? 0, all: a.audience! }));

// ---- one ------------------------------------------------------------------------------------------

function One({ id, close, changed }: { id: string; close: () => void; changed: () => void }) {
  const [a, setA] = useState<AnnounceRow | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    call("announce_get", { announcement: id }).then(out => {
      learn(out.people);
      setA(out.announcement);
      if (!out.announcement.is_read && out.announcement.author !== me.value?.person.id) call("announce_read", { announcement: id }).then(changed, () => undefined);
    }, e => setError(sentenceOf(e)));
  }, [id]);
  const isKeeper = a && (a.author === me.value?.person.id || isAdmin.value);
  const withdraw = async () => {
    if (!(await confirm(t("announce_withdraw_sure"), t("announce_withdraw")))) return;
    await call("announce_withdraw", { announcement: id }).then(() => (changed(), close()), sayError);
  };
  const footer = a && isKeeper && !a.is_withdrawn && (
    <>
      <Button look="danger" onClick={() => void withdraw()}>{t("announce_withdraw")}</Button>
      <Button look="main" icon="eye" onClick={() => show(end => <Readers id={id} close={end} />)}>{counts(a)}</Button>
    </>
  );
  return (
    <Sheet title={t("announcement")} close={close} form="side" footer={footer || undefined}>
      {error ? <Empty drawing="cloud" sentence={error} /> : !a ? <SkeletonRows count={4} /> : a.is_withdrawn ? (
        <Empty drawing="bells" sentence={t("announce_withdrawn")} />
      ) : (
        <article class={css.one}>
          {a.cover && <img class={css.cover} src={`/v1/files/${a.cover}`} alt="" />}
          <h3 class={css.heading}>{a.title}</h3>
          <p class={css.foot}>
            {nameOf(a.author)} · {when(a.at)}
            {a.is_must && <Tag>{t("announce_must")}</Tag>}
            {!!a.secrecy && <Tag>{t(a.secrecy === 2 ? "announce_secret" : "announce_internal")}</Tag>}
          </p>
          <div class={css.body}><Body body={a.body} /></div>
          {a.files?.map(f => (
            <a key={f.id} class={css.file} href={`/v1/files/${f.id}`} download={f.name}><Icon name="file" size={20} /> {f.name}</a>
          ))}
        </article>
      )}
    </Sheet>
  );
}

// ---- who has read it --------------------------------------------------------------------------------

type Tab = "unread" | "read";
interface Reader { who: OrgPerson; at?: number }

function Readers({ id, close }: { id: string; close: () => void }) {
  const [tab, setTab] = useState<Tab>("unread");
  const [list, setList] = useState<Reader[] | null>(null);
  const [more, setMore] = useState<string | undefined>();
  const load = async (after?: string) => {
    const out = await call("announce_readers", { announcement: id, has_read: tab === "read", after });
    learn(out.people);
    const page = out.readers.map(x => ({ who: out.people.find(p => p.id === x.person)!, at: x.at })).filter(x => x.who);
    setList(old => [...(after ? old ?? [] : []), ...page]);
    setMore(out.more);
  };
  useEffect(() => {
    setList(null);
    load().catch(sayError);
  }, [tab]);
  const remind = () => call("announce_remind", { announcement: id }).then(() => say(t("announce_reminded")), sayError);
  const footer = tab === "unread" && !!list?.length && <Button look="main" onClick={() => void remind()}>{t("announce_remind")}</Button>;
  return (
    <Sheet title={t("readers_title")} close={close} footer={footer || undefined}>
      <div class={css.tabs}>
        <Choice label={t("readers_title")} value={tab} onChange={setTab} options={[{ value: "unread", label: t("announce_unread") }, { value: "read", label: t("announce_read") }]} />
      </div>
      {!list ? <SkeletonRows count={5} /> : !list.length ? <Empty drawing="people" sentence={t(tab === "read" ? "readers_nobody_read" : "readers_all_read")} /> : (
        <ul class={css.readers}>
          {list.map(x => (
            <li key={x.who.id} class={css.reader}>
              <Avatar name={x.who.name} file={person(x.who.id)?.avatar} size={36} />
              <span class={css.name}>{x.who.name}</span>
              <span class={css.note}>{x.at ? when(x.at) : x.who.department_name}</span>
            </li>
          ))}
          {more && <li class={css.more}><Button look="quiet" onClick={() => void load(more).catch(sayError)}>{t("more")}</Button></li>}
        </ul>
      )}
    </Sheet>
  );
}

// ---- writing ----------------------------------------------------------------------------------------

async function upload(file: File): Promise<string> {
  const key = newKey();
  const { upload: id, received } = await call("file_begin", { name: file.name, type: file.type, size: file.size, key });
  await putParts(id, file, received, () => undefined);
  return (await call("file_finish", { upload: id, key: `${key}-end` })).file.id;
}

function Write({ close, done }: { close: () => void; done: () => void }) {
  const [title, setTitle] = useState("");
  const [body, setBody] = useState("");
  const [to, setTo] = useState<Target[]>([]);
  const [isForAll, setForAll] = useState(false);
  const [isMust, setMust] = useState(false);
  const [secrecy, setSecrecy] = useState<"0" | "1" | "2">("0");
  const [cover, setCover] = useState<string | undefined>();
  const [isBusy, setBusy] = useState(false);
  const [key] = useState(newKey);
  const input = useRef<HTMLInputElement>(null);
  const add = async () => {
    const d = await chooseDepartment(t("announce_to"), t("done"));
    if (d?.id && !to.some(x => x.id === d.id)) setTo([...to, d]);
    if (d && !d.id && isAdmin.value) setForAll(true);
  };
  const pick = async (event: Event) => {
    const file = (event.currentTarget as HTMLInputElement).files?.[0];
    if (file) await upload(file).then(setCover, sayError);
  };
  const send = async () => {
    setBusy(true);
    const departments = isForAll ? undefined : to.map(d => d.id!);
    await call("announce_post", { title: title.trim(), body: body.trim(), departments, is_for_all: isForAll || undefined, is_must: isMust || undefined, secrecy: Number(secrecy) || undefined, cover, key }).then(() => {
      say(t("announce_done"));
      done();
      close();
    }, sayError);
    setBusy(false);
  };
  const isReady = title.trim() && body.trim() && (isForAll || to.length);
  return (
    <Sheet title={t("announce_write")} close={close} footer={<Button look="main" isBusy={isBusy} disabled={!isReady} onClick={() => void send()}>{t("announce_send")}</Button>}>
      <div class={css.form}>
        <Field isFirst name="title" label={t("announce_title")} value={title} onInput={setTitle} maxLength={100} />
        <label class={css.label} for="announce-body">{t("announce_body")}</label>
        <textarea id="announce-body" class={css.words} rows={8} value={body} maxLength={50000} onInput={e => setBody(e.currentTarget.value)} />
        <p class={css.label}>{t("announce_to")}</p>
        <p class={css.targets}>
          {isForAll && <span class={css.target}>{me.value?.organisation.name}<IconButton name="close" label={t("remove")} onClick={() => setForAll(false)} /></span>}
          {!isForAll && to.map(d => <span class={css.target} key={d.id}>{d.name}<IconButton name="close" label={t("remove")} onClick={() => setTo(to.filter(x => x !== d))} /></span>)}
          {!isForAll && <Button icon="plus" onClick={() => void add()}>{t("announce_department")}</Button>}
        </p>
        <div class={css.option}><span>{t("announce_must_long")}</span><Switch label={t("announce_must_long")} isOn={isMust} onChange={setMust} /></div>
        <p class={css.label}>{t("announce_secrecy")}</p>
        <Choice label={t("announce_secrecy")} value={secrecy} onChange={setSecrecy} options={[{ value: "0", label: t("announce_open") }, { value: "1", label: t("announce_internal") }, { value: "2", label: t("announce_secret") }]} />
        <p class={css.label}>{t("announce_cover")}</p>
        <input ref={input} class={css.hidden} type="file" accept="image/*" tabIndex={-1} aria-hidden="true" onChange={e => void pick(e)} />
        <p class={css.targets}><Button icon="image" onClick={() => input.current!.click()}>{t("announce_choose_cover")}</Button></p>
        {cover && <img class={css.cover} src={`/v1/files/${cover}`} alt="" />}
      </div>
    </Sheet>
  );
}
