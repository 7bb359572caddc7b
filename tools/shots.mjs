// Screenshots of every screen and state on demonstration data, at the size of a telephone and of a
// desk, light and dark: build/shots/NAME-phone-light.png and so on, and an index.html to look at them.
//
//   node tools/shots.mjs [./carillon] [words of names…]
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, DEMO_PASSWORD, DESK, launch, newKey, pause, PHONE, Server, signIn, top, write } from "../tests/browser/rig/rig.mjs";

const out = join(top, "build/shots");
const only = process.argv.slice(3);
const names = [];

// One state in both lights.
async function shot(page, name) {
  const size = page.viewportSize().width < 860 ? "phone" : "desk";
  if (!names.includes(name)) names.push(name);
  await pause(350);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await pause(180);
    await page.screenshot({ path: join(out, `${name}-${size}-${scheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

const wants = (...words) => !only.length || words.some(w => only.some(o => w.includes(o)));
const isPhone = page => page.viewportSize().width < 860;
const dialog = page => page.locator("[role=dialog], [role=menu]").last();
const close = async page => {
  await page.keyboard.press("Escape");
  await pause(150);
};

async function at(page, base, place) {
  await page.goto(`${base}/#/${place}`);
  await pause(250);
}

async function room(page, base, title) {
  await at(page, base, "");
  await page.locator("a[data-nav]").filter({ has: page.getByText(title, { exact: true }) }).first().click();
  await page.locator("article").first().waitFor();
  await pause(300);
}

const toEnd = async page => {
  const button = page.getByRole("button", { name: /回到最新消息|条新消息/ });
  if (await button.count()) await button.click();
  await pause(500);
};

// ---- before one is in -----------------------------------------------------------------------------

async function doors(page, empty, base, links) {
  await page.goto(`${empty.base}/#/setup/${empty.token}`);
  await page.locator("#f-organisation").waitFor();
  await shot(page, "setup");
  await page.goto(`${base}/`);
  await page.locator("#f-login").waitFor();
  await shot(page, "sign-in");
  await page.fill("#f-login", "demo");
  await page.fill("#f-password", "not-the-password");
  await page.getByRole("button", { name: "登录" }).click();
  await page.locator("[role=alert]").waitFor();
  await page.getByRole("button", { name: "忘记密码？" }).click();
  await shot(page, "sign-in-wrong");
  await page.goto(links.join);
  await page.locator("#f-name").waitFor();
  await shot(page, "join");
  await page.goto(links.join.slice(0, -3) + "xyz");
  await shot(page, "join-ended");
  await page.goto(links.reset);
  await page.locator("#f-password").waitFor();
  await shot(page, "reset");
}

// ---- talking --------------------------------------------------------------------------------------

async function rooms(page, base) {
  await at(page, base, "");
  await shot(page, "list");
  const unread = isPhone(page) ? "三号冷轧线值班群" : "县防汛应急指挥群";
  await room(page, base, unread);
  await page.getByText("以下为未读消息").waitFor();
  await shot(page, "room-unread");
  await toEnd(page);
  await shot(page, "room-bottom");
  await room(page, base, "数据中心日常");
  await toEnd(page);
  await shot(page, "room-own-group");
  await room(page, base, "侯志远");
  await toEnd(page);
  await shot(page, "room-direct");
}

async function ownRoom(page, base) {
  await room(page, base, "数据中心日常");
  await write(page, "今天下午三点例会，地点改到**二楼会议室**：\n1. 数据共享清单\n2. 值班安排\n3. `backup.sh` 的演练结果\n详见 https://linjiang.example/plan");
  await write(page, "收到请回复");
  await write(page, "👍");
  const png = await page.screenshot();
  await page.locator("input[type=file]").setInputFiles([
    { name: "会场布置.png", mimeType: "image/png", buffer: png },
    { name: "2026年第四季度数据共享责任清单（征求意见稿）修改版.xlsx", mimeType: "application/vnd.ms-excel", buffer: Buffer.alloc(230000, 7) },
  ]);
  await page.locator("textarea").fill("附件请查收");
  await shot(page, "composer-files");
  await page.getByLabel("发送", { exact: true }).click();
  await page.locator("article", { hasText: "附件请查收" }).last().locator("img").waitFor();
  await toEnd(page);
  await shot(page, "room-own");
  await page.getByRole("button", { name: /已读 \/|全部已读/ }).last().click();
  await pause(300);
  await shot(page, "readers");
  await dialog(page).getByRole("radio").last().click();
  await shot(page, "readers-read");
  await close(page);
  await page.locator("article", { hasText: "收到请回复" }).last().focus();
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  await shot(page, "message-menu");
  await dialog(page).getByRole("menuitem", { name: "回复" }).click();
  await page.locator("textarea").fill("补充一下");
  await shot(page, "composer-quote");
  await page.keyboard.press("Escape");
  await page.locator("textarea").fill("");
  await page.getByRole("button", { name: "表情", exact: true }).click();
  await shot(page, "emoji");
  await page.getByRole("button", { name: "表情", exact: true }).click();
  await page.locator("textarea").focus();
  await page.locator("textarea").pressSequentially("请 @");
  await page.getByRole("listbox").waitFor();
  await pause(300);
  await shot(page, "mention");
  await page.keyboard.press("Escape");
  await page.locator("textarea").fill("");
  await page.locator("article img").last().click();
  await dialog(page).waitFor();
  await shot(page, "picture");
  await close(page);
  await page.getByRole("button", { name: "会话设置" }).click();
  await dialog(page).waitFor();
  await shot(page, "details-group");
  await close(page);
  await room(page, base, "侯志远");
  await page.getByRole("button", { name: "会话设置" }).click();
  await dialog(page).waitFor();
  await shot(page, "details-direct");
  await close(page);
}

async function pickers(page, base) {
  await at(page, base, "");
  await page.getByRole("button", { name: "发起会话" }).first().click();
  await dialog(page).waitFor();
  await shot(page, "picker");
  await page.locator("[role=dialog] input[type=search]").fill("liu");
  await pause(500);
  const boxes = page.getByRole("checkbox");
  for (let i = 0; i < 3; i++) await boxes.nth(i).click();
  await shot(page, "picker-chosen");
  await close(page);
  for (const [name, words] of [["search-start", ""], ["search", "防汛"], ["search-pinyin", "lin"], ["search-empty", "没有这样的词句"]]) {
    await page.keyboard.press("Control+K");
    await page.locator("[role=dialog] input[type=search]").fill(words);
    await pause(700);
    await shot(page, name);
    await close(page);
  }
}

// What robots say, and what keepers of a group do; the group is made once.
let careRoom;
let careRobot;
async function makeCare(page, other, base) {
  const [own, two] = await Promise.all([page, other].map(async p => (await call(p, "org_me", {})).person));
  const { people } = await call(page, "org_find", { query: "林", limit: 8 });
  const { conversation } = await call(page, "talk_create", { title: "青石水文站联络群", people: [two.id, ...people.map(p => p.id).filter(id => ![own.id, two.id].includes(id))], key: newKey() });
  const c = { conversation: conversation.id };
  const added = await call(page, "robot_add", { ...c, name: "水位报警", keywords: [{ text: "水位" }], per_minute: 600 });
  await call(page, "robot_add", { ...c, name: "构建", url: "https://example.org/build" });
  careRobot = added.robot.name;
  const post = message => fetch(new URL(added.url, base), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) });
  await call(page, "talk_notice", { ...c, body: "汛期实行**二十四小时**值班，雨量超过 50 毫米时每小时报一次。" });
  await post({ msgtype: "text", text: { content: "水位 21.3 米（*超警* 0.3 米） https://example.org/station" } });
  await post({ msgtype: "markdown", markdown: { title: "水位告警", text: "## 青石水文站\n> 当前水位 **21.3 米**，超过警戒 <font color=#ff0000>0.3 米</font>\n\n#### 处置\n1. 开闸 2 孔\n2. 通知下游三个村\n   - 上坝村\n   - 下坝村\n\n---\n![现场照片](https://example.org/a.png) · [值班表](https://example.org/b)\n```\n21:00  21.1\n22:00  21.3\n```" } });
  await post({ msgtype: "actionCard", actionCard: { title: "水位处置请示", text: "### 是否开闸泄洪\n下游三个村已通知，预计 40 分钟后水位回落。", btnOrientation: "1", btns: [{ title: "同意", actionURL: "https://example.org/yes" }, { title: "再看看", actionURL: "https://example.org/no" }] } });
  await post({ msgtype: "feedCard", feedCard: { links: [{ title: "水位一小时报：青石站 21.3 米", messageURL: "https://example.org/1" }, { title: "雨量分布图", messageURL: "https://example.org/2" }] } });
  await post({ msgtype: "link", link: { title: "水位历年对比", text: "近十年同期水位与今年的对比，数据截至今天 8 时", messageUrl: "https://example.org/history" } });
  await call(page, "talk_send", { ...c, body: "收到，我十分钟后到现场", key: newKey() });
  await call(page, "talk_export", { ...c, key: newKey() });
  careRoom = conversation.id;
}

async function care(page, base, other) {
  await at(page, base, `c/${careRoom}`);
  await page.locator("article").first().waitFor();
  await pause(900);
  const list = page.locator("[role=list]").last().locator("..");
  await list.evaluate(e => (e.scrollTop = 0));
  await pause(400);
  await shot(page, "care-robot-words");
  await toEnd(page);
  await shot(page, "care-robot-cards");
  const { seq } = await call(other, "talk_send", { conversation: careRoom, body: "请看一下昨天的水位记录", key: newKey() });
  await pause(500);
  await page.evaluate(() => (location.hash = "#/"));
  const { person: own } = await call(page, "org_me", {});
  await call(other, "talk_send", { conversation: careRoom, body: "请看一下昨天的水位记录", mentions: [own.id], key: newKey() });
  await call(other, "talk_remind", { conversation: careRoom, seq: seq + 1 });
  await page.getByRole("alert").filter({ hasText: "提醒" }).waitFor();
  await shot(page, "care-reminder");
  await page.getByRole("alert").getByRole("button", { name: "关闭" }).click();
  await at(page, base, `c/${careRoom}`);
  await page.locator("article").last().waitFor();
  await toEnd(page);
  await page.getByRole("button", { name: /已读 \/|未读$/ }).last().click();
  await dialog(page).getByRole("button", { name: "提醒未读的人" }).click();
  await pause(400);
  await shot(page, "care-remind");
  await close(page);
  await page.getByRole("button", { name: "会话设置" }).click();
  await dialog(page).getByRole("button", { name: "机器人" }).scrollIntoViewIfNeeded();
  await shot(page, "care-settings");
  await dialog(page).getByRole("button", { name: "机器人" }).click();
  await dialog(page).getByText(careRobot).waitFor();
  await shot(page, "care-robots");
  await dialog(page).getByRole("button", { name: new RegExp(careRobot) }).click();
  await pause(300);
  await dialog(page).getByRole("button", { name: "更换地址" }).click();
  await pause(200);
  await shot(page, "care-robot-renew");
  await dialog(page).getByRole("button", { name: "更换地址" }).click();
  await dialog(page).locator("code").first().waitFor();
  await shot(page, "care-robot");
  await dialog(page).getByRole("button", { name: "修改" }).click();
  await pause(300);
  await shot(page, "care-robot-form");
  for (let i = 0; i < 4; i++) await close(page);
  await page.getByRole("button", { name: "会话设置" }).click();
  await dialog(page).getByRole("button", { name: "导出聊天记录" }).click();
  await pause(500);
  await shot(page, "care-export");
  await close(page);
  await dialog(page).getByRole("button", { name: "消息保留" }).click();
  await pause(400);
  await shot(page, "care-keep-group");
  await close(page);
  await close(page);
  await at(page, base, "me/organisations");
  await page.getByText("导出全组织消息").first().waitFor();
  await pause(400);
  await page.getByRole("button", { name: "导出全组织消息" }).scrollIntoViewIfNeeded();
  await shot(page, "care-organisation");
  await page.getByLabel("消息保留多久").selectOption({ label: "180 天" });
  await dialog(page).waitFor();
  await shot(page, "care-keep-sure");
  await close(page);
  await at(page, base, "contacts");
  await page.locator("a[data-nav]", { hasText: "乡镇" }).first().click();
  await page.getByRole("button", { name: /部门群/ }).waitFor();
  await shot(page, "care-department");
  await page.getByRole("button", { name: /部门群/ }).click();
  const sure = page.getByRole("dialog").getByRole("button", { name: "建部门群" });
  await pause(500);
  if (await sure.count()) {
    await shot(page, "care-department-sure");
    await sure.click();
  }
  await page.getByRole("heading", { name: /部门群/ }).waitFor();
  await pause(800);
  await shot(page, "care-department-group");
// ---- groups ---------------------------------------------------------------------------------------

// What the pages of this order are photographed on: made once, since both sizes show it.
async function makeGroups(owner, member, third) {
  const find = async name => (await call(owner, "org_find", { query: name, limit: 5 })).people;
  const others = (await find("lin")).concat(await find("wang")).map(p => p.id);
  const [me, two, three] = await Promise.all([owner, member, third].map(async page => (await call(page, "org_me", {})).person.id));
  const people = Array.from(new Set([two, ...others])).filter(id => id !== me && id !== three);
  const make = async (title, list) => (await call(owner, "talk_create", { title, people: list, key: newKey() })).conversation;
  const hall = await make("青山镇中心学校家校群", people);
  const quiet = await make("机关食堂通知", [two]);
  for (const title of ["羽毛球活动群", "二手物品交流"]) await call(owner, "talk_attention", { conversation: (await make(title, [two])).id, is_folded: true });
  await call(owner, "talk_attention", { conversation: quiet.id, is_muted: true });
  await call(owner, "talk_attention", { conversation: hall.id, is_top: true });
  await call(member, "talk_send", { conversation: quiet.id, body: "今天中午加餐红烧鱼", key: newKey() });
  await call(member, "talk_nickname", { conversation: hall.id, nickname: "陈小明妈妈" });
  await call(owner, "talk_nickname", { conversation: hall.id, nickname: "班主任" });
  await call(owner, "talk_group_set", { conversation: hall.id, asks_managers: true, all_by_managers: true });
  await call(third, "talk_join", { number: hall.number, words: "四年级二班李晓雨的爸爸，请老师通过" });
  await call(owner, "talk_notice", { conversation: hall.id, body: "本周五下午三点在**多功能厅**开家长会，请带：\n1. 户口本复印件\n2. 学生预防接种证\n3. 已签字的《安全责任书》" });
  await call(member, "talk_send", { conversation: hall.id, body: "收到，周五准时到", key: newKey() });
  return { hall, quiet, two };
}

async function groups(page, base, made, member) {
  const { hall } = made;
  await at(page, base, "");
  await page.getByRole("button", { name: "未读优先" }).waitFor();
  await page.getByText("人申请入群").first().waitFor();
  await shot(page, "list-attention");
  const first = page.locator("a[data-nav]").nth(1);
  if (isPhone(page)) await first.dispatchEvent("contextmenu", { clientX: 200, clientY: 300 });
  else await first.click({ button: "right" });
  await dialog(page).waitFor();
  await shot(page, "list-menu");
  await close(page);
  await page.getByRole("button", { name: "单聊", exact: true }).click();
  await shot(page, "list-direct");
  await page.getByRole("button", { name: "全部", exact: true }).click();
  await at(page, base, "folded");
  await shot(page, "list-folded");
  await at(page, base, `c/${hall.id}`);
  await page.getByText("人申请加入本群").waitFor();
  await shot(page, "group-room");
  await page.getByText("人申请加入本群").click();
  await shot(page, "group-requests");
  await close(page);
  await page.getByRole("button", { name: "会话设置" }).click();
  await dialog(page).waitFor();
  await shot(page, "group-details");
  await dialog(page).evaluate(e => e.querySelector("section:last-of-type").scrollIntoView());
  await shot(page, "group-details-below");
  await dialog(page).getByRole("button", { name: /^成员/ }).click();
  await shot(page, "group-members");
  await dialog(page).getByRole("button", { name: /^更多 / }).first().click();
  await shot(page, "group-member-menu");
  await dialog(page).getByRole("menuitem", { name: "禁言" }).click();
  await dialog(page).getByRole("button", { name: "到指定时间" }).click();
  await shot(page, "group-mute");
  await close(page);
  await close(page);
  for (const [name, button] of [["group-manage", "群管理"], ["group-notice", "群公告"], ["group-code", "群二维码和链接"], ["group-calendar", "按日期查看"]]) {
    await dialog(page).getByRole("button", { name: button }).click();
    await pause(500);
    await shot(page, name);
    if (name === "group-notice") {
      await dialog(page).getByRole("button", { name: "修改公告" }).click();
      await shot(page, "group-notice-write");
    }
    await close(page);
  }
  await page.locator("[role=dialog] input[type=file]").setInputFiles({ name: "校徽.png", mimeType: "image/png", buffer: await page.screenshot() });
  await dialog(page).getByRole("slider").waitFor();
  await shot(page, "group-crop");
  await close(page);
  await close(page);
  await page.getByRole("button", { name: /已读/ }).first().click();
  await pause(500);
  await shot(page, "readers-departments");
  await close(page);
  await call(page, "talk_group_set", { conversation: hall.id, counts_only: true });
  await page.getByRole("button", { name: /已读/ }).first().click();
  await pause(500);
  await shot(page, "readers-numbers");
  await close(page);
  await call(page, "talk_group_set", { conversation: hall.id, counts_only: false });
  await at(page, base, "contacts");
  await page.getByRole("button", { name: "输入群号加入" }).click();
  await shot(page, "join-number");
  await page.fill("#f-number", String(hall.number));
  await dialog(page).getByRole("button", { name: "查找" }).click();
  await pause(400);
  await shot(page, "join-found");
  await close(page);
  await asGuest(member, page, base, made);
}

// What somebody sees who is not in, and who may not speak.
async function asGuest(member, page, base, { hall, two }) {
  const { token } = await call(page, "talk_link", { conversation: hall.id, days: 7 });
  await member.setViewportSize(page.viewportSize());
  await at(member, base, `c/${hall.id}`);
  await member.getByText("周五下午三点").first().waitFor();
  await pause(600);
  await shot(member, "group-notice-bar");
  await call(page, "talk_mute", { conversation: hall.id, person: two, minutes: 60 });
  await member.getByText("你已被禁言").waitFor();
  await shot(member, "group-silent");
  await call(page, "talk_mute", { conversation: hall.id, person: two, minutes: 0 });
  await call(page, "talk_remove", { conversation: hall.id, person: two });
  await at(member, base, `g/${token}`);
  await member.getByRole("button", { name: "申请加入" }).waitFor();
  await shot(member, "join-page");
  await call(page, "talk_add", { conversation: hall.id, people: [two] });
}

async function finding(page, base) {
  await at(page, base, "");
  for (const [name, words, tab] of [["find-all", "防汛", "全部"], ["find-messages", "值班", "消息"], ["find-files", "", "文件"], ["find-pictures", "", "图片"], ["find-links", "", "链接"]]) {
    await page.keyboard.press("Control+K");
    await page.locator("[role=dialog] input[type=search]").fill(words);
    await dialog(page).getByRole("tab", { name: tab }).click();
    await pause(800);
    await shot(page, name);
    if (name === "find-messages") {
      await dialog(page).getByRole("button", { name: "时间" }).click();
      await dialog(page).getByRole("menuitem", { name: "最近 30 天" }).click();
      await pause(600);
      await shot(page, "find-filtered");
      await dialog(page).getByRole("button", { name: /^时间 / }).click();
      await dialog(page).getByRole("menuitem", { name: "自定义" }).click();
      await shot(page, "find-days");
      await close(page);
      await dialog(page).locator("button[data-nav]").nth(3).click();
      await pause(900);
      await shot(page, "find-opened");
      await at(page, base, "");
    } else await close(page);
  }
}

// ---- people ---------------------------------------------------------------------------------------

async function contacts(page, base) {
  await at(page, base, "contacts");
  await shot(page, "contacts-1");
  for (const [level, name] of [[2, "乡镇"], [3, "青山镇"]]) {
    await page.locator("a[data-nav]", { hasText: name }).first().click();
    await pause(300);
    await shot(page, `contacts-${level}`);
  }
  await page.locator("a[href*='/p/']").first().click();
  await pause(300);
  await shot(page, "card-admin");
  await page.getByRole("button", { name: "管理" }).last().click();
  await dialog(page).waitFor();
  await shot(page, "card-manage");
  await dialog(page).getByRole("menuitem", { name: "修改资料" }).click();
  await shot(page, "admin-edit");
  await close(page);
  await page.getByRole("button", { name: "管理" }).last().click();
  await dialog(page).getByRole("menuitem", { name: "添加任职" }).click();
  await pause(300);
  await shot(page, "admin-choose-department");
  await close(page);
  await page.getByRole("button", { name: "设置任职" }).first().click();
  await shot(page, "admin-post");
  await close(page);
  await page.getByRole("button", { name: "管理" }).last().click();
  await dialog(page).getByRole("menuitem", { name: "设置角色" }).click();
  await shot(page, "admin-role");
  await close(page);
  await page.getByRole("button", { name: "管理" }).last().click();
  await dialog(page).getByRole("menuitem", { name: "移出组织" }).click();
  await shot(page, "admin-remove");
  await close(page);
  await at(page, base, "contacts");
  await page.locator("input[type=search]").fill("dsj");
  await pause(500);
  await shot(page, "contacts-search");
  await at(page, base, "contacts");
  await page.getByRole("button", { name: "管理" }).first().click();
  await shot(page, "contacts-manage");
  await close(page);
  await page.getByRole("button", { name: "邀请加入" }).first().click();
  await shot(page, "invite");
  await page.getByRole("button", { name: "生成邀请" }).click();
  await page.locator("img[alt='邀请二维码']").waitFor();
  await shot(page, "invite-qr");
  await close(page);
}

async function mine(page, base) {
  await at(page, base, "me");
  await shot(page, "me");
  for (const section of ["card", "organisations", "sessions", "password", "looks", "language", "audit"]) {
    await at(page, base, `me/${section}`);
    await pause(400);
    await shot(page, `me-${section}`);
  }
  await at(page, base, "me");
  await page.getByRole("button", { name: "退出登录" }).click();
  await shot(page, "sign-out");
  await close(page);
  await at(page, base, "me/looks");
  await page.getByRole("switch", { name: "大字" }).click();
  await at(page, base, "");
  await page.reload();
  await pause(700);
  await shot(page, "large-list");
  await room(page, base, "数据中心日常");
  await toEnd(page);
  await shot(page, "large-room");
  await at(page, base, "me/looks");
  await shot(page, "large-me-looks");
  await page.getByRole("switch", { name: "大字" }).click();
  await at(page, base, "me/language");
  await page.getByRole("radio", { name: "English" }).click();
  await at(page, base, "");
  await pause(400);
  await shot(page, "english-list");
  await page.getByRole("link", { name: "数据中心日常" }).first().click();
  await page.locator("article").first().waitFor();
  await pause(500);
  await shot(page, "english-room");
  await at(page, base, "me");
  await shot(page, "english-me");
  await at(page, base, "me/language");
  await page.getByRole("radio", { name: "中文" }).click();
}

async function asMember(page, base) {
  await at(page, base, "contacts");
  await page.locator("input[type=search]").fill("林晓棠");
  await pause(500);
  await page.locator("a[href*='/p/']").first().click();
  await pause(400);
  await shot(page, "card-member");
}

// ---- rare states ----------------------------------------------------------------------------------

async function longNames(page, base) {
  const found = await call(page, "org_find", { query: "lin", limit: 5 });
  const me = await call(page, "org_me", {});
  const others = found.people.map(p => p.id).filter(id => id !== me.person.id);
  const title = "临江县人民政府办公室关于进一步加强信息化平台建设与数据共享应用工作的专题协调小组联络群";
  const { conversation } = await call(page, "talk_create", { title, people: others, key: newKey() });
  await call(page, "talk_send", { conversation: conversation.id, body: "没有空格的长串：" + "abcdefghij0123456789".repeat(12) + "\n```\nselect department, count(*) from person where state = 'active' group by department order by 2 desc limit 20;\n```", key: newKey() });
  await at(page, base, "");
  await pause(500);
  await shot(page, "long-list");
  await page.getByRole("link", { name: title.slice(0, 12) }).first().click();
  await page.locator("article").first().waitFor();
  await shot(page, "long-room");
  await page.getByRole("button", { name: "会话设置" }).click();
  await dialog(page).waitFor();
  await shot(page, "long-details");
  await close(page);
}

// A group in which everything happened that can become of messages; made once.
let actsRoom;
async function makeActs(page, other, third) {
  const [own, two, three] = await Promise.all([page, other, third].map(async p => (await call(p, "org_me", {})).person));
  const { people } = await call(page, "org_find", { query: "刘", limit: 12 });
  const ids = [two.id, three.id, ...people.map(p => p.id).filter(id => ![own.id, two.id, three.id].includes(id))];
  const { conversation } = await call(page, "talk_create", { title: "周末巡堤安排", people: ids, key: newKey() });
  const c = { conversation: conversation.id };
  const say = async (who, more) => (await call(who, "talk_send", { ...c, key: newKey(), ...more })).seq;
  const place = await say(other, { place: { name: "红星水库大坝", address: "临江县青山镇上坝村北 1.2 公里，水库管理所旁", latitude: 30254120, longitude: 120161330 } });
  const asked = await say(page, { body: "周六早上七点半在大坝集合，带雨衣、手电和对讲机，**不要迟到**。", wants_confirm: true });
  await call(other, "talk_confirm", { ...c, seq: asked });
  const poll = (await call(other, "talk_poll", { ...c, question: "巡堤从哪一段开始？", options: [{ text: "东段（水文站—青山桥）" }, { text: "西段" }, { text: "先集中看溢洪道，再分成两组往东西两头走" }], closes: Date.now() + 86400000 * 2, key: newKey() })).seq;
  await call(third, "talk_vote", { ...c, seq: poll, choices: [{ option: 3 }] });
  await call(page, "talk_vote", { ...c, seq: poll, choices: [{ option: 1 }] });
  const words = await say(third, { body: "我把去年的巡查记录找出来，晚上发群里" });
  await call(third, "talk_edit", { ...c, seq: words, body: "我把去年和前年的巡查记录找出来，晚上八点前发群里" });
  for (const [who, emoji] of [[page, "👍"], [other, "👍"], [other, "收到"], [third, "🙏"], [page, "🎉"]]) await call(who, "talk_react", { ...c, seq: words, emoji, is_on: true });
  await say(other, { body: "好的，辛苦了", reply_to: words });
  await say(page, { body: "记录里的险工险段单独列一张表", reply_to: words });
  await say(third, { contact: two.id });
  await call(page, "talk_forward", { ...c, messages: [words, words + 1, words + 2].map(seq => ({ seq })), to: [conversation.id], is_merged: true, key: newKey() });
  await call(page, "talk_forward", { ...c, messages: [{ seq: place }], to: [conversation.id], key: newKey() });
  await call(page, "talk_pin", { ...c, seq: asked, is_on: true });
  await call(page, "talk_pin", { ...c, seq: words, is_on: true });
  for (const seq of [asked, words, place]) await call(page, "talk_favour", { ...c, seq, is_on: true });
  await call(page, "talk_schedule", { ...c, due: Date.now() + 86400000, body: "提醒：今天早上七点半大坝集合，路上注意安全", key: newKey() });
  await pause(1500);
  actsRoom = conversation.id;
}

async function openMenu(page, text) {
  await page.locator("article", { hasText: text }).first().focus();
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  await pause(200);
}

async function acts(page, base) {
  await at(page, base, `c/${actsRoom}`);
  await page.locator("article").first().waitFor();
  await pause(900);
  await page.locator("article", { hasText: "巡堤从哪一段开始" }).first().scrollIntoViewIfNeeded();
  await shot(page, "acts-top");
  await toEnd(page);
  await shot(page, "acts-bottom");
  const list = page.locator("[role=list]").last().locator("..");
  await list.evaluate(e => (e.scrollTop = 0));
  await pause(400);
  await shot(page, "acts-cards");
  await openMenu(page, "不要迟到");
  await shot(page, "acts-menu");
  await dialog(page).getByRole("menuitem", { name: "更多表情" }).click();
  await shot(page, "acts-signs");
  await close(page);
  await page.getByRole("button", { name: /已确认 1/ }).click();
  await pause(400);
  await shot(page, "acts-answers");
  await close(page);
  await page.getByRole("button", { name: /人已投/ }).click();
  await dialog(page).getByRole("button", { name: /东段/ }).click();
  await pause(400);
  await shot(page, "acts-poll-answers");
  await close(page);
  await page.getByRole("button", { name: "置顶 2" }).click();
  await shot(page, "acts-pins");
  await close(page);
  await toEnd(page);
  await page.getByRole("button", { name: "已编辑" }).first().click();
  await pause(300);
  await shot(page, "acts-former");
  await close(page);
  await page.getByRole("button", { name: "2 条回复" }).first().click();
  await pause(500);
  await shot(page, "acts-thread");
  await close(page);
  await page.getByRole("button", { name: /的聊天记录/ }).first().click();
  await shot(page, "acts-merged");
  await close(page);
  await openMenu(page, "险工险段");
  await dialog(page).getByRole("menuitem", { name: "多选" }).click();
  await page.getByRole("checkbox").nth(-2).click();
  await shot(page, "acts-choose");
  await page.getByRole("button", { name: "合并转发" }).click();
  await dialog(page).getByRole("checkbox").nth(1).click();
  await shot(page, "acts-forward");
  await close(page);
  await page.getByRole("button", { name: "取消", exact: true }).click();
  await page.getByRole("button", { name: "更多", exact: true }).last().click();
  await dialog(page).waitFor();
  await shot(page, "acts-more");
  await dialog(page).getByRole("menuitem", { name: "投票" }).click();
  await page.fill("#f-question", "下周例会改到哪天？");
  await page.getByLabel("选项 1", { exact: true }).fill("周二下午");
  await page.getByLabel("选项 2", { exact: true }).fill("周四上午");
  await dialog(page).getByRole("switch", { name: "截止时间" }).click();
  await shot(page, "acts-poll-maker");
  await close(page);
  await page.getByRole("button", { name: "更多", exact: true }).last().click();
  await dialog(page).getByRole("menuitem", { name: "位置" }).click();
  await page.fill("#f-place", "红星水库大坝");
  await shot(page, "acts-place-maker");
  await close(page);
  await page.getByRole("button", { name: "更多", exact: true }).last().click();
  await dialog(page).getByRole("menuitem", { name: "请确认" }).click();
  await page.locator("textarea").fill("请各组长确认人员名单");
  await shot(page, "acts-ask");
  await page.getByLabel("发送", { exact: true }).click({ button: "right" });
  await dialog(page).getByRole("button", { name: /自己选时间/ }).click();
  await shot(page, "acts-later");
  await close(page);
  await page.getByRole("button", { name: "取消", exact: true }).click();
  await page.locator("textarea").fill("");
  const png = await page.screenshot();
  await page.locator("input[type=file]").setInputFiles([1, 2, 3, 4, 5].map(n => ({ name: `现场${n}.png`, mimeType: "image/png", buffer: png })));
  await pause(500);
  await shot(page, "acts-tray");
  await page.getByLabel("发送", { exact: true }).click();
  await pause(1200);
  await toEnd(page);
  await shot(page, "acts-pictures");
  await page.locator("article").last().locator("img").nth(1).click();
  await pause(400);
  await shot(page, "acts-viewer");
  await close(page);
  await page.getByRole("button", { name: "语音", exact: true }).click();
  await pause(1800);
  await shot(page, "acts-record");
  await page.getByLabel("发送", { exact: true }).click();
  await pause(900);
  await toEnd(page);
  await shot(page, "acts-voice");
  for (const place of ["favourites", "scheduled", "organisations"]) {
    await at(page, base, `me/${place}`);
    await pause(500);
    await shot(page, `acts-${place}`);
  }
}

async function refused(page, base) {
  await room(page, base, "侯志远");
  const conversation = (await page.evaluate(() => location.hash)).split("/")[2];
  await page.evaluate(async conversation => {
    const db = await new Promise(done => (indexedDB.open("carillon").onsuccess = e => done(e.target.result)));
    const tx = db.transaction("outbox", "readwrite");
    tx.objectStore("outbox").put({ key: "0000000000000000000000000001", conversation, at: Date.now(), body: "明天的材料我晚点发您", state: "refused", sentence: "对方已离开组织" });
    await new Promise(done => (tx.oncomplete = done));
    db.close();
  }, conversation);
  await page.reload();
  await page.getByText("未发送").first().waitFor();
  await toEnd(page);
  await shot(page, "failed");
  await page.getByRole("button", { name: "删除" }).click();
}

async function cutOff(page, server, base) {
  await room(page, base, "侯志远");
  await toEnd(page);
  await server.stop("SIGKILL");
  await page.getByText("网络已断开").first().waitFor();
  await write(page, "断网了，恢复后会发出");
  await shot(page, "offline-room");
  await at(page, base, "");
  await pause(300);
  await shot(page, "offline-list");
  await at(page, base, "contacts/nothing");
  await pause(300);
  await shot(page, "offline-contacts");
}

async function empty(page, base) {
  await at(page, base, "");
  await page.getByText("还没有会话").waitFor();
  await shot(page, "empty-list");
  await at(page, base, "contacts");
  await pause(300);
  await shot(page, "empty-contacts");
  await at(page, base, "me/audit");
  await pause(300);
  await shot(page, "empty-audit");
}

// ---- all of it ------------------------------------------------------------------------------------

function writeIndex() {
  const kinds = ["phone-light", "phone-dark", "desk-light", "desk-dark"];
  const cell = (name, kind) => `<a href="${name}-${kind}.png"><img loading="lazy" src="${name}-${kind}.png" alt="${name} ${kind}" height="420"></a>`;
  const rows = names.map(n => `<h2 id="${n}">${n}</h2><p>${kinds.map(k => cell(n, k)).join(" ")}</p>`);
  writeFileSync(join(out, "index.html"), `<!doctype html><meta charset="utf-8"><title>Carillon</title><style>body{font:16px sans-serif;background:#888;margin:1rem}h2{margin:1rem 0 .25rem}</style>${rows.join("\n")}\n`);
}

if (!only.length) rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const server = new Server({ isDemo: true });
const blank = new Server();
const browser = await launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream");
try {
  await Promise.all([server.start(), blank.start()]);
  const { base } = server;
  const owner = await (await browser.newContext(DESK)).newPage();
  await signIn(owner, base, "demo", DEMO_PASSWORD);
  const { people } = await call(owner, "org_find", { query: "侯志远", limit: 1 });
  const reset = await call(owner, "org_reset_link", { person: people[0].id });
  const invite = await call(owner, "org_invite", { days: 7, key: newKey() });
  const links = { join: `${base}/#/join/${invite.token}`, reset: `${base}/#/reset/${reset.token}` };
  if (wants("acts")) {
    const others = await Promise.all(["demo2", "demo3"].map(async login => {
      const page = await (await browser.newContext(DESK)).newPage();
      await signIn(page, base, login, DEMO_PASSWORD);
      return page;
    }));
    await makeActs(owner, ...others);
    for (const page of others) await page.context().close();
  }
  let other;
  if (wants("care")) {
    other = await (await browser.newContext(DESK)).newPage();
    await signIn(other, base, "demo2", DEMO_PASSWORD);
    await makeCare(owner, other, base);
  }
  const guests = [];
  if (wants("groups"))
    for (const login of ["demo3", "demo4"]) {
      const guest = await (await browser.newContext(PHONE)).newPage();
      await signIn(guest, base, login, DEMO_PASSWORD);
      guests.push(guest);
    }
  let made;
  for (const look of [PHONE, DESK]) {
    if (wants("doors")) {
      const page = await (await browser.newContext(look)).newPage();
      await doors(page, blank, base, links);
      await page.context().close();
    }
    const page = await (await browser.newContext(look)).newPage();
    await signIn(page, base, "demo", DEMO_PASSWORD);
    const own = await call(page, "org_me", {});
    for (const s of own.new_sessions) await call(page, "org_session_known", { session: s.id });
    await page.reload();
    if (wants("rooms")) await rooms(page, base);
    if (wants("own")) await ownRoom(page, base);
    if (wants("pickers")) await pickers(page, base);
    if (wants("contacts")) await contacts(page, base);
    if (wants("mine")) await mine(page, base);
    if (wants("long")) await longNames(page, base);
    if (wants("groups")) {
      made = made ?? (await makeGroups(page, guests[0], guests[1]));
      await groups(page, base, made, guests[0]);
    }
    if (wants("finding")) await finding(page, base);
    if (wants("acts")) await acts(page, base);
    if (wants("care")) await care(page, base, other);
    if (wants("failed")) await refused(page, base);
    await page.context().close();
    if (wants("member")) {
      const member = await (await browser.newContext(look)).newPage();
      await signIn(member, base, "demo3", DEMO_PASSWORD);
      await asMember(member, base);
      await member.context().close();
    }
  }
  if (wants("offline"))
    for (const look of [PHONE, DESK]) {
      const page = await (await browser.newContext(look)).newPage();
      await signIn(page, base, "demo", DEMO_PASSWORD);
      await cutOff(page, server, base);
      await page.context().close();
      await server.start();
    }
  if (wants("empty")) {
    await owner.goto(`${blank.base}/#/setup/${blank.token}`);
    await owner.fill("#f-organisation", "青石镇人民政府");
    await owner.fill("#f-name", "陈建国");
    await owner.fill("#f-login", "chen");
    await owner.fill("#f-password", DEMO_PASSWORD);
    await owner.getByRole("button", { name: "建立组织" }).click();
    await owner.getByText("还没有会话").waitFor();
    for (const look of [PHONE, DESK]) {
      const page = await (await browser.newContext({ ...look, userAgent: "Mozilla/5.0 (Linux; Android 10; HarmonyOS) AppleWebKit/537.36 Chrome/99 Mobile Safari/537.36" })).newPage();
      await signIn(page, blank.base, "chen", DEMO_PASSWORD);
      if (look === PHONE) await shot(owner, "new-device");
      await call(page, "org_me", {}).then(me => Promise.all(me.new_sessions.map(s => call(page, "org_session_known", { session: s.id }))));
      await page.reload();
      await empty(page, blank.base);
      await page.context().close();
    }
  }
  if (!only.length) writeIndex();
  console.log(`${names.length} states in build/shots; open build/shots/index.html`);
} finally {
  await browser.close();
  await server.remove();
  await blank.remove();
}
