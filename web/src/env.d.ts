// What the bundler provides: style modules as maps of scoped names.
declare module "*.module.css" {
  const names: { readonly [name: string]: string };
  export default names;
}
declare module "*.css";
declare const WORKER_URL: string;

// The little of node that the tests use.
declare module "node:test" {
  export default function test(name: string, run: () => void | Promise<void>): void;
}
declare module "node:assert/strict" {
  interface Assert {
    equal(actual: unknown, expected: unknown): void;
    deepEqual(actual: unknown, expected: unknown): void;
    match(actual: string, expected: RegExp): void;
    ok(value: unknown, message?: string): void;
  }
  const assert: Assert;
  export default assert;
}
declare module "node:child_process" {
  export function execFileSync(file: string, words: string[]): { toString(): string };
}
declare module "node:crypto" {
  interface Hmac {
    update(text: string): Hmac;
    digest(form: "base64"): string;
  }
  export function createHmac(kind: string, key: string): Hmac;
}
