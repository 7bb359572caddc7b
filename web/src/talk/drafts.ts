// What was begun and not sent: kept on this device at once, and on the server for one's other devices.
// What is newer here goes there; what changed there comes here unless something newer waits to go.
import { effect, signal } from "@preact/signals";
import type { TalkDraftRow } from "../api";
import { call, news, status } from "../net/state";
import type { Refusal } from "../net/shapes";

interface Draft {
  body: string; // empty: to be taken away on the server
  reply?: number;
  isNew?: boolean; // the server has not heard of it yet
  isThere?: boolean; // the server holds some draft of the conversation
}
type Drafts = { readonly [conversation: string]: Draft };

const KEY = "drafts";
const EVERY = 2000;

function read(): Drafts {
  const stored: { [conversation: string]: Draft | string } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  const all: { [conversation: string]: Draft } = {};
  for (const [id, d] of Object.entries(stored)) all[id] = typeof d === "string" ? { body: d, isNew: true } : d;
  return all;
}

const drafts = signal<Drafts>(read());
// The last one that was written on another device.
export const adopted = signal<{ conversation: string; body: string } | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export const draftOf = (conversation: string): string => drafts.value[conversation]?.body ?? "";
export const draftReply = (conversation: string): number | undefined => drafts.peek()[conversation]?.reply;

function put(conversation: string, draft: Draft | undefined): void {
  const { [conversation]: _old, ...rest } = drafts.peek();
  drafts.value = draft ? { ...rest, [conversation]: draft } : rest;
  localStorage.setItem(KEY, JSON.stringify(drafts.value));
}

export function keepDraft(conversation: string, body: string, reply?: number): void {
  const old = drafts.peek()[conversation];
  if ((old?.body ?? "") === body && (old?.reply === reply || !body)) return;
  put(conversation, body || old?.isThere ? { body, reply, isNew: true, isThere: old?.isThere } : undefined);
  if (timer === undefined) timer = setTimeout(tellDrafts, EVERY);
}

// At once, as when the conversation is left.
export function tellDrafts(): void {
  clearTimeout(timer);
  timer = undefined;
  if (status.peek().link !== "online") return;
  for (const [id, draft] of Object.entries(drafts.peek())) if (draft.isNew) void tell(id, draft);
}

async function tell(conversation: string, draft: Draft): Promise<void> {
  const { body, reply } = draft;
  const code = await call("talk_draft", { conversation, body, reply_to: body ? reply : undefined }).then(() => "", (e: Refusal) => e.code);
  const now = drafts.peek()[conversation];
  if (code === "offline" || !now) return;
  const isThere = !code && !!body;
  if (now !== draft) return put(conversation, { ...now, isThere });
  put(conversation, body ? { body, reply, isThere } : undefined);
}

function adopt(row: TalkDraftRow): void {
  const old = drafts.peek()[row.conversation];
  if (old?.isNew) return;
  if ((old?.body ?? "") !== row.body) adopted.value = { conversation: row.conversation, body: row.body };
  put(row.conversation, row.body ? { body: row.body, reply: row.reply_to, isThere: true } : undefined);
}

async function meet(): Promise<void> {
  const out = await call("talk_drafts", {}).catch(() => null);
  if (!out) return;
  const there = new Set(out.drafts.map(d => d.conversation));
  for (const [id, d] of Object.entries(drafts.peek())) if (d.isThere && !d.isNew && !there.has(id)) put(id, undefined);
  out.drafts.forEach(adopt);
  tellDrafts();
}

effect(() => {
  if (status.value.link === "online") void meet();
});
effect(() => {
  if (news.draft.value) adopt(news.draft.value);
});

export function dropDrafts(): void {
  clearTimeout(timer);
  drafts.value = {};
  localStorage.removeItem(KEY);
}
