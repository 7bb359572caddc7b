// A month to choose a day from. Arrow keys move by a day and a week, PageUp and PageDown by a month.
import { useEffect, useRef, useState } from "preact/hooks";
import { dayAfter, midnightOf, monthAfter, monthName, weeksOf } from "./month";
import { t } from "./i18n";
import type { DayWords } from "./time";
import { classes, IconButton } from "./ui";
import css from "./calendar.module.css";

interface Props {
  label: string;
  value: number; // a midnight
  most: number; // no day after this moment
  words: DayWords;
  onChoose: (midnight: number) => void;
}

const MONDAY = new Date(2026, 0, 5).getTime();
const KEYS: { [key: string]: (at: number) => number } = {
  ArrowLeft: at => dayAfter(at, -1),
  ArrowRight: at => dayAfter(at, 1),
  ArrowUp: at => dayAfter(at, -7),
  ArrowDown: at => dayAfter(at, 7),
  PageUp: at => monthAfter(at, -1),
  PageDown: at => monthAfter(at, 1),
};

export function Calendar({ label, value, most, words, onChoose }: Props) {
  const [at, setAt] = useState(value);
  const box = useRef<HTMLTableElement>(null);
  const isMoved = useRef(false);
  const last = midnightOf(most);
  const weekday = (i: number, form: "narrow" | "long") => new Intl.DateTimeFormat(words.locale, { weekday: form }).format(dayAfter(MONDAY, i));
  const move = (to: number) => setAt(Math.min(to, last));
  useEffect(() => {
    if (isMoved.current) box.current!.querySelector<HTMLElement>("[tabindex='0']")?.focus();
    isMoved.current = false;
  }, [at]);
  const onKeyDown = (e: KeyboardEvent) => {
    const to = KEYS[e.key]?.(at);
    if (to === undefined) return;
    e.preventDefault();
    isMoved.current = true;
    move(to);
  };
  return (
    <div class={css.calendar}>
      <div class={css.head}>
        <IconButton name="back" label={t("month_before")} onClick={() => move(monthAfter(at, -1))} />
        <span class={css.month} aria-live="polite">{monthName(at)}</span>
        <span class={css.turned}><IconButton name="back" label={t("month_after")} disabled={monthName(at) === monthName(last)} onClick={() => move(monthAfter(at, 1))} /></span>
      </div>
      <table ref={box} class={css.table} role="grid" aria-label={`${label} ${monthName(at)}`} onKeyDown={onKeyDown}>
        <thead>
          <tr>{[0, 1, 2, 3, 4, 5, 6].map(i => <th class={css.weekday} key={i} scope="col" abbr={weekday(i, "long")}>{weekday(i, "narrow")}</th>)}</tr>
        </thead>
        <tbody>
          {weeksOf(at).map((week, i) => (
            <tr key={i}>
              {week.map((day, j) => (
                <td key={j} class={css.cell} role="gridcell" aria-selected={day ? day === value : undefined}>
                  {day > 0 && (
                    <button
                      type="button"
                      class={classes(css.day, day === value && css.chosen, day === midnightOf(Date.now()) && css.today)}
                      tabIndex={day === at ? 0 : -1}
                      disabled={day > last}
                      aria-current={day === midnightOf(Date.now()) ? "date" : undefined}
                      onClick={() => onChoose(day)}
                    >
                      {new Date(day).getDate()}
                    </button>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
