// A moment in the future, chosen by lists that read the same on every device: a day, an hour, minutes.
import { t } from "./i18n";
import { clock, date, DayWords, daysBetween } from "./time";
import css from "./when.module.css";

const STEP = 5; // minutes

// The next moment that the lists can name, at least `ahead` milliseconds from now.
export function nextMoment(now: number, ahead: number): number {
  const step = STEP * 60000;
  return Math.ceil((now + ahead) / step) * step;
}

// The given hour of a day some days from now.
export function atHour(now: number, days: number, hour: number, minute = 0): number {
  const d = new Date(now);
  d.setDate(d.getDate() + days);
  d.setHours(hour, minute, 0, 0);
  return d.getTime();
}

interface Props {
  label: string;
  value: number;
  onChange: (at: number) => void;
  words: DayWords;
  days?: number; // how many can be chosen
}

const two = (n: number): string => String(n).padStart(2, "0");
const range = (n: number, step = 1): number[] => Array.from({ length: n }, (_, i) => i * step);

export function When({ label, value, onChange, words, days = 60 }: Props) {
  const now = Date.now();
  const at = new Date(value);
  const day = Math.max(0, daysBetween(now, value));
  const minutes = range(60 / STEP, STEP);
  const dayName = (n: number) => {
    const then = atHour(now, n, 12);
    const weekday = new Intl.DateTimeFormat(words.locale, { weekday: "short" }).format(then);
    return `${n === 0 ? words.today : n === 1 ? t("tomorrow") : date(then)} ${weekday}`;
  };
  const set = (n: number, hour: number, minute: number) => onChange(atHour(now, n, hour, minute));
  const select = (name: string, current: number, all: number[], text: (n: number) => string, choose: (n: number) => void) => (
    <select class={css.select} aria-label={`${label} ${name}`} value={String(current)} onChange={e => choose(Number(e.currentTarget.value))}>
      {(all.includes(current) ? all : [...all, current].sort((a, b) => a - b)).map(n => <option key={n} value={String(n)}>{text(n)}</option>)}
    </select>
  );
  return (
    <div class={css.when} role="group" aria-label={`${label} ${date(value)} ${clock(value)}`}>
      {select(t("when_day"), day, range(days), dayName, n => set(n, at.getHours(), at.getMinutes()))}
      {select(t("when_hour"), at.getHours(), range(24), n => `${two(n)}${t("hour_mark")}`, n => set(day, n, at.getMinutes()))}
      {select(t("when_minute"), at.getMinutes(), minutes, n => `${two(n)}${t("minute_mark")}`, n => set(day, at.getHours(), n))}
    </div>
  );
}
