// Taking talk along: one conversation, or all of the organisation, as a file that is there for a day.
import { useEffect, useRef, useState } from "preact/hooks";
import type { TalkExportedRow } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { confirm, Sheet, show } from "../base/sheet";
import { bytes, moment } from "../base/time";
import { Button, say, SkeletonRows } from "../base/ui";
import { newKey } from "../net/order";
import { call, held, me, news } from "../net/state";
import { dayWords, titleOf } from "./words";
import css from "./exports.module.css";

const DAY = 24 * 3600000;

export const openExport = (conversation: string): void => void show(close => <ExportRoom conversation={conversation} close={close} />);

function nameFor(e: TalkExportedRow): string {
  if (!e.conversation) return me.value?.organisation.name ?? "";
  const c = held.value.get(e.conversation)?.it;
  return c ? titleOf(c) : t("export_room");
}

function State({ e }: { e: TalkExportedRow }) {
  const name = nameFor(e);
  const size = bytes(e.size ?? 0);
  if (e.file)
    return (
      <a class={css.save} href={`/v1/files/${e.file}`} download aria-label={t("export_save", { name, size })}>
        <Icon name="save" size={20} />
        <span>{size}</span>
      </a>
    );
  return <span class={css.note}>{t(e.size !== undefined || Date.now() - e.at > DAY ? "export_gone" : "export_writing")}</span>;
}

// The reader's own exports, newest first; what is being written is told when it is there.
export function Exports({ version }: { version: number }) {
  const [all, setAll] = useState<TalkExportedRow[] | null>(null);
  const [error, setError] = useState("");
  const told = news.exported.value;
  useEffect(() => {
    call("talk_exports", {}).then(out => setAll(out.exports), e => setError(sentenceOf(e)));
  }, [version, told]);
  if (error) return <p class={css.none}>{error}</p>;
  if (!all) return <SkeletonRows count={2} />;
  if (!all.length) return <p class={css.none}>{t("exports_none")}</p>;
  return (
    <ul class={css.list} aria-label={t("exports")}>
      {all.map(e => (
        <li class={css.row} key={e.id}>
          <span class={css.text}>
            <span class={css.name}>{nameFor(e)}{!e.conversation && <span class={css.note}> · {t("export_all_mark")}</span>}</span>
            <span class={css.note}>{moment(e.at, Date.now(), dayWords())}</span>
          </span>
          <State e={e} />
        </li>
      ))}
    </ul>
  );
}

// Of the whole organisation, for its owners.
export function ExportAll() {
  const [version, setVersion] = useState(0);
  const key = useRef(newKey());
  const begin = async () => {
    if (!(await confirm(t("export_all_sure"), t("export_all")))) return;
    await call("talk_export_all", { key: key.current }).then(() => {
      key.current = newKey();
      say(t("export_begun"));
      setVersion(v => v + 1);
    }, sayError);
  };
  return (
    <div class={css.all}>
      <div class={css.begin}>
        <p class={css.lead}>{t("export_all_lead")}</p>
        <Button icon="save" onClick={() => void begin()}>{t("export_all")}</Button>
      </div>
      <Exports version={version} />
    </div>
  );
}

function ExportRoom({ conversation, close }: { conversation: string; close: () => void }) {
  const [version, setVersion] = useState(0);
  const key = useRef(newKey());
  const [isBusy, setBusy] = useState(false);
  const begin = async () => {
    setBusy(true);
    await call("talk_export", { conversation, key: key.current }).then(() => {
      key.current = newKey();
      setVersion(v => v + 1);
    }, sayError);
    setBusy(false);
  };
  return (
    <Sheet title={t("export_room")} close={close} footer={<Button look="main" icon="save" isBusy={isBusy} onClick={() => void begin()}>{t("export_begin")}</Button>}>
      <p class={css.intro}>{t("export_room_lead")}</p>
      <h3 class={css.heading}>{t("exports")}</h3>
      <Exports version={version} />
    </Sheet>
  );
}
