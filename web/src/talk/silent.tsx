// In the composer's place where the reader may only read: why, and until when.
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { moment } from "../base/time";
import type { Silence } from "../net/attention";
import { dayWords } from "./words";
import css from "./silent.module.css";

export function SilentBar({ silence }: { silence: Silence }) {
  const text = silence.why === "closed" ? t("silent_closed") : silence.why === "all" ? t("silent_all") : t("silent_own", { time: moment(silence.until, Date.now(), dayWords()) });
  return (
    <div class={css.bar} role="status">
      <Icon name={silence.why === "closed" ? "alert" : "quiet"} size={18} />
      <span class={css.text}>{text}</span>
    </div>
  );
}
