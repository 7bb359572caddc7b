// Notices: the settings, quiet hours at both screens, reaching somebody with a reason, and what the
// service worker makes of a push message.
//
//   node tests/browser/notices.mjs [./carillon]
import { accessible, call, DESK, end, expect, failure, launch, newKey, never, pause, person, PHONE, sees, Server, signIn, write } from "./rig/rig.mjs";

const PASSWORD = "bronze-bell-1";
const SHOTS = process.env.SHOTS; // a directory for screenshots
const server = await new Server().start();
const { base } = server;
const browser = await launch();

const shot = (page, name) => SHOTS && page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: false });
const place = (page, where) => page.goto(`${base}/#/${where}`).then(() => pause(300));

async function setUp(page) {
  await page.goto(`${base}/#/setup/${server.token}`);
  await page.fill("#f-organisation", "青石镇人民政府");
  await page.fill("#f-name", "陈建国");
  await page.fill("#f-login", "chen");
  await page.fill("#f-password", PASSWORD);
  await page.getByRole("button", { name: "建立组织" }).click();
  await page.getByText("还没有会话").waitFor();
}

async function joins(page, chen) {
  const { token } = await call(chen, "org_invite", { key: newKey() });
  await page.goto(`${base}/`);
  await call(page, "org_join", { token, name: "李梅", login: "limei", password: PASSWORD, key: newKey() });
  await signIn(page, base, "limei", PASSWORD).catch(() => page.goto(`${base}/`));
  return (await call(page, "org_me", {})).person.id;
}

// A push message, as the browser hands it to the service worker.
async function push(context, page, data) {
  const line = await context.newCDPSession(page);
  const known = new Promise(done => line.on("ServiceWorker.workerRegistrationUpdated", e => e.registrations[0] && done(e.registrations[0].registrationId)));
  await line.send("ServiceWorker.enable");
  await line.send("ServiceWorker.deliverPushMessage", { origin: base, registrationId: await known, data: JSON.stringify(data) });
  await line.detach();
}

const notices = page => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(n => ({ title: n.title, body: n.body, tag: n.tag })));

async function settings(page) {
  await place(page, "me/notify");
  await expect("the settings show", sees(page, "组织公布的"));
  await accessible(page, "notices");
  await shot(page, "notify-desk");
  await page.getByRole("button", { name: "添加时段" }).first().click();
  await page.getByRole("group", { name: "星期" }).getByRole("button", { name: "六" }).click();
  await page.getByRole("group", { name: "星期" }).getByRole("button", { name: "日" }).click();
  await page.getByLabel("开始").selectOption("720");
  await page.getByLabel("结束").selectOption("720");
  await shot(page, "notify-hours");
  await accessible(page, "quiet hours");
  await page.getByRole("button", { name: "保存" }).click();
  await expect("they are kept", async () => (await call(page, "push_quiet", {})).periods[0]?.days === 127);
}

async function disturbing(chen, li, direct) {
  await place(chen, `c/${direct}`);
  await write(chen, "明早开会");
  await expect("the sender sees that the other one is off", sees(chen, "对方已下班"));
  await shot(chen, "off");
  await chen.getByRole("button", { name: "紧急提醒" }).click();
  await chen.fill("#f-text", "堤坝渗水");
  await chen.getByRole("button", { name: "保存" }).click();
  await expect("the sender hears whom it reached", sees(chen, "已提醒 1 人"));
  await place(li, "me/notify");
  await expect("who was disturbed sees by whom and why", sees(li, "堤坝渗水"));
  await expect("and reads the organisation's hours", sees(li, "每天 12:00–次日 12:00"));
  await shot(li, "notify-phone");
  await accessible(li, "notices on a phone");
}

async function pushing(context, page, direct) {
  await context.grantPermissions(["notifications"], { origin: base });
  await page.reload();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await push(context, page, { title: "陈建国", body: "六点开会", conversation: direct, seq: 1 });
  await expect("a push message is shown", async () => (await notices(page))[0]?.body === "六点开会");
  await push(context, page, { title: "陈建国", body: "改到七点", conversation: direct, seq: 2 });
  await expect("the next one takes its place", async () => (await notices(page)).map(n => n.body).join() === "改到七点");
}

try {
  const chen = await person(browser, "Chen", DESK, base);
  const li = await person(browser, "Li", PHONE, base);
  await setUp(chen);
  const id = await joins(li, chen);
  const direct = (await call(chen, "talk_direct", { person: id, key: newKey() })).conversation.id;
  await settings(chen);
  await disturbing(chen, li, direct);
  await place(chen, "me/notify");
  await chen.getByRole("radio", { name: "没有人" }).click();
  await expect("an owner forbids it", async () => (await call(chen, "push_quiet", {})).disturb === "none");
  await place(chen, `c/${direct}`);
  await expect("the button is gone", never(chen, "紧急提醒"));
  await pushing(li.context(), li, direct);
} catch (error) {
  failure(error.message);
}
await browser.close();
await server.remove();
end("notices");
