// Messages at the top of a conversation: the newest in a bar, all of them in a list.
import type { TalkConversation, TalkMessage } from "../api";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Sheet } from "../base/sheet";
import { moment } from "../base/time";
import { IconButton, say } from "../base/ui";
import { call, room } from "../net/state";
import { openPins, RoomActions } from "./doors";
import { dayWords, gist, nameOf } from "./words";
import css from "./pins.module.css";

interface Props {
  c: TalkConversation;
  messages: TalkMessage[]; // last pinned first
  actions: RoomActions;
}

export function PinBar({ c, messages, actions }: Props) {
  const m = messages[0];
  return (
    <aside class={css.bar} aria-label={t("pins")}>
      <button type="button" class={css.newest} onClick={() => actions.jump(m.seq)}>
        <span class={css.sign}><Icon name="pin" size={18} /></span>
        <span class={css.text}><b class={css.who}>{nameOf(m.author)}</b> {gist(m)}</span>
      </button>
      <button type="button" class={css.all} onClick={() => openPins(c, messages, actions)}>{t("pins_count", { n: messages.length })}<Icon name="next" size={14} /></button>
    </aside>
  );
}

export function Pins({ c, messages, actions, close }: Props & { close: () => void }) {
  const of = room(c.id);
  of.version.value;
  const shown = messages.map(m => of.get(m.seq) ?? m).filter(m => m.is_pinned);
  const unpin = (m: TalkMessage) => call("talk_pin", { conversation: c.id, seq: m.seq, is_on: false }).then(() => say(t("unpinned")), sayError);
  return (
    <Sheet title={t("pins")} close={close}>
      <ul class={css.list}>
        {!shown.length && <li class={css.none}>{t("pins_none")}</li>}
        {shown.map(m => (
          <li class={css.row} key={m.seq}>
            <button type="button" class={css.open} onClick={() => { close(); actions.jump(m.seq); }}>
              <span class={css.head}><span>{nameOf(m.author)}</span><time>{moment(m.at, Date.now(), dayWords())}</time></span>
              <span class={css.said}>{gist(m)}</span>
            </button>
            <IconButton name="close" label={t("unpin")} onClick={() => void unpin(m)} />
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
