// Small questions: one line of text, one department.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Ops, OrgDepartment } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { Field } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Sheet, show } from "../base/sheet";
import { Button, SkeletonRows } from "../base/ui";
import { newKey } from "../net/order";
import { call, me } from "../net/state";
import css from "./ask.module.css";

interface Question {
  title: string;
  label: string;
  value: string;
  canBeEmpty?: boolean;
  most?: number; // characters
  run: (text: string, key: string) => Promise<unknown>;
}

export function askText(question: Question): void {
  show(close => <Ask {...question} close={close} />);
}

function Ask({ title, label, value, canBeEmpty, most = 100, run, close }: Question & { close: () => void }) {
  const [text, setText] = useState(value);
  const [error, setError] = useState<string | undefined>();
  const [isBusy, setBusy] = useState(false);
  const key = useRef(newKey());
  const save = (event?: Event) => {
    event?.preventDefault();
    setBusy(true);
    run(text.trim(), key.current).then(close, e => {
      setError(sentenceOf(e));
      setBusy(false);
    });
  };
  return (
    <Sheet title={title} close={close} footer={<Button look="main" isBusy={isBusy} disabled={!canBeEmpty && !text.trim()} onClick={() => save()}>{t("save")}</Button>}>
      <form class={css.form} onSubmit={save}>
        <Field isFirst name="text" label={label} value={text} onInput={setText} error={error} maxLength={most} />
      </form>
    </Sheet>
  );
}

export type Target = Pick<OrgDepartment, "name"> & { id?: string };

// The department that was chosen; undefined when nothing was. The top itself has no id.
export function chooseDepartment(title: string, action: string, without?: string): Promise<Target | undefined> {
  return new Promise(resolve => {
    show(close => {
      const end = (d?: Target) => {
        close();
        resolve(d);
      };
      return <Choose title={title} action={action} without={without} end={end} />;
    });
  });
}

function Choose({ title, action, without, end }: { title: string; action: string; without?: string; end: (d?: Target) => void }) {
  const [at, setAt] = useState<string | undefined>();
  const [level, setLevel] = useState<Ops["org_department"]["out"] | null>(null);
  useEffect(() => {
    let isLate = false;
    setLevel(null);
    call("org_department", { department: at, limit: 200 }).then(out => !isLate && setLevel(out), sayError);
    return () => void (isLate = true);
  }, [at]);
  const here: Target = level?.department ?? { name: me.value?.organisation.name ?? "" };
  return (
    <Sheet title={title} close={() => end()} footer={<Button look="main" disabled={!level} onClick={() => end(here)}>{action}</Button>}>
      <div class={css.tree}>
        <p class={css.here}>
          {at && (
            <button type="button" class={css.up} aria-label={t("back")} onClick={() => setAt(level && level.path.length ? level.path[level.path.length - 1].id : undefined)}>
              <Icon name="back" size={20} />
            </button>
          )}
          {here.name}
        </p>
        {!level && <SkeletonRows count={4} />}
        {level?.departments.filter(d => d.id !== without).map(d => (
          <button type="button" class={css.row} key={d.id} onClick={() => setAt(d.id)}>
            <span>{d.name}</span>
            <Icon name="next" size={16} />
          </button>
        ))}
      </div>
    </Sheet>
  );
}
