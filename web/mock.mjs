// A stand-in server with made-up people, for looking at the client without the real one.
import { createServer } from "node:http";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, existsSync } from "node:fs";
import { join, dirname, resolve, extname } from "node:path";
import { fileURLToPath } from "node:url";
const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../build/web");
const PORT = Number(process.env.PORT ?? 8099);
const EMPTY = !!process.env.EMPTY;
let hasSession = process.env.SIGNED_OUT ? false : true, needsSetup = !!process.env.SETUP;
const now = Date.now(), MIN = 60000, DAY = 86400000;
const surnames = "林周朱赵杨孙王徐郭刘马李陈何高罗郑梁谢宋唐许韩冯邓曹彭曾".split("");
const given = ["秀英","强","子涵","雨桐","志明","伟","春生","静","建国","晓梅","丽华","国栋","海燕","俊杰","欣怡","德福","文博","玉兰","浩然","思远"];
const depts = [["1",null,"临浦镇政府",0],["2","1","党政综合办公室",0],["3","1","应急管理中心",0],["4","1","农业农村办公室",0],["5","1","经济发展办公室",0],["6","1","社会事业服务中心",0],["7","3","值班一组",0],["8","3","值班二组",0],["9","4","水利站",0],["10",null,"三号冷轧厂",0],["11","10","设备维修车间",0],["12","10","质量检验科",0],["13",null,"临浦第一小学",0]];
const people = [];
let pid = 100;
for (let i = 0; i < 220; i++) {
  const name = surnames[(i * 7) % surnames.length] + given[(i * 3 + Math.floor(i / 20)) % given.length];
  const d = depts[1 + (i % (depts.length - 1))];
  const id = String(pid++);
  people.push({ id, name, pinyin: "", role: i === 0 ? "owner" : i === 3 ? "admin" : "member", title: ["科员","主任","班长","工程师","教师","网格员"][i % 6], department_name: d[2], phone: "138" + String(10000000 + i * 7919).slice(0, 8), login: "u" + i, state: i % 37 === 5 ? "invited" : "active", posts: [{ department: d[0], department_name: d[2], title: ["科员","主任","班长","工程师","教师","网格员"][i % 6], is_main: true, is_head: i % 17 === 1 }] });
}
people[0].name = "陈建国"; people[0].pinyin = "chen jian guo";
people[5].name = "阿卜杜热合曼·买买提依明江"; people[6].name = "Catherine O'Donoghue-Hernández";
const me = people[0];
const count = d => people.filter(p => p.posts.some(x => x.department === d || below(d).includes(x.department))).length;
const below = d => depts.filter(x => x[1] === d).flatMap(x => [x[0], ...below(x[0])]);
const dep = d => ({ id: d[0], parent: d[1] ?? undefined, name: d[2], people: count(d[0]), position: 0 });
const orgs = [{ id: "9", name: "临浦镇", person: me.id, role: "owner" }, { id: "10", name: "临浦镇老年大学合唱团", person: me.id, role: "member" }];
const lines = ["收到,我马上去现场看一下。","设备温度 82℃,比昨天高 6℃,我已经提交了维修工单。","好的","今天下午三点在二楼会议室开会,请大家带上上周的报表。","照片已上传,请查收。","👍","明天家长会改到线上,直播链接稍后发。","台风蓝色预警,请各村值班员检查排水沟、泵站和低洼住户,**今晚八点前**回报。","OK, I will follow up with the supplier in Shanghai.","辛苦了!","查了一下记录,上个月同期是 76℃。建议先停机半小时:\n1. 关闭三号泵\n2. 清理滤网\n3. 记录油压","参数在这里:\n```\npump3.limit = 78.5\npump3.alarm = \"on\"\n```","详见 https://carillon.example/handbook/flood 第三章","谁能去一趟水利站拿钥匙?","我去","`E-407` 这个报警码有人见过吗","孩子的疫苗本我明天带过来","中午食堂有红烧鱼 🐟"];
const rooms = new Map();
let cid = 5000;
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const files = new Map();
function addFile(f, bytes) { const id = String(9000 + files.size); files.set(id, { ...f, id, bytes }); return { id, name: f.name, type: f.type, size: f.size, width: f.width, height: f.height }; }
const svg = (w, h, a, b) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${a}"/><stop offset="1" stop-color="${b}"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/><path d="M0 ${h * .7} L${w * .3} ${h * .45} L${w * .55} ${h * .65} L${w * .8} ${h * .35} L${w} ${h * .6} V${h} H0z" fill="#2f4a3c"/><circle cx="${w * .75}" cy="${h * .2}" r="${h * .08}" fill="#fff3d0"/></svg>`);
const photo1 = addFile({ name: "三号泵站现场.jpg", type: "image/png", size: 482113, width: 1600, height: 1200 }, svg(1600, 1200, "#8fb8c9", "#dfe6d8"));
const photo2 = addFile({ name: "排水沟.jpg", type: "image/png", size: 382113, width: 900, height: 1600 }, svg(900, 1600, "#c9a98f", "#e6dcd2"));
const sheet = addFile({ name: "2026年11月防汛值班安排表(最终版)修订.xlsx", type: "application/vnd.ms-excel", size: 48210 }, Buffer.from("x"));
const pdf = addFile({ name: "设备检修手册.pdf", type: "application/pdf", size: 12482103 }, Buffer.from("x"));
function room(kind, title, peer, n, members, ageMin, unread, opts = {}) {
  const id = String(cid++);
  const r = { id, kind, title, peer, members, messages: [], version: 0, upto: 0, changed: 0, mentioned: opts.mentioned };
  const step = opts.step ?? 7 * MIN;
  for (let i = 1; i <= n; i++) {
    const run = Math.floor(i / 3) * 7;
    const author = kind === "direct" ? ((i * 5) % 3 ? peer : me.id) : members[(run * 13 + (i > n - 60 ? run : 0)) % Math.min(members.length, 9)];
    const m = { seq: i, version: ++r.version, author, at: now - ageMin * MIN - (n - i) * step, kind: "text", body: lines[(i * 11 + run) % lines.length] };
    if (author === me.id) { m.read = Math.max(0, members.length - 1 - ((i * 37) % members.length)); m.unread = members.length - 1 - m.read; if (i < n - 40) { m.read = members.length - 1; m.unread = 0; } }
    r.messages.push(m);
  }
  r.upto = n - unread; r.changed = n ? r.messages[n - 1].at : now - ageMin * MIN;
  rooms.set(id, r); return r;
}
const ids = (a, b) => people.slice(a, b).map(p => p.id);
if (!EMPTY) {
  const big = room("group", "三号冷轧线值班群", undefined, 3000, [me.id, ...ids(1, 128)], 1, 8, { step: 3 * MIN, mentioned: true });
  const set = (back, change) => Object.assign(big.messages[big.messages.length - 1 - back], change);
  set(24, { author: people[2].id, kind: "notice", notice: "added", people: ids(20, 23), body: undefined });
  set(22, { author: people[3].id, is_recalled: true, body: undefined });
  set(20, { author: me.id, body: "昨天的巡检照片发一下,谢谢", read: 127, unread: 0 });
  set(19, { author: people[4].id, kind: "files", files: [photo1], body: undefined });
  set(18, { author: people[4].id, body: "三号泵站现场,水位正常", quote: { seq: 2980, author: me.id, body: "昨天的巡检照片发一下,谢谢" } });
  set(15, { author: me.id, body: "好,辛苦。**值班安排**见附件:", kind: "files", files: [sheet], read: 87, unread: 40 });
  set(14, { author: me.id, body: "@王志明 @所有人 请今晚八点前核对自己的班次", mentions: [people[8].id], mentions_all: true, read: 88, unread: 39 });
  set(10, { author: people[5].id, body: "收到" }); set(9, { author: people[6].id, body: "OK, I will follow up with the supplier in Shanghai and report back by noon tomorrow." });
  set(3, { author: people[1].id, body: "@陈建国 三号线轴承要换吗?报价单 ¥12,480.00", mentions: [me.id] });
  set(2, { author: people[1].id, kind: "files", files: [pdf], body: undefined });
  set(1, { author: people[7].id, body: "我建议换。上个月已经报警三次:\n- 11-03 温度\n- 11-09 振动\n- 11-17 温度" });
  set(0, { author: people[7].id, body: "👍" });
  room("direct", "", people[1].id, 34, [me.id, people[1].id], 3, 0); 
  room("direct", "", people[2].id, 12, [me.id, people[2].id], 14, 2);
  room("group", "临浦镇应急联络", undefined, 130, [me.id, ...ids(30, 90)], 75, 51, { mentioned: true });
  room("direct", "", people[3].id, 40, [me.id, people[3].id], 60 * 20, 0);
  room("direct", "", people[6].id, 8, [me.id, people[6].id], 60 * 26, 25 > 8 ? 3 : 0);
  room("group", "高三(2)班家校群", undefined, 90, [me.id, ...ids(90, 140)], 60 * 50, 0);
  room("group", "临浦镇二〇二六年度防汛抗旱与地质灾害综合应急演练筹备工作临时协调群", undefined, 60, [me.id, ...ids(10, 30)], 60 * 74, 100 > 60 ? 60 : 0);
  for (let i = 9; i < 34; i++) room("direct", "", people[i].id, 5 + i, [me.id, people[i].id], 60 * 24 * (i - 5), 0);
  room("group", "采购与法务", undefined, 20, [me.id, ...ids(40, 52)], 60 * 24 * 12, 0);
  room("group", "产品周会", undefined, 20, [me.id, ...ids(60, 75)], 60 * 24 * 400, 0);
}
const byId = id => people.find(p => p.id === id);
const card = p => p && { id: p.id, name: p.name, department_name: p.department_name, title: p.title, pinyin: p.pinyin };
function view(r) {
  const last = r.messages[r.messages.length - 1];
  return { id: r.id, kind: r.kind, title: r.title ?? "", peer: r.peer, role: "owner", members: r.members.length, version: r.version, last_seq: r.messages.length, since: 1, upto: r.upto, unread: Math.min(100, r.messages.slice(r.upto).filter(m => m.author !== me.id).length), is_mentioned: r.mentioned && r.upto < r.messages.length, last, changed: r.changed };
}
const fail = (code, sentence, field) => { throw { code, sentence, field }; };
const sockets = new Set();
const emit = event => { for (const s of sockets) s(JSON.stringify(event)); };
function post(r, m) { r.messages.push(m); r.changed = m.at; emit({ topic: r.id, number: m.version, event: "put", kind: "message", id: String(m.seq), object: { ...m, read: undefined, unread: undefined } }); }
const uploads = new Map(); const keys = new Map();
const sorted = () => [...rooms.values()].sort((a, b) => b.changed - a.changed);
const sessions = [{ id: "1", agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/120", address: "192.168.1.20", created: now - DAY * 3, seen: now, is_current: true, is_new: false }, { id: "2", agent: "Mozilla/5.0 (Linux; Android 10; HarmonyOS) Chrome/99 Mobile", address: "10.0.0.7", created: now - MIN * 9, seen: now - MIN, is_current: false, is_new: true }];
const newSessions = process.env.NEWDEV ? [sessions[1]] : [];
const ops = {
  org_state: () => ({ needs_setup: needsSetup, has_session: hasSession, version: "0.1.0", name: "临浦镇" }),
  org_setup: () => { hasSession = true; needsSetup = false; return { organisation: "9", person: me.id }; },
  demo_fill: () => ({ login: "demo", password: "bronze-bell-72" }),
  org_sign_in: i => { if (i.password === "wrong") fail("unauthenticated", "登录名或密码不对"); hasSession = true; return { account: "1" }; },
  org_sign_out: () => { hasSession = false; return {}; },
  org_me: () => hasSession ? { account: "1", session: "1", organisation: orgs[0], organisations: orgs, person: me, new_sessions: newSessions } : fail("unauthenticated", "请先登录"),
  org_sessions: () => ({ sessions }), org_session_end: () => ({}), org_session_known: () => ({}), org_password: i => i.old === "old" ? {} : fail("forbidden", "当前密码不对", "old"),
  org_language: () => ({}), org_switch: () => ({}), org_reset_link: () => ({ token: "rst", expires: now + DAY }), org_reset_look: () => ({ login: "u1", name: "周强" }),
  org_invite: () => ({ invite: { id: "1", expires: now + 7 * DAY, uses: 0, most: 100 }, token: "abcd1234" }), org_invites: () => ({ invites: [{ id: "7", department_name: "应急管理中心", expires: now + 5 * DAY, uses: 3, most: 50 }] }), org_invite_end: () => ({}),
  org_invite_look: i => i.token === "bad" ? fail("not_found", "链接已失效") : ({ organisation: "临浦镇", inviter: "陈建国", department: "应急管理中心" }),
  org_people: i => ({ people: i.ids.map(byId).filter(Boolean).map(card) }), org_person: i => ({ person: byId(i.person) ?? fail("not_found", "没有这个人") }),
  org_find: i => ({ people: people.filter(p => p.name.includes(i.query) || p.pinyin.startsWith(i.query)).slice(0, i.limit ?? 20), departments: depts.filter(d => d[2].includes(i.query)).map(dep) }),
  org_department: i => { const d = depts.find(x => x[0] === i.department); const path = []; for (let x = d; x; x = depts.find(y => y[0] === x[1])) path.unshift(dep(x)); return { department: d && dep(d), path, departments: depts.filter(x => (x[1] ?? undefined) === i.department).map(dep), people: d ? people.filter(p => p.posts.some(x => x.department === d[0])) : [] }; },
  org_department_add: i => { const d = [String(100 + depts.length), i.parent ?? null, i.name, 0]; depts.push(d); return { department: dep(d) }; },
  org_department_change: i => { const d = depts.find(x => x[0] === i.department); if (i.name) d[2] = i.name; return { department: dep(d) }; },
  org_department_remove: i => fail("conflict", "部门里还有人"), org_audit: () => ({ lines: [{ id: "1", at: now - MIN, person: me.id, act: "org_invite", about: "应急管理中心" }, { id: "2", at: now - DAY, person: people[3].id, act: "org_role", about: "周强", detail: "member → admin" }] }),
  org_person_change: i => { const p = byId(i.person); Object.assign(p, i); return { person: p }; }, org_role: () => ({}), org_remove: () => ({}),
  org_post_set: i => ({ person: byId(i.person) }), org_post_remove: i => ({ person: byId(i.person) }), org_create: () => ({ organisation: "10", person: "1" }), org_join: () => { hasSession = true; return { organisation: "9", person: me.id }; }, org_reset: () => ({}),
  file_begin: i => { const u = keys.get(i.key) ?? String(uploads.size + 1); keys.set(i.key, u); if (!uploads.has(u)) uploads.set(u, { ...i, parts: [], received: 0 }); return { upload: u, received: uploads.get(u).received }; },
  file_finish: i => { const u = uploads.get(i.upload); return { file: addFile({ name: u.name, type: u.type, size: u.size }, Buffer.concat(u.parts)) }; },
  talk_sync: i => { const is_reset = i.epoch !== "e1"; const all = is_reset ? sorted().slice(0, 60) : sorted().filter(r => r.changed >= (i.since ?? 0) - 1000); return { epoch: "e1", time: Date.now(), is_reset, conversations: all.map(view), people: all.flatMap(r => [r.peer, r.messages.at(-1)?.author]).filter(Boolean).map(byId).map(card), gone: [] }; },
  talk_list: () => ({ conversations: [], people: [] }), talk_get: i => ({ conversation: view(rooms.get(i.conversation) ?? fail("not_found", "没有这个会话")), people: [] }),
  talk_create: i => { const r = room("group", i.title, undefined, 0, [me.id, ...i.people], 0, 0); r.changed = Date.now(); r.messages.push({ seq: 1, version: ++r.version, author: me.id, at: Date.now(), kind: "notice", notice: "created" }); r.upto = 1; emit({ topic: me.id, event: "put", kind: "conversation", id: r.id, object: view(r) }); return { conversation: view(r) }; },
  talk_direct: i => { let r = [...rooms.values()].find(x => x.peer === i.person); if (!r) r = room("direct", "", i.person, 0, [me.id, i.person], 0, 0); emit({ topic: me.id, event: "put", kind: "conversation", id: r.id, object: view(r) }); return { conversation: view(r) }; },
  talk_rename: i => { const r = rooms.get(i.conversation); r.title = i.title; const m = { seq: r.messages.length + 1, version: ++r.version, author: me.id, at: Date.now(), kind: "notice", notice: "renamed", body: i.title }; post(r, m); emit({ topic: r.id, number: ++r.version, event: "put", kind: "conversation", id: r.id, object: { id: r.id, title: r.title, members: r.members.length } }); return {}; },
  talk_members: i => { const r = rooms.get(i.conversation); return { members: r.members.map((p, n) => ({ person: p, role: n ? "member" : "owner" })), people: r.members.map(byId).map(card) }; },
  talk_add: () => ({}), talk_remove: () => ({}), talk_leave: i => { rooms.delete(i.conversation); emit({ topic: me.id, event: "drop", kind: "conversation", id: i.conversation }); return {}; },
  talk_send: i => { if (keys.has("s" + i.key)) return keys.get("s" + i.key); if (/拒绝/.test(i.body ?? "")) fail("forbidden", "你已不在这个群里"); const r = rooms.get(i.conversation); const q = i.reply_to && r.messages[i.reply_to - 1]; const m = { seq: r.messages.length + 1, version: ++r.version, author: me.id, at: Date.now(), kind: i.files ? "files" : "text", body: i.body, files: i.files?.map(f => { const { bytes, ...rest } = files.get(f); return rest; }), mentions: i.mentions, mentions_all: i.mentions_all, quote: q && { seq: q.seq, author: q.author, body: q.body ?? "" } }; const out = { seq: m.seq, version: m.version, at: m.at }; keys.set("s" + i.key, out); setTimeout(() => post(r, m), 0); if (r.messages.length !== m.seq - 1) throw 0; 
    setTimeout(() => emit({ topic: me.id, event: "put", kind: "receipts", object: { conversation: r.id, counts: [{ seq: m.seq, read: 1, unread: r.members.length - 2 }] } }), 2500); return out; },
  talk_history: i => { const r = rooms.get(i.conversation); const all = r.messages.filter(m => (!i.before || m.seq < i.before) && (!i.after || m.seq > i.after)); const messages = i.before ? all.slice(-(i.limit ?? 50)) : all.slice(0, i.limit ?? 50); return { messages, people: [] }; },
  talk_changes: i => ({ messages: rooms.get(i.conversation).messages.filter(m => m.version > i.since), people: [] }),
  talk_recall: i => { const r = rooms.get(i.conversation), m = r.messages[i.seq - 1]; m.is_recalled = true; m.body = undefined; m.files = undefined; m.version = ++r.version; emit({ topic: r.id, number: m.version, event: "put", kind: "message", id: String(m.seq), object: m }); return {}; },
  talk_read: i => { const r = rooms.get(i.conversation); r.upto = Math.max(r.upto, i.upto); return {}; },
  talk_readers: i => { const r = rooms.get(i.conversation), m = r.messages[i.seq - 1]; const o = r.members.filter(p => p !== me.id); const read = m.read ?? 0; const list = i.has_read ? o.slice(0, read) : o.slice(read); return { read, unread: o.length - read, people: list.slice(0, 60).map(byId).map(card) }; },
  talk_typing: () => ({}), talk_watch: i => ({ online: i.people.filter(p => Number(p) % 3 !== 0) }),
  talk_search: i => ({ hits: sorted().flatMap(r => r.messages.filter(m => m.body?.includes(i.query)).slice(-3).map(message => ({ conversation: view(r), message }))).slice(0, 12), people: [] }),
};
function run(name, input) { const op = ops[name]; if (!op) fail("not_found", "no op " + name); if (!hasSession && !/^org_(state|setup|setup_demo|sign_in|me|invite_look|join|reset)/.test(name)) fail("unauthenticated", "请先登录"); return op(input) ?? {}; }
const types = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json", ".html": "text/html; charset=utf-8" };
const csp = "default-src 'self'; img-src 'self' blob: data:";
let down = false;
const server = createServer((req, res) => {
  const url = new URL("http://x" + req.url);
  if (url.pathname === "/mock") { const q = url.searchParams; if (q.has("down")) { down = q.get("down") === "1"; if (down) for (const s of closers) s(); } if (q.has("say")) { const r = sorted()[0]; post(r, { seq: r.messages.length + 1, version: ++r.version, author: people[2].id, at: Date.now(), kind: "text", body: q.get("say") }); } if (q.has("typing")) emit({ topic: sorted()[0].id, event: "typing", object: { person: people[2].id } }); res.end("ok"); return; }
  if (down) { req.destroy(); return; }
  if (url.pathname.startsWith("/v1/ops/")) { let body = ""; req.on("data", d => body += d).on("end", () => { try { const out = run(url.pathname.slice(8), JSON.parse(body || "{}")); res.setHeader("content-type", "application/json"); res.end(JSON.stringify(out)); } catch (e) { res.statusCode = e.code === "unauthenticated" ? 401 : 400; res.setHeader("content-type", "application/json"); res.end(JSON.stringify({ error: e.code ? e : { code: "internal", sentence: String(e) } })); } }); return; }
  if (url.pathname.startsWith("/v1/uploads/")) { const u = uploads.get(url.pathname.slice(12)); const parts = []; req.on("data", d => parts.push(d)).on("end", () => { const b = Buffer.concat(parts); u.parts.push(b); u.received += b.length; setTimeout(() => res.end(JSON.stringify({ received: u.received })), 150); }); return; }
  if (url.pathname.startsWith("/v1/files/")) { const f = files.get(url.pathname.slice(10)); if (!f) { res.statusCode = 404; res.end(); return; } res.setHeader("content-type", f.bytes.includes("<svg") ? "image/svg+xml" : f.type); res.end(f.bytes); return; }
  if (/\/qr$/.test(url.pathname)) { res.setHeader("content-type", "image/svg+xml"); let d = ""; for (let y = 0; y < 29; y++) for (let x = 0; x < 29; x++) if ((x * 7 + y * 13 + x * y) % 3 === 0) d += `M${x + 2} ${y + 2}h1v1h-1z`; res.end(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33"><path d="${d}"/></svg>`); return; }
  const path = url.pathname === "/" ? "/index.html" : url.pathname;
  const file = join(root, path);
  if (!existsSync(file)) { res.statusCode = 404; res.end(); return; }
  res.setHeader("content-type", types[extname(file)] ?? "text/plain"); res.setHeader("content-security-policy", csp); res.setHeader("cache-control", /-[A-Za-z0-9]{8,}\./.test(path) ? "immutable, max-age=31536000" : "no-cache");
  res.end(readFileSync(file));
});
const closers = new Set();
server.on("upgrade", (req, socket) => {
  if (down || !hasSession) { socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n"); return; }
  const accept = createHash("sha1").update(req.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const send = text => { const b = Buffer.from(text); const h = b.length < 126 ? Buffer.from([0x81, b.length]) : b.length < 65536 ? Buffer.from([0x81, 126, b.length >> 8, b.length & 255]) : (() => { const x = Buffer.alloc(10); x[0] = 0x81; x[1] = 127; x.writeBigUInt64BE(BigInt(b.length), 2); return x; })(); if (socket.writable) socket.write(Buffer.concat([h, b])); };
  sockets.add(send); const close = () => socket.destroy(); closers.add(close);
  socket.on("close", () => { sockets.delete(send); closers.delete(close); }).on("error", () => {});
  let held = Buffer.alloc(0);
  socket.on("data", d => { held = Buffer.concat([held, d]); for (;;) { if (held.length < 6) return; let len = held[1] & 127, at = 2; if (len === 126) { len = held.readUInt16BE(2); at = 4; } else if (len === 127) { len = Number(held.readBigUInt64BE(2)); at = 10; } if (held.length < at + 4 + len) return; const mask = held.subarray(at, at + 4), body = Buffer.from(held.subarray(at + 4, at + 4 + len)); const opcode = held[0] & 15; held = held.subarray(at + 4 + len); for (let i = 0; i < body.length; i++) body[i] ^= mask[i & 3]; if (opcode === 8) { socket.end(); return; } if (opcode !== 1) continue; const f = JSON.parse(body); setTimeout(() => { try { send(JSON.stringify({ call: f.call, out: run(f.op, f.in) })); } catch (e) { send(JSON.stringify({ call: f.call, error: e.code ? e : { code: "internal", sentence: String(e?.stack ?? e) } })); } }, Number(process.env.LAG ?? 20)); } });
});
server.listen(PORT, () => console.log("mock on", PORT));
