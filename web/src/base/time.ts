// Times in words: short in lists, full between days. Dates read 2026-11-21 in every language.

const DAY = 86400000;

const two = (n: number): string => (n < 10 ? "0" : "") + n;

export const clock = (at: number): string => {
  const d = new Date(at);
  return `${two(d.getHours())}:${two(d.getMinutes())}`;
};

export const date = (at: number): string => {
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
};

const midnight = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

// Whole days from one moment's day to another's; daylight saving makes days of 23 and 25 hours.
export const daysBetween = (from: number, to: number): number =>
  Math.round((midnight(to) - midnight(from)) / DAY);

export interface DayWords {
  today: string;
  yesterday: string;
  locale: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function weekday(at: number, words: DayWords, form: "short" | "long"): string {
  const key = words.locale + form;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(words.locale, { weekday: form });
  formats.set(key, format);
  return format.format(at);
}

const shortDate = (at: number, now: number): string =>
  new Date(at).getFullYear() === new Date(now).getFullYear() ? date(at).slice(5) : date(at);

// For a row of a list: 09:42, 昨天, 周三, 11-03, 2025-11-03.
export function listTime(at: number, now: number, words: DayWords): string {
  const days = daysBetween(at, now);
  if (days <= 0) return clock(at);
  if (days === 1) return words.yesterday;
  return days < 7 ? weekday(at, words, "short") : shortDate(at, now);
}

// For the line between two days: 今天, 昨天, 11-03 星期二.
export function dayLine(at: number, now: number, words: DayWords): string {
  const days = daysBetween(at, now);
  if (days <= 0) return words.today;
  if (days === 1) return words.yesterday;
  return `${shortDate(at, now)} ${weekday(at, words, "long")}`;
}

// For details, of the past or the future: 今天 09:42, 2026-11-03 09:42.
export function moment(at: number, now: number, words: DayWords): string {
  const days = daysBetween(at, now);
  const day = days === 0 ? words.today : days === 1 ? words.yesterday : date(at);
  return `${day} ${clock(at)}`;
}

export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let size = n / 1024;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}
