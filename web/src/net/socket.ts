// The socket: calls with their replies, events, and coming back after every break. It never decides
// what an event means.
import { languageSpoken } from "./http";
import { pause } from "./order";
import { Failure, Refusal } from "./shapes";

export interface SocketEvent {
  topic: string;
  number?: number;
  event: "put" | "drop" | "typing" | "presence";
  kind?: string;
  id?: string;
  object?: any;
}

interface Hooks {
  opened(): void;
  closed(code: number, hasOpened: boolean): void;
  heard(event: SocketEvent): void;
}

interface Waiting {
  resolve(out: any): void;
  reject(error: Refusal): void;
}

const REPLY_WITHIN = 20000;
const QUIET = 45000;
export const RENEWED = 4003; // closed by us, to be opened again at once

export class Socket {
  isOpen = false;
  private socket: WebSocket | null = null;
  private calls = new Map<number, Waiting>();
  private lastCall = 0;
  private tries = 0;
  private isWanted = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private heardAt = 0;

  constructor(private readonly hooks: Hooks) {}

  start(): void {
    this.isWanted = true;
    if (!this.socket) this.connect();
  }

  stop(): void {
    this.isWanted = false;
    clearTimeout(this.timer);
    this.socket?.close(1000);
  }

  // Comes back at once when it is waiting to, and looks whether an old connection still lives.
  wake(): void {
    if (!this.isWanted) return;
    if (!this.socket) {
      clearTimeout(this.timer);
      this.tries = 0;
      this.connect();
    } else if (this.isOpen) this.probe(5000);
  }

  // Another connection in the place of this one, without a pause.
  renew(): void {
    if (this.isOpen) this.socket?.close(RENEWED);
  }

  call(op: string, input: unknown, within = REPLY_WITHIN): Promise<any> {
    const socket = this.socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return Promise.reject(offline());
    const call = ++this.lastCall;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.calls.delete(call);
        reject(offline());
        socket.close(4000);
      }, within);
      this.calls.set(call, {
        resolve: out => (clearTimeout(timer), resolve(out)),
        reject: error => (clearTimeout(timer), reject(error)),
      });
      socket.send(JSON.stringify({ call, op, in: input }));
    });
  }

  private probe(within: number): void {
    this.call("org_state", {}, within).catch(() => undefined);
  }

  private connect(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/v1/socket${languageSpoken() ? `?language=${languageSpoken()}` : ""}`);
    this.socket = socket;
    let hasOpened = false;
    socket.onopen = () => {
      hasOpened = this.isOpen = true;
      this.tries = 0;
      this.heardAt = Date.now();
      this.heartbeat = setInterval(() => {
        if (Date.now() - this.heardAt > QUIET) this.probe(10000);
      }, QUIET / 3);
      this.hooks.opened();
    };
    socket.onmessage = event => this.receive(JSON.parse(event.data));
    socket.onclose = event => this.lost(event.code, hasOpened);
  }

  private receive(frame: { call?: number; out?: unknown; error?: Failure } & SocketEvent): void {
    this.heardAt = Date.now();
    if (frame.call === undefined) return this.hooks.heard(frame);
    const waiting = this.calls.get(frame.call);
    this.calls.delete(frame.call);
    if (frame.error) waiting?.reject(new Refusal(frame.error));
    else waiting?.resolve(frame.out);
  }

  private lost(code: number, hasOpened: boolean): void {
    clearInterval(this.heartbeat);
    this.socket = null;
    this.isOpen = false;
    const calls = Array.from(this.calls.values());
    this.calls.clear();
    for (const waiting of calls) waiting.reject(offline());
    if (this.isWanted) {
      const wait = code === RENEWED ? 0 : code === 1012 ? Math.random() * 5000 : pause(this.tries++, Math.random());
      this.timer = setTimeout(() => this.isWanted && !this.socket && this.connect(), wait);
    }
    this.hooks.closed(code, hasOpened);
  }
}

const offline = (): Refusal => new Refusal({ code: "offline", sentence: "" });
