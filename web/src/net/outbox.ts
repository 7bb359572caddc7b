// Sends what is stored in the outbox: uploads first, then the message, again and again until the
// server takes or truly refuses it. The key makes a resend harmless.
import type { Ops } from "../api";
import { PART, putParts } from "./http";
import { isFinal, pause, ready } from "./order";
import { Outgoing, OutgoingFile, Refusal } from "./shapes";

type Sent = Ops["talk_send"]["out"];

export interface OutboxHooks {
  call<N extends keyof Ops>(op: N, input: Ops[N]["in"]): Promise<Ops[N]["out"]>;
  isOnline(): boolean;
  sent(item: Outgoing, out: Sent): Promise<void>;
  changed(item: Outgoing): Promise<void>;
  progress(key: string, share: number): void;
}

export class Outbox {
  readonly items = new Map<string, Outgoing>();
  private underWay = new Map<string, Promise<void>>();
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly hooks: OutboxHooks) {}

  clear(): void {
    this.items.clear();
    clearTimeout(this.timer);
  }

  // Resolves when the message of this conversation that is under way has been answered.
  settled(conversation: string): Promise<void> | undefined {
    return this.underWay.get(conversation);
  }

  work(): void {
    clearTimeout(this.timer);
    if (!this.hooks.isOnline()) return;
    for (const item of ready(Array.from(this.items.values()), new Set(this.underWay.keys()))) {
      const job = this.send(item).finally(() => {
        this.underWay.delete(item.conversation);
      });
      this.underWay.set(item.conversation, job);
      job.then(() => this.work(), error => this.failed(item, error));
    }
  }

  private failed(item: Outgoing, error: unknown): void {
    const refusal = error instanceof Refusal ? error : new Refusal({ code: "internal", sentence: String(error) });
    if (!this.items.has(item.key)) return this.work();
    if (isFinal(refusal.code)) {
      const refused: Outgoing = { ...item, state: "refused", sentence: refusal.message };
      this.items.set(item.key, refused);
      this.hooks.changed(refused).then(() => this.work());
      return;
    }
    const wait = refusal.retry_after ? refusal.retry_after * 1000 : pause(this.tries++, Math.random());
    this.timer = setTimeout(() => this.work(), wait);
  }

  private async send(item: Outgoing): Promise<void> {
    const files: string[] = [];
    const all = item.files ?? [];
    for (let i = 0; i < all.length; i++) {
      const tell = (share: number) => this.hooks.progress(item.key, (i + share) / all.length);
      files.push(await this.upload(item, all[i], tell));
    }
    const out = await this.hooks.call("talk_send", {
      conversation: item.conversation,
      key: item.key,
      body: item.body || undefined,
      files: files.length ? files : undefined,
      mentions: item.mentions,
      mentions_all: item.mentions_all,
      reply_to: item.quote?.seq,
      voice: item.voice,
      place: item.place,
      contact: item.contact,
      wants_confirm: item.wants_confirm,
    });
    this.tries = 0;
    this.items.delete(item.key);
    await this.hooks.sent(item, out);
  }

  // A repeated file_begin answers what it answered first, so what has come since is asked for;
  // undefined when all of it was made a file already.
  private async received(upload: string): Promise<number | undefined> {
    try {
      return (await this.hooks.call("file_state", { upload })).received;
    } catch (error) {
      if ((error as Refusal).code === "not_found") return undefined;
      throw error;
    }
  }

  private async upload(item: Outgoing, file: OutgoingFile, tell: (share: number) => void): Promise<string> {
    if (file.done) return file.done.id;
    const { name, type, size, key } = file;
    const begun = await this.hooks.call("file_begin", { name, type, size, key });
    const received = size > PART ? await this.received(begun.upload) : 0;
    await putParts(begun.upload, file.blob, received ?? size, tell);
    const out = await this.hooks.call("file_finish", { upload: begun.upload, key: `${key}-end` });
    file.done = out.file;
    await this.hooks.changed(item);
    return out.file.id;
  }
}
