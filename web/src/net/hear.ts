// While the page lies behind others: what comes is shown as a notice, by the service worker, as if it
// had been pushed. In quiet hours nothing is, but for a disturbance.
import { effect, signal } from "@preact/signals";
import type { PushDisturbance, TalkConversation } from "../api";
import { t } from "../base/i18n";
import { hasNotices } from "../base/prefs";
import { gist, isMe, nameOf, titleOf } from "../talk/words";
import { listen } from "./link";
import { call, conversations, held, isPainted, me } from "./state";

const RETRY = 60000;
const LONGEST_WAIT = 24 * 3600000; // timers of browsers hold 24 days

export const isQuiet = signal(false);

let timer: ReturnType<typeof setTimeout> | undefined;

function takeQuiet(now: { is_quiet: boolean; changes?: number }): void {
  isQuiet.value = now.is_quiet;
  clearTimeout(timer);
  if (now.changes) timer = setTimeout(askQuiet, Math.min(Math.max(now.changes - Date.now(), 1000), LONGEST_WAIT));
}

export function askQuiet(): void {
  call("push_quiet_now", {}).then(takeQuiet, () => {
    clearTimeout(timer);
    timer = setTimeout(askQuiet, RETRY);
  });
}

function tell(title: string, body: string, conversation: string, seq: number): void {
  if (!document.hidden || !hasNotices.value || Notification.permission !== "granted") return;
  const notice = { title, body, conversation, seq };
  void navigator.serviceWorker.ready.then(r => r.active?.postMessage({ notice }));
}

const known = new Map<string, number>();

function take(c: TalkConversation): void {
  const before = known.get(c.id);
  known.set(c.id, c.last_seq);
  const m = c.last;
  const isNews = before !== undefined && c.last_seq > before && c.unread > 0;
  if (!isNews || !m || isMe(m.author) || m.kind === "notice" || m.is_recalled || isQuiet.peek()) return;
  if (c.is_muted && !c.is_mentioned) return;
  tell(titleOf(c), c.kind === "direct" ? gist(m) : t("says", { who: nameOf(m.author), text: gist(m) }), c.id, m.seq);
}

function takeDisturbance(d: PushDisturbance): void {
  tell(nameOf(d.author), t("disturb_notice", { reason: d.reason }), d.conversation, d.seq);
}

export function startHearing(): void {
  if (!("Notification" in window) || !("serviceWorker" in navigator)) return;
  let person: string | undefined;
  effect(() => {
    if (me.value?.person.id === person) return;
    person = me.value?.person.id;
    known.clear();
    if (person) askQuiet();
  });
  effect(() => {
    held.value;
    if (isPainted.value) conversations.peek().forEach(take);
  });
  listen(push => {
    if (!("heard" in push)) return;
    if (push.heard.quiet) takeQuiet(push.heard.quiet);
    if (push.heard.disturbance) takeDisturbance(push.heard.disturbance);
  });
}
