// Where the reader is: the hash of the address, cut at its slashes. Tokens of one-time links stand
// there too, because a fragment never reaches a server's log.
import { signal } from "@preact/signals";

const parse = (hash: string): string[] =>
  hash.replace(/^#?\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);

export const route = signal<string[]>(parse(location.hash));

let depth = 0;
let keepHere: () => boolean = () => false;

// Asked before a step back: true when it only closed something that lay above the screen.
export function guardBack(guard: () => boolean): void {
  keepHere = guard;
}

export const href = (...parts: string[]): string => "#/" + parts.map(encodeURIComponent).join("/");

export function go(...parts: string[]): void {
  location.hash = href(...parts);
}

export function replace(...parts: string[]): void {
  history.replaceState(history.state, "", href(...parts));
  route.value = parse(location.hash);
}

// One step back where there is one inside the app, else to the given place.
export function back(...parent: string[]): void {
  if (depth > 0) history.back();
  else replace(...parent);
}

export function startRouter(): void {
  history.replaceState({ depth }, "");
  addEventListener("hashchange", () => {
    const state = history.state as { depth?: number } | null;
    if (state && state.depth !== undefined) {
      if (state.depth < depth && keepHere()) return history.forward();
      depth = state.depth;
    } else history.replaceState({ depth: ++depth }, "");
    route.value = parse(location.hash);
  });
}
