// Inviting people by link and by a code that a telephone reads.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Ops, OrgDepartment, OrgInvite } from "../api";
import { sayError } from "../base/errors";
import { Choice } from "../base/forms";
import { t } from "../base/i18n";
import { href } from "../base/router";
import { Sheet, show } from "../base/sheet";
import { moment } from "../base/time";
import { Button, say } from "../base/ui";
import { newKey } from "../net/order";
import { call, me } from "../net/state";
import { dayWords } from "../talk/words";
import css from "./invite.module.css";

type Made = Ops["org_invite"]["out"];
const DAYS = ["1", "7", "30"];

export const openInvite = (department: OrgDepartment | undefined): void => {
  show(close => <Invite department={department} close={close} />);
};

export const linkOf = (...parts: string[]): string => `${location.origin}/${href(...parts)}`;

export function LinkBox({ link }: { link: string }) {
  const copy = () => {
    void navigator.clipboard?.writeText(link).then(() => say(t("copied")));
  };
  return (
    <div class={css.link}>
      <input class={css.linkText} readOnly value={link} aria-label={t("copy_link")} onFocus={e => e.currentTarget.select()} />
      <Button look="main" icon="copy" onClick={copy}>{t("copy_link")}</Button>
    </div>
  );
}

export function Code({ text, label = t("invite_qr") }: { text: string; label?: string }) {
  const [svg, setSvg] = useState("");
  useEffect(() => {
    call("org_qr", { text }).then(out => setSvg(out.svg), () => undefined);
  }, [text]);
  return svg ? <img class={css.qr} src={`data:image/svg+xml,${encodeURIComponent(svg)}`} alt={label} /> : <span class={css.qr} />;
}

function Invite({ department, close }: { department: OrgDepartment | undefined; close: () => void }) {
  const [days, setDays] = useState("7");
  const [made, setMade] = useState<Made | null>(null);
  const [open, setOpen] = useState<OrgInvite[]>([]);
  const key = useRef(newKey());
  useEffect(() => {
    call("org_invites", {}).then(out => setOpen(out.invites), () => undefined);
  }, [made]);
  const make = () => {
    call("org_invite", { department: department?.id, days: Number(days), key: key.current }).then(setMade, sayError);
  };
  const end = (invite: string) => {
    call("org_invite_end", { invite }).then(() => setOpen(open.filter(i => i.id !== invite)), sayError);
  };
  const place = department?.name ?? me.value?.organisation.name ?? "";
  return (
    <Sheet title={t("invite")} close={close}>
      <div class={css.body}>
        <p class={css.place}>{place}</p>
        {made ? (
          <>
            <Code text={linkOf("join", made.token)} />
            <p class={css.lead}>{t("invite_lead", { time: moment(made.invite.expires, Date.now(), dayWords()) })}</p>
            <LinkBox link={linkOf("join", made.token)} />
          </>
        ) : (
          <>
            <div class={css.days}>
              <span>{t("invite_days")}</span>
              <Choice label={t("invite_days")} value={days} onChange={setDays} options={DAYS.map(value => ({ value, label: t("invite_days_n", { n: Number(value) }) }))} />
            </div>
            <Button look="main" isWide onClick={make}>{t("invite_make")}</Button>
          </>
        )}
        {open.length > 0 && <h3 class={css.heading}>{t("invites_open")}</h3>}
        {open.map(i => (
          <div class={css.row} key={i.id}>
            <span class={css.text}>
              <span>{i.department_name ?? me.value?.organisation.name}</span>
              <span class={css.note}>{moment(i.expires, Date.now(), dayWords())} · {t("invite_used", { uses: i.uses, most: i.most })}</span>
            </span>
            <Button look="quiet" onClick={() => end(i.id)}>{t("invite_end")}</Button>
          </div>
        ))}
      </div>
    </Sheet>
  );
}
