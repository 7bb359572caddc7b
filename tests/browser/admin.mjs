// What administrators do, and what becomes of it at the other's screen: departments, posts, roles,
// reset links, leaving, invitations, several organisations, groups, sessions, search, the audit log.
//
//   node tests/browser/admin.mjs [./carillon]
import { accessible, call, DESK, end, expect, failure, launch, never, pause, person, PHONE, says, sees, Server, signIn, write } from "./rig/rig.mjs";

const PASSWORD = "bronze-bell-1";
const server = await new Server().start();
const { base } = server;
const browser = await launch();

const dialog = page => page.locator("[role=dialog], [role=menu]").last();
const choose = (page, item) => page.getByRole("menuitem", { name: item }).click();
const manage = async (page, item) => {
  await page.getByRole("button", { name: "管理" }).first().click();
  await choose(page, item);
};
// The card beside the list, once it is this person's.
const card = (page, name) => page.getByRole("region", { name: "名片" }).filter({ has: page.getByRole("heading", { name }) });
const manageCard = async (page, name, item) => {
  await card(page, name).getByRole("button", { name: "管理" }).click();
  await choose(page, item);
};
const answer = async (page, text) => {
  await page.fill("#f-text", text);
  await page.getByRole("button", { name: "保存" }).click();
  await dialog(page).waitFor({ state: "detached" });
};
const place = async (page, where) => {
  await page.goto(`${base}/#/${where}`);
  if (where === "contacts") await page.getByRole("region", { name: "通讯录" }).waitFor();
  await pause(150);
};
const row = (page, name) => page.locator("a[data-nav]", { hasText: name });

async function setUp(page) {
  await page.goto(`${base}/#/setup/${server.token}`);
  await page.fill("#f-organisation", "青石镇人民政府");
  await page.fill("#f-name", "陈建国");
  await page.fill("#f-login", "chen");
  await page.fill("#f-password", PASSWORD);
  await page.getByRole("button", { name: "建立组织" }).click();
  await page.getByText("还没有会话").waitFor();
}

async function invitation(page) {
  await place(page, "contacts");
  await page.getByRole("button", { name: "邀请加入" }).first().click();
  await page.getByRole("button", { name: "生成邀请" }).click();
  await page.locator("img[alt='邀请二维码']").waitFor();
  const link = await page.locator("input[readonly]").inputValue();
  const dots = await page.locator("img[alt='邀请二维码']").evaluate(i => i.naturalWidth);
  await expect("an invitation has a code to be read", () => dots > 20);
  await page.keyboard.press("Escape");
  return link;
}

async function joins(page, link, name, login) {
  await page.goto(link);
  await page.fill("#f-name", name);
  await page.getByRole("radio", { name: "登录名" }).click();
  await page.fill("#f-login", login);
  await page.fill("#f-password", PASSWORD);
  await page.getByRole("button", { name: "加入", exact: true }).click();
  await page.getByText("还没有会话").waitFor();
}

async function tree(ana) {
  await place(ana, "contacts");
  for (const name of ["党政办公室", "应急管理办公室", "临时工作组"]) {
    await manage(ana, "添加下级部门");
    await answer(ana, name);
  }
  await expect("departments are added", async () => (await row(ana, "办公室").count()) === 2);
  await row(ana, "临时工作组").click();
  await manage(ana, "修改部门名称");
  await answer(ana, "防汛专班");
  await expect("a department has a new name", sees(ana, "防汛专班"));
  await manage(ana, "移动部门");
  await dialog(ana).getByRole("button", { name: "应急管理办公室" }).click();
  await dialog(ana).getByRole("button", { name: "移到这里" }).click();
  const path = ana.locator("nav[aria-label='组织架构']");
  await expect("a department stands elsewhere", async () => /应急管理办公室.*防汛专班/s.test(await path.innerText()));
  await manage(ana, "添加下级部门");
  await answer(ana, "物资组");
  await manage(ana, "删除部门");
  await ana.getByRole("button", { name: "删除部门" }).click();
  await expect("a department that holds another stays", sees(ana, "请先移走"));
  await row(ana, "物资组").click();
  await manage(ana, "删除部门");
  await ana.getByRole("button", { name: "删除部门" }).click();
  await expect("an empty one goes, and one stands above it", async () => (await path.innerText()).endsWith("防汛专班") && (await row(ana, "物资组").count()) === 0);
}

async function addPost(page, name, department, title, { isHead, isMain } = {}) {
  await manageCard(page, name, "添加任职");
  await dialog(page).getByRole("button", { name: department }).click();
  await dialog(page).getByRole("button", { name: "完成" }).click();
  await page.fill("#f-title", title);
  if (isHead) await page.getByRole("switch", { name: "部门负责人" }).click();
  if (isMain !== undefined && (await page.getByRole("switch", { name: "主职" }).getAttribute("aria-checked")) !== String(isMain)) await page.getByRole("switch", { name: "主职" }).click();
  await page.getByRole("button", { name: "保存" }).click();
  await dialog(page).waitFor({ state: "detached" });
}

async function posts(ana, bo) {
  await place(ana, "contacts");
  await ana.locator("input[type=search]").fill("lxy");
  await row(ana, "林秀英").click();
  await addPost(ana, "林秀英", "党政办公室", "秘书");
  const hers = card(ana, "林秀英");
  await expect("a post is on the card", async () => /秘书 · 党政办公室/.test(await hers.innerText()));
  await addPost(ana, "林秀英", "应急管理办公室", "主任", { isHead: true, isMain: true });
  await expect("another becomes the main post", async () => /主任 · 应急管理办公室/.test(await hers.innerText()));
  await expect("its head is marked", async () => /负责人/.test(await hers.innerText()));
  await expect("who it concerns is told", async () => (await call(bo, "org_me", {})).person.title === "主任");
  await accessible(ana, "a card as an administrator sees it");
  await hers.getByRole("button", { name: "设置任职" }).last().click();
  await ana.getByRole("button", { name: "移除此任职" }).click();
  await expect("a post is taken away", async () => !/秘书/.test(await hers.innerText()));
  await ana.locator("input[type=search]").fill("");
  await place(ana, "contacts");
  await row(ana, "应急管理办公室").click();
  await expect("the head is marked in the department", async () => /负责人/.test(await row(ana, "林秀英").innerText()));
}

async function roles(ana, bo) {
  await place(bo, "contacts");
  await expect("a member has nothing to manage", async () => (await bo.getByRole("button", { name: "管理" }).count()) === 0 && (await bo.getByRole("button", { name: "邀请加入" }).count()) === 0);
  await place(bo, "me");
  await expect("a member sees no audit log", never(bo, "操作日志"));
  await row(ana, "林秀英").click();
  await manageCard(ana, "林秀英", "设置角色");
  await ana.getByRole("radio", { name: "管理员" }).click();
  await ana.getByRole("button", { name: "保存" }).click();
  await expect("the new admin's card says so", async () => /管理员/.test(await ana.getByRole("region", { name: "名片" }).innerText()));
  await expect("an admin sees the audit log without signing in again", sees(bo, "操作日志"));
  await place(bo, "contacts");
  await expect("an admin may invite", async () => (await bo.getByRole("button", { name: "邀请加入" }).count()) > 0);
  await row(bo, "陈建国").click();
  await card(bo, "陈建国").getByRole("button", { name: "管理" }).click();
  await expect("an admin can neither set roles nor take the owner out", async () => (await bo.getByRole("menuitem").count()) > 0 && (await bo.getByRole("menuitem", { name: /设置角色|移出组织/ }).count()) === 0);
  await bo.keyboard.press("Escape");
  await bo.goto(`${base}/#/me/audit`);
  await expect("the audit log tells who did what", sees(bo, /陈建国.*设置了角色.*林秀英/));
  await expect("and of departments and posts", async () => (await sees(bo, "添加了部门")()) && (await sees(bo, "移除了任职")()));
  await accessible(bo, "audit log");
}

async function resetting(ana, cy) {
  await place(ana, "contacts");
  await row(ana, "周强").click();
  await manageCard(ana, "周强", "生成密码重置链接");
  await ana.locator("[role=dialog] input[readonly]").waitFor();
  const link = await ana.locator("[role=dialog] input[readonly]").inputValue();
  await ana.keyboard.press("Escape");
  const other = await person(browser, "who forgot", PHONE, base);
  await other.goto(link);
  await other.fill("#f-password", "a-new-bell-3");
  await expect("a reset link says whose it is", sees(other, /周强/));
  await other.getByRole("button", { name: "保存新密码" }).click();
  await expect("then one signs in", async () => (await other.locator("#f-login").count()) === 1);
  await expect("a reset ends the sessions there were", async () => (await cy.locator("#f-login").count()) === 1);
  await other.fill("#f-login", "zhou");
  await other.fill("#f-password", "a-new-bell-3");
  await other.getByRole("button", { name: "登录" }).click();
  await expect("with the new password", sees(other, "还没有会话"));
  await other.goto(link);
  await other.reload();
  await expect("a link works once", sees(other, "这个链接已失效"));
  await other.goto(`${base}/#/`);
  return other;
}

async function groups(ana, bo, cy) {
  await place(ana, "");
  await ana.getByRole("button", { name: "发起会话" }).first().click();
  await dialog(ana).locator("input[type=search]").fill("lxy");
  await ana.getByRole("checkbox", { name: /林秀英/ }).click();
  await dialog(ana).locator("input[type=search]").fill("");
  await ana.getByRole("checkbox", { name: /周强/ }).click();
  await ana.fill("#f-title", "防汛值班群");
  await ana.getByRole("button", { name: "建群（3）" }).click();
  await expect("a group tells its maker how many are in", sees(ana, "3 人"));
  await write(ana, "今晚水位 71 米，请各点位每小时报一次");
  await row(bo, "防汛值班群").click();
  await expect("a group is there for everybody", says(bo, "今晚水位"));
  await ana.getByRole("button", { name: "会话设置" }).click();
  await ana.getByRole("button", { name: "修改群名" }).click();
  await ana.fill("#f-text", "青石防汛群");
  await ana.getByRole("button", { name: "保存" }).click();
  await expect("a new name is seen by all", async () => (await bo.getByText("青石防汛群").count()) > 0 && (await cy.getByText("青石防汛群").count()) > 0);
  await expect("who is there has a dot", async () => (await dialog(ana).locator("[data-person]", { hasText: "林秀英" }).locator("[data-online]").count()) > 0);
  await accessible(ana, "details of a group");
  await dialog(ana).getByRole("button", { name: /^成员/ }).click();
  await dialog(ana).getByRole("button", { name: /更多 周强/ }).click();
  await choose(ana, "移出群聊");
  await ana.getByRole("button", { name: "移除" }).click();
  await expect("who is taken out has the group no more", never(cy, "青石防汛群"));
  await dialog(ana).getByRole("button", { name: "添加成员" }).click();
  await dialog(ana).getByRole("checkbox", { name: /周强/ }).click();
  await dialog(ana).getByRole("button", { name: "添加（1）" }).click();
  await expect("who is brought in sees it", sees(cy, "青石防汛群"));
  await ana.locator("[role=dialog][aria-label='添加成员']").waitFor({ state: "detached" });
  await ana.keyboard.press("Escape");
  await expect("Esc closes one sheet at a time", async () => (await ana.locator("[role=dialog]").count()) === 1);
  await ana.keyboard.press("Escape");
  await expect("and the last one too", async () => (await ana.locator("[role=dialog]").count()) === 0);
  await row(cy, "青石防汛群").click();
  await expect("but nothing from before", async () => (await cy.locator("article", { hasText: "今晚水位" }).count()) === 0 && (await sees(cy, /加入了群聊/)()));
  await cy.getByRole("button", { name: "会话设置" }).click();
  await cy.getByRole("button", { name: "退出群聊" }).click();
  await cy.getByRole("button", { name: "退出群聊" }).last().click();
  await expect("one leaves", async () => (await sees(ana, "周强退出了群聊")()) && (await never(cy, "青石防汛群")()));
}

async function searching(ana, bo) {
  const { conversations } = await call(bo, "talk_list", {});
  const id = conversations.find(c => c.title === "青石防汛群").id;
  await bo.evaluate(async ([id, count]) => {
    const post = input => fetch("/v1/ops/talk_send", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(input) });
    for (let i = 0; i < count; i++) await post({ conversation: id, body: i === 5 ? "请把沙袋清单发我" : `第 ${i} 次报数`, key: `search-key-${i}` });
  }, [id, 120]);
  await expect("what others write comes", says(ana, "第 119 次"));
  await ana.keyboard.press("Control+K");
  await dialog(ana).locator("input[type=search]").fill("linxiu");
  await expect("somebody is found by pinyin", async () => (await dialog(ana).getByText("林秀英").count()) > 0);
  await dialog(ana).locator("input[type=search]").fill("沙袋");
  await dialog(ana).getByText("沙袋清单").or(dialog(ana).locator("mark")).first().waitFor();
  await accessible(ana, "search");
  await dialog(ana).locator("button[data-nav]", { hasText: "清单" }).click();
  await expect("a message found is jumped to", async () => {
    const found = ana.locator("article", { hasText: "沙袋清单" });
    return (await found.count()) === 1 && (await found.boundingBox())?.y > 0 && (await found.boundingBox()).y < 900;
  });
  await ana.keyboard.press("Control+K");
  await dialog(ana).locator("input[type=search]").fill("没有的话");
  await expect("nothing found is said", sees(ana, "没有找到相关内容"));
  await ana.keyboard.press("Escape");
}

async function picture(ana, bo) {
  await place(ana, "me/card");
  await ana.locator("input[type=file][accept]").setInputFiles({ name: "自拍.png", mimeType: "image/png", buffer: await ana.screenshot() });
  await expect("one's own picture is shown", () => ana.locator("nav img").evaluate(i => i.naturalWidth === 256 && i.naturalHeight === 256));
  await place(bo, "contacts");
  await expect("and to others", () => row(bo, "陈建国").locator("img").evaluate(i => i.naturalWidth === 256));
  await ana.locator("input[type=file][accept]").setInputFiles({ name: "不是.png", mimeType: "image/png", buffer: Buffer.from("nothing") });
  await expect("what is no picture is refused in words", sees(ana, "不是可用的图片"));
  await ana.getByRole("button", { name: "移除头像" }).click();
  await expect("it can be taken away", async () => (await ana.locator("nav img").count()) === 0);
}

async function organisations(ana, bo) {
  await place(ana, "me/organisations");
  await ana.getByRole("button", { name: "创建新组织" }).click();
  await ana.fill("#f-organisation", "青石商会");
  await dialog(ana).getByRole("button", { name: "创建新组织" }).click();
  await expect("a new organisation is entered", sees(ana, "还没有会话"));
  const link = await invitation(ana);
  await bo.goto(link);
  await bo.getByRole("button", { name: "以 林秀英 的身份加入" }).click();
  await expect("who is signed in joins as themselves", sees(bo, "还没有会话"));
  await place(bo, "me");
  await expect("and stands in the other organisation", sees(bo, "青石商会"));
  await place(bo, "me/organisations");
  await bo.getByRole("button", { name: "青石镇人民政府" }).click();
  await expect("one switches back", sees(bo, "青石防汛群"));
  await place(ana, "me/organisations");
  await ana.getByRole("button", { name: "青石镇人民政府" }).click();
  await expect("with all that was there", sees(ana, "青石防汛群"));
}

async function sessions(bo) {
  const other = await person(browser, "another device", PHONE, base);
  await signIn(other, base, "lin", PASSWORD);
  await place(bo, "me/sessions");
  await expect("both devices are listed", async () => (await bo.getByText(/最近使用/).count()) >= 2);
  await accessible(bo, "sessions");
  await bo.getByRole("button", { name: "退出此设备" }).first().click();
  await bo.getByRole("button", { name: "退出此设备" }).last().click();
  await expect("a session that is ended is at the door", async () => (await other.locator("#f-login").count()) === 1);
  await signIn(other, base, "lin", PASSWORD);
  await place(bo, "me/password");
  await bo.fill("#f-old", "not-this-one");
  await bo.fill("#f-password", "bronze-bell-2");
  await bo.getByRole("button", { name: "保存" }).click();
  await expect("a wrong password changes nothing", async () => (await bo.locator("[role=alert]").count()) > 0);
  await bo.fill("#f-old", PASSWORD);
  await bo.getByRole("button", { name: "保存" }).click();
  await expect("the password is changed", sees(bo, "密码已修改"));
  await expect("which ends the other sessions", async () => (await other.locator("#f-login").count()) === 1);
  await other.fill("#f-login", "lin");
  await other.fill("#f-password", PASSWORD);
  await other.getByRole("button", { name: "登录" }).click();
  await expect("the old one is wrong from now on", async () => (await other.locator("[role=alert]").count()) > 0);
  await other.context().close();
}

async function languages(bo) {
  await place(bo, "me/language");
  await bo.getByRole("radio", { name: "English" }).click();
  await expect("English is spoken at once", sees(bo, "Language"));
  await bo.reload();
  await expect("and after a reload", async () => (await bo.locator("html").getAttribute("lang")) === "en");
  await place(bo, "");
  await expect("in the list too", sees(bo, "Messages"));
  await accessible(bo, "the list in English");
  await place(bo, "me/language");
  await bo.getByRole("radio", { name: "中文" }).click();
}

async function leaving(ana, cy) {
  await place(ana, "contacts");
  await row(ana, "周强").click();
  await ana.getByRole("button", { name: "发消息" }).click();
  await write(ana, "明天交接一下");
  await row(cy, "陈建国").click();
  await place(ana, "contacts");
  await row(ana, "周强").click();
  await manageCard(ana, "周强", "移出组织");
  await ana.getByRole("button", { name: "移出组织" }).last().click();
  await expect("who is taken out is out at once", sees(cy, "你还没有加入组织"));
  await expect("and gone from the contacts", async () => (await row(ana, "周强").count()) === 0);
  await accessible(cy, "in no organisation");
  await cy.reload();
  await expect("in no organisation after a reload too", sees(cy, "你还没有加入组织"));
  await ana.goto(`${base}/#/me/organisations`);
  await ana.getByRole("button", { name: "青石商会" }).click();
  await ana.getByText("还没有会话").waitFor();
  const link = await invitation(ana);
  await cy.goto(link);
  await cy.fill("#f-name", "周强");
  await cy.getByRole("radio", { name: "登录名" }).click();
  await cy.fill("#f-login", "zhouqiang");
  await cy.fill("#f-password", PASSWORD);
  await cy.getByRole("button", { name: "加入", exact: true }).click();
  await expect("an invitation brings them back in", sees(cy, "还没有会话"));
}

const began = Date.now();
try {
  const ana = await person(browser, "the owner", DESK, base);
  const bo = await person(browser, "the member", DESK, base);
  let cy = await person(browser, "the newcomer", PHONE, base);
  await setUp(ana);
  const link = await invitation(ana);
  await joins(bo, link, "林秀英", "lin");
  await joins(cy, link, "周强", "zhou");
  await tree(ana);
  await posts(ana, bo);
  await roles(ana, bo);
  const again = await resetting(ana, cy);
  await cy.context().close();
  cy = again;
  await place(bo, "");
  await groups(ana, bo, cy);
  await searching(ana, bo);
  await picture(ana, bo);
  await organisations(ana, bo);
  await sessions(bo);
  await languages(bo);
  await leaving(ana, cy);
} catch (error) {
  failure(`the story stopped: ${error.message}`);
} finally {
  await browser.close();
  await server.remove();
}
console.log(`${Math.round((Date.now() - began) / 1000)} s`);
end("browser admin");
