// What the browser tests and the screenshots share: a server of their own on a data directory of
// their own, a line to it that can be cut, a browser, and expectations that are printed.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const top = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const { chromium } = createRequire(join(top, "web/package.json"))("playwright-core");
const axe = readFileSync(join(top, "web/node_modules/axe-core/axe.min.js"), "utf8");
const program = resolve(process.argv[2] ?? join(top, "carillon"));

const FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(" ");
export const DESK = { viewport: { width: 1440, height: 900 }, locale: "zh-CN" };
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: "zh-CN" };
export const DEMO_PASSWORD = "bianzhong2026";

export const launch = (...more) => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...FLAGS, ...more] });

// ---- the server -----------------------------------------------------------------------------------

const somePort = () => 20000 + Math.floor(Math.random() * 20000);

// A server that can be stopped, killed and started again on the same data and the same port.
export class Server {
  constructor({ isDemo = false } = {}) {
    this.data = mkdtempSync(join(tmpdir(), "carillon-browser-"));
    this.port = somePort();
    this.base = `http://127.0.0.1:${this.port}`;
    if (isDemo) this.run("demo");
  }

  // A command of the program on this server's data.
  run(...words) {
    return execFileSync(program, [...words, "--data", this.data], { stdio: ["ignore", "pipe", "ignore"] });
  }

  start() {
    const child = spawn(program, ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.port}`, "--rate-factor", "100"]);
    this.child = child;
    child.stderr.on("data", () => undefined);
    return new Promise((done, failed) => {
      let heard = "";
      child.stdout.on("data", text => {
        heard += text;
        const ready = /ready: \S+?(?:#\/setup\/(\S+))?\n/.exec(heard);
        if (!ready) return;
        this.token = ready[1];
        done(this);
      });
      child.on("exit", code => failed(new Error(`the server ended with ${code}: ${heard}`)));
    });
  }

  stop(signal = "SIGTERM") {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode) return Promise.resolve();
    return new Promise(done => this.child.on("exit", done) && this.child.kill(signal));
  }

  // Nothing is left of its data.
  empty() {
    rmSync(this.data, { recursive: true, force: true });
    mkdirSync(this.data);
  }

  async remove() {
    await this.stop("SIGKILL");
    rmSync(this.data, { recursive: true, force: true });
  }
}

// A line between browser and server that can be cut; `most` bytes may still go up before it breaks
// by itself.
export class Line {
  constructor(server) {
    this.port = somePort();
    this.base = `http://127.0.0.1:${this.port}`;
    this.pairs = new Set();
    this.isCut = false;
    this.left = Infinity;
    this.bytes = 0; // that went up
    this.net = net.createServer(near => {
      if (this.isCut) return near.destroy();
      const far = net.connect(server.port, "127.0.0.1");
      const pair = [near, far];
      this.pairs.add(pair);
      const end = () => {
        near.destroy();
        far.destroy();
        this.pairs.delete(pair);
      };
      near.on("error", end).on("close", end);
      far.on("error", end).on("close", end);
      far.pipe(near);
      near.on("data", bytes => {
        this.left -= bytes.length;
        this.bytes += bytes.length;
        if (this.left < 0) return this.cut();
        far.write(bytes);
      });
    });
  }

  open() {
    return new Promise(done => this.net.listen(this.port, "127.0.0.1", () => done(this)));
  }

  cut() {
    this.isCut = true;
    for (const [near, far] of this.pairs) {
      near.destroy();
      far.destroy();
    }
  }

  mend() {
    this.isCut = false;
    this.left = Infinity;
  }

  close() {
    this.cut();
    this.net.close();
  }
}

// ---- expectations ---------------------------------------------------------------------------------

const count = { passed: 0, failed: 0 };

export function failure(what) {
  count.failed++;
  console.log(`FAILED ${what}`);
}

export async function expect(what, claim, within = 8000) {
  const until = Date.now() + within;
  let holds = false;
  while (!(holds = await Promise.resolve().then(claim).catch(() => false)) && Date.now() < until) await pause(100);
  if (!holds) return failure(what);
  count.passed++;
  console.log(`ok     ${what}`);
}

export const pause = ms => new Promise(done => setTimeout(done, ms));
export const sees = (page, text, times = 1) => async () => (await page.getByText(text).count()) >= times;
export const never = (page, text) => async () => (await page.getByText(text).count()) === 0;
export const says = (page, text) => async () => (await page.locator("article", { hasText: text }).count()) === 1;

// What is still changing its colour is not judged half-way.
const settled = page => page.evaluate(() => Promise.all(document.getAnimations()
  .filter(a => a.effect?.getComputedTiming().endTime !== Infinity).map(a => a.finished.catch(() => null))));

export async function accessible(page, name) {
  await settled(page);
  const found = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
  await expect(`${name} has no accessibility faults`, () => found.violations.length === 0, 0);
  for (const v of found.violations) console.log(`        ${v.id}: ${v.nodes[0].html.slice(0, 160)}`);
}

// Tells the number of expectations under `name`, and ends.
export function end(name) {
  console.log(`${name}: ${count.passed} passed, ${count.failed} failed`);
  process.exit(count.failed ? 1 : 0);
}

// ---- people at the screen -------------------------------------------------------------------------

export function watched(page, who) {
  page.on("pageerror", error => failure(`no error at ${who}: ${error.message}`));
  page.on("console", line => {
    if (/Content Security Policy/.test(line.text())) failure(`policy at ${who}: ${line.text()}`);
  });
  return page;
}

// A browser of somebody's own; its page is at the door.
export async function person(browser, who, look = DESK, base) {
  const context = await browser.newContext(look);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: base }).catch(() => undefined);
  return watched(await context.newPage(), who);
}

export async function signIn(page, base, login, password) {
  await page.goto(`${base}/`);
  await page.fill("#f-login", login);
  await page.fill("#f-password", password);
  await page.getByRole("button", { name: "登录" }).click();
  await page.locator("nav[aria-label='主菜单']").waitFor();
}

export async function write(page, text) {
  await page.locator("textarea").fill(text);
  await page.getByLabel("发送", { exact: true }).click();
}

// One op over HTTP, as whoever is signed in at the page.
export function call(page, op, input) {
  return page.evaluate(async ([op, input]) => {
    const response = await fetch(`/v1/ops/${op}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(input) });
    return response.json();
  }, [op, input]);
}

export const newKey = () => `key-${Date.now()}-${Math.floor(Math.random() * 1e9)}`;

// What is stored in one table of the browser's database.
export function stored(page, table) {
  return page.evaluate(async table => {
    const db = await new Promise(done => (indexedDB.open("carillon").onsuccess = e => done(e.target.result)));
    const rows = await new Promise(done => (db.transaction(table).objectStore(table).getAll().onsuccess = e => done(e.target.result)));
    db.close();
    return rows;
  }, table);
}
