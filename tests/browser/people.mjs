// Two people at the real server, one at a desk and one with a telephone: the organisation is set up,
// a colleague joins by invitation, they talk, send files, the line is cut and comes back, a new
// device signs in. Prints a line for each expectation.
//
//   node tests/browser/people.mjs [./carillon]
import { accessible, DESK, end, expect, failure, launch, never, person, PHONE, says, sees, Server, stored, watched, write } from "./rig/rig.mjs";

const server = await new Server().start();
const { base } = server;

// ---- the story ------------------------------------------------------------------------------------

async function setUp(ana, token) {
  await ana.goto(`${base}/#/setup/${token}`);
  await ana.fill("#f-organisation", "青石镇人民政府");
  await ana.fill("#f-name", "陈建国");
  await ana.fill("#f-login", "chen");
  await ana.fill("#f-password", "bronze-bell-1");
  await accessible(ana, "setup");
  await ana.getByRole("button", { name: "建立组织" }).click();
  await expect("an empty list says what to do next", sees(ana, "还没有会话"));
}

async function join_(ana, bo) {
  await ana.goto(`${base}/#/contacts`);
  await ana.getByLabel("管理").click();
  await ana.getByRole("menuitem", { name: "添加下级部门" }).click();
  await ana.fill("#f-text", "应急管理办公室");
  await ana.getByRole("button", { name: "保存" }).click();
  await ana.getByText("应急管理办公室").first().click();
  await expect("a new department is empty", sees(ana, "这个部门还没有人"));
  await ana.getByLabel("邀请加入").first().click();
  await ana.getByRole("button", { name: "生成邀请" }).click();
  await ana.locator("img[alt='邀请二维码']").waitFor();
  const link = await ana.locator("input[readonly]").inputValue();
  await ana.keyboard.press("Escape");
  await expect("Esc closes the sheet", never(ana, "生成邀请"));
  await bo.goto(link);
  await bo.fill("#f-name", "林秀英");
  await bo.fill("#f-phone", "13812345678");
  await bo.fill("#f-password", "bronze-bell-2");
  await bo.getByRole("button", { name: "加入", exact: true }).click();
  await expect("who joins comes straight in", sees(bo, "还没有会话"));
}

async function talk(ana, bo) {
  await ana.goto(`${base}/#/`);
  await ana.getByLabel("发起会话").first().click();
  await ana.locator("[role=dialog] input[type=search]").fill("lxy");
  await ana.getByRole("checkbox", { name: /林秀英/ }).click();
  await ana.getByRole("button", { name: "开始聊天" }).click();
  await ana.locator("textarea").fill("秀英，**今晚**值班吗？");
  await ana.keyboard.press("Enter");
  await expect("Enter sends at a desk", says(ana, "今晚"));
  await expect("it arrives", sees(bo, "陈建国"));
  await bo.getByText("陈建国").first().click();
  await expect("it is read", async () => (await ana.getByText("已读", { exact: true }).count()) === 1);
  await bo.locator("textarea").fill("值");
  await expect("writing is seen", sees(ana, "林秀英正在输入"));
  await write(bo, "值的");
  await expect("an answer is heard", says(ana, "值的"));
  await expect("the answer is read", async () => (await bo.getByText("已读", { exact: true }).count()) === 1);
  await ana.reload();
  await expect("that it was read is known after a reload too", async () => (await ana.getByText("已读", { exact: true }).count()) === 1);
  await expect("writing has ended", never(ana, "正在输入"));
}

async function files(ana, bo) {
  await ana.locator("input[type=file]").setInputFiles([
    { name: "现场.png", mimeType: "image/png", buffer: await ana.screenshot() },
    { name: "值班表.xlsx", mimeType: "application/vnd.ms-excel", buffer: Buffer.alloc(1300000, 7) },
  ]);
  await ana.locator("textarea").focus();
  await ana.keyboard.press("Enter");
  await expect("files arrive", says(bo, "值班表.xlsx"));
  await expect("a picture is drawn", () => bo.locator("article img").first().evaluate(e => e.naturalWidth > 0));
  await ana.locator("article", { hasText: "今晚" }).focus();
  await ana.keyboard.press("Enter");
  await ana.getByRole("menuitem", { name: "撤回" }).click();
  await ana.getByRole("button", { name: "撤回" }).click();
  await expect("a message is taken back", sees(bo, "陈建国撤回了一条消息"));
}

async function cut(ana, bo) {
  await server.stop();
  await expect("a lost line is shown", sees(bo, "网络已断开"));
  await write(bo, "断网时写的一");
  await write(bo, "断网时写的二");
  await bo.reload();
  await expect("a cold start without a line paints", says(bo, "值班表.xlsx"));
  await expect("what is not sent is kept", sees(bo, "发送中", 2));
  await server.start();
  await expect("it goes out in order when the line is back", async () => {
    const texts = await ana.locator("article", { hasText: "断网时写的" }).allInnerTexts();
    return texts.length === 2 && texts[0].includes("一") && texts[1].includes("二");
  });
}

async function long(ana, bo) {
  for (let i = 0; i < 150; i++) await write(bo, `第 ${i} 条`);
  await expect("many messages arrive", says(ana, "第 149 条"));
  const scroller = ana.locator("[role=list]").last().locator("..");
  await expect("the beginning is reached by scrolling", async () => {
    await scroller.evaluate(e => (e.scrollTop -= 2500));
    return (await ana.locator("article", { hasText: "值班表.xlsx" }).count()) === 1;
  });
  await ana.getByRole("button", { name: /回到最新消息|条新消息/ }).click();
  await expect("one button goes to the newest", says(ana, "第 149 条"));
}

async function devices(browser, ana) {
  const context = await browser.newContext({ ...PHONE, userAgent: "Mozilla/5.0 (Linux; Android 10; HarmonyOS) AppleWebKit/537.36 Chrome/99 Mobile Safari/537.36" });
  const other = watched(await context.newPage(), "another device");
  await other.goto(`${base}/`);
  await other.fill("#f-login", "chen");
  await other.fill("#f-password", "wrong-password");
  await other.getByRole("button", { name: "登录" }).click();
  await other.locator("[role=alert]").waitFor();
  await accessible(other, "sign-in");
  await other.fill("#f-password", "bronze-bell-1");
  await other.getByRole("button", { name: "登录" }).click();
  await expect("the list is there on another device", sees(other, "林秀英"));
  await expect("a new device is announced", sees(ana, "有新设备登录了你的账号"));
  await ana.getByRole("button", { name: "不是我" }).click();
  await ana.getByRole("button", { name: "退出此设备" }).click();
  await ana.getByRole("button", { name: "退出此设备" }).last().click();
  await expect("an ended device is at the door", async () => (await other.locator("#f-login").count()) === 1);
  const kept = (await stored(other, "blocks")).length;
  await expect("nothing stays stored there", async () => kept === 0);
  await context.close();
}

async function look(page, name) {
  for (const [place, label] of [["", "list"], ["contacts", "contacts"], ["me", "me"], ["me/looks", "looks"]]) {
    await page.goto(`${base}/#/${place}`);
    await page.waitForTimeout(700);
    await accessible(page, `${name} ${label}`);
  }
}

const browser = await launch();
try {
  const ana = await person(browser, "the desk", DESK, base);
  const bo = await person(browser, "the telephone", PHONE, base);
  await setUp(ana, server.token);
  await join_(ana, bo);
  await talk(ana, bo);
  await files(ana, bo);
  await accessible(ana, "room");
  await cut(ana, bo);
  await long(ana, bo);
  await devices(browser, ana);
  await look(ana, "desk");
  await bo.emulateMedia({ colorScheme: "dark" });
  await look(bo, "telephone in the dark,");
} catch (error) {
  failure(`the story stopped: ${error.message}`);
} finally {
  await browser.close();
  await server.remove();
}
end("browser people");
