// The order of the outbox: within a conversation strictly by key, one at a time; a refused message
// steps aside; conversations do not wait for each other.
import type { Outgoing } from "./shapes";

// 128 bits as hex: 48 of time, so that keys sort by it, and 80 of chance.
export function makeKey(now: number, random: Uint8Array): string {
  const time = Math.floor(now).toString(16).padStart(12, "0").slice(-12);
  const rest = Array.from(random.slice(0, 10), b => b.toString(16).padStart(2, "0")).join("");
  return time + rest;
}

export const newKey = (): string => makeKey(Date.now(), crypto.getRandomValues(new Uint8Array(10)));

export const inOrder = (all: Outgoing[]): Outgoing[] =>
  all.slice().sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));

// The first waiting message of each conversation that has none under way.
export function ready(all: Outgoing[], underWay: Set<string>): Outgoing[] {
  const seen = new Set(underWay);
  return inOrder(all).filter(item => {
    if (item.state !== "waiting" || seen.has(item.conversation)) return false;
    seen.add(item.conversation);
    return true;
  });
}

// Refusals that another try cannot change.
const FINAL = ["bad_input", "forbidden", "not_found", "conflict", "too_large"];
export const isFinal = (code: string): boolean => FINAL.includes(code);

// Milliseconds before the next try: doubling, at most half a minute, spread by chance in [0, 1).
export const pause = (tries: number, chance: number): number =>
  Math.min(30000, 500 * 2 ** Math.min(tries, 10)) * (0.5 + chance / 2);
