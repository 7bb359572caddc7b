// What a search asks for: among what, and under which filters.
import type { OrgPerson, TalkConversation } from "../api";
import { dayAfter, midnightOf } from "../base/month";

export type Tab = "all" | "people" | "groups" | "messages" | "file" | "picture" | "link";

export interface Filters {
  author?: OrgPerson;
  conversation?: TalkConversation;
  from?: number; // a midnight
  to?: number; // the midnight after the last day
}

export const tabsFor = (isWithin: boolean): Tab[] =>
  isWithin ? ["messages", "file", "picture", "link"] : ["all", "people", "groups", "messages", "file", "picture", "link"];

// The kind of message that a tab shows.
export const kindOf = (tab: Tab): string | undefined => (tab === "file" || tab === "picture" || tab === "link" ? tab : undefined);

export const wantsPeople = (tab: Tab): boolean => tab === "all" || tab === "people" || tab === "groups";

export const isFiltered = (f: Filters): boolean => !!(f.author || f.conversation || f.from || f.to);

// Messages need words, a sender or a kind to look for.
export const wantsMessages = (words: string, tab: Tab, f: Filters): boolean =>
  tab !== "people" && tab !== "groups" && !!(words || f.author || kindOf(tab));

// The last `days` days with today.
export const lastDays = (days: number, now: number): Pick<Filters, "from" | "to"> => ({ from: dayAfter(now, 1 - days), to: undefined });

// From the first day to the end of the last one, whichever way round they were chosen.
export function span(one: number, other: number): Pick<Filters, "from" | "to"> {
  return { from: midnightOf(Math.min(one, other)), to: dayAfter(Math.max(one, other), 1) };
}
