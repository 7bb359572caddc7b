// The days of a month as a calendar draws them, in weeks that begin on Monday.
const two = (n: number): string => String(n).padStart(2, "0");

export const midnightOf = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

// Midnight some days away; by the calendar, since not every day has 24 hours.
export function dayAfter(at: number, days: number): number {
  const d = new Date(at);
  d.setDate(d.getDate() + days);
  return d.setHours(0, 0, 0, 0);
}

// The same day some months away, or that month's last.
export function monthAfter(at: number, months: number): number {
  const d = new Date(at);
  const last = new Date(d.getFullYear(), d.getMonth() + months + 1, 0).getDate();
  return new Date(d.getFullYear(), d.getMonth() + months, Math.min(d.getDate(), last)).getTime();
}

export const monthName = (at: number): string => `${new Date(at).getFullYear()}-${two(new Date(at).getMonth() + 1)}`;

// Six weeks or fewer of midnights; those of the neighbouring months are 0.
export function weeksOf(at: number): number[][] {
  const d = new Date(at);
  const first = new Date(d.getFullYear(), d.getMonth(), 1);
  const count = new Date(d.getFullYear(), d.getMonth() + 1, 0).getDate();
  const before = (first.getDay() + 6) % 7;
  const weeks: number[][] = [];
  for (let cell = 0; cell < before + count; cell += 7)
    weeks.push(Array.from({ length: 7 }, (_, i) => {
      const day = cell + i - before + 1;
      return day < 1 || day > count ? 0 : new Date(d.getFullYear(), d.getMonth(), day).getTime();
    }));
  return weeks;
}
