// Tools that people already have post here by changing one address: two clients from npm, written for
// DingTalk's custom robots, against a real server. And a robot that answers, with a real listener.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const top = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(import.meta.url);
const ChatBot = require("dingtalk-robot-sender");
const DingBot = require("dingbot");

let passed = 0, failed = 0;
function expect(what, holds, seen) {
  if (holds) passed++;
  else failed++, console.log(`FAILED ${what}`, seen === undefined ? "" : JSON.stringify(seen));
}
const pause = ms => new Promise(done => setTimeout(done, ms));
async function until(claim, within = 15000) {
  for (const end = Date.now() + within; Date.now() < end; await pause(50)) {
    const found = await claim();
    if (found) return found;
  }
  return undefined;
}

// ---- the server -----------------------------------------------------------------------------------

const data = mkdtempSync(join(tmpdir(), "carillon-clients-"));
const port = 20000 + Math.floor(Math.random() * 20000);
const base = `http://127.0.0.1:${port}`;
const server = spawn(process.argv[2] ?? join(top, "carillon"),
  ["serve", "--data", data, "--listen", `127.0.0.1:${port}`, "--log", "warn", "--reach-private", "--url", `${base}/`],
  { stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => {
  server.kill("SIGKILL");
  rmSync(data, { recursive: true, force: true });
});
const setup = await new Promise(done => {
  let heard = "";
  server.stdout.on("data", text => {
    heard += text;
    const ready = /setup\/(\S+)\n/.exec(heard);
    if (ready) done(ready[1]);
  });
});

let keys = 0;
const key = () => `clients-${++keys}`;
async function call(who, op, input) {
  const answer = await fetch(`${base}/v1/ops/${op}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": "en", Origin: base, ...(who.cookie && { Cookie: who.cookie }) },
    body: JSON.stringify(input),
  });
  const cookie = answer.headers.get("set-cookie");
  if (cookie) who.cookie = cookie.split(";")[0];
  const out = await answer.json();
  if (!answer.ok) throw new Error(`${op}: ${JSON.stringify(out)}`);
  return out;
}

const ana = {}, bo = {};
await call(ana, "org_setup", { token: setup, organisation: "临江县", name: "Ana", login: "ana", password: "correct horse", key: key() });
const invite = await call(ana, "org_invite", { key: key() });
await call(bo, "org_join", { token: invite.token, name: "王伟", login: "13800138000", password: "correct horse", key: key() });
const me = await call(bo, "org_me", {});
const hall = (await call(ana, "talk_create", { title: "值班群", people: [me.person.id], key: key() })).conversation.id;
const add = (name, more) => call(ana, "robot_add", { conversation: hall, name, ...more });
const messages = async () => (await call(bo, "talk_history", { conversation: hall, limit: 100 })).messages;
const last = async () => (await messages()).at(-1);
const post = async (url, body, type = "application/json") => {
  const answer = await fetch(url, { method: "POST", headers: { "Content-Type": type }, body });
  return answer.ok ? answer.json() : { status: answer.status };
};
const sign = (secret, timestamp) => createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64");

// ---- dingtalk-robot-sender ------------------------------------------------------------------------

const buttons = [{ title: "内容不错", actionURL: "https://example.org/yes" }, { title: "不感兴趣", actionURL: "https://example.org/no" }];
const links = [{ title: "一", messageURL: "https://example.org/1", picURL: "https://example.org/1.png" }, { title: "二", messageURL: "https://example.org/2", picURL: "https://example.org/2.png" }];

const signed = await add("告警", { per_minute: 6000 });
expect("an address of this server", signed.url === `${base}/robot/send?access_token=${signed.token}`, signed.url);
const bot = new ChatBot({ baseUrl: `${base}/robot/send`, accessToken: signed.token, secret: signed.robot.secret });
const is_ok = answer => answer.data.errcode === 0 && answer.data.errmsg === "ok";

expect("sender: text", is_ok(await bot.text("水位 3.2 米 @13800138000", { atMobiles: ["13800138000"], isAtAll: false })));
let said = await last();
expect("its words, and whom it calls", said.body === "水位 3.2 米 @王伟" && said.mentions[0] === me.person.id && said.author === signed.robot.id, said);
expect("sender: markdown", is_ok(await bot.markdown("杭州天气", "#### 杭州天气\n> 9度，西北风1级", { isAtAll: true })));
said = await last();
expect("its title and words", said.extra.is_markdown && said.extra.card.title === "杭州天气" && said.body.startsWith("#### 杭州天气") && said.mentions_all, said);
expect("sender: link", is_ok(await bot.link({ title: "时代的火车向前开", text: "这个即将发布的新版本", picUrl: "https://example.org/a.png", messageUrl: "https://example.org/a" })));
said = await last();
expect("its link", said.extra.link.url === "https://example.org/a" && said.extra.link.picture === "https://example.org/a.png" && said.extra.link.text === "这个即将发布的新版本", said);
expect("sender: actionCard", is_ok(await bot.actionCard({ title: "乔布斯", text: "### 乔布斯", btnOrientation: 1, btns: buttons })));
said = await last();
expect("its buttons", said.extra.card.is_across && said.extra.card.buttons.map(b => b.url).join() === "https://example.org/yes,https://example.org/no", said);
expect("sender: feedCard", is_ok(await bot.feedCard(links)));
said = await last();
expect("its links", said.extra.card.links.length === 2 && said.extra.card.links[1].title === "二", said);

const forged = await new ChatBot({ baseUrl: `${base}/robot/send`, accessToken: signed.token, secret: "SECother" }).text("x");
expect("another secret", forged.data.errcode === 310000 && forged.data.errmsg === "sign not match", forged.data);
const unsigned = await new ChatBot({ webhook: signed.url }).text("x");
expect("no signature", unsigned.data.errcode === 310000, unsigned.data);

// ---- dingbot --------------------------------------------------------------------------------------

const now = Date.now();
const webhook = `${signed.url}&timestamp=${now}&sign=${encodeURIComponent(sign(signed.robot.secret, now))}`;
const ding = new DingBot(webhook);
expect("dingbot: text", (await ding.text("hello **world**", { atUserIds: [me.person.id] })).errcode === 0);
said = await last();
expect("its words are no markup", said.extra.is_plain && said.body === "hello **world** @王伟", said);
expect("dingbot: markdown", (await ding.markdown("t", "# h")).errcode === 0);
expect("dingbot: link", (await ding.link({ title: "t", text: "s", messageUrl: "https://example.org/b" })).errcode === 0);
expect("dingbot: actionCard", (await ding.send({ msgtype: "actionCard", actionCard: { title: "t", text: "x", singleTitle: "阅读全文", singleURL: "https://example.org/c", btns: buttons } })).errcode === 0);
said = await last();
expect("one button for all", said.extra.card.buttons.length === 1 && said.extra.card.buttons[0].label === "阅读全文", said);
expect("dingbot: feedCard", (await ding.send({ msgtype: "feedCard", feedCard: { links } })).errcode === 0);

// ---- what comes in other forms, and what is refused -------------------------------------------------

const text = content => JSON.stringify({ msgtype: "text", text: { content } });
expect("JSON called a form", (await post(webhook, text("形式"), "application/x-www-form-urlencoded")).errcode === 0);
expect("JSON called text", (await post(webhook, text("形式二"), "text/plain;charset=utf-8")).errcode === 0);
expect("bytes that are no text", (await post(webhook, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).errcode === 40035);
expect("a picture", (await post(webhook, "x", "image/png")).errcode === 43004);
expect("too large", (await post(webhook, text("x".repeat(33000)))).status === 413);
expect("a zero in the token", (await post(`${base}/robot/send?access_token=%00&access_token=x&%zz`, text("x"))).errcode === 400101);
const plus = await until(() => { const t = Date.now(); return sign(signed.robot.secret, t).includes("+") && t; });
expect("a '+' that was not escaped", (await post(`${signed.url}&timestamp=${plus}&sign=${sign(signed.robot.secret, plus)}`, text("加号"))).errcode === 0);

const slow = await add("慢", { keywords: [{ text: "x" }], per_minute: 2 });
const pace = [];
for (let i = 0; i < 3; i++) pace.push(await post(slow.url, text("x")));
expect("two a minute", pace[0].errcode === 0 && pace[1].errcode === 0 && pace[2].errcode === 410100 && /in \d+ seconds/.test(pace[2].errmsg), pace);
const guesses = [];
for (let i = 0; i < 65; i++) guesses.push((await post(`${base}/robot/send?access_token=guess${i}`, text("x"))).errcode);
expect("guessing is slowed down", guesses[0] === 400101 && guesses.at(-1) === 410100, guesses);
expect("but not who knows", (await post(webhook, text("还在"))).errcode === 0);
const far = await add("远", { addresses: [{ text: "192.0.2.0/24" }] });
expect("from elsewhere", (await post(far.url, text("x"))).errmsg === "ip 127.0.0.1 not in whitelist");
const near = await add("近", { addresses: [{ text: "127.0.0.0/8" }] });
expect("from here", (await post(near.url, text("近"))).errcode === 0);
expect("once", (await Promise.all([1, 2, 3].map(() => post(near.url, JSON.stringify({ msgtype: "text", text: { content: "一次" }, msgUuid: "u" }))))).every(a => a.errcode === 0)
  && (await messages()).filter(m => m.body === "一次").length === 1);

// ---- a robot that answers ---------------------------------------------------------------------------

const heard = [];
let refuses = 1;
const listener = http.createServer(async (request, answer) => {
  let body = "";
  for await (const part of request) body += part;
  if (refuses-- > 0) return answer.writeHead(503).end();
  heard.push({ headers: request.headers, body: JSON.parse(body) });
  answer.writeHead(200, { "Content-Type": "application/json" }).end(text(`收到：${JSON.parse(body).text.content}`));
}).listen(0, "127.0.0.1");
await new Promise(done => listener.on("listening", done));
const helper = await add("小助手", { url: `http://127.0.0.1:${listener.address().port}/hook` });
await call(bo, "talk_send", { conversation: hall, body: "大家好", key: key() });
await call(bo, "talk_send", { conversation: hall, body: "@小助手 今天谁值班？", mentions: [helper.robot.id], key: key() });
const reply = await until(async () => (await messages()).find(m => m.author === helper.robot.id));
expect("it answers, though the first try failed", reply?.body === "收到：今天谁值班？", reply);
const told = heard[0];
expect("it is told once, and of what calls it only", heard.length === 1, heard);
expect("it can tell who asks", told?.headers.sign === sign(helper.robot.secret, told.headers.timestamp), told?.headers);
expect("it is told what was said, by whom, and where", told?.body.senderNick === "王伟" && told.body.senderStaffId === me.person.id && told.body.isAdmin === false &&
  told.body.conversationTitle === "值班群" && told.body.conversationType === "2" && told.body.conversationId === hall && told.body.isInAtList === true &&
  told.body.atUsers[0].dingtalkId === helper.robot.id && told.body.chatbotUserId === helper.robot.id && told.body.robotCode === helper.robot.id &&
  told.body.msgtype === "text" && told.body.msgId && Math.abs(told.body.createAt - Date.now()) < 60000, told?.body);
const session = told.body.sessionWebhook;
expect("its session lasts an hour and a half", session.startsWith(`${base}/robot/sendBySession?session=`) && Math.abs(told.body.sessionWebhookExpiredTime - Date.now() - 5400000) < 60000);
expect("it may say more", (await post(session, text("还有一句"))).errcode === 0 && (await last()).body === "还有一句");
expect("nobody else may", (await post(session.slice(0, -2) + "xx", text("x"))).errcode !== 0);
await call(ana, "robot_token_renew", { conversation: hall, robot: helper.robot.id });
expect("until the token is renewed", (await post(session, text("x"))).errcode !== 0);
listener.close();

server.kill("SIGTERM");
expect("the server ends by itself", (await until(() => server.exitCode !== null && [server.exitCode]))?.[0] === 0, server.exitCode);
console.log(`clients: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
