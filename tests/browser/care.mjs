// What a group's keepers do: remind those who have not read or confirmed, keep robots that post,
// make a department's group, set how long messages are kept, take talk along. Prints a line for each
// expectation.
//
//   node tests/browser/care.mjs [./carillon]
import { execFileSync } from "node:child_process";
import { accessible, call, DESK, end, expect, failure, launch, never, newKey, pause, person, PHONE, says, sees, Server, write } from "./rig/rig.mjs";

const server = await new Server().start();
const { base } = server;

const dialog = page => page.locator("[role=dialog], [role=menu]").last();
const said = (page, text) => page.locator("main article", { hasText: text }).first();
const escape = page => page.keyboard.press("Escape");
const press = (page, name) => dialog(page).getByRole("button", { name, exact: true }).click();

const people = {}; // ids of ana and bo
let hall;

async function begin(ana, bo) {
  await ana.goto(`${base}/`);
  await call(ana, "org_setup", { token: server.token, organisation: "青石镇人民政府", name: "陈建国", login: "chen", password: "bronze-bell-1", key: newKey() });
  const { token } = await call(ana, "org_invite", { days: 7, key: newKey() });
  await bo.goto(`${base}/`);
  await call(bo, "org_join", { token, name: "林秀英", login: "lin", password: "bronze-bell-2", key: newKey() });
  for (const [name, page] of [["ana", ana], ["bo", bo]]) {
    const me = await call(page, "org_me", {});
    people[name] = me.person.id;
    for (const s of [...me.new_sessions, { id: me.session }]) await call(page, "org_session_known", { session: s.id });
  }
  hall = (await call(ana, "talk_create", { title: "防汛工作群", people: [people.bo], key: newKey() })).conversation.id;
  await call(ana, "talk_create", { title: "别的群", people: [people.bo], key: newKey() });
  await ana.goto(`${base}/#/c/${hall}`);
  await ana.reload();
  await ana.locator("textarea").waitFor();
  await bo.goto(`${base}/#/contacts`);
  await bo.reload();
  await bo.locator("a[data-nav], input[type=search]").first().waitFor();
}

// ---- reminding ------------------------------------------------------------------------------------

const reminder = page => page.getByRole("alert").filter({ hasText: "提醒你查看一条消息" });

async function reminding(ana, bo) {
  await write(ana, "今晚八点堤上集合");
  await said(ana, "今晚八点堤上集合").getByRole("button", { name: /未读/ }).click();
  const button = dialog(ana).getByRole("button", { name: "提醒未读的人" });
  await button.waitFor();
  await accessible(ana, "the readers with a reminder");
  await button.click();
  await expect("it says how many were reminded", async () => (await dialog(ana).getByText("已提醒 1 人").count()) === 1);
  await expect("the one who has not read is told", async () => (await reminder(bo).count()) === 1);
  await expect("by whom and where", async () => /陈建国提醒你查看一条消息.*防汛工作群/s.test(await reminder(bo).innerText()));
  await accessible(bo, "a reminder");
  await escape(ana);
  await said(ana, "今晚八点堤上集合").getByRole("button", { name: /未读/ }).click();
  await press(ana, "提醒未读的人");
  await expect("again too soon it says when it may be", async () => /十分钟内只能提醒一次，约 \d+ 分钟后/.test(await dialog(ana).innerText()));
  await escape(ana);
  await bo.goto(`${base}/#/`);
  await expect("the list says that one is called", async () => (await bo.locator("a[data-nav]", { hasText: "防汛工作群" }).getByText("[有人@我]").count()) === 1);
  await reminder(bo).getByRole("button", { name: "查看" }).click();
  await expect("a press opens the message in its place", says(bo, "今晚八点堤上集合"));
  await expect("and the notice is away", async () => (await reminder(bo).count()) === 0);

  const { seq } = await call(ana, "talk_send", { conversation: hall, body: "请全体签收", wants_confirm: true, key: newKey() });
  await expect("the other has read it", says(bo, "请全体签收"));
  await said(ana, "请全体签收").getByRole("button", { name: /已确认 0/ }).click();
  await dialog(ana).getByRole("button", { name: "提醒未确认的人" }).waitFor();
  await accessible(ana, "the answers with a reminder");
  await press(ana, "提醒未确认的人");
  await expect("who has read and not confirmed is reminded, too", async () => (await reminder(bo).count()) === 1);
  await escape(ana);
  await reminder(bo).getByRole("button", { name: "关闭" }).click();
  await call(bo, "talk_confirm", { conversation: hall, seq });
  await said(ana, "请全体签收").getByRole("button", { name: /全部确认|已确认 1|1 人/ }).first().waitFor();
  await said(ana, "请全体签收").getByRole("button", { name: /确认/ }).last().click();
  await expect("nobody is left to be reminded", async () => (await dialog(ana).count()) === 1 && (await dialog(ana).getByRole("button", { name: "提醒未确认的人" }).count()) === 0);
  await escape(ana);
  await said(bo, "请全体签收").getByRole("button", { name: /确认/ }).last().click();
  await pause(300);
  await expect("others than the author cannot remind", async () => (await dialog(bo).getByRole("button", { name: /提醒/ }).count()) === 0);
  await escape(bo);
}

// ---- robots ---------------------------------------------------------------------------------------

const settings = async page => {
  await page.getByRole("button", { name: "会话设置" }).click();
  await dialog(page).waitFor();
};

const post = async (url, message) => (await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) })).json();

async function addRobot(ana) {
  await settings(ana);
  await press(ana, "机器人");
  await expect("there is none yet", async () => (await dialog(ana).getByText("还没有机器人").count()) === 1);
  await accessible(ana, "no robots");
  await press(ana, "添加机器人");
  await dialog(ana).locator("#f-name").fill("水位");
  await dialog(ana).getByRole("switch", { name: "加签" }).click();
  await expect("without any check it cannot be added", async () => dialog(ana).getByRole("button", { name: "添加机器人" }).isDisabled());
  await dialog(ana).locator("#f-addresses").fill("10.0.0.0/33");
  await press(ana, "添加机器人");
  await expect("a wrong address is said at its field", async () => (await dialog(ana).locator("#n-addresses[role=alert]").count()) === 1);
  await dialog(ana).locator("#f-addresses").fill("");
  await dialog(ana).locator("#f-keywords").fill("水位，雨量");
  await dialog(ana).locator("#f-per_minute").fill("100");
  await accessible(ana, "a new robot");
  await press(ana, "添加机器人");
  const address = dialog(ana).locator("code").first();
  await address.waitFor();
  await accessible(ana, "a robot's address");
  return { url: await address.innerText(), line: await dialog(ana).locator("code").nth(1).innerText() };
}

async function robots(ana, bo) {
  const { url, line } = await addRobot(ana);
  await expect("its address is whole", () => url.startsWith(`${base}/robot/send?access_token=`));
  await press(ana, "复制 Webhook 地址");
  await expect("it is copied", async () => (await ana.evaluate(() => navigator.clipboard.readText())) === url);
  await expect("the line works in a shell as it is", () => JSON.parse(execFileSync("bash", ["-c", line], { stdio: ["ignore", "pipe", "ignore"] }).toString()).errcode === 0);
  await expect("and its words arrive", says(bo, "水位 你好"));
  await dialog(ana).getByRole("switch", { name: "启用" }).click();
  await expect("switched off it is refused", async () => (await post(url, { msgtype: "text", text: { content: "水位" } })).errcode === 400102);
  await dialog(ana).getByRole("switch", { name: "启用" }).click();
  await expect("switched on it posts", async () => (await post(url, { msgtype: "text", text: { content: "水位**三米**，- 不是列表 https://example.org/a" } })).errcode === 0);
  await expect("plain words keep their signs", says(bo, "水位**三米**，- 不是列表"));
  await expect("their addresses are links", async () => (await said(bo, "水位**三米**").getByRole("link", { name: "https://example.org/a" }).count()) === 1);

  await press(ana, "修改");
  await dialog(ana).getByRole("switch", { name: "加签" }).click();
  await press(ana, "保存");
  await expect("its checks are told", async () => (await dialog(ana).getByText("加签 · 关键词").count()) === 1);
  const signed = await dialog(ana).locator("code").nth(1).innerText();
  await expect("unsigned it is refused", async () => (await post(url, { msgtype: "text", text: { content: "水位" } })).errcode === 310000);
  await expect("the line signs", () => JSON.parse(execFileSync("bash", ["-c", signed.replace("你好", "已加签")], { stdio: ["ignore", "pipe", "ignore"] }).toString()).errcode === 0);
  await expect("and arrives", says(bo, "水位 已加签"));
  await press(ana, "修改");
  await dialog(ana).getByRole("switch", { name: "加签" }).click();
  await press(ana, "保存");
  await press(ana, "更换地址");
  await press(ana, "更换地址");
  await expect("a new address is shown", async () => (await dialog(ana).locator("code").first().innerText()) !== url);
  const renewed = await dialog(ana).locator("code").first().innerText();
  await expect("the former one ends", async () => (await post(url, { msgtype: "text", text: { content: "水位" } })).errcode === 400101);
  await escape(ana);
  await expect("the list tells its checks", async () => (await dialog(ana).getByRole("button", { name: /水位.*关键词/ }).count()) === 1);
  await accessible(ana, "the robots");
  await dialog(ana).getByRole("button", { name: /水位.*关键词/ }).click();
  await expect("its address is not shown again", async () => (await dialog(ana).getByText("地址只在添加和更换时显示一次").count()) === 1);
  await escape(ana);
  await escape(ana);
  await escape(ana);
  return renewed;
}

async function cards(ana, bo, url) {
  await post(url, { msgtype: "markdown", markdown: { title: "水位告警", text: "## 青石水文站\n> 水位 **21.3 米**，超警 0.3 米\n\n- 开闸 2 孔\n- 值班：@lin\n\n![现场](https://example.org/a.png)\n\n<img src=x onerror=alert(1)> [点我](javascript:alert(2))" }, at: { atUserIds: ["lin"] } });
  const bubble = said(bo, "青石水文站");
  await bubble.waitFor();
  await expect("markdown has quotes and points", async () => (await bubble.locator("blockquote").count()) === 1 && (await bubble.locator("ul li").count()) === 2);
  await expect("pictures of elsewhere are links", async () => (await bubble.getByRole("link", { name: "现场" }).getAttribute("href")) === "https://example.org/a.png");
  await expect("what is hostile is words", async () => (await bubble.locator("img[src=x]").count()) === 0 && (await bubble.getByText("<img src=x onerror=alert(1)>").count()) === 1 && (await bubble.locator("a").count()) === 1);
  await post(url, { msgtype: "actionCard", actionCard: { title: "水位处置", text: "### 是否开闸泄洪\n下游三个村已通知", btnOrientation: "1", btns: [{ title: "同意", actionURL: "https://example.org/yes" }, { title: "再看看", actionURL: "https://example.org/no" }] } });
  const card = said(bo, "是否开闸泄洪");
  await card.waitFor();
  await expect("a card has its title and buttons that open addresses", async () => (await card.getByText("水位处置").count()) === 1 && (await card.getByRole("link", { name: "同意" }).getAttribute("href")) === "https://example.org/yes");
  const [yes, no] = await Promise.all(["同意", "再看看"].map(name => card.getByRole("link", { name }).boundingBox()));
  await expect("side by side", () => Math.abs(yes.y - no.y) < 2 && yes.height >= 44);
  await post(url, { msgtype: "feedCard", feedCard: { links: [{ title: "水位一小时报", messageURL: "https://example.org/1" }, { title: "雨量图", messageURL: "https://example.org/2" }] } });
  await expect("a list of things to read", async () => (await said(bo, "水位一小时报").getByRole("link").count()) === 2);
  await call(ana, "talk_notice", { conversation: hall, body: "汛期**二十四小时**值班" });
  await expect("the notice has its heading", async () => (await said(bo, "汛期二十四小时值班").getByText("群公告").count()) === 1);
  await accessible(bo, "cards on a telephone");
  await accessible(ana, "cards at a desk");
}

// ---- a department's group -------------------------------------------------------------------------

async function departmentGroup(ana, bo) {
  const { department } = await call(ana, "org_department_add", { name: "应急办", key: newKey() });
  await call(ana, "org_post_set", { person: people.bo, department: department.id, title: "主任", is_head: true });
  await ana.goto(`${base}/#/contacts/${department.id}`);
  await ana.getByRole("button", { name: "建部门群" }).waitFor();
  await bo.goto(`${base}/#/contacts/${department.id}`);
  await bo.getByRole("button", { name: "建部门群" }).click();
  await accessible(bo, "making a department's group");
  await press(bo, "建部门群");
  await expect("its head makes it, and is there", async () => (await bo.getByRole("heading", { name: "应急办 部门群" }).count()) === 1);
  await bo.goto(`${base}/#/contacts/${department.id}`);
  await bo.getByRole("button", { name: "部门群", exact: true }).click();
  await expect("the second time it opens", async () => (await bo.getByRole("heading", { name: "应急办 部门群" }).count()) === 1);
  await ana.getByRole("button", { name: "建部门群" }).click();
  await press(ana, "建部门群");
  await expect("another cannot make it twice", sees(ana, "这个部门已经有部门群"));
}

// ---- keeping and taking along -----------------------------------------------------------------------

async function keeping(ana, bo) {
  await bo.goto(`${base}/#/me/organisations`);
  await pause(500);
  await expect("members are not asked how long messages are kept", async () => (await bo.getByText("消息保留多久").count()) === 0);
  await ana.goto(`${base}/#/me/organisations`);
  const select = ana.getByLabel("消息保留多久");
  await select.waitFor();
  await expect("at first for ever", async () => (await select.inputValue()) === "0");
  await accessible(ana, "the organisation for its owner");
  await select.selectOption({ label: "180 天" });
  await expect("what it means is said first", async () => /180 天以前的消息和文件/.test(await dialog(ana).innerText()));
  await accessible(ana, "the question before messages are wiped");
  await press(ana, "取消");
  await expect("not wanted, nothing changes", async () => (await select.inputValue()) === "0" && (await call(ana, "talk_keep", {})).days === 0);
  await select.selectOption({ label: "180 天" });
  await press(ana, "保留这么久");
  await expect("it is kept so long", async () => (await call(ana, "talk_keep", {})).days === 180);
  await select.selectOption({ label: "其他天数…" });
  await dialog(ana).locator("#f-days").fill("45");
  await press(ana, "下一步");
  await press(ana, "保留这么久");
  await expect("a number of one's own", async () => (await call(ana, "talk_keep", {})).days === 45 && (await select.inputValue()) === "45");
  await ana.goto(`${base}/#/c/${hall}`);
  await settings(ana);
  await press(ana, "消息保留");
  const own = dialog(ana).getByLabel("这个群的消息保留多久");
  await expect("a group follows the organisation", async () => (await own.inputValue()) === "organisation");
  await own.selectOption({ label: "永久保留" });
  await expect("or has a rule of its own", async () => (await call(ana, "talk_keep", { conversation: hall })).is_own === true);
  await accessible(ana, "a group's rule");
  await escape(ana);
  await escape(ana);
}

// Nothing is old enough here: the stored message is made so.
async function wiped(bo) {
  await bo.goto(`${base}/#/c/${hall}`);
  await bo.locator("article").first().waitFor();
  await bo.evaluate(async conversation => {
    const db = await new Promise(done => (indexedDB.open("carillon").onsuccess = e => done(e.target.result)));
    const blocks = db.transaction("blocks", "readwrite").objectStore("blocks");
    const block = await new Promise(done => (blocks.get([conversation, 0]).onsuccess = e => done(e.target.result)));
    const messages = block.messages.map(m => (m.body === "今晚八点堤上集合" ? { ...m, body: undefined, is_recalled: true, is_expired: true } : m));
    await new Promise(done => (blocks.put({ ...block, messages }).onsuccess = done));
    db.close();
  }, hall);
  await bo.reload();
  await bo.locator("article").first().waitFor();
  await bo.locator("main [role=list]").last().locator("..").evaluate(e => (e.scrollTop = 0));
  await expect("what was wiped says that it was kept long enough", sees(bo, "已按保留期限清除"));
  await expect("and not that it was taken back", never(bo, "撤回了一条消息"));
}

async function exporting(ana, bo) {
  await bo.goto(`${base}/#/c/${hall}`);
  await settings(bo);
  await press(bo, "导出聊天记录");
  await dialog(bo).getByText("还没有导出过").waitFor();
  await press(bo, "开始导出");
  const saved = page => page.getByRole("link", { name: /^下载/ });
  await expect("it is told when it is written", async () => (await saved(bo).count()) === 1, 15000);
  await expect("with its size", async () => /\d+(\.\d+)? (B|KB|MB)/.test(await saved(bo).innerText()));
  await accessible(bo, "the exports");
  const [download] = await Promise.all([bo.waitForEvent("download"), saved(bo).click()]);
  await expect("it is saved as a tar", () => /\.tar$/.test(download.suggestedFilename()));
  const files = execFileSync("tar", ["tf", await download.path()]).toString();
  await expect("and is a tar with the messages", () => files.includes("manifest.json") && /messages-00001\.jsonl/.test(files));
  await escape(bo);
  await escape(bo);
  await ana.goto(`${base}/#/me/organisations`);
  await ana.getByRole("button", { name: "导出全组织消息" }).click();
  await accessible(ana, "the question before all is exported");
  await press(ana, "导出全组织消息");
  await expect("the owner takes all along", async () => (await saved(ana).count()) === 1 && (await ana.getByText("全组织", { exact: false }).count()) > 0, 15000);
}

// ---- all of it ------------------------------------------------------------------------------------

const browser = await launch();
try {
  const ana = await person(browser, "Ana", DESK, base);
  const bo = await person(browser, "Bo", PHONE, base);
  await begin(ana, bo);
  await reminding(ana, bo);
  const url = await robots(ana, bo);
  await cards(ana, bo, url);
  await departmentGroup(ana, bo);
  await keeping(ana, bo);
  await wiped(bo);
  await exporting(ana, bo);
} catch (error) {
  failure(`the story went on: ${error.stack}`);
} finally {
  await browser.close();
  await server.remove();
}
end("care");
