// What becomes of messages: two people, one at a desk and one with a telephone, edit, react, pin,
// answer in threads, send on, confirm and vote; they send places, cards, pictures and their voice,
// keep favourites and drafts, and have messages sent later. Prints a line for each expectation.
//
//   node tests/browser/acts.mjs [./carillon]
import { accessible, call, DESK, end, expect, failure, launch, Line, never, newKey, pause, person, PHONE, says, sees, Server, signIn, write } from "./rig/rig.mjs";

const server = await new Server().start();
const line = await new Line(server).open();
const { base } = server;

const dialog = page => page.locator("[role=dialog], [role=menu]").last();
const said = (page, text) => page.locator("main article", { hasText: text }).first();
const escape = page => page.keyboard.press("Escape");

// ---- who and where --------------------------------------------------------------------------------

async function begin(ana, bo) {
  await ana.goto(`${base}/`);
  await call(ana, "org_setup", { token: server.token, organisation: "青石镇人民政府", name: "陈建国", login: "chen", password: "bronze-bell-1", key: newKey() });
  const { token } = await call(ana, "org_invite", { days: 7, key: newKey() });
  await bo.goto(`${line.base}/`);
  await call(bo, "org_join", { token, name: "林秀英", login: "lin", password: "bronze-bell-2", key: newKey() });
  await Promise.all([ana.reload(), bo.reload()]);
  const { person: own } = await call(bo, "org_me", {});
  await call(ana, "org_session_known", { session: (await call(ana, "org_me", {})).session });
  const { conversation } = await call(ana, "talk_create", { title: "防汛工作群", people: [own.id], key: newKey() });
  await call(ana, "talk_direct", { person: own.id, key: newKey() });
  await ana.goto(`${base}/#/c/${conversation.id}`);
  await bo.goto(`${line.base}/#/c/${conversation.id}`);
  await Promise.all([ana, bo].map(page => page.locator("textarea").waitFor()));
  return conversation.id;
}

// The menu of a message: by the right button at a desk, by a long press on a telephone.
async function menu(page, text, item) {
  const bubble = said(page, text);
  if (page.viewportSize().width >= 860) await bubble.click({ button: "right", position: { x: 70, y: 40 } });
  else {
    const box = await bubble.getByText(text).first().boundingBox();
    const touch = await page.context().newCDPSession(page);
    const points = [{ x: box.x + 12, y: box.y + 10 }];
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: points });
    await pause(600);
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await touch.detach();
  }
  await dialog(page).getByRole("menuitem").first().waitFor();
  if (item) await dialog(page).getByRole("menuitem", { name: item, exact: true }).click();
}

// ---- the story ------------------------------------------------------------------------------------

async function reacting(ana, bo) {
  await write(ana, "今晚八点开会");
  await expect("a message arrives", says(bo, "今晚八点开会"));
  await menu(bo, "今晚八点开会");
  await accessible(bo, "the menu on a telephone");
  await dialog(bo).getByRole("menuitemcheckbox", { name: "回应 👍" }).click();
  const chip = page => said(page, "今晚八点开会").getByRole("button", { name: "👍 1 人" });
  await expect("a sign is seen by the other", async () => (await chip(ana).count()) === 1);
  await expect("one's own sign is marked", async () => (await chip(bo).getAttribute("aria-pressed")) === "true");
  await chip(ana).click();
  const two = said(bo, "今晚八点开会").getByRole("button", { name: "👍 2 人" });
  await expect("a press on it adds one's own", async () => (await two.count()) === 1);
  await said(ana, "今晚八点开会").getByRole("button", { name: "👍 2 人" }).click({ button: "right" });
  await expect("who put it is listed", async () => (await dialog(ana).getByText("林秀英").count()) === 1);
  await accessible(ana, "who reacted");
  await escape(ana);
  await said(ana, "今晚八点开会").getByRole("button", { name: "👍 2 人" }).click();
  await expect("another press takes it away", async () => (await chip(bo).count()) === 1);
}

async function editing(ana, bo) {
  await said(ana, "今晚八点开会").focus();
  await ana.keyboard.press("ContextMenu");
  await accessible(ana, "the menu at a desk");
  await dialog(ana).getByRole("menuitem", { name: "编辑" }).click();
  await expect("editing happens where one writes", async () => (await ana.locator("textarea").inputValue()) === "今晚八点开会");
  await ana.keyboard.press("Escape");
  await expect("Esc ends it without a change", async () => (await ana.locator("textarea").inputValue()) === "");
  await menu(ana, "今晚八点开会", "编辑");
  await ana.locator("textarea").fill("今晚九点开会");
  await ana.keyboard.press("Enter");
  await expect("the new words arrive", says(bo, "今晚九点开会"));
  await expect("signs stay", async () => (await said(bo, "今晚九点开会").getByRole("button", { name: "👍 1 人" }).count()) === 1);
  await said(bo, "今晚九点开会").getByRole("button", { name: "已编辑" }).click();
  await expect("the former words can be seen", async () => (await dialog(bo).getByText("今晚八点开会").count()) === 1);
  await accessible(bo, "the former words");
  await escape(bo);
  line.cut();
  await menu(bo, "今晚九点开会");
  await dialog(bo).getByRole("menuitemcheckbox", { name: "回应 👏" }).click();
  await expect("without a line it says so", sees(bo, "网络不通"));
  await expect("and changes nothing", async () => (await said(bo, "今晚九点开会").getByText("👏").count()) === 0);
  line.mend();
  await expect("the line is back", never(bo, "网络已断开"), 15000);
}

async function pinning(ana, bo) {
  await menu(ana, "今晚九点开会", "置顶");
  const bar = page => page.getByRole("complementary", { name: "置顶消息" });
  await expect("the pinned one stands at the top of both", async () => (await bar(ana).getByText("今晚九点开会").count()) === 1 && (await bar(bo).getByText("今晚九点开会").count()) === 1);
  await accessible(bo, "a room with a pinned message");
  await bar(bo).getByRole("button", { name: "置顶 1" }).click();
  await dialog(bo).getByRole("button", { name: "取消置顶" }).click();
  await expect("it is taken down for both", async () => (await bar(ana).count()) + (await bar(bo).count()) === 0);
  await escape(bo);
}

async function answering(ana, bo) {
  await menu(bo, "今晚九点开会", "回复");
  await write(bo, "收到，准时到");
  const link = said(ana, "今晚九点开会").getByRole("button", { name: "1 条回复" });
  await expect("answers are counted under the message", async () => (await link.count()) === 1);
  await link.click();
  await expect("the thread shows both", async () => (await dialog(ana).locator("article").count()) === 2);
  await dialog(ana).locator("textarea").fill("带上雨衣");
  await dialog(ana).getByLabel("发送", { exact: true }).click();
  await expect("an answer from the thread is heard", says(bo, "带上雨衣"));
  await expect("and stands in the thread", async () => (await dialog(ana).locator("article").count()) === 3);
  await accessible(ana, "a thread");
  await escape(ana);
}

async function confirming(ana, bo) {
  await ana.getByRole("button", { name: "更多", exact: true }).last().click();
  await accessible(ana, "what else can be sent");
  await dialog(ana).getByRole("menuitem", { name: "请确认" }).click();
  await write(ana, "请全体人员今晚到岗");
  const card = said(bo, "请全体人员今晚到岗");
  await expect("who is asked has a button", async () => (await card.getByRole("button", { name: "确认收到" }).count()) === 1);
  await accessible(bo, "a message that asks to be confirmed");
  await card.getByRole("button", { name: "确认收到" }).click();
  await expect("what is done is shown", async () => (await card.getByText("你已确认").count()) === 1);
  await expect("the author sees the count", async () => (await said(ana, "请全体人员今晚到岗").getByText("1 人全部已确认").count()) === 1);
  await bo.reload();
  await expect("a reload keeps it", async () => (await said(bo, "请全体人员今晚到岗").getByText("你已确认").count()) === 1);
  await said(ana, "请全体人员今晚到岗").getByRole("button", { name: "全部已确认" }).click();
  await dialog(ana).getByRole("radio", { name: "已确认" }).click();
  await expect("who has confirmed is listed", async () => (await dialog(ana).getByText("林秀英").count()) === 1);
  await accessible(ana, "who has confirmed");
  await escape(ana);
}

async function voting(ana, bo) {
  await bo.getByRole("button", { name: "更多", exact: true }).last().click();
  await dialog(bo).getByRole("menuitem", { name: "投票" }).click();
  await bo.fill("#f-question", "巡堤从哪里开始？");
  await bo.getByLabel("选项 1", { exact: true }).fill("东段");
  await bo.getByLabel("选项 2", { exact: true }).fill("西段");
  await dialog(bo).getByRole("switch", { name: "截止时间" }).click();
  await accessible(bo, "making a poll");
  await dialog(bo).getByRole("button", { name: "发出投票" }).click();
  const poll = page => said(page, "巡堤从哪里开始");
  await expect("a poll arrives", async () => (await poll(ana).getByRole("radio").count()) === 2);
  await accessible(ana, "a poll");
  await poll(ana).getByRole("radio", { name: /东段/ }).click();
  await poll(ana).getByRole("button", { name: "投票", exact: true }).click();
  await expect("a vote is counted for both", async () => (await poll(bo).getByRole("radio", { name: "东段 1 人 100%" }).count()) === 1);
  await poll(ana).getByRole("radio", { name: /西段/ }).click();
  await poll(ana).getByRole("button", { name: "改投" }).click();
  await expect("a choice can be changed", async () => (await poll(bo).getByRole("radio", { name: "西段 1 人 100%" }).count()) === 1);
  await poll(bo).getByRole("button", { name: "1/2 人已投" }).click();
  await dialog(bo).getByRole("button", { name: /西段/ }).click();
  await expect("who chose what is listed", async () => (await dialog(bo).getByText("陈建国").count()) === 1);
  await accessible(bo, "who chose what");
  await escape(bo);
  await poll(bo).getByRole("button", { name: "结束投票" }).click();
  await dialog(bo).getByRole("button", { name: "结束投票" }).click();
  await expect("a poll that is over takes no votes", async () => (await poll(ana).getByText("投票已结束").count()) === 1 && (await poll(ana).getByRole("radio").first().isDisabled()));
}

async function forwarding(ana, bo) {
  await menu(ana, "收到，准时到", "多选");
  await ana.getByRole("checkbox", { name: /选择/ }).nth(-3).click();
  await expect("messages are chosen", sees(ana, "已选 2 条"));
  await accessible(ana, "choosing several messages");
  await ana.getByRole("button", { name: "合并转发" }).click();
  await dialog(ana).locator("input[type=search]").fill("林秀英");
  await dialog(ana).getByRole("checkbox", { name: /林秀英/ }).first().click();
  await ana.fill("#f-comment", "请看一下");
  await accessible(ana, "choosing where messages go");
  await dialog(ana).getByRole("button", { name: "发送给 1 个会话" }).click();
  await expect("messages are sent on", sees(ana, "已转发"));
  await bo.goto(`${line.base}/#/`);
  await bo.getByRole("link", { name: /陈建国/ }).first().click();
  await expect("with a comment", says(bo, "请看一下"));
  await bo.locator("main article", { hasText: "防汛工作群的聊天记录" }).getByRole("button", { name: /聊天记录/ }).click();
  await expect("merged messages are read in a sheet", async () => (await dialog(bo).getByText("收到，准时到").count()) === 1);
  await accessible(bo, "merged messages");
  await escape(bo);
  await menu(bo, "请看一下", "转发");
  await dialog(bo).getByRole("checkbox", { name: /防汛工作群/ }).click();
  await dialog(bo).getByRole("button", { name: "发送给 1 个会话" }).click();
  await expect("one message is sent on with its author's name", async () => (await said(ana, "请看一下").getByText("转发自").count()) === 1);
}

async function places(ana, bo, room) {
  await bo.goto(`${line.base}/#/c/${room}`);
  await bo.context().grantPermissions(["geolocation"], { origin: line.base });
  await bo.context().setGeolocation({ latitude: 30.25, longitude: 120.16 });
  await bo.getByRole("button", { name: "更多", exact: true }).last().click();
  await dialog(bo).getByRole("menuitem", { name: "位置" }).click();
  await bo.fill("#f-place", "红星水库大坝");
  await dialog(bo).getByRole("button", { name: "获取当前位置" }).click();
  await expect("the device tells where it is", async () => (await bo.inputValue("#f-latitude")) === "30.250000");
  await accessible(bo, "sending a place");
  await dialog(bo).getByRole("button", { name: "发送" }).click();
  await expect("a place arrives", async () => /^geo:30\.25/.test((await said(ana, "红星水库大坝").getByRole("link").getAttribute("href")) ?? ""));
  await ana.getByRole("button", { name: "更多", exact: true }).last().click();
  await dialog(ana).getByRole("menuitem", { name: "名片" }).click();
  await dialog(ana).locator("input[type=search]").fill("林秀英");
  await dialog(ana).getByRole("button", { name: /林秀英/ }).click();
  const card = bo.locator("main article").last().getByRole("button", { name: /林秀英/ });
  await expect("a card arrives", async () => (await card.count()) === 1);
  await accessible(bo, "a place and a card");
  await card.click();
  await expect("it opens", async () => (await dialog(bo).getByRole("button", { name: "发送名片" }).count()) === 1);
  await escape(bo);
}

// A picture of points that no encoding makes small, so that it is worth making smaller.
async function picture(page, width, height) {
  const url = await page.evaluate(([width, height]) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const pen = canvas.getContext("2d");
    const data = pen.createImageData(width, height);
    for (let i = 0; i < data.data.length; i++) data.data[i] = i % 4 === 3 ? 255 : (i * 7919 + (i >> 8) * 104729) % 251;
    pen.putImageData(data, 0, 0);
    return canvas.toDataURL("image/jpeg", 0.95);
  }, [width, height]);
  return Buffer.from(url.split(",")[1], "base64");
}

async function pictures(ana, bo) {
  const big = await picture(ana, 3000, 1500);
  const small = await picture(ana, 80, 60);
  await ana.locator("input[type=file]").setInputFiles(["一", "二", "三"].map((n, i) => ({ name: `现场${n}.jpg`, mimeType: "image/jpeg", buffer: i ? small : big })));
  await ana.getByRole("checkbox", { name: /发送原图/ }).waitFor();
  await accessible(ana, "pictures about to be sent");
  await ana.getByLabel("发送", { exact: true }).click();
  const shown = bo.locator("main article").last().locator("img");
  await expect("three pictures stand in a grid", async () => (await shown.count()) === 3);
  await expect("a large one was made smaller", () => shown.first().evaluate(e => e.naturalWidth === 2048 && e.naturalHeight === 1024));
  await shown.first().click();
  await expect("the viewer counts them", sees(bo, "1/3 现场一.jpg"));
  await accessible(bo, "the viewer");
  await bo.keyboard.press("ArrowRight");
  await expect("an arrow goes to the next", sees(bo, "2/3 现场二.jpg"));
  const stage = dialog(bo).locator("img");
  await stage.hover();
  await bo.mouse.wheel(0, -600);
  await expect("the wheel comes closer", () => stage.evaluate(e => new DOMMatrix(getComputedStyle(e).transform).a > 1.5));
  await escape(bo);
  await ana.locator("input[type=file]").setInputFiles({ name: "原图.jpg", mimeType: "image/jpeg", buffer: big });
  await ana.getByRole("checkbox", { name: /发送原图/ }).click();
  await ana.getByLabel("发送", { exact: true }).click();
  await expect("an original stays as it was", () => bo.locator("main article").last().locator("img").first().evaluate(e => e.naturalWidth === 3000));
  await ana.locator("input[type=file]").setInputFiles({ name: "值班说明.txt", mimeType: "text/plain", buffer: Buffer.from("夜班：二十点到次日八点\n") });
  await ana.locator("textarea").focus();
  await ana.getByLabel("发送", { exact: true }).click();
  await bo.getByRole("button", { name: /值班说明/ }).click();
  await expect("plain text opens in its place", async () => (await dialog(bo).getByText("夜班：二十点到次日八点").count()) === 1);
  await accessible(bo, "a text");
  await escape(bo);
}

async function speaking(ana, bo) {
  await ana.getByRole("button", { name: "语音", exact: true }).click();
  await ana.getByRole("timer").getByText("0:02").waitFor();
  await accessible(ana, "recording");
  await ana.getByLabel("发送", { exact: true }).click();
  const play = bo.locator("main article").last().getByRole("button", { name: /播放语音/ });
  await expect("a voice message arrives", async () => (await play.count()) === 1);
  await expect("it is not heard yet", async () => (await bo.getByRole("img", { name: "未听" }).count()) === 1);
  await accessible(bo, "a voice message");
  await play.click();
  await expect("it plays", async () => (await bo.getByRole("button", { name: "暂停" }).count()) === 1);
  await expect("and is heard", async () => (await bo.getByRole("img", { name: "未听" }).count()) === 0);
  const mic = await bo.getByRole("button", { name: "语音", exact: true }).boundingBox();
  const touch = await bo.context().newCDPSession(bo);
  const points = [{ x: mic.x + 20, y: mic.y + 20 }];
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: points });
  await bo.getByRole("timer").getByText("0:02").waitFor();
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await expect("held and let go, it is sent", async () => (await ana.getByRole("button", { name: /播放语音/ }).count()) === 2);
}

async function keeping(browser, ana, room) {
  await menu(ana, "值班说明", "收藏");
  await expect("a message is kept", sees(ana, "已收藏"));
  await ana.goto(`${base}/#/me/favourites`);
  await expect("it stands among the favourites", sees(ana, "[文件] 值班说明.txt"));
  await accessible(ana, "favourites");
  await ana.locator("main").getByRole("link", { name: /值班说明/ }).click();
  await expect("from there one comes to it", says(ana, "值班说明"));
  const other = await person(browser, "another device", PHONE, base);
  await signIn(other, base, "chen", "bronze-bell-1");
  await ana.locator("textarea").fill("写到一半");
  await expect("a draft is marked on another device", sees(other, "[草稿]"));
  await other.goto(`${base}/#/c/${room}`);
  await expect("and goes on there", async () => (await other.locator("textarea").inputValue()) === "写到一半");
  await other.locator("textarea").fill("写到一半，写完了");
  await expect("and comes back", async () => (await ana.locator("textarea").inputValue()) === "写到一半，写完了");
  await write(ana, "写到一半，写完了");
  await expect("what was sent is no draft any more", async () => (await other.locator("textarea").inputValue()) === "");
  await other.context().close();
}

async function later(ana, bo) {
  await ana.locator("textarea").fill("明早第一件事");
  await ana.getByLabel("发送", { exact: true }).click({ button: "right" });
  await dialog(ana).getByRole("button", { name: /自己选时间/ }).waitFor();
  await accessible(ana, "sending later");
  await dialog(ana).getByRole("button", { name: /自己选时间/ }).click();
  await accessible(ana, "choosing a time");
  await dialog(ana).getByRole("button", { name: /明早 8:30/ }).click();
  await expect("it says when", sees(ana, /将在 明天 08:30 发送/));
  await ana.goto(`${base}/#/me/scheduled`);
  await expect("it waits", sees(ana, "明早第一件事"));
  await accessible(ana, "waiting messages");
  await ana.getByRole("button", { name: "取消发送" }).click();
  await dialog(ana).getByRole("button", { name: "取消发送" }).click();
  await expect("and can be stopped", sees(ana, "没有等待发送的消息"));
  await expect("so that nobody hears it", never(bo, "明早第一件事"));
}

async function rules(ana) {
  await ana.goto(`${base}/#/me/organisations`);
  await ana.getByLabel("自己的消息可以编辑").selectOption("0");
  await expect("an admin sets the rules", sees(ana, "已保存"));
  await accessible(ana, "the rules of messages");
  const { edit_minutes } = await call(ana, "talk_rules", {});
  await expect("and they hold", async () => edit_minutes === 0);
}

const browser = await launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required");
try {
  const ana = await person(browser, "the desk", DESK, base);
  const bo = await person(browser, "the telephone", { ...PHONE, colorScheme: "dark" }, line.base);
  const room = await begin(ana, bo);
  await reacting(ana, bo);
  await editing(ana, bo);
  await pinning(ana, bo);
  await answering(ana, bo);
  await confirming(ana, bo);
  await voting(ana, bo);
  await forwarding(ana, bo);
  await places(ana, bo, room);
  await pictures(ana, bo);
  await speaking(ana, bo);
  await keeping(browser, ana, room);
  await later(ana, bo);
  await rules(ana);
} catch (error) {
  if (process.env.LOOK) for (const [i, c] of browser.contexts().entries()) for (const p of c.pages()) await p.screenshot({ path: `${process.env.LOOK}/${i}.png` });
  failure(`the story stopped: ${error.message}`);
} finally {
  await browser.close();
  line.close();
  await server.remove();
}
end("browser acts");
