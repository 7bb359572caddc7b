// A long day: one page in which conversations are switched 200 times takes hardly more memory after
// it, and 100,000 messages are scrolled through in both directions without losing the place. The
// page runs without a shared worker, so that its heap is that of the whole client. Prints a line for
// each expectation.
//
//   node tests/browser/long.mjs [./carillon]
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DESK, end, expect, failure, launch, pause, person, Server, top } from "./rig/rig.mjs";

const ROOMS = 6;
const EACH = 100000;
const SWITCHES = 200;
const MOST_GROWTH = 5e6;

const filler = "build/release/bench/flood";
const place = mkdtempSync(join(tmpdir(), "carillon-long-"));
execFileSync("make", ["-s", filler], { cwd: top });
const [cookie] = execFileSync(join(top, filler), [place, String(ROOMS), String(EACH)]).toString().split(" ");
const server = new Server();
rmSync(server.data, { recursive: true });
server.data = join(place, "data");
await server.start();

// ---- memory -----------------------------------------------------------------------------------------

async function heap(page, tools) {
  await pause(800);
  for (let i = 0; i < 3; i++) await tools.send("HeapProfiler.collectGarbage");
  return (await tools.send("Runtime.getHeapUsage")).usedSize;
}

async function open(page, room) {
  await page.evaluate(room => (location.hash = `#/c/${room}`), room);
  await page.waitForFunction(room => location.hash.endsWith(room) && document.querySelectorAll("main article").length > 2, room);
}

async function switching(page, tools, rooms) {
  for (let i = 0; i < 2 * ROOMS; i++) await open(page, rooms[i % ROOMS]);
  const before = await heap(page, tools);
  for (let i = 0; i < SWITCHES; i++) {
    await open(page, rooms[i % ROOMS]);
    await pause(30);
  }
  const after = await heap(page, tools);
  const growth = ((after - before) / 1e6).toFixed(1);
  await expect(`${SWITCHES} switches take less than 5 MB more (${growth} of ${(after / 1e6).toFixed(1)} MB)`, () => after - before < MOST_GROWTH, 0);
}

// ---- scrolling --------------------------------------------------------------------------------------

// The rows on the screen: their numbers and where they stand.
const rowsOf = page =>
  page.evaluate(() => {
    const list = document.querySelector("main [role=list]").parentElement;
    const box = list.getBoundingClientRect();
    const rows = Array.from(list.querySelectorAll("[data-row]")).map(r => ({ row: Number(r.dataset.row), top: Math.round(r.getBoundingClientRect().top - box.top), bottom: Math.round(r.getBoundingClientRect().bottom - box.top), isGhost: !r.querySelector("article, p, [role=separator]") }));
    return { at: list.scrollTop, height: list.scrollHeight, room: list.clientHeight, rows: rows.filter(r => r.bottom > 0 && r.top < box.height) };
  });

const scrollBy = (page, by) => page.evaluate(by => (document.querySelector("main [role=list]").parentElement.scrollTop += by), by);

// Waits until no row on the screen is still to come.
async function filled(page) {
  for (let i = 0; i < 100; i++) {
    const seen = await rowsOf(page);
    if (seen.rows.length && !seen.rows.some(r => r.isGhost)) return seen;
    await pause(50);
  }
  return rowsOf(page);
}

// From one end to the other in leaps; at each stop the rows come and what stands at the top stays.
async function leap(page, direction) {
  const { height } = await filled(page);
  let isFilled = true;
  let isKept = true;
  let last = direction > 0 ? -1 : Infinity;
  let isForward = true;
  for (let i = 0; i < 25; i++) {
    await scrollBy(page, (direction * height) / 24);
    await pause(60);
    const first = await filled(page);
    isFilled &&= !first.rows.some(r => r.isGhost);
    await pause(250);
    const then = await filled(page);
    const kept = then.rows.find(r => r.row === first.rows[0].row);
    isKept &&= !!kept && Math.abs(kept.top - first.rows[0].top) <= 2;
    isForward &&= direction > 0 ? first.rows[0].row >= last : first.rows[0].row <= last;
    last = first.rows[0].row;
  }
  const way = direction > 0 ? "down" : "up";
  await expect(`${way}: everywhere the messages come`, () => isFilled, 0);
  await expect(`${way}: what stands at the top stays while they come`, () => isKept, 0);
  await expect(`${way}: one leap is behind the other`, () => isForward, 0);
  return last;
}

// Step by step a row that is still on the screen has moved by the step and no more.
async function walk(page, direction) {
  let worst = 0;
  for (let i = 0; i < 60; i++) {
    const before = await filled(page);
    await scrollBy(page, direction * 300);
    await pause(40);
    const after = await filled(page);
    const both = before.rows.filter(r => after.rows.some(a => a.row === r.row));
    if (!both.length) worst = Infinity;
    for (const r of both.slice(0, 1)) worst = Math.max(worst, Math.abs(after.rows.find(a => a.row === r.row).top - r.top + direction * 300));
  }
  await expect(`${direction > 0 ? "down" : "up"}: step by step no row jumps (${worst} px at most)`, () => worst <= 2, 0);
}

async function scrolling(page, room) {
  await open(page, room);
  await page.evaluate(() => (document.querySelector("main [role=list]").parentElement.scrollTop = 0));
  await pause(300);
  const first = await filled(page);
  await expect("the first message can be reached", () => first.rows[0].row === 0, 0);
  const end = await leap(page, 1);
  await expect("and from it the last", async () => end > EACH - 40, 0);
  const begin = await leap(page, -1);
  await expect("and back", () => begin < 40, 0);
  await scrollBy(page, first.height / 2);
  await walk(page, 1);
  await walk(page, -1);
}

// ---- all of it ------------------------------------------------------------------------------------

const browser = await launch();
try {
  const page = await person(browser, "Ana", DESK, server.base);
  await page.context().addCookies([{ name: "carillon", value: cookie, url: server.base, httpOnly: true, sameSite: "Lax" }]);
  await page.addInitScript(() => delete window.SharedWorker);
  const tools = await page.context().newCDPSession(page);
  await tools.send("HeapProfiler.enable");
  await page.goto(`${server.base}/`);
  await page.locator("a[data-nav]").nth(ROOMS - 1).waitFor();
  const rooms = await page.locator("a[data-nav]").evaluateAll(all => all.map(a => a.hash.split("/").pop()));
  await scrolling(page, rooms[0]);
  await switching(page, tools, rooms);
} catch (error) {
  failure(`the day went on: ${error.stack}`);
} finally {
  await browser.close();
  await server.remove();
  rmSync(place, { recursive: true, force: true });
}
end("long");
