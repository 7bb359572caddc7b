// Groups: three people, two at desks and one with a telephone. A group gets a picture, a notice, a
// number and rules; its members come by number and by code, are silenced and handed the group; the
// list is sorted by attention; everything is found from one field; a group ends. Prints a line for
// each expectation.
//
//   node tests/browser/groups.mjs [./carillon]
import { accessible, call, DESK, end, expect, failure, launch, never, newKey, pause, person, PHONE, says, sees, Server, write } from "./rig/rig.mjs";

const server = await new Server().start();
const { base } = server;

const dialog = page => page.locator("[role=dialog], [role=menu]").last();
const escape = async page => {
  await page.keyboard.press("Escape");
  await pause(150);
};
const row = (page, title) => page.locator("a[data-nav]", { has: page.getByText(title, { exact: true }) });
const titles = page => page.locator("a[data-nav] time").evaluateAll(all => all.map(e => e.previousElementSibling.textContent));

const closeAll = async page => {
  while (await page.locator("[role=dialog], [role=menu]").count()) await escape(page);
};

// ---- who and where --------------------------------------------------------------------------------

async function begin(ana, bo, cy) {
  await ana.goto(`${base}/`);
  await call(ana, "org_setup", { token: server.token, organisation: "青石镇中心学校", name: "陈建国", login: "chen", password: "bronze-bell-1", key: newKey() });
  const { department: office } = await call(ana, "org_department_add", { name: "教务处", key: newKey() });
  const { token } = await call(ana, "org_invite", { days: 7, department: office.id, key: newKey() });
  await bo.goto(`${base}/`);
  await cy.goto(`${base}/`);
  await call(bo, "org_join", { token, name: "林秀英", login: "lin", password: "bronze-bell-2", key: newKey() });
  await call(cy, "org_join", { token, name: "王小明", login: "wang", password: "bronze-bell-3", key: newKey() });
  await Promise.all([ana, bo, cy].map(page => page.reload()));
  const ids = await Promise.all([bo, cy].map(async page => (await call(page, "org_me", {})).person.id));
  const { conversation } = await call(ana, "talk_create", { title: "一年级三班", people: [ids[0]], key: newKey() });
  await call(ana, "talk_create", { title: "后勤保障群", people: [ids[0]], key: newKey() });
  await call(ana, "talk_create", { title: "校园公告栏", people: [ids[0]], key: newKey() });
  return { hall: conversation.id, bo: ids[0], cy: ids[1] };
}

async function menu(page, title, item) {
  if (page.viewportSize().width >= 860) await row(page, title).click({ button: "right" });
  else {
    const box = await row(page, title).boundingBox();
    const touch = await page.context().newCDPSession(page);
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: box.x + 90, y: box.y + 30 }] });
    await pause(600);
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await touch.detach();
  }
  await dialog(page).getByRole("menuitem").first().waitFor();
  if (item) await dialog(page).getByRole("menuitem", { name: item, exact: true }).click();
}

const openRoom = async (page, id) => {
  await page.goto(`${base}/#/c/${id}`);
  await page.locator("textarea, [role=status]").first().waitFor();
};
const openDetails = async page => {
  await page.getByRole("button", { name: "会话设置" }).click();
  await dialog(page).getByText("群成员", { exact: true }).or(dialog(page).getByText("成员", { exact: true })).first().waitFor();
};

// ---- the story ------------------------------------------------------------------------------------

async function attention(bo) {
  await bo.goto(`${base}/#/`);
  await row(bo, "一年级三班").waitFor();
  await expect("the last changed stands first", async () => (await titles(bo))[0] === "校园公告栏");
  await menu(bo, "一年级三班");
  await accessible(bo, "the menu of a row");
  await dialog(bo).getByRole("menuitem", { name: "置顶", exact: true }).click();
  await expect("what is kept at the top stands first", async () => (await titles(bo))[0] === "一年级三班");
  await menu(bo, "校园公告栏", "标为未读");
  await expect("a row is marked as unread", async () => (await row(bo, "校园公告栏").getByLabel("已标为未读").count()) === 1);
  await expect("and counts on the tab", async () => (await bo.title()).startsWith("(1)"));
  await bo.getByRole("button", { name: "未读", exact: true }).click();
  await expect("a filter shows it alone", async () => (await titles(bo)).join() === "校园公告栏");
  await accessible(bo, "the list");
  await row(bo, "校园公告栏").click();
  await bo.goto(`${base}/#/`);
  await expect("opened it is read; the filter says that nothing is left", sees(bo, "没有符合条件的会话"));
  await bo.getByRole("button", { name: "全部", exact: true }).click();
  await menu(bo, "后勤保障群", "免打扰");
  await menu(bo, "校园公告栏", "折叠");
  await expect("folded groups are one row", sees(bo, "折叠的群（1）"));
  await expect("they are not in the list", async () => (await titles(bo)).join() === "一年级三班,折叠的群（1）,后勤保障群" || (await titles(bo)).join() === "一年级三班,后勤保障群,折叠的群（1）");
  await bo.getByText("折叠的群（1）").click();
  await expect("but behind it", sees(bo, "校园公告栏"));
  await menu(bo, "校园公告栏", "移出折叠");
  await bo.goto(`${base}/#/`);
  await expect("and come out again", never(bo, "折叠的群"));
}

async function muted(ana, bo) {
  const { conversations } = await call(ana, "talk_list", {});
  const quiet = conversations.find(c => c.title === "后勤保障群").id;
  await call(ana, "talk_send", { conversation: quiet, body: "水电检修", key: newKey() });
  await expect("a muted group shows a grey dot", async () => (await row(bo, "后勤保障群").getByLabel("1 条未读").count()) === 1);
  await expect("and no number in the title", async () => !(await bo.title()).startsWith("("));
  await call(ana, "talk_send", { conversation: quiet, body: "@所有人 明早停水", mentions_all: true, key: newKey() });
  await expect("a mention counts all the same", async () => (await bo.title()).startsWith("(1)"));
  await expect("and says so", sees(bo, "[有人@我]"));
}

async function settings(ana, bo, ids) {
  await openRoom(ana, ids.hall);
  await openDetails(ana);
  await accessible(ana, "group settings");
  const png = await ana.screenshot();
  await ana.locator("[role=dialog] input[type=file]").setInputFiles({ name: "班徽.png", mimeType: "image/png", buffer: png });
  await dialog(ana).getByRole("slider").fill("2");
  await dialog(ana).locator("canvas").press("ArrowRight");
  await accessible(ana, "cutting the picture");
  await dialog(ana).getByRole("button", { name: "保存" }).click();
  await expect("the group has a picture", () => ana.locator("[role=dialog] img[src*='/v1/files/']").first().evaluate(e => e.naturalWidth === 256));
  await expect("others see it in the list", async () => (await row(bo, "一年级三班").locator("img").count()) === 1);
  await dialog(ana).getByRole("button", { name: /^我在本群的昵称/ }).click();
  await ana.fill("#f-text", "班主任老陈");
  await dialog(ana).getByRole("button", { name: "保存" }).click();
  await expect("the nickname is in the settings", sees(ana, "班主任老陈"));
  await closeAll(ana);
  await write(ana, "大家好");
  await openRoom(bo, ids.hall);
  await expect("a nickname stands for the name", async () => (await bo.locator("article", { hasText: "大家好" }).getByText("班主任老陈").count()) === 1);
}

async function notice(ana, bo) {
  await openDetails(ana);
  await dialog(ana).getByRole("button", { name: "群公告" }).click();
  await dialog(ana).getByRole("button", { name: "写公告" }).click();
  await dialog(ana).locator("textarea").fill("周五下午三点开家长会，请带**户口本**复印件。");
  await accessible(ana, "writing a notice");
  await dialog(ana).getByRole("button", { name: "发布" }).click();
  await expect("the notice can be read", sees(ana, "周五下午三点开家长会"));
  const bar = bo.getByRole("complementary", { name: "群公告" });
  await expect("it stands above the room", async () => (await bar.count()) === 1);
  await accessible(bo, "a room with a notice");
  await bar.getByText("周五下午三点").click();
  await expect("it opens in full", async () => (await dialog(bo).locator("strong", { hasText: "户口本" }).count()) === 1);
  await accessible(bo, "the notice");
  await escape(bo);
  await expect("it is shown once", async () => (await bar.count()) === 0);
  await bo.reload();
  await bo.locator("textarea").waitFor();
  await pause(700);
  await expect("after a reload too", async () => (await bar.count()) === 0);
  await escape(ana);
  await dialog(ana).getByRole("button", { name: "群公告" }).click();
  await expect("its author sees who has read it", sees(ana, "1 已读 / 0 未读"));
  await dialog(ana).getByRole("button", { name: /已读 \// }).click();
  await dialog(ana).getByRole("radio", { name: "已读 1" }).click();
  await expect("by department", async () => (await dialog(ana).getByRole("heading", { name: /教务处/ }).count()) === 1);
  await accessible(ana, "the readers");
  await closeAll(ana);
}

async function joining(ana, bo, cy, ids) {
  await openDetails(ana);
  await dialog(ana).getByRole("button", { name: "群管理" }).click();
  await dialog(ana).getByRole("switch", { name: "进群要经同意" }).click();
  await accessible(ana, "the group's rules");
  await expect("a switch stays on", async () => (await dialog(ana).getByRole("switch", { name: "进群要经同意" }).getAttribute("aria-checked")) === "true");
  await escape(ana);
  const number = /\d{8}/.exec(await dialog(ana).getByRole("button", { name: /复制群号/ }).innerText())[0];
  await escape(ana);
  await cy.goto(`${base}/#/contacts`);
  await cy.getByRole("button", { name: "输入群号加入" }).click();
  await cy.fill("#f-number", number);
  await dialog(cy).getByRole("button", { name: "查找" }).click();
  await expect("a group is found by its number", sees(cy, "一年级三班"));
  await cy.fill("#f-words", "王小明家长");
  await accessible(cy, "coming in by number");
  await dialog(cy).getByRole("button", { name: "申请加入" }).click();
  await expect("one waits for a manager", sees(cy, "等待群主或管理员同意"));
  await expect("the manager sees it in the list", sees(ana, "[1 人申请入群]"));
  await ana.getByRole("button", { name: /1 人申请加入本群/ }).click();
  await expect("and why", sees(ana, "王小明家长"));
  await accessible(ana, "requests");
  await dialog(ana).getByRole("button", { name: "拒绝" }).click();
  await expect("a refused request goes", sees(ana, "没有待处理的申请"));
  await escape(ana);
  await openDetails(ana);
  await dialog(ana).getByRole("button", { name: "群二维码和链接" }).click();
  await dialog(ana).locator("img[alt='群二维码']").waitFor();
  await accessible(ana, "the group's code");
  const link = await dialog(ana).locator("input[readonly]").inputValue();
  await closeAll(ana);
  await cy.goto(link);
  await cy.getByRole("button", { name: "申请加入" }).click();
  await expect("a link leads there too", sees(cy, "等待群主或管理员同意"));
  await accessible(cy, "a group's page");
  await ana.getByRole("button", { name: /1 人申请加入本群/ }).click();
  await dialog(ana).getByRole("button", { name: "同意" }).click();
  await expect("who is let in is there at once", () => cy.evaluate(id => location.hash === `#/c/${id}`, ids.hall));
  await expect("and everybody is told", sees(bo, "王小明加入了群聊"));
  await escape(ana);
}

async function silence(ana, bo, cy) {
  await openDetails(ana);
  await dialog(ana).getByRole("button", { name: /^成员/ }).click();
  await dialog(ana).getByLabel("搜索成员的姓名、拼音或昵称").fill("wangx");
  await expect("a member is found", async () => (await dialog(ana).locator("[data-person]").count()) === 1);
  await dialog(ana).getByRole("button", { name: "更多 王小明" }).click();
  await dialog(ana).getByRole("menuitem", { name: "禁言" }).click();
  await accessible(ana, "how long somebody is silenced");
  await dialog(ana).getByRole("button", { name: "10 分钟" }).click();
  await expect("whoever is silenced reads until when", sees(cy, "你已被禁言"));
  await expect("and cannot write", async () => (await cy.locator("textarea").count()) === 0);
  await accessible(cy, "a room one may only read");
  await expect("the list of members says it", sees(ana, "禁言至"));
  await dialog(ana).getByRole("button", { name: "更多 王小明" }).click();
  await dialog(ana).getByRole("menuitem", { name: "解除禁言" }).click();
  await expect("the silence ends", async () => (await cy.locator("textarea").count()) === 1);
  await dialog(ana).getByRole("button", { name: "更多 王小明" }).click();
  await dialog(ana).getByRole("menuitem", { name: "设为管理员" }).click();
  await expect("an admin is named", async () => (await dialog(ana).locator("[data-person]").getByText("管理员").count()) === 1);
  await escape(ana);
  await dialog(ana).getByRole("button", { name: "群管理" }).click();
  await dialog(ana).getByRole("switch", { name: "全员禁言" }).click();
  await expect("only managers speak", sees(bo, "全员禁言中"));
  await expect("an admin does", async () => (await cy.locator("textarea").count()) === 1);
  await dialog(ana).getByRole("switch", { name: "全员禁言" }).click();
  await expect("until all may again", async () => (await bo.locator("textarea").count()) === 1);
  await expect("the room tells it", sees(bo, "班主任老陈解除了全员禁言"));
  await dialog(ana).getByRole("switch", { name: "已读只显示人数" }).click();
  await closeAll(ana);
  await write(ana, "请看班规");
  await ana.locator("article", { hasText: "请看班规" }).getByRole("button", { name: /已读/ }).click();
  await expect("readers are numbers where the group says so", sees(ana, "看不到名单"));
  await accessible(ana, "readers as numbers");
  await escape(ana);
}

async function finding(ana, bo, ids) {
  for (let i = 0; i < 120; i++) await call(ana, "talk_send", { conversation: ids.hall, body: i === 3 ? "今晚值班表见 https://example.org/duty" : `作业第 ${i} 题`, key: newKey() });
  await bo.goto(`${base}/#/`);
  await bo.getByRole("button", { name: "搜索" }).click();
  await dialog(bo).locator("input[type=search]").fill("值班");
  await expect("a word of two characters is marked", async () => (await dialog(bo).locator("mark", { hasText: /^值班$/ }).count()) === 1);
  await accessible(bo, "finding");
  await dialog(bo).getByRole("tab", { name: "链接" }).click();
  await expect("links have a tab", async () => (await dialog(bo).locator("mark").count()) === 1);
  await dialog(bo).locator("button[data-nav]").first().click();
  await expect("a hit opens in place", async () => {
    const at = await bo.locator("article", { hasText: "今晚值班表" }).boundingBox();
    return !!at && at.y > 60 && at.y < 700;
  });
  await expect("with what stands around it", says(bo, "作业第 2 题"));
  await ana.keyboard.press("Control+K");
  await dialog(ana).locator("input[type=search]").fill("xm");
  await expect("people are found by initials", sees(ana, "王小明"));
  await dialog(ana).locator("input[type=search]").fill("一年");
  await expect("groups by a part of the title", async () => (await dialog(ana).locator("mark", { hasText: "一年" }).count()) >= 1);
  await dialog(ana).locator("input[type=search]").fill("作业");
  await dialog(ana).getByRole("tab", { name: "消息" }).click();
  await expect("a page of hits", async () => (await dialog(ana).locator("button[data-nav]").count()) >= 20);
  await dialog(ana).locator("button[data-nav]").last().scrollIntoViewIfNeeded();
  await expect("more comes by scrolling", async () => {
    await dialog(ana).locator("button[data-nav]").last().scrollIntoViewIfNeeded();
    return (await dialog(ana).locator("button[data-nav]").count()) >= 60;
  });
  await dialog(ana).getByRole("button", { name: "发送人" }).click();
  await dialog(ana).locator("input[type=search]").fill("林秀英");
  await dialog(ana).getByRole("button", { name: /林秀英/ }).click();
  await expect("a sender filters", sees(ana, "没有找到相关内容"));
  await dialog(ana).getByRole("button", { name: "取消筛选：发送人" }).click();
  await dialog(ana).getByRole("button", { name: "时间" }).click();
  await dialog(ana).getByRole("menuitem", { name: "自定义" }).click();
  await accessible(ana, "a span of days");
  await dialog(ana).getByRole("button", { name: "完成" }).click();
  await expect("days filter", async () => (await dialog(ana).locator("button[data-nav]").count()) >= 20);
  await accessible(ana, "finding with filters");
  await escape(ana);
  await openDetails(ana);
  await dialog(ana).getByRole("button", { name: "查找聊天记录" }).click();
  await dialog(ana).locator("input[type=search]").fill("大家");
  await dialog(ana).locator("button[data-nav]").first().click();
  await expect("in one conversation", says(ana, "大家好"));
  await openDetails(ana);
  await dialog(ana).getByRole("button", { name: "按日期查看" }).click();
  await accessible(ana, "the calendar");
  await dialog(ana).locator("[aria-current=date]").focus();
  await ana.keyboard.press("ArrowLeft");
  await expect("arrow keys move between days", () => ana.evaluate(() => document.activeElement.closest("[role=gridcell]") && !document.activeElement.hasAttribute("aria-current")));
  await ana.keyboard.press("ArrowRight");
  await ana.keyboard.press("Enter");
  await expect("a day opens at its beginning", sees(ana, "创建了群聊"));
}

async function ending(ana, bo, cy) {
  await openDetails(ana);
  await dialog(ana).getByRole("button", { name: /^成员/ }).click();
  await dialog(ana).getByRole("button", { name: "更多 王小明" }).click();
  await dialog(ana).getByRole("menuitem", { name: "转让群主" }).click();
  await dialog(ana).getByRole("button", { name: "转让群主" }).click();
  await expect("the group is handed over", sees(bo, /将群主转让给了/));
  await cy.reload();
  await openDetails(cy);
  await dialog(cy).getByRole("button", { name: "解散群聊" }).click();
  await dialog(cy).getByRole("button", { name: "解散群聊" }).click();
  await expect("a dissolved group can only be read", sees(bo, "群已解散，只能查看"));
  await accessible(bo, "a dissolved group");
  await bo.getByRole("button", { name: "会话设置" }).click();
  await dialog(bo).getByRole("button", { name: "从列表中移除" }).click();
  await dialog(bo).getByRole("button", { name: "从列表中移除" }).click();
  await expect("and leaves the list when one wants", async () => (await row(bo, "后勤保障群").count()) === 1 && (await row(bo, "一年级三班").count()) === 0);
}

const browser = await launch();
try {
  const ana = await person(browser, "Ana", DESK, base);
  const bo = await person(browser, "Bo", PHONE, base);
  const cy = await person(browser, "Cy", DESK, base);
  const ids = await begin(ana, bo, cy);
  const only = process.argv.slice(3);
  const steps = { attention: () => attention(bo), muted: () => muted(ana, bo), settings: () => settings(ana, bo, ids), notice: () => notice(ana, bo), joining: () => joining(ana, bo, cy, ids), silence: () => silence(ana, bo, cy), finding: () => finding(ana, bo, ids), ending: () => ending(ana, bo, cy) };
  for (const [name, step] of Object.entries(steps)) if (!only.length || only.includes(name)) await step();
} catch (error) {
  failure(error.stack);
} finally {
  await browser.close();
  await server.remove();
}
end("groups");
