// What else one can put into a conversation, besides words.
import type { TalkConversation } from "../api";
import { t } from "../base/i18n";
import { MenuItem, MenuItems, Popup, show } from "../base/sheet";
import type { Spot } from "./doors";
import { ContactMaker, PlaceMaker } from "./place";
import { PollMaker } from "./poll";
import { Scheduled } from "./schedule";

export interface MoreActions {
  attach: () => void;
  later?: () => void; // absent while there is nothing to send
  wantsConfirm: boolean;
  setWantsConfirm: (wants: boolean) => void;
}

interface Props {
  c: TalkConversation;
  at: Spot;
  actions: MoreActions;
  close: () => void;
}

export function More({ c, at, actions, close }: Props) {
  const { wantsConfirm, setWantsConfirm } = actions;
  const items: MenuItem[] = [{ label: t("attach_file"), icon: "image", run: actions.attach }];
  if (c.kind === "group")
    items.push(
      { label: t(wantsConfirm ? "confirm_unwanted" : "confirm_wanted"), icon: "confirm", run: () => setWantsConfirm(!wantsConfirm) },
      { label: t("poll"), icon: "poll", run: () => void show(end => <PollMaker c={c} close={end} />) },
    );
  items.push(
    { label: t("place"), icon: "place", run: () => void show(end => <PlaceMaker c={c} close={end} />) },
    { label: t("contact_card"), icon: "badge", run: () => void show(end => <ContactMaker c={c} close={end} />) },
  );
  if (actions.later) items.push({ label: t("send_later"), icon: "clock", run: actions.later });
  items.push({ label: t("scheduled"), icon: "clock", run: () => void show(end => <Scheduled conversation={c.id} close={end} />) });
  return (
    <Popup at={{ x: at.x, y: at.y - 56 }} label={t("more_kinds")} close={close}>
      <MenuItems items={items} close={close} isDense />
    </Popup>
  );
}
