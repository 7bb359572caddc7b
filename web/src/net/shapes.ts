// What the store holds and what the engine tells the pages.
import type { FileFile, Ops, OrgOrganisation, OrgPerson, PushDisturbance, TalkConversation, TalkDraftRow, TalkMessage, TalkPlace, TalkQuote, TalkRequest, TalkVoice } from "../api";

// Who is signed in and stands in an organisation.
export type Me = Ops["org_me"]["out"] & { organisation: OrgOrganisation; person: OrgPerson };
export type OpName = keyof Ops;

// A conversation as stored: `have` is the version up to which the stored messages are right; 0 when
// none are stored.
export interface Held {
  id: string;
  it: TalkConversation;
  have: number;
  names?: { [person: string]: string }; // nicknames in a group
}

export interface OutgoingFile {
  key: string;
  name: string;
  type: string;
  size: number;
  width?: number;
  height?: number;
  blob: Blob;
  whole?: OutgoingFile; // the picture as it was, where this one was made smaller
  done?: FileFile;
}

// A message of one's own on its way. The key is made by the client and sorts by time.
export interface Outgoing {
  key: string;
  conversation: string;
  at: number;
  body?: string;
  mentions?: string[];
  mentions_all?: boolean;
  quote?: TalkQuote;
  files?: OutgoingFile[];
  voice?: TalkVoice;
  place?: TalkPlace;
  contact?: string;
  wants_confirm?: boolean;
  state: "waiting" | "refused";
  sentence?: string;
}

// Somebody asks the reader to look at a message.
export interface Reminder {
  conversation: string;
  seq: number;
  author: string;
}

// One step of change, written in one transaction and then told to the pages in the same form.
export interface Batch {
  is_reset?: boolean;
  me?: Me;
  epoch?: string;
  time?: number;
  more?: string | null;
  conversations?: Held[];
  gone?: string[];
  people?: OrgPerson[];
  messages?: { [conversation: string]: TalkMessage[] };
  dropped?: string[]; // conversations whose stored messages are thrown away first
  outgoing?: Outgoing[];
  settled?: string[]; // keys that left the outbox
  reads?: { [conversation: string]: number };
}

export type Link = "starting" | "connecting" | "online" | "offline";

export interface Status {
  link: Link;
  has_session: boolean | null; // null: not known yet
  is_outside?: boolean; // signed in, but in no organisation
}

// Engine to page.
export type Push =
  | { reply: number; out?: unknown; error?: Failure }
  | { batch: Batch }
  | { status: Status }
  | { typing: { conversation: string; person: string } }
  | { heard: { quiet?: Ops["push_quiet_now"]["out"]; disturbance?: PushDisturbance } }
  | { presence: { [person: string]: boolean } }
  | { draft: TalkDraftRow }
  | { request: { id: string; put?: TalkRequest } } // somebody asks to come into a group, or does no more
  | { announcements: true } // an announcement came, or was read
  | { remind: Reminder }
  | { exported: true } // an export of the reader's is written
  | { scheduled: true } // which messages wait for their time has changed
  | { progress: { key: string; share: number } };

export interface Failure {
  code: string;
  sentence: string;
  field?: string;
  retry_after?: number;
}

// Page to engine.
export interface Asks {
  call: { in: { op: OpName; in: unknown }; out: unknown };
  start: { in: {}; out: {} };
  stop: { in: {}; out: {} };
  open: { in: { conversation: string | null }; out: {} };
  fill: { in: { conversation: string; from: number; to: number }; out: {} };
  older: { in: {}; out: {} };
  send: { in: Outgoing; out: {} };
  retry: { in: { key: string }; out: {} };
  discard: { in: { key: string }; out: {} };
  read: { in: { conversation: string; upto: number }; out: {} };
  watch: { in: { people: string[] }; out: {} };
  speak: { in: { language: string }; out: {} };
  wake: { in: {}; out: {} };
  bye: { in: {}; out: {} };
}
export type Ask = { ask: keyof Asks; id: number; in: unknown };

export class Refusal extends Error {
  code: string;
  field?: string;
  retry_after?: number;
  constructor(failure: Failure) {
    super(failure.sentence);
    this.code = failure.code;
    this.field = failure.field;
    this.retry_after = failure.retry_after;
  }
}
