// How much attention a conversation gets: the menu of its row in the list.
import type { Ops, TalkConversation } from "../api";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { MenuItem, MenuItems, Popup } from "../base/sheet";
import { say } from "../base/ui";
import { isUnread } from "../net/attention";
import { ask } from "../net/link";
import { call } from "../net/state";
import type { Spot } from "./doors";
import { titleOf } from "./words";

export type Attention = Omit<Ops["talk_attention"]["in"], "conversation">;

export const attend = (c: TalkConversation, change: Attention): Promise<unknown> =>
  call("talk_attention", { conversation: c.id, ...change }).catch(sayError);

async function markRead(c: TalkConversation): Promise<void> {
  if (c.is_marked) await attend(c, { is_marked: false });
  if (c.unread) await ask("read", { conversation: c.id, upto: c.last_seq });
}

export function RowMenu({ c, at, close }: { c: TalkConversation; at: Spot; close: () => void }) {
  const items: MenuItem[] = [
    { label: t(c.is_top ? "to_top_not" : "to_top"), icon: "pin", run: () => void attend(c, { is_top: !c.is_top }) },
    isUnread(c)
      ? { label: t("mark_read"), icon: "check", run: () => void markRead(c) }
      : { label: t("mark_unread"), icon: "dot", run: () => void attend(c, { is_marked: true }) },
    { label: t(c.is_muted ? "quiet_not" : "quiet"), icon: c.is_muted ? "bell" : "quiet", run: () => void attend(c, { is_muted: !c.is_muted }) },
  ];
  if (c.kind === "group")
    items.push({ label: t(c.is_folded ? "fold_not" : "fold"), icon: "fold", run: () => void attend(c, { is_folded: !c.is_folded }).then(() => !c.is_folded && say(t("folded_done"))) });
  return (
    <Popup at={at} label={titleOf(c)} close={close}>
      <MenuItems items={items} close={close} />
    </Popup>
  );
}
