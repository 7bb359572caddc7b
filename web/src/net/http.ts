// One op over HTTP, and the parts of an upload.
import type { Ops } from "../api";
import { Failure, Refusal } from "./shapes";

// The reader's language, once it is known; without it the server goes by the browser's.
let spoken: string | undefined;

export const languageSpoken = (): string | undefined => spoken;
export const speak = (language: string): void => void (spoken = language);

const unreachable = (): Refusal => new Refusal({ code: "offline", sentence: "" });

async function refusalOf(response: Response): Promise<Refusal> {
  const code = response.status === 401 ? "unauthenticated" : "unavailable";
  const plain: Failure = { code, sentence: response.statusText };
  const body: { error?: Failure } = await response.json().catch(() => ({}));
  return new Refusal(body.error ?? plain);
}

export async function post<N extends keyof Ops>(op: N, input: Ops[N]["in"], language?: string): Promise<Ops[N]["out"]> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  const wanted = language ?? spoken;
  if (wanted) headers["Accept-Language"] = wanted;
  const response = await fetch(`/v1/ops/${op}`, {
    method: "POST", headers, body: JSON.stringify(input), credentials: "same-origin",
  }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await refusalOf(response);
  return response.json();
}

export const PART = 512 * 1024;

// Sends the bytes from `received` on in parts; tells the share done after each.
export async function putParts(upload: string, blob: Blob, received: number, tell: (share: number) => void): Promise<void> {
  let at = received;
  while (at < blob.size) {
    const part = blob.slice(at, at + PART);
    const response = await fetch(`/v1/uploads/${upload}?offset=${at}`, {
      method: "PUT", body: part, credentials: "same-origin", headers: { "Content-Type": "application/octet-stream" },
    }).catch(() => {
      throw unreachable();
    });
    if (!response.ok) throw await refusalOf(response);
    const out: { received: number } = await response.json();
    if (out.received <= at) throw unreachable();
    at = out.received;
    tell(at / blob.size);
  }
}
