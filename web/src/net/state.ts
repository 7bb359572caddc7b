// What the page knows, as signals: painted from the database first, then kept in step with the
// batches that the engine tells.
import { batch as together, computed, signal } from "@preact/signals";
import type { Ops, OrgPerson, TalkConversation, TalkDraftRow, TalkMessage, TalkRequest } from "../api";
import { language } from "../base/i18n";
import { arranged, weight } from "./attention";
import { blockOf, BLOCK, merge } from "./blocks";
import { post } from "./http";
import { ask, connect, listen, SIGNED_IN } from "./link";
import { inOrder } from "./order";
import type { Batch, Held, Me, Outgoing, Push, Reminder, Status } from "./shapes";
import * as store from "./store";

export const status = signal<Status>({ link: "starting", has_session: null });
export const me = signal<Me | null>(null);
export const isPainted = signal(false); // the database has been read
export const held = signal<ReadonlyMap<string, Held>>(new Map());
export const more = signal<string | null>(null);
export const outgoing = signal<readonly Outgoing[]>([]);
export const progress = signal<{ readonly [key: string]: number }>({});
export const online = signal<{ readonly [person: string]: boolean }>({});
export const typing = signal<readonly { conversation: string; person: string; until: number }[]>([]);
// What other modules of the page listen to: the last draft and the last request told, how often
// waiting messages and announcements changed.
export const news = { draft: signal<TalkDraftRow | null>(null), request: signal<{ id: string; put?: TalkRequest } | null>(null), scheduled: signal(0), announcements: signal(0), reminders: signal<readonly Reminder[]>([]), exported: signal(0) };
// Who waits to be let into which group of the reader's, as far as it was asked for.
export const requests = signal<ReadonlyMap<string, readonly TalkRequest[]>>(new Map());
const peopleVersion = signal(0);
const people = new Map<string, OrgPerson>();

export const conversations = computed<TalkConversation[]>(() =>
  arranged(Array.from(held.value.values(), h => h.it).filter(c => c.kind === "group" || c.last || c.last_seq > 0)),
);
export const unreadTotal = computed(() => conversations.value.reduce((sum, c) => sum + weight(c), 0));
export const isAdmin = computed(() => me.value?.organisation.role === "owner" || me.value?.organisation.role === "admin");

// ---- one op ---------------------------------------------------------------------------------------

export function call<N extends keyof Ops>(op: N, input: Ops[N]["in"]): Promise<Ops[N]["out"]> {
  return ask("call", { op, in: input }) as Promise<Ops[N]["out"]>;
}

// For what comes before or changes the session: only HTTP can set the cookie.
export function callDirect<N extends keyof Ops>(op: N, input: Ops[N]["in"]): Promise<Ops[N]["out"]> {
  return post(op, input, language.value);
}

// ---- people ---------------------------------------------------------------------------------------

const wanted = new Set<string>();
const unknown = new Set<string>();
let lookup: Promise<void> | null = null;

// Cards, or faces: name and picture only, as they come with messages; those leave the rest as it was.
export function learn(list: OrgPerson[] | undefined): void {
  if (!list || !list.length) return;
  for (const p of list) {
    const old = people.get(p.id);
    people.set(p.id, p.role ? { ...p, posts: p.posts ?? old?.posts, login: p.login ?? old?.login } : { ...old, ...p });
  }
  peopleVersion.value++;
}

// The person, if known; otherwise they are looked for and the caller is drawn again.
export function person(id: string): OrgPerson | undefined {
  peopleVersion.value;
  const known = people.get(id);
  if (!known && id && !unknown.has(id)) {
    wanted.add(id);
    if (!lookup) lookup = Promise.resolve().then(lookUp);
  }
  return known;
}

async function lookUp(): Promise<void> {
  const ids = Array.from(wanted).slice(0, 100);
  ids.forEach(id => wanted.delete(id));
  const stored = await store.readPeople(ids);
  learn(stored);
  const missing = ids.filter(id => !people.has(id));
  if (missing.length) {
    missing.forEach(id => unknown.add(id));
    await call("org_people", { ids: missing }).then(
      out => learn(out.people),
      () => setTimeout(() => missing.forEach(id => unknown.delete(id)), 5000),
    );
  }
  lookup = null;
  if (wanted.size) lookup = lookUp();
}

// ---- rooms ----------------------------------------------------------------------------------------

// The messages of one conversation that are in memory.
export class Room {
  readonly version = signal(0);
  readonly pinned = signal(0); // rises when a message goes to the top or away from it
  private messages = new Map<number, TalkMessage>();
  private loading = new Set<number>();

  constructor(readonly id: string) {}

  get(seq: number): TalkMessage | undefined {
    return this.messages.get(seq);
  }

  // All that are in memory, in their order.
  all(): TalkMessage[] {
    return Array.from(this.messages.values()).sort((a, b) => a.seq - b.seq);
  }

  // The message and those of its answers that are in memory.
  answers(seq: number): TalkMessage[] {
    this.version.value;
    return this.all().filter(m => m.seq === seq || m.quote?.seq === seq);
  }

  take(messages: TalkMessage[]): void {
    for (const m of messages) {
      const old = this.messages.get(m.seq);
      if (!!m.is_pinned !== !!old?.is_pinned) this.pinned.value++;
      this.messages.set(m.seq, merge(old, m));
    }
    this.version.value++;
  }

  drop(): void {
    this.messages.clear();
    this.version.value++;
  }

  // Brings [from, to] into memory: from the database, and what is missing there from the server.
  async want(from: number, to: number): Promise<void> {
    for (let at = blockOf(from); at <= blockOf(to); at++) {
      if (this.loading.has(at)) continue;
      const low = Math.max(from, at * BLOCK);
      const high = Math.min(to, at * BLOCK + BLOCK - 1);
      if (this.hasAll(low, high)) continue;
      this.loading.add(at);
      this.loadBlock(at, low, high)
        .catch(() => new Promise(r => setTimeout(r, 1500)))
        .then(() => this.loading.delete(at));
    }
  }

  private hasAll(from: number, to: number): boolean {
    for (let seq = from; seq <= to; seq++) if (!this.messages.has(seq)) return false;
    return true;
  }

  private async loadBlock(at: number, low: number, high: number): Promise<void> {
    const stored = await store.readMessages(this.id, at * BLOCK, at * BLOCK);
    if (stored.length) this.take(stored);
    if (!this.hasAll(low, high)) await ask("fill", { conversation: this.id, from: low, to: high });
  }

  // Blocks far from what is looked at leave memory; the database still has them.
  trim(first: number, last: number): void {
    if (this.messages.size < 1500) return;
    for (const seq of this.messages.keys())
      if (seq < first - 400 || seq > last + 400) this.messages.delete(seq);
  }
}

const KEPT_ROOMS = 4;
const rooms = new Map<string, Room>();

export function room(id: string): Room {
  const known = rooms.get(id) ?? new Room(id);
  rooms.delete(id);
  rooms.set(id, known);
  if (rooms.size > KEPT_ROOMS) rooms.delete(rooms.keys().next().value!);
  return known;
}

// ---- batches --------------------------------------------------------------------------------------

function takeBatch(b: Batch): void {
  if (b.is_reset) {
    people.clear();
    unknown.clear();
    for (const r of rooms.values()) r.drop();
    held.value = new Map();
    requests.value = new Map();
    if (!b.epoch) {
      me.value = null;
      localStorage.removeItem(SIGNED_IN);
      outgoing.value = [];
      news.reminders.value = [];
      rooms.clear();
    }
  }
  if (b.me) {
    me.value = b.me;
    localStorage.setItem(SIGNED_IN, "yes");
    learn([b.me.person]);
  }
  if (b.more !== undefined) more.value = b.more;
  learn(b.people);
  if (b.conversations || b.gone) {
    const next = new Map(held.value);
    for (const id of b.gone ?? []) next.delete(id);
    for (const h of b.conversations ?? []) next.set(h.id, h);
    held.value = next;
  }
  for (const id of b.dropped ?? []) rooms.get(id)?.drop();
  if (b.messages) endTyping(b.messages);
  for (const id of Object.keys(b.messages ?? {})) rooms.get(id)?.take(b.messages![id]);
  if (b.outgoing || b.settled) {
    const gone = new Set(b.settled);
    const next = new Map(outgoing.value.map(o => [o.key, o]));
    for (const item of b.outgoing ?? []) next.set(item.key, item);
    outgoing.value = inOrder(Array.from(next.values()).filter(o => !gone.has(o.key)));
  }
}

const TYPING_FOR = 6000;

// Who has sent something is no longer writing it.
function endTyping(messages: { [conversation: string]: TalkMessage[] }): void {
  const isDone = (x: { conversation: string; person: string }) => messages[x.conversation]?.some(m => m.author === x.person && m.at > Date.now() - TYPING_FOR);
  if (typing.value.some(isDone)) typing.value = typing.value.filter(x => !isDone(x));
}

function takeTyping(news: { conversation: string; person: string }): void {
  const now = Date.now();
  const others = typing.value.filter(x => x.until > now && (x.person !== news.person || x.conversation !== news.conversation));
  typing.value = [...others, { ...news, until: now + TYPING_FOR }];
  setTimeout(() => (typing.value = typing.value.filter(x => x.until > Date.now())), TYPING_FOR + 50);
}

// One notice for a message, however often one is reminded of it.
function takeReminder(next: Reminder): void {
  news.reminders.value = [...news.reminders.value.filter(r => r.conversation !== next.conversation || r.seq !== next.seq), next];
}

function take(push: Push): void {
  together(() => {
    if ("batch" in push) takeBatch(push.batch);
    else if ("status" in push) status.value = push.status;
    else if ("typing" in push) takeTyping(push.typing);
    else if ("presence" in push) online.value = { ...online.value, ...push.presence };
    else if ("draft" in push) news.draft.value = push.draft;
    else if ("remind" in push) takeReminder(push.remind);
    else if ("exported" in push) news.exported.value++;
    else if ("request" in push) news.request.value = push.request;
    else if ("scheduled" in push) news.scheduled.value++;
    else if ("announcements" in push) news.announcements.value++;
    else if ("progress" in push) progress.value = { ...progress.value, [push.progress.key]: push.progress.share };
  });
}

// Reads the database first, so that the screen does not wait for the network.
export async function startState(): Promise<void> {
  const queue: Push[] = [];
  let isReady = false;
  listen(push => (isReady ? take(push) : void queue.push(push)));
  connect();
  const [facts, stored, box] = await Promise.all([store.readFacts(), store.readConversations(), store.readOutbox()]);
  together(() => {
    takeBatch({ me: facts.me, more: facts.more, conversations: stored, outgoing: box });
    isReady = true;
    queue.forEach(take);
    isPainted.value = true;
  });
}

// ---- what a page asks for ---------------------------------------------------------------------

const watching = new Map<symbol, string[]>();

// Presence for people on screen; the answer is a function that ends it.
export function watchPeople(ids: string[]): () => void {
  const mark = Symbol();
  const tell = () => void ask("watch", { people: Array.from(new Set(([] as string[]).concat(...watching.values()))) });
  watching.set(mark, ids);
  tell();
  return () => {
    watching.delete(mark);
    tell();
  };
}
