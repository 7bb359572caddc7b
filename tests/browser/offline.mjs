// Bad lines: what is written meanwhile goes out once and in order, everybody's screens stay in step,
// uploads go on where they broke off, a wrong clock does no harm, a restored server is believed.
//
//   node tests/browser/offline.mjs [./carillon]
import { rmSync, statSync } from "node:fs";
import { call, DEMO_PASSWORD, DESK, end, expect, failure, launch, Line, person, PHONE, says, sees, Server, signIn, stored, write } from "./rig/rig.mjs";

const server = await new Server({ isDemo: true }).start();
const line = await new Line(server).open(); // Bo's way to the server; the others go straight
const browser = await launch();
const TITLE = "数据中心日常";

const open = async page => {
  await page.locator("a[data-nav]", { hasText: TITLE }).first().click();
  await page.locator("article").first().waitFor();
};
const texts = async (page, sign) => (await page.locator("article", { hasText: sign }).allInnerTexts()).map(t => new RegExp(`${sign}(\\d+)`).exec(t)?.[1]);
const inOrder = (page, sign, count) => async () => (await texts(page, sign)).join() === Array.from({ length: count }, (_, i) => i + 1).join();
const isQuiet = page => async () => (await page.getByText("发送中").count()) === 0;

// What the server has of `sign`, as somebody else sees it, in the order of its numbers.
async function onServer(page, sign) {
  const { conversations } = await call(page, "talk_list", {});
  const { messages } = await call(page, "talk_history", { conversation: conversations.find(c => c.title === TITLE).id, limit: 100 });
  return messages.filter(m => m.body?.startsWith(sign)).sort((a, b) => a.seq - b.seq).map(m => m.body.slice(sign.length)).join();
}

async function cutLine(ana, bo) {
  line.cut();
  await expect("a lost line is shown", sees(bo, "网络已断开"));
  for (let i = 1; i <= 5; i++) await write(bo, `断线${i}`);
  await expect("what is written meanwhile is kept", async () => (await stored(bo, "outbox")).length === 5);
  await bo.reload();
  await expect("a reload without a line paints from the store", async () => (await bo.locator("article").count()) > 5 && (await inOrder(bo, "断线", 5)()));
  await write(bo, "断线6");
  line.mend();
  await expect("it goes out in order when the line is back", inOrder(ana, "断线", 6));
  await expect("and nothing is left behind", isQuiet(bo));
  await expect("each exactly once", async () => (await onServer(ana, "断线")) === "1,2,3,4,5,6");
}

async function browserOffline(ana, bo) {
  await bo.context().setOffline(true);
  line.cut();
  await write(bo, "飞行1");
  await write(bo, "飞行2");
  await bo.context().setOffline(false);
  line.mend();
  await expect("nor does the browser's own being offline lose any", inOrder(ana, "飞行", 2));
  await expect("once each", async () => (await onServer(ana, "飞行")) === "1,2");
}

// The server is killed while messages go out: some are answered, some committed and not answered.
async function kill(ana, bo) {
  for (let i = 1; i <= 4; i++) await write(bo, `断电${i}`);
  await server.stop("SIGKILL");
  for (let i = 5; i <= 8; i++) await write(bo, `断电${i}`);
  await server.start();
  await expect("after a crash all arrive in order", inOrder(ana, "断电", 8), 15000);
  await expect("and every one is answered", isQuiet(bo), 15000);
  await expect("none of them twice", async () => (await onServer(ana, "断电")) === "1,2,3,4,5,6,7,8");
}

async function devices(bo) {
  const tab = await bo.context().newPage();
  await tab.goto(`${line.base}/`);
  await open(tab);
  const phone = await person(browser, "Bo's telephone", PHONE, server.base);
  await signIn(phone, server.base, "demo", DEMO_PASSWORD);
  await open(phone);
  await write(tab, "同步1");
  await write(phone, "同步2");
  await expect("two tabs and a telephone show the same", async () => (await inOrder(bo, "同步", 2)()) && (await inOrder(tab, "同步", 2)()) && (await inOrder(phone, "同步", 2)()));
  line.cut();
  await write(tab, "同步3");
  await expect("what one tab wrote offline stands in the other", async () => (await bo.getByText("发送中").count()) === 1);
  await write(phone, "同步4");
  line.mend();
  await expect("and all agree again when the line is back", async () => {
    const all = await Promise.all([bo, tab, phone].map(page => texts(page, "同步")));
    return all.every(t => t.join() === "1,2,4,3");
  });
  await tab.close();
  await phone.goto(`${server.base}/#/`);
  const unread = phone.locator("a[data-nav]", { hasText: "县防汛应急指挥群" }).locator("[aria-label$=条未读]");
  await expect("the telephone has something unread", async () => (await unread.count()) === 1);
  await bo.goto(`${line.base}/#/`);
  await bo.locator("a[data-nav]", { hasText: "县防汛应急指挥群" }).first().click();
  await bo.getByRole("button", { name: /回到最新消息|条新消息/ }).click().catch(() => undefined);
  await expect("what is read at the desk is read on the telephone", async () => (await unread.count()) === 0);
  await bo.goto(`${line.base}/#/`);
  await open(bo);
  await phone.context().close();
}

// More blocks than are kept, as if years had been scrolled through.
async function storage(bo) {
  const { id } = (await stored(bo, "kept"))[0];
  await bo.goto(`${line.base}/#/c/${id}`);
  await bo.locator("article").first().waitFor();
  await bo.evaluate(async id => {
    const db = await new Promise(done => (indexedDB.open("carillon").onsuccess = e => done(e.target.result)));
    const tx = db.transaction("blocks", "readwrite");
    for (let i = 0; i < 300; i++) tx.objectStore("blocks").put({ conversation: id, at: i / 1000, messages: [], bytes: 2 });
    await new Promise(done => (tx.oncomplete = done));
    db.close();
  }, id);
  await bo.goto(`${line.base}/#/`);
  await open(bo);
  await expect("of a conversation's stored blocks the newest 200 stay", async () => (await stored(bo, "blocks")).filter(b => b.conversation === id).length === 200);
  await expect("what it takes is counted", async () => (await stored(bo, "kept")).some(k => k.bytes > 1000 && k.opened > 0));
}

const SIZE = 6 << 20;

async function upload(ana, bo) {
  line.left = 2 << 20;
  await bo.locator("input[type=file]").setInputFiles({ name: "航拍.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(SIZE, 5) });
  await bo.getByLabel("发送", { exact: true }).click();
  await expect("the line breaks in the middle of an upload", () => line.isCut);
  await expect("which is kept", async () => (await stored(bo, "outbox")).length === 1);
  line.mend();
  const before = line.bytes;
  await expect("a broken upload ends well", says(ana, "航拍.bin"), 20000);
  await expect("and did not begin afresh", () => line.bytes - before < SIZE - (1 << 20));
  const size = await ana.evaluate(async () => {
    const link = Array.from(document.querySelectorAll("article a[download]")).find(a => a.download === "航拍.bin");
    return (await (await fetch(link.href)).arrayBuffer()).byteLength;
  });
  await expect("with all its bytes", () => size === SIZE);
}

async function wrongClock(ana) {
  for (const [days, sign] of [[1, "明日"], [-1, "昨日"]]) {
    const context = await browser.newContext(DESK);
    await context.addInitScript(shift => {
      const Real = Date;
      globalThis.Date = class extends Real {
        constructor(...words) {
          words.length ? super(...words) : super(Real.now() + shift);
        }
        static now() {
          return Real.now() + shift;
        }
      };
    }, days * 86400000);
    const page = await context.newPage();
    await signIn(page, server.base, "demo", DEMO_PASSWORD);
    await open(page);
    await write(page, `${sign}1`);
    await write(page, `${sign}2`);
    await expect(`a clock ${days} day off: messages go out in order`, inOrder(ana, sign, 2));
    await write(ana, `${sign}3`);
    await expect("and come in, in order", inOrder(page, sign, 3));
    await page.reload();
    await expect("and are there after a reload", inOrder(page, sign, 3));
    await context.close();
  }
}

async function restored(ana, bo) {
  const copy = `${server.data}-copy`;
  await write(bo, "备份前");
  await expect("something is said before the backup", says(ana, "备份前"));
  server.run("backup", copy);
  await expect("there is a backup", () => statSync(copy).size > 100000);
  await write(bo, "备份后");
  await expect("something is said after it", says(ana, "备份后"));
  await server.stop();
  server.empty();
  server.run("restore", copy);
  await server.start();
  await expect("the restored state is shown: what came later is gone", async () => (await bo.locator("article", { hasText: "备份后" }).count()) === 0 && (await says(bo, "备份前")()), 20000);
  const kept = (await stored(bo, "blocks")).flatMap(b => b.messages).filter(m => m.body === "备份后");
  await expect("and nothing of it is stored any more", () => kept.length === 0);
  await write(ana, "恢复以后");
  await expect("and talking goes on", says(bo, "恢复以后"), 15000);
  rmSync(copy, { force: true });
}

const began = Date.now();
try {
  const ana = await person(browser, "Ana", DESK, server.base);
  const bo = await person(browser, "Bo", DESK, line.base);
  await signIn(ana, server.base, "demo", DEMO_PASSWORD);
  const mine = await call(ana, "org_me", {});
  const { conversations } = await call(ana, "talk_list", {});
  const { people } = await call(ana, "talk_members", { conversation: conversations.find(c => c.title === TITLE).id });
  const { person: other } = await call(ana, "org_person", { person: people.find(p => p.id !== mine.person.id).id });
  await call(ana, "org_sign_out", {});
  await ana.goto("about:blank");
  await ana.context().clearCookies();
  await ana.goto(`${server.base}/`);
  await signIn(ana, server.base, other.login, DEMO_PASSWORD);
  await signIn(bo, line.base, "demo", DEMO_PASSWORD);
  await open(ana);
  await open(bo);
  await cutLine(ana, bo);
  await browserOffline(ana, bo);
  await kill(ana, bo);
  await devices(bo);
  await storage(bo);
  await upload(ana, bo);
  await wrongClock(ana);
  await restored(ana, bo);
} catch (error) {
  failure(`the story stopped: ${error.message}`);
} finally {
  await browser.close();
  line.close();
  await server.remove();
}
console.log(`${Math.round((Date.now() - began) / 1000)} s`);
end("browser offline");
