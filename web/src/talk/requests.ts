// Who waits to be let into the reader's groups.
import { computed, effect } from "@preact/signals";
import { manages } from "../net/attention";
import { call, conversations, learn, news, requests, status } from "../net/state";

const MOST_ASKED = 20; // groups that are asked at a time

export async function readRequests(conversation: string): Promise<void> {
  const out = await call("talk_requests", { conversation });
  learn(out.people);
  requests.value = new Map(requests.value).set(conversation, out.requests);
}

// Which groups have to be asked again after somebody's request came or went.
function touched(person: string, conversation?: string): string[] {
  if (conversation) return [conversation];
  return Array.from(requests.peek()).filter(([, list]) => list.some(r => r.person === person)).map(([id]) => id);
}

let isKept = false;
const isOnline = computed(() => status.value.link === "online");

// From now on the signal `requests` is kept in step with the server.
export function keepRequests(): void {
  if (isKept) return;
  isKept = true;
  effect(() => {
    if (!isOnline.value) return;
    const asking = conversations.peek().filter(c => manages(c) && c.switches?.asks_managers).slice(0, MOST_ASKED);
    for (const c of asking) readRequests(c.id).catch(() => undefined);
  });
  effect(() => {
    const told = news.request.value;
    if (told) for (const id of touched(told.id, told.put?.conversation)) readRequests(id).catch(() => undefined);
  });
}
