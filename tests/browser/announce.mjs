// Announcements: one is written for a department and read on a telephone; its author sees who has
// read it, reminds the others and withdraws it. Prints a line for each expectation.
//
//   node tests/browser/announce.mjs [./carillon]
import { accessible, call, DESK, end, expect, failure, launch, newKey, person, PHONE, sees, Server } from "./rig/rig.mjs";

const server = await new Server().start();
const { base } = server;
const dialog = page => page.locator("[role=dialog]").last();

async function begin(ana, bo) {
  await ana.goto(`${base}/`);
  await call(ana, "org_setup", { token: server.token, organisation: "临江县人民政府", name: "陈建国", login: "chen", password: "bronze-bell-1", key: newKey() });
  const { department } = await call(ana, "org_department_add", { name: "青山镇", key: newKey() });
  const { token } = await call(ana, "org_invite", { department: department.id, days: 7, key: newKey() });
  await bo.goto(`${base}/`);
  await call(bo, "org_join", { token, name: "林秀英", login: "lin", password: "bronze-bell-2", key: newKey() });
  await ana.goto(`${base}/#/me/announcements`);
  await bo.goto(`${base}/#/me/announcements`);
  await Promise.all([ana.reload(), bo.reload()]);
}

async function writing(ana, bo) {
  await expect("an empty list says what will stand there", sees(bo, "还没有公告"));
  await accessible(bo, "no announcements");
  await ana.getByRole("button", { name: "发公告" }).click();
  await ana.fill("#f-title", "关于做好今晚强降雨防范工作的通知");
  await ana.fill("#announce-body", "**各村**请于今晚八点前完成：\n- 转移低洼地带群众\n- 检查水库泄洪道");
  await dialog(ana).getByRole("button", { name: "选择部门" }).click();
  await dialog(ana).getByRole("button", { name: "青山镇" }).click();
  await dialog(ana).getByRole("button", { name: "完成" }).click();
  await dialog(ana).getByRole("switch", { name: "必读公告" }).click();
  await accessible(ana, "writing an announcement");
  await dialog(ana).getByRole("button", { name: "发布" }).click();
  await expect("it stands among one's own", sees(ana, "关于做好今晚强降雨防范工作的通知"));
  await expect("and counts whom it is for", sees(ana, "0 / 1 人已读"));
}

async function reading(ana, bo) {
  await expect("it comes without a reload", sees(bo, "关于做好今晚强降雨防范工作的通知"));
  await expect("marked as to be read", sees(bo, "必读"));
  await bo.getByRole("button", { name: /强降雨/ }).click();
  await expect("it shows its list of things to do", async () => (await dialog(bo).locator("li", { hasText: "检查水库泄洪道" }).count()) === 1);
  await accessible(bo, "an announcement");
  await expect("its author sees that it was read", sees(ana, "1 / 1 人已读"));
  await ana.getByRole("button", { name: /强降雨/ }).click();
  await dialog(ana).getByRole("button", { name: /人已读/ }).click();
  await expect("nobody is missing", sees(ana, "大家都读过了"), 8000);
  await dialog(ana).getByRole("radio", { name: "已读" }).click();
  await expect("who has read it, with the time", async () => /林秀英/.test(await dialog(ana).innerText()));
  await accessible(ana, "readers of an announcement");
}

async function withdrawing(ana, bo) {
  await ana.keyboard.press("Escape");
  await dialog(ana).getByRole("button", { name: "撤回公告" }).click();
  await dialog(ana).getByRole("button", { name: "撤回公告" }).click();
  await expect("withdrawn, nothing of it is left", sees(ana, "公告已撤回"));
  await bo.reload();
  await expect("nor for its readers", sees(bo, "公告已撤回"));
}

const browser = await launch();
try {
  const ana = await person(browser, "who announces", DESK, base);
  const bo = await person(browser, "who reads", PHONE, base);
  await begin(ana, bo);
  await writing(ana, bo);
  await reading(ana, bo);
  await withdrawing(ana, bo);
} catch (error) {
  if (process.env.LOOK) for (const [i, c] of browser.contexts().entries()) for (const p of c.pages()) await p.screenshot({ path: `${process.env.LOOK}/${i}.png` });
  failure(`the story stopped: ${error.message}`);
} finally {
  await browser.close();
  await server.remove();
}
end("browser announce");
