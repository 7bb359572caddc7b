// What a conversation asks of its reader's attention, and in what order conversations stand.
import type { TalkConversation } from "../api";

export type Filter = "all" | "unread" | "mentions" | "groups" | "direct";

export const isUnread = (c: TalkConversation): boolean => c.unread > 0 || !!c.is_marked;

// One of the unread messages calls the reader.
export const isCalled = (c: TalkConversation): boolean => c.unread > 0 && !!c.is_mentioned;

// A grey dot instead of a number.
export const isQuiet = (c: TalkConversation): boolean => !!c.is_muted || !!c.is_folded;

// What it adds to the number on the tab and in the title: a quiet one only that it calls.
export function weight(c: TalkConversation): number {
  if (isQuiet(c)) return isCalled(c) ? 1 : 0;
  return c.unread || (c.is_marked ? 1 : 0);
}

// Those kept at the top first, then, where that is wanted, the unread ones, then the last changed.
export function arranged(list: readonly TalkConversation[], isUnreadFirst = false): TalkConversation[] {
  const rank = (c: TalkConversation) => (c.is_top ? 2 : 0) + (isUnreadFirst && weight(c) > 0 ? 1 : 0);
  return list.slice().sort((a, b) => rank(b) - rank(a) || b.changed - a.changed);
}

export function fits(c: TalkConversation, filter: Filter): boolean {
  if (filter === "unread") return isUnread(c);
  if (filter === "mentions") return isCalled(c);
  if (filter === "groups") return c.kind === "group";
  return filter === "all" || c.kind === "direct";
}

export const FOLDED = "folded";

// The rows of the list: without a filter the folded ones are one row, where the newest of them stands.
export function rowsOf(list: readonly TalkConversation[], filter: Filter): (TalkConversation | typeof FOLDED)[] {
  if (filter !== "all") return list.filter(c => fits(c, filter));
  let isDrawn = false;
  const rows: (TalkConversation | typeof FOLDED)[] = [];
  for (const c of list) {
    if (!c.is_folded) rows.push(c);
    else if (!isDrawn) {
      rows.push(FOLDED);
      isDrawn = true;
    }
  }
  return rows;
}

// Why the reader may only read here; until when, where that will change by itself.
export type Silence = { why: "closed" } | { why: "all" } | { why: "own"; until: number };

export function silenceOf(c: TalkConversation, now: number): Silence | null {
  if (c.is_closed) return { why: "closed" };
  if (c.kind !== "group" || c.role !== "member") return null;
  if (c.switches?.is_muted) return { why: "all" };
  return c.muted && c.muted > now ? { why: "own", until: c.muted } : null;
}

export const manages = (c: TalkConversation): boolean => c.kind === "group" && !c.is_closed && (c.role === "owner" || c.role === "admin");
