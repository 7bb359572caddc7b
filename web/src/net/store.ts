// The database in the browser. One batch is written in one transaction together with its cursor;
// readers see it whole or not at all.
import type { OrgPerson, TalkMessage } from "../api";
import { blockOf, byBlock, Kept, mergeAll } from "./blocks";
import type { Batch, Held, Me, Outgoing } from "./shapes";

const NAME = "carillon";
const VERSION = 2;
const TABLES = ["facts", "conversations", "people", "blocks", "kept", "outbox"];

export interface Facts {
  me?: Me;
  epoch?: string;
  time?: number;
  more?: string | null;
  reads?: { [conversation: string]: number };
}

interface Block {
  conversation: string;
  at: number;
  messages: TalkMessage[];
  bytes: number; // about
}

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const finish = (tx: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve();
    tx.onerror = tx.onabort = () => reject(tx.error);
  });

let opening: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  if (opening) return opening;
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    const db = request.result;
    // Only the outbox is not known to the server; all else is read again.
    for (const name of TABLES) if (name !== "outbox" && db.objectStoreNames.contains(name)) db.deleteObjectStore(name);
    db.createObjectStore("facts");
    db.createObjectStore("conversations", { keyPath: "id" });
    db.createObjectStore("people", { keyPath: "id" });
    db.createObjectStore("blocks", { keyPath: ["conversation", "at"] });
    db.createObjectStore("kept", { keyPath: "id" });
    if (!db.objectStoreNames.contains("outbox")) db.createObjectStore("outbox", { keyPath: "key" });
  };
  opening = answer(request).then(db => {
    db.onversionchange = () => db.close();
    db.onclose = () => (opening = null);
    return db;
  });
  return opening;
}

export async function readFacts(): Promise<Facts> {
  const table = (await open()).transaction("facts").objectStore("facts");
  const names: (keyof Facts)[] = ["me", "epoch", "time", "more", "reads"];
  const values = await Promise.all(names.map(n => answer(table.get(n))));
  const facts: Facts = {};
  names.forEach((n, i) => (facts[n] = values[i]));
  return facts;
}

export async function readConversations(): Promise<Held[]> {
  return answer((await open()).transaction("conversations").objectStore("conversations").getAll());
}

export async function readOutbox(): Promise<Outgoing[]> {
  return answer((await open()).transaction("outbox").objectStore("outbox").getAll());
}

export async function readPeople(ids: string[]): Promise<OrgPerson[]> {
  const table = (await open()).transaction("people").objectStore("people");
  const found = await Promise.all(ids.map(id => answer<OrgPerson | undefined>(table.get(id))));
  return found.filter((p): p is OrgPerson => !!p);
}

// The stored messages of the blocks that hold from … to, rising.
export async function readMessages(conversation: string, from: number, to: number): Promise<TalkMessage[]> {
  const table = (await open()).transaction("blocks").objectStore("blocks");
  const range = IDBKeyRange.bound([conversation, blockOf(from)], [conversation, blockOf(to)]);
  const blocks: Block[] = await answer(table.getAll(range));
  return blocks.reduce<TalkMessage[]>((all, b) => all.concat(b.messages), []);
}

// The lowest message number stored; 0 when there is none.
export async function lowestHeld(conversation: string): Promise<number> {
  const table = (await open()).transaction("blocks").objectStore("blocks");
  const range = IDBKeyRange.bound([conversation, 0], [conversation, Infinity]);
  const cursor = await answer(table.openCursor(range));
  const block = cursor?.value as Block | undefined;
  return block?.messages[0]?.seq ?? 0;
}

async function readKept(table: IDBObjectStore, id: string): Promise<Kept> {
  return (await answer<Kept | undefined>(table.get(id))) ?? { id, bytes: 0, opened: 0 };
}

async function writeMessages(table: IDBObjectStore, sizes: IDBObjectStore, batch: Batch): Promise<void> {
  for (const conversation of Object.keys(batch.messages ?? {})) {
    const merged: TalkMessage[] = [];
    const kept = await readKept(sizes, conversation);
    for (const [at, next] of byBlock(batch.messages![conversation])) {
      const old: Block | undefined = await answer(table.get([conversation, at]));
      const messages = mergeAll(old?.messages ?? [], next);
      const bytes = JSON.stringify(messages).length;
      kept.bytes += bytes - (old?.bytes ?? 0);
      table.put({ conversation, at, messages, bytes });
      const touched = new Set(next.map(m => m.seq));
      merged.push(...messages.filter(m => touched.has(m.seq)));
    }
    sizes.put(kept);
    batch.messages![conversation] = merged;
  }
}

const wholeConversation = (id: string) => IDBKeyRange.bound([id, 0], [id, Infinity]);

// A face (a card without role) leaves what else is stored of the person as it was.
async function putPerson(table: IDBObjectStore, person: OrgPerson): Promise<void> {
  const old = person.role ? undefined : await answer<OrgPerson | undefined>(table.get(person.id));
  table.put({ ...old, ...person });
}

// Writes the batch. Afterwards batch.messages holds the merged states, which is what pages must see.
export async function apply(batch: Batch): Promise<void> {
  const tx = (await open()).transaction(TABLES, "readwrite");
  const done = finish(tx);
  const table = (name: string) => tx.objectStore(name);
  if (batch.is_reset) for (const name of ["conversations", "people", "blocks", "kept"]) table(name).clear();
  for (const name of ["me", "epoch", "time", "more", "reads"] as const)
    if (batch[name] !== undefined) table("facts").put(batch[name], name);
  for (const id of batch.gone ?? []) {
    table("conversations").delete(id);
    table("blocks").delete(wholeConversation(id));
    table("kept").delete(id);
  }
  for (const id of batch.dropped ?? []) {
    table("blocks").delete(wholeConversation(id));
    table("kept").delete(id);
  }
  for (const held of batch.conversations ?? []) table("conversations").put(held);
  for (const person of batch.people ?? []) void putPerson(table("people"), person);
  for (const item of batch.outgoing ?? []) table("outbox").put(item);
  for (const key of batch.settled ?? []) table("outbox").delete(key);
  await writeMessages(table("blocks"), table("kept"), batch);
  await done;
}

export async function allKept(): Promise<Kept[]> {
  return answer((await open()).transaction("kept").objectStore("kept").getAll());
}

// The conversation is looked at now; of its blocks the newest `most` stay.
export async function opened(id: string, at: number, most: number): Promise<void> {
  const tx = (await open()).transaction(["blocks", "kept"], "readwrite");
  const done = finish(tx);
  const blocks = tx.objectStore("blocks");
  const kept = await readKept(tx.objectStore("kept"), id);
  const keys = (await answer(blocks.getAllKeys(wholeConversation(id)))) as [string, number][];
  if (keys.length > most) {
    const old = IDBKeyRange.bound([id, 0], keys[keys.length - most - 1]);
    for (const block of await answer<Block[]>(blocks.getAll(old))) kept.bytes -= block.bytes;
    blocks.delete(old);
  }
  tx.objectStore("kept").put({ ...kept, opened: at });
  await done;
}

export async function clear(): Promise<void> {
  const tx = (await open()).transaction(TABLES, "readwrite");
  const done = finish(tx);
  for (const name of TABLES) tx.objectStore(name).clear();
  await done;
}
