// web: bytes over the wire until a signed-in person's first chat is usable: the list and one room are
// on the screen, in a browser that has nothing of ours yet.
//
// A real Chromium opens the demonstration; every response of its page and of its workers counts with
// head and body as it was transferred (Network.loadingFinished). What the service worker fetches to be
// ready without a network comes behind and does not count; nor do the WebSocket's frames and the
// pictures that people sent, which are the conversation and not the program. All are printed, and so
// is what the server says that it sent.
//
//   node bench/web.mjs
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { browse, guard, place, serve } from "./kit/browser.mjs";

const BAR = 60 * 1024;
const WAIT_MS = 15000;
guard("web", 50000);

async function signIn(base, login, password) {
  const answer = await fetch(`${base}/v1/ops/org_sign_in`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ login, password }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return /carillon=([^;]+)/.exec(answer.headers.get("set-cookie"))[1];
}

const responses = new Map(); // by session and request: { url, kind, encoding, bytes }
const sessions = new Map(); // session -> kind of target
let socketBytes = 0;
let page;

function note(browser, { method, params, sessionId }) {
  const key = `${sessionId} ${params.requestId}`;
  if (method === "Target.attachedToTarget") {
    const session = params.sessionId;
    sessions.set(session, params.targetInfo.type);
    if (params.targetInfo.type === "page") page = session;
    const quiet = () => undefined;
    browser.ask("Network.enable", {}, session).catch(quiet);
    browser.ask("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: true, flatten: true }, session).catch(quiet);
    browser.ask("Runtime.runIfWaitingForDebugger", {}, session).catch(quiet);
  } else if (method === "Network.responseReceived") {
    const { url, headers, fromDiskCache, fromServiceWorker } = params.response;
    const encoding = headers["Content-Encoding"] ?? headers["content-encoding"] ?? "";
    responses.set(key, { url, kind: sessions.get(sessionId), encoding, bytes: 0, isKept: fromDiskCache || fromServiceWorker });
  } else if (method === "Network.loadingFinished" && responses.has(key)) {
    responses.get(key).bytes = params.encodedDataLength;
  } else if (method === "Network.webSocketFrameReceived") {
    socketBytes += params.response.payloadData.length;
  }
}

async function until(browser, expression) {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await new Promise(r => setTimeout(r, 20))) {
    const { result } = await browser.ask("Runtime.evaluate", { expression, returnByValue: true }, page);
    if (result.value) return result.value;
  }
  throw new Error(`it never came to: ${expression}`);
}

// ---- the measure ------------------------------------------------------------------------------------

const data = join(place, "data");
const made = spawnSync("./carillon", ["demo", "--data", data], { encoding: "utf8" });
const [, login, password] = /as (\S+) with the password (\S+)/.exec(made.stdout);
const server = await serve(data);
const cookie = await signIn(server.base, login, password.replace(/[.,]$/, ""));
const browser = browse();
browser.hear(message => note(browser, message));
await browser.ask("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
await browser.ask("Target.createTarget", { url: "about:blank" });
while (!page) await new Promise(r => setTimeout(r, 20));
await browser.ask("Network.setCookie", { name: "carillon", value: cookie, url: server.base, httpOnly: true, sameSite: "Lax" }, page);
await browser.ask("Page.navigate", { url: `${server.base}/` }, page);
await until(browser, "document.querySelectorAll('a[data-nav]').length > 3");
await browser.ask("Runtime.evaluate", { expression: "document.querySelector('a[data-nav]').click()" }, page);
await until(browser, "document.querySelectorAll('article').length > 0 && !!document.querySelector('textarea')");
await new Promise(r => setTimeout(r, 300));

const sent = /carillon_bytes_out_total (\d+)/.exec(await (await fetch(`${server.base}/metrics`)).text())[1];
let sum = 0;
let kept = 0;
let pictures = 0;
const rows = new Map();
for (const one of responses.values()) {
  if (one.isKept || !one.url.startsWith("http")) continue;
  if (one.kind === "service_worker") kept += one.bytes;
  else if (one.url.startsWith(`${server.base}/v1/files/`)) pictures += one.bytes;
  else {
    sum += one.bytes;
    rows.set(one.url.replace(server.base, ""), one);
  }
}
for (const [url, one] of rows) console.log(`${String(one.bytes).padStart(7)}  ${url} (${one.kind}${one.encoding ? ", " + one.encoding : ""})`);
console.log(`${socketBytes} bytes of messages over the WebSocket, ${pictures} of pictures; the service worker fetched ${kept} for later; the server sent ${sent} in all`);
const isPass = sum <= BAR && sum > 10000;
console.log(`web: ${(sum / 1024).toFixed(1)} KiB (bar 60): ${isPass ? "pass" : "short"}`);
process.exit(isPass ? 0 : 1);
