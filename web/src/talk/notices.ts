// Which group notices have been put away on this device.
const NAME = "notices";
const MOST = 200;

type Seen = [conversation: string, seq: number][];

function read(): Seen {
  try {
    return JSON.parse(localStorage.getItem(NAME) ?? "[]");
  } catch {
    return [];
  }
}

export const noticeSeen = (conversation: string): number => read().find(([id]) => id === conversation)?.[1] ?? 0;

export function putAway(conversation: string, seq: number): void {
  const others = read().filter(([id]) => id !== conversation);
  localStorage.setItem(NAME, JSON.stringify([[conversation, seq], ...others].slice(0, MOST)));
}
