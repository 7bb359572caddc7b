// What a conversation's settings offer beyond members and name: robots, how long messages are kept,
// taking the talk along.
import type { TalkConversation } from "../api";
import { t } from "../base/i18n";
import { Icon, IconName } from "../base/icons";
import { me } from "../net/state";
import { openExport } from "./exports";
import { openKeeping } from "./keeping";
import { openRobots } from "./robots";
import css from "./tools.module.css";

function Row({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button type="button" class={css.row} onClick={onClick}>
      <span class={css.icon}><Icon name={icon} size={20} /></span>
      <span class={css.label}>{label}</span>
      <Icon name="next" size={16} />
    </button>
  );
}

export function RoomTools({ c }: { c: TalkConversation }) {
  const isGroup = c.kind === "group";
  const canManage = isGroup && !c.is_closed && (c.role === "owner" || c.role === "admin");
  return (
    <>
      {canManage && <Row icon="robot" label={t("robots")} onClick={() => openRobots(c.id)} />}
      {isGroup && me.value?.organisation.role === "owner" && <Row icon="clock" label={t("keeping")} onClick={() => openKeeping(c.id)} />}
      <Row icon="save" label={t("export_room")} onClick={() => openExport(c.id)} />
    </>
  );
}
