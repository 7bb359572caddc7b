// Messages in blocks of 64: which block a message belongs to, how two states of it are merged, and
// which numbers of a range are missing.
import type { TalkMessage } from "../api";

export const BLOCK = 64;

export const blockOf = (seq: number): number => Math.floor(seq / BLOCK);

// A number that the server does not show to this person: known, and drawn as nothing.
export const hollow = (seq: number): TalkMessage => ({ seq, version: 0, author: "", at: 0, kind: "notice" });

export const isHollow = (message: TalkMessage): boolean => message.author === "" && message.at === 0;

// One of the two counts is absent when it is 0.
export const isCounted = (m: TalkMessage): boolean => m.read !== undefined || m.unread !== undefined;

// As the server tells it to this person: that nothing was chosen on its card is then said too.
export function asTold(m: TalkMessage): TalkMessage {
  const card = m.extra?.card;
  return card && card.mine === undefined ? { ...m, extra: { ...m.extra, card: { ...card, mine: "" } } } : m;
}

// The message with one's own choices on its card.
export function withMine(m: TalkMessage, mine: string | undefined): TalkMessage {
  return m.extra?.card ? { ...m, extra: { ...m.extra, card: { ...m.extra.card, mine } } } : m;
}

// The newer version wins; what only this person is told (counts of readers, own choices on a card)
// stays when the newer one, coming by event, does not say it.
export function merge(old: TalkMessage | undefined, next: TalkMessage): TalkMessage {
  if (!old) return next;
  if (next.version < old.version) return old;
  const mine = old.extra?.card?.mine;
  const kept = mine !== undefined && next.extra?.card?.mine === undefined ? withMine(next, mine) : next;
  return isCounted(next) || !isCounted(old) ? kept : { ...kept, read: old.read, unread: old.unread };
}

// Both lists in rising order of seq; so is the answer.
export function mergeAll(old: TalkMessage[], next: TalkMessage[]): TalkMessage[] {
  const bySeq = new Map(old.map(m => [m.seq, m]));
  for (const m of next) bySeq.set(m.seq, merge(bySeq.get(m.seq), m));
  return Array.from(bySeq.values()).sort((a, b) => a.seq - b.seq);
}

export function byBlock(messages: TalkMessage[]): Map<number, TalkMessage[]> {
  const blocks = new Map<number, TalkMessage[]>();
  for (const m of messages) {
    const at = blockOf(m.seq);
    const block = blocks.get(at);
    if (block) block.push(m);
    else blocks.set(at, [m]);
  }
  return blocks;
}

// How much of a conversation's messages is stored, and when it was last looked at.
export interface Kept {
  id: string;
  bytes: number;
  opened: number;
}

// Conversations to be dropped, longest unopened first, so that what stays fits into `most` bytes.
export function tooMuch(kept: Kept[], most: number, inUse: Set<string>): string[] {
  let total = kept.reduce((sum, k) => sum + k.bytes, 0);
  const dropped: string[] = [];
  for (const k of kept.slice().sort((a, b) => a.opened - b.opened)) {
    if (total <= most) break;
    if (inUse.has(k.id) || !k.bytes) continue;
    dropped.push(k.id);
    total -= k.bytes;
  }
  return dropped;
}

// The blocks of [from, to] in which a number is missing; `has` tells whether one is stored.
export function blocksToFetch(from: number, to: number, has: (seq: number) => boolean): number[] {
  const blocks: number[] = [];
  for (let seq = from; seq <= to; seq++) {
    const at = blockOf(seq);
    if (!has(seq) && blocks[blocks.length - 1] !== at) blocks.push(at);
  }
  return blocks;
}

// What a page of history says about [from, to]: its messages, and hollow ones where it has none.
export function withHollows(messages: TalkMessage[], from: number, to: number): TalkMessage[] {
  const bySeq = new Map(messages.map(m => [m.seq, m]));
  const all: TalkMessage[] = [];
  for (let seq = from; seq <= to; seq++) all.push(bySeq.get(seq) ?? hollow(seq));
  return all;
}
