// Messages of elsewhere, read as they were when somebody sent them on.
import type { TalkMerged } from "../api";
import { t } from "../base/i18n";
import { Sheet } from "../base/sheet";
import { moment } from "../base/time";
import { Avatar } from "../base/ui";
import { person } from "../net/state";
import { Body, Files } from "./message";
import { dayWords } from "./words";
import css from "./merged.module.css";

export function Merged({ merged, close }: { merged: TalkMerged; close: () => void }) {
  return (
    <Sheet title={t("merged_title", { title: merged.title })} close={close} form="side">
      <ol class={css.lines}>
        {merged.lines.map((l, i) => (
          <li class={css.line} key={i}>
            <Avatar name={l.name} file={person(l.author)?.avatar} size={36} />
            <div class={css.said}>
              <p class={css.head}><span class={css.name}>{l.name}</span><time>{moment(l.at, Date.now(), dayWords())}</time></p>
              {l.files && <Files files={l.files} conversation="" />}
              {l.body && <Body body={l.body} />}
              {!l.body && !l.files?.length && <p class={css.other}>{t("merged_other")}</p>}
            </div>
          </li>
        ))}
      </ol>
    </Sheet>
  );
}
