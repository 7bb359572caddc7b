// Going to a day of a conversation.
import { useState } from "preact/hooks";
import type { TalkConversation } from "../api";
import { Calendar } from "../base/calendar";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { closeLayers, Sheet, show } from "../base/sheet";
import { go } from "../base/router";
import { call } from "../net/state";
import { dayWords } from "./words";

export const openCalendar = (c: TalkConversation): void => void show(close => <GoToDay c={c} close={close} />);

function GoToDay({ c, close }: { c: TalkConversation; close: () => void }) {
  const [day, setDay] = useState(() => new Date().setHours(0, 0, 0, 0));
  const choose = async (at: number) => {
    setDay(at);
    await call("talk_at", { conversation: c.id, at }).then(({ seq }) => {
      closeLayers();
      go("c", c.id, String(seq));
    }, sayError);
  };
  return (
    <Sheet title={t("find_day")} close={close}>
      <Calendar label={t("find_day")} value={day} most={Date.now()} words={dayWords()} onChoose={at => void choose(at)} />
    </Sheet>
  );
}
