// A banner that a new device signed in to this account.
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { go } from "../base/router";
import { moment } from "../base/time";
import { say } from "../base/ui";
import { call, me } from "../net/state";
import type { Refusal } from "../net/shapes";
import { dayWords } from "../talk/words";
import { agentName } from "./agent";
import css from "./new_device.module.css";

export function NewDevice() {
  const session = me.value?.new_sessions.find(s => !s.is_current);
  if (!session) return null;
  const wasMe = () => {
    const rest = me.value!.new_sessions.filter(s => s.id !== session.id);
    me.value = { ...me.value!, new_sessions: rest };
    call("org_session_known", { session: session.id }).catch((e: Refusal) => say(e.message || t("error_offline")));
  };
  return (
    <div class={css.banner} role="alert">
      <Icon name="shield" size={20} />
      <div class={css.text}>
        <p class={css.title}>{t("new_device")}</p>
        <p class={css.lead}>{t("new_device_lead", { agent: agentName(session.agent), address: session.address, time: moment(session.created, Date.now(), dayWords()) })}</p>
        <div class={css.actions}>
          <button type="button" class={css.action} onClick={wasMe}>{t("new_device_mine")}</button>
          <button type="button" class={css.warn} onClick={() => go("me", "sessions")}>{t("new_device_not_mine")}</button>
        </div>
      </div>
    </div>
  );
}
