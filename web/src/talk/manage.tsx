// What a group allows, for its owner and admins: each switch as a sentence.
import type { TalkSwitches } from "../api";
import { sayError } from "../base/errors";
import { Switch } from "../base/forms";
import { t, Word } from "../base/i18n";
import { Sheet, show } from "../base/sheet";
import { call, held } from "../net/state";
import css from "./manage.module.css";

type Name = keyof TalkSwitches;

const SWITCHES: [heading: Word, names: Name[]][] = [
  ["manage_speaking", ["is_muted", "all_by_managers", "pin_by_managers"]],
  ["manage_coming", ["add_by_managers", "asks_managers", "is_unlisted", "shows_history", "stays"]],
  ["manage_privacy", ["counts_only", "no_private"]],
];

export const openManage = (id: string): void => void show(close => <Manage id={id} close={close} />);

function Manage({ id, close }: { id: string; close: () => void }) {
  const c = held.value.get(id)?.it;
  if (!c) return null;
  const set = (name: Name, isOn: boolean) => void call("talk_group_set", { conversation: id, [name]: isOn }).catch(sayError);
  return (
    <Sheet title={t("group_manage")} close={close} form="side">
      {SWITCHES.map(([heading, names]) => (
        <section class={css.section} key={heading}>
          <h3 class={css.heading}>{t(heading)}</h3>
          {names.map(name => (
            <div class={css.row} key={name}>
              <span class={css.text}>
                <span class={css.label}>{t(`switch_${name}` as Word)}</span>
                <span class={css.hint}>{t(`switch_${name}_hint` as Word)}</span>
              </span>
              <Switch label={t(`switch_${name}` as Word)} isOn={!!c.switches?.[name]} onChange={isOn => set(name, isOn)} />
            </div>
          ))}
        </section>
      ))}
    </Sheet>
  );
}
