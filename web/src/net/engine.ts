// The owner of socket and database. One engine serves all pages of the browser; it writes each
// batch in one transaction and then tells the pages what changed.
import type { Ops, OrgPerson, OrgSession, TalkConversation, TalkMessage } from "../api";
import { asTold, BLOCK, blocksToFetch, isHollow, tooMuch, withHollows, withMine } from "./blocks";
import { languageSpoken, post, speak } from "./http";
import { Outbox } from "./outbox";
import { Ask, Asks, Batch, Held, Me, Outgoing, Push, Refusal, Reminder, Status } from "./shapes";
import { RENEWED, Socket, SocketEvent } from "./socket";
import * as store from "./store";

export interface Port {
  tell(push: Push): void;
  room: string | null;
  watched: string[];
}

type Answers = { [N in keyof Asks]: (port: Port, input: Asks[N]["in"]) => Promise<Asks[N]["out"]> };

function isInside(me: Ops["org_me"]["out"]): me is Me {
  return !!me.organisation && !!me.person;
}

const READ_EVERY = 1000;
const WATCH_AFTER = 300;
const MOST_WATCHED = 200;
const MOST_BLOCKS = 200; // of one conversation
const MOST_BYTES = 64 << 20; // of all conversations' messages

export class Engine {
  private ports = new Set<Port>();
  private status: Status = { link: "starting", has_session: null };
  private me: Me | undefined;
  private epoch: string | undefined;
  private time: number | undefined;
  private more: string | null | undefined;
  private held = new Map<string, Held>();
  private reads: { [conversation: string]: number } = {};
  private unsent = new Set<string>(); // conversations with a read mark to send
  private readTimer: ReturnType<typeof setTimeout> | undefined;
  private readAt = 0;
  private watchTimer: ReturnType<typeof setTimeout> | undefined;
  private named = new Set<string>(); // groups whose nicknames were asked for over this line
  private fetching = new Map<string, Promise<void>>();
  private events: Promise<unknown> = Promise.resolve();
  private socket: Socket;
  private outbox: Outbox;
  private loaded: Promise<void>;
  private failures = 0;

  // isEarly: somebody was signed in before, so that the line may open while the database is read.
  constructor(isEarly = false) {
    this.socket = new Socket({
      opened: () => void this.opened(),
      closed: (code, hasOpened) => void this.closed(code, hasOpened),
      heard: event => this.heard(event),
    });
    this.outbox = new Outbox({
      call: (op, input) => this.call(op, input),
      isOnline: () => this.status.link === "online",
      sent: (item, out) => this.sent(item, out),
      changed: item => this.write({ outgoing: [item] }),
      progress: (key, share) => this.tell({ progress: { key, share } }),
    });
    if (isEarly) this.socket.start();
    this.loaded = this.load().then(() => this.begin());
  }

  // ---- pages ------------------------------------------------------------------------------------

  attach(port: Port): void {
    this.ports.add(port);
    port.tell({ status: this.status });
  }

  detach(port: Port): void {
    this.ports.delete(port);
    this.watchSoon();
  }

  async answer(port: Port, ask: Ask): Promise<void> {
    try {
      if (ask.ask === "speak") this.speak((ask.in as Asks["speak"]["in"]).language); // before the first connection
      await this.loaded;
      const run = this.answers[ask.ask] as (port: Port, input: any) => Promise<unknown>;
      port.tell({ reply: ask.id, out: await run(port, ask.in) });
    } catch (error) {
      const { code, field, retry_after } = error as Refusal;
      const sentence = error instanceof Error ? error.message : String(error);
      port.tell({ reply: ask.id, error: { code: code ?? "internal", sentence, field, retry_after } });
    }
  }

  private answers: Answers = {
    call: (_, input) => this.callForPage(input.op, input.in),
    start: async () => {
      await this.restart();
      return {};
    },
    stop: async () => {
      await this.forget();
      return {};
    },
    open: async (port, { conversation }) => {
      const before = port.room;
      port.room = conversation;
      if (conversation) void this.unmark(conversation).catch(error => console.error(error));
      if (before && before !== conversation) void this.makeRoom(before).catch(error => console.error(error));
      if (conversation) await this.catchUp(conversation);
      return {};
    },
    fill: async (_, { conversation, from, to }) => {
      await this.fill(conversation, from, to);
      return {};
    },
    older: async () => {
      await this.older();
      return {};
    },
    send: async (_, item) => {
      this.outbox.items.set(item.key, item);
      await this.write({ outgoing: [item] });
      this.outbox.work();
      return {};
    },
    retry: async (_, { key }) => {
      const item = this.outbox.items.get(key);
      if (item) {
        const again: Outgoing = { ...item, state: "waiting", sentence: undefined };
        this.outbox.items.set(key, again);
        await this.write({ outgoing: [again] });
        this.outbox.work();
      }
      return {};
    },
    discard: async (_, { key }) => {
      this.outbox.items.delete(key);
      await this.write({ settled: [key] });
      return {};
    },
    read: async (_, { conversation, upto }) => {
      await this.read(conversation, upto);
      return {};
    },
    watch: async (port, { people }) => {
      port.watched = people;
      this.watchSoon();
      return {};
    },
    wake: async () => {
      this.socket.wake();
      return {};
    },
    speak: async () => ({}),
    bye: async port => {
      this.detach(port);
      return {};
    },
  };

  private speak(language: string): void {
    const isOther = languageSpoken() !== language;
    speak(language);
    if (isOther) this.socket.renew();
  }

  private tell(push: Push): void {
    for (const port of this.ports) port.tell(push);
  }

  private setStatus(change: Partial<Status>): void {
    this.status = { ...this.status, ...change };
    this.tell({ status: this.status });
  }

  // ---- state ------------------------------------------------------------------------------------

  private async load(): Promise<void> {
    const [facts, conversations, outgoing] = await Promise.all([
      store.readFacts(), store.readConversations(), store.readOutbox(),
    ]);
    this.me = facts.me;
    this.epoch = facts.epoch;
    this.time = facts.time;
    this.more = facts.more;
    this.reads = facts.reads ?? {};
    this.unsent = new Set(Object.keys(this.reads));
    this.held = new Map(conversations.map(h => [h.id, h]));
    for (const item of outgoing) this.outbox.items.set(item.key, item);
  }

  // With stored data the socket is tried at once; without, HTTP tells whether there is a session.
  private async begin(): Promise<void> {
    if (this.me) {
      this.setStatus({ has_session: true, link: "connecting" });
      this.socket.start();
      return;
    }
    await this.askWhoIAm();
  }

  private async askWhoIAm(): Promise<void> {
    try {
      const me = await post("org_me", {});
      if (!isInside(me)) return this.setStatus({ has_session: true, is_outside: true });
      await this.write({ me });
      this.setStatus({ has_session: true, link: "connecting" });
      this.socket.start();
    } catch (error) {
      if ((error as Refusal).code === "unauthenticated") await this.signedOut();
      else {
        this.setStatus({ link: "offline" });
        setTimeout(() => !this.me && this.status.has_session !== false && this.askWhoIAm(), 3000);
      }
    }
  }

  private async restart(): Promise<void> {
    await this.forget();
    this.setStatus({ has_session: null, is_outside: false, link: "starting" });
    await this.askWhoIAm();
  }

  private async signedOut(): Promise<void> {
    await this.forget();
    this.setStatus({ has_session: false, link: "offline" });
  }

  private async forget(): Promise<void> {
    this.socket.stop();
    this.outbox.clear();
    this.held.clear();
    this.reads = {};
    this.unsent.clear();
    this.me = this.epoch = this.time = this.more = undefined;
    await store.clear();
    this.tell({ batch: { is_reset: true } });
  }

  // The one way in: memory, database and pages learn a batch together.
  private async write(batch: Batch): Promise<void> {
    if (batch.is_reset) this.held.clear();
    if (batch.me) this.me = batch.me;
    if (batch.epoch !== undefined) this.epoch = batch.epoch;
    if (batch.time !== undefined) this.time = batch.time;
    if (batch.more !== undefined) this.more = batch.more;
    for (const id of batch.gone ?? []) this.held.delete(id);
    for (const held of batch.conversations ?? []) this.held.set(held.id, held);
    await store.apply(batch);
    this.tell({ batch });
  }

  private call<N extends keyof Ops>(op: N, input: Ops[N]["in"]): Promise<Ops[N]["out"]> {
    return this.socket.isOpen ? this.socket.call(op, input) : post(op, input);
  }

  // Whoever was shown once has a name when there is no line.
  private async callForPage(op: keyof Ops, input: unknown): Promise<unknown> {
    const out = await this.call(op, input as never);
    const { people, messages } = out as { people?: OrgPerson[]; messages?: TalkMessage[] };
    if (people?.length) await this.write({ people });
    return op === "talk_thread" ? { ...(out as object), messages: messages!.map(asTold) } : out;
  }

  // A conversation as the server tells it, beside what is stored of it. A read mark that is still on
  // its way counts as done.
  private hold(it: TalkConversation): Held {
    const mark = this.reads[it.id] ?? 0;
    const mine = mark > it.upto ? { ...it, upto: mark, unread: mark >= it.last_seq ? 0 : it.unread } : it;
    const old = this.held.get(it.id);
    return { id: it.id, it: mine, have: old?.have ?? 0, names: old?.names };
  }

  // ---- the connection ---------------------------------------------------------------------------

  private async opened(): Promise<void> {
    this.failures = 0;
    await this.loaded;
    this.named.clear();
    try {
      await this.sync();
      this.setStatus({ link: "online", has_session: true });
      this.outbox.work();
      this.flushReads();
      this.watchSoon();
      const me = await this.call("org_me", {});
      if (!isInside(me)) return await this.restart();
      await this.write({ me });
      const rooms = new Set(Array.from(this.ports, p => p.room).filter((r): r is string => !!r));
      await Promise.all(Array.from(rooms, room => this.catchUp(room)));
    } catch (error) {
      if ((error as Refusal).code === "unauthenticated") await this.signedOut();
    }
  }

  private async closed(code: number, hasOpened: boolean): Promise<void> {
    if (this.status.has_session === false) return;
    if (code === 4001) return this.signedOut();
    if (code === 4002) return this.restart();
    if (this.status.link !== "starting" && code !== RENEWED) this.setStatus({ link: "offline" });
    // A refused upgrade says nothing of its reason, so HTTP is asked now and then.
    if (!hasOpened && ++this.failures % 3 === 2) {
      const refused = await post("org_me", {}).then(() => null, (e: Refusal) => e.code);
      if (refused === "unauthenticated") await this.signedOut();
    }
  }

  private async sync(): Promise<void> {
    const out = await this.socket.call("talk_sync", { epoch: this.epoch, since: this.time }) as Ops["talk_sync"]["out"];
    const is_reset = out.is_reset || (this.epoch !== undefined && this.epoch !== out.epoch);
    const all = new Set(out.all);
    const gone = Array.from(this.held.keys()).filter(id => !all.has(id));
    if (is_reset) this.held.clear();
    await this.write({
      is_reset,
      epoch: out.epoch,
      time: out.time,
      more: out.more ?? (is_reset ? null : undefined),
      conversations: out.conversations.map(c => this.hold(c)),
      people: out.people,
      gone,
    });
  }

  private async older(): Promise<void> {
    if (!this.more) return;
    const out = await this.call("talk_list", { before: this.more, limit: 60 });
    await this.write({ conversations: out.conversations.map(c => this.hold(c)), people: out.people, more: out.more ?? null });
  }

  // ---- messages ---------------------------------------------------------------------------------

  // Brings the stored messages of a conversation to its present version and fetches its newest.
  private async catchUp(id: string): Promise<void> {
    let held = this.held.get(id);
    if (!held || this.more) {
      const out = await this.call("talk_get", { conversation: id });
      held = this.hold(out.conversation);
      await this.write({ conversations: [held], people: out.people });
    }
    if (held.have > 0 && held.it.version > held.have) await this.changes(held);
    const { last_seq, since } = held.it;
    if (last_seq > 0) await this.fill(id, Math.max(since, last_seq - 29), last_seq);
    if (held.it.kind === "group" && !this.named.has(id)) await this.readNames(id);
  }

  private async readNames(id: string): Promise<void> {
    this.named.add(id);
    const out = await this.call("talk_members", { conversation: id, is_named: true, limit: 500 });
    const now = this.held.get(id);
    if (!now || (!out.members.length && !now.names)) return;
    const names: { [person: string]: string } = {};
    for (const m of out.members) if (m.nickname) names[m.person] = m.nickname;
    await this.write({ conversations: [{ ...now, names }], people: out.people });
  }

  // What was marked as unread is so until it is opened.
  private async unmark(id: string): Promise<void> {
    const held = this.held.get(id);
    if (!held?.it.is_marked) return;
    await this.write({ conversations: [{ ...held, it: { ...held.it, is_marked: false } }] });
    await this.call("talk_attention", { conversation: id, is_marked: false });
  }

  // After a conversation was looked at: its oldest blocks go, then whole conversations that were
  // not looked at for the longest time.
  private async makeRoom(left: string): Promise<void> {
    if (!this.held.has(left)) return;
    await store.opened(left, Date.now(), MOST_BLOCKS);
    const inUse = new Set(Array.from(this.ports, p => p.room).filter((r): r is string => !!r));
    const dropped = tooMuch(await store.allKept(), MOST_BYTES, inUse);
    if (!dropped.length) return;
    const conversations = dropped.map(id => this.held.get(id)).filter((h): h is Held => !!h).map(h => ({ ...h, have: 0 }));
    await this.write({ dropped, conversations });
  }

  private changes(held: Held): Promise<void> {
    return this.once(`changes ${held.id}`, async () => {
      const from = await store.lowestHeld(held.id);
      const out = await this.call("talk_changes", { conversation: held.id, since: held.have, from });
      const now = this.held.get(held.id);
      if (!now) return;
      const have = out.is_too_many ? 0 : Math.max(now.have, out.version);
      const next: Held = { ...now, have };
      if (out.is_too_many) await this.write({ conversations: [next], dropped: [held.id] });
      else await this.write({ conversations: [next], messages: { [held.id]: out.messages.map(asTold) }, people: out.people });
    });
  }

  private async fill(id: string, from: number, to: number): Promise<void> {
    const stored = new Set((await store.readMessages(id, from, to)).map(m => m.seq));
    const blocks = blocksToFetch(from, to, seq => stored.has(seq));
    await Promise.all(blocks.map(at => this.once(`${id} ${at}`, () => this.fetchBlock(id, at))));
  }

  private async fetchBlock(id: string, at: number): Promise<void> {
    const before = this.held.get(id);
    if (!before) return;
    const from = Math.max(at * BLOCK, before.it.since, 1);
    const to = Math.min(at * BLOCK + BLOCK - 1, before.it.last_seq);
    const out = await this.call("talk_history", { conversation: id, before: to + 1, limit: to - from + 1 });
    const messages = withHollows(out.messages.map(asTold).filter(m => m.seq >= from && m.seq <= to), from, to);
    const now = this.held.get(id);
    if (!now) return;
    const conversations = now.have === 0 ? [{ ...now, have: before.it.version }] : undefined;
    await this.write({ messages: { [id]: messages }, people: out.people, conversations });
  }

  private once(name: string, work: () => Promise<void>): Promise<void> {
    const running = this.fetching.get(name);
    if (running) return running;
    const job = work().finally(() => this.fetching.delete(name));
    this.fetching.set(name, job);
    return job;
  }

  private async sent(item: Outgoing, out: Ops["talk_send"]["out"]): Promise<void> {
    const held = this.held.get(item.conversation);
    const files = item.files?.map(f => f.done!);
    const { voice, place, contact } = item;
    const message: TalkMessage = {
      extra: voice || place || contact ? { voice, place, contact } : undefined,
      seq: out.seq, version: out.version, at: out.at, author: this.me!.person.id,
      kind: files?.length ? "files" : "text", body: item.body, files, mentions: item.mentions,
      mentions_all: item.mentions_all, quote: item.quote, read: 0,
      unread: held ? Math.max(0, held.it.members - 1) : undefined,
    };
    await this.write({
      settled: [item.key],
      messages: { [item.conversation]: [message] },
      conversations: held ? [this.withMessage(held, message, out.version)] : undefined,
    });
  }

  // The conversation after a message came or changed.
  private withMessage(held: Held, message: TalkMessage, number: number): Held {
    const it = { ...held.it };
    const isNew = message.seq > it.last_seq;
    if (isNew || message.seq === it.last?.seq) it.last = message;
    if (isNew) {
      it.last_seq = message.seq;
      it.changed = message.at;
      const isMine = message.author === this.me?.person.id;
      if (!isMine && message.kind !== "notice") {
        it.unread = Math.min(100, it.unread + 1);
        if (message.mentions_all || message.mentions?.includes(this.me?.person.id ?? "")) it.is_mentioned = true;
      }
    }
    const isNext = held.have === 0 || number === held.have + 1;
    it.version = Math.max(it.version, number);
    return { ...held, it, have: isNext ? number : held.have };
  }

  // ---- events -----------------------------------------------------------------------------------

  private heard(event: SocketEvent): void {
    if (event.event === "typing") {
      this.tell({ typing: { conversation: event.topic, person: event.object.person } });
      return;
    }
    if (event.event === "presence") {
      this.tell({ presence: { [event.topic]: event.object.is_online } });
      return;
    }
    this.events = this.events.then(() => this.take(event)).catch(error => console.error(error));
  }

  private async take(event: SocketEvent): Promise<void> {
    if (event.topic === this.me?.person.id) return this.takeMine(event);
    if (event.kind === "message" && event.event === "put") return this.takeMessage(event.topic, event.number ?? 0, event.object);
    if (event.kind === "conversation" && event.event === "put") return this.takeTitle(event.topic, event.number ?? 0, event.object);
    if (event.kind === "nickname") return this.takeNickname(event.topic, event.number ?? 0, event.object);
    const held = this.held.get(event.topic);
    if (held && event.number) await this.write({ conversations: [this.advanced(held, event.number, {})] });
  }

  private async takeMessage(id: string, number: number, message: TalkMessage): Promise<void> {
    const isMine = message.author === this.me?.person.id;
    if (isMine) await Promise.race([this.outbox.settled(id)?.catch(() => undefined), new Promise(r => setTimeout(r, 5000))]);
    const held = this.held.get(id);
    if (!held) return this.catchUp(id);
    const next = this.withMessage(held, message, number);
    await this.write({ conversations: [next], messages: { [id]: [message] } });
    await this.repair(next);
  }

  private async takeNickname(id: string, number: number, { person, nickname }: { person: string; nickname?: string }): Promise<void> {
    const held = this.held.get(id);
    if (!held) return;
    const { [person]: _former, ...names } = held.names ?? {};
    if (nickname) names[person] = nickname;
    const own = person === this.me?.person.id ? { nickname } : {};
    await this.write({ conversations: [{ ...this.advanced(held, number, own), names }] });
  }

  // What a group is to everybody; what is empty or off is absent.
  private async takeTitle(id: string, number: number, object: Pick<TalkConversation, "title" | "members" | "avatar" | "switches" | "is_closed" | "number">): Promise<void> {
    const held = this.held.get(id);
    if (!held) return;
    const { title, members, avatar, switches, is_closed, number: called } = object;
    if (members !== held.it.members) this.named.delete(id); // whoever comes back has no nickname any more
    const next = this.advanced(held, number, { title, members, avatar, switches, is_closed, number: called });
    await this.write({ conversations: [next] });
    await this.repair(next);
  }

  private advanced(held: Held, number: number, change: Partial<TalkConversation>): Held {
    const it = { ...held.it, ...change, version: Math.max(held.it.version, number) };
    return { ...held, it, have: number === held.have + 1 ? number : held.have };
  }

  // A number was missed: at once for a room on screen, else when it is opened.
  private async repair(held: Held): Promise<void> {
    const isOpen = Array.from(this.ports).some(p => p.room === held.id);
    if (isOpen && held.it.version > held.have) await this.changes(held);
  }

  private async takeMine(event: SocketEvent): Promise<void> {
    const { kind, object } = event;
    if (kind === "conversation" && event.event === "drop") return this.write({ gone: [event.id!] });
    if (kind === "conversation") return this.write({ conversations: [this.hold(object as TalkConversation)] });
    if (kind === "cursor") return this.takeCursor(object);
    if (kind === "receipts") return this.takeReceipts(object);
    if (kind === "person") return this.takeOwnCard(object);
    if (kind === "answer") return this.takeAnswer(object);
    if (kind === "draft") return this.tell({ draft: object });
    if (kind === "remind") return this.takeReminder(object as Reminder);
    if (kind === "export") return this.tell({ exported: true });
    if (kind === "scheduled") return this.tell({ scheduled: true });
    if (kind === "request") return this.tell({ request: { id: event.id!, put: event.event === "put" ? object : undefined } });
    if (kind === "announcement" || kind === "announcement_counts") return this.tell({ announcements: true });
    if (kind === "quiet" || kind === "disturbance") return this.tell({ heard: { [kind]: object } });
    if (kind === "session" && event.event === "put") {
      const others = this.me!.new_sessions.filter(s => s.id !== object.id);
      return this.write({ me: { ...this.me!, new_sessions: [...others, object as OrgSession] } });
    }
  }

  // What this person chose on a card, here or on another device.
  private async takeAnswer({ conversation, seq, mine }: { conversation: string; seq: number; mine?: string }): Promise<void> {
    const message = (await store.readMessages(conversation, seq, seq)).find(m => m.seq === seq);
    if (message) await this.write({ messages: { [conversation]: [withMine(message, mine ?? "")] } });
  }

  // Reminded of a message, one is called by it as by a mention.
  private async takeReminder(reminder: Reminder): Promise<void> {
    const held = this.held.get(reminder.conversation);
    if (!held) await this.catchUp(reminder.conversation);
    else if (reminder.seq > held.it.upto) await this.write({ conversations: [{ ...held, it: { ...held.it, is_mentioned: true } }] });
    this.tell({ remind: reminder });
  }

  private takeOwnCard(card: OrgPerson): Promise<void> {
    const organisation = { ...this.me!.organisation, role: card.role ?? this.me!.organisation.role };
    return this.write({ people: [card], me: { ...this.me!, organisation, person: card } });
  }

  private async takeCursor(mark: { conversation: string; upto: number; unread: number }): Promise<void> {
    const held = this.held.get(mark.conversation);
    if (!held || mark.upto < held.it.upto) return;
    const is_mentioned = mark.unread > 0 && held.it.is_mentioned;
    await this.write({ conversations: [{ ...held, it: { ...held.it, upto: mark.upto, unread: mark.unread, is_mentioned } }] });
  }

  private async takeReceipts(receipts: { conversation: string; counts: { seq: number; read: number; unread: number }[] }): Promise<void> {
    const { conversation, counts } = receipts;
    const seqs = counts.map(c => c.seq);
    const stored = await store.readMessages(conversation, Math.min(...seqs), Math.max(...seqs));
    const bySeq = new Map(stored.map(m => [m.seq, m]));
    const messages: TalkMessage[] = [];
    for (const { seq, read, unread } of counts) {
      const message = bySeq.get(seq);
      if (message && !isHollow(message)) messages.push({ ...message, read, unread });
    }
    if (messages.length) await this.write({ messages: { [conversation]: messages } });
  }

  // ---- read marks and presence ------------------------------------------------------------------

  private async read(id: string, upto: number): Promise<void> {
    const held = this.held.get(id);
    if (!held || upto <= held.it.upto) return;
    const passed = upto - held.it.upto;
    const unread = upto >= held.it.last_seq ? 0 : Math.max(0, held.it.unread - passed);
    this.reads = { ...this.reads, [id]: upto };
    this.unsent.add(id);
    const it = { ...held.it, upto, unread, is_mentioned: unread > 0 && held.it.is_mentioned };
    await this.write({ conversations: [{ ...held, it }], reads: this.reads });
    const wait = Math.max(0, this.readAt + READ_EVERY - Date.now());
    if (this.readTimer === undefined) this.readTimer = setTimeout(() => this.flushReads(), wait);
  }

  private flushReads(): void {
    this.readTimer = undefined;
    this.readAt = Date.now();
    if (this.status.link !== "online") return;
    const marks = Array.from(this.unsent);
    this.unsent.clear();
    for (const id of marks) {
      const upto = this.reads[id];
      this.call("talk_read", { conversation: id, upto }).then(
        () => this.readDone(id, upto),
        (error: Refusal) => (error.code === "offline" ? void this.unsent.add(id) : this.readDone(id, upto)),
      );
    }
  }

  private async readDone(id: string, upto: number): Promise<void> {
    if (this.reads[id] !== upto) return;
    const { [id]: _done, ...rest } = this.reads;
    this.reads = rest;
    await this.write({ reads: rest });
  }

  private watchSoon(): void {
    clearTimeout(this.watchTimer);
    this.watchTimer = setTimeout(() => this.watch(), WATCH_AFTER);
  }

  private async watch(): Promise<void> {
    const people = Array.from(new Set(Array.from(this.ports).reduce<string[]>((all, p) => all.concat(p.watched), []))).slice(0, MOST_WATCHED);
    if (this.status.link !== "online") return;
    const out = await this.call("talk_watch", { people }).catch(() => null);
    if (!out) return;
    const online = new Set(out.online);
    const presence: { [person: string]: boolean } = {};
    for (const id of people) presence[id] = online.has(id);
    this.tell({ presence });
  }
}

