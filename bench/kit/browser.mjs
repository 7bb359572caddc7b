// What the measuring programs with a browser share: a directory of their own, a server on it, and a
// Chromium that is spoken with over its own pipe, so that workers' requests are seen, too. Whatever
// becomes of the program, both are ended and the directory is removed.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLAGS = "--headless=new --remote-debugging-pipe --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --window-size=1440,900".split(" ");

export const place = mkdtempSync(join(tmpdir(), "carillon-bench-"));
const children = [];

// The browser is a group of processes; the last of them may still be writing for a moment.
function clean() {
  for (const child of children) endGroup(child);
  for (let i = 0; i < 50 && existsSync(place); i++) {
    try {
      rmSync(place, { recursive: true, force: true });
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

function endGroup(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {}
}

// Ends the program after so many milliseconds.
export function guard(name, most) {
  process.on("exit", clean);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));
  process.on("unhandledRejection", error => {
    console.error(error);
    process.exit(1);
  });
  setTimeout(() => {
    console.error(`${name}: took too long`);
    process.exit(1);
  }, most).unref();
}

// The server on a free port; `end` ends it.
export function serve(data) {
  const child = spawn("./carillon", ["serve", "--data", data, "--listen", "127.0.0.1:0", "--log", "warn"], { detached: true });
  children.push(child);
  child.stderr.pipe(process.stderr);
  const end = () => new Promise(done => child.on("exit", done) && endGroup(child));
  return new Promise((done, failed) => {
    let heard = "";
    child.stdout.on("data", text => {
      heard += text;
      const ready = /ready: (http:\S+:\d+)/.exec(heard);
      if (ready) done({ base: ready[1], end });
    });
    child.on("exit", code => failed(new Error(`the server ended with ${code}: ${heard}`)));
  });
}

export function browse() {
  const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
  const child = spawn(chromium, [...FLAGS, `--user-data-dir=${join(place, "profile")}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    detached: true, // a group of its own, to be ended as a whole
  });
  children.push(child);
  const waiting = new Map();
  const listeners = [];
  let last = 0;
  let rest = "";
  child.stdio[4].on("data", bytes => {
    const parts = (rest + bytes).split("\0");
    rest = parts.pop();
    for (const part of parts) {
      const message = JSON.parse(part);
      if (!message.id) listeners.forEach(l => l(message));
      else if (message.error) waiting.get(message.id).failed(new Error(message.error.message));
      else waiting.get(message.id).done(message.result);
    }
  });
  return {
    hear: listener => listeners.push(listener),
    ask: (method, params = {}, sessionId = undefined) =>
      new Promise((done, failed) => {
        waiting.set(++last, { done, failed });
        child.stdio[3].write(JSON.stringify({ id: last, method, params, sessionId }) + "\0");
      }),
  };
}
