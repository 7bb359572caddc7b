// How talk speaks of itself in one line: titles, last lines, notices, names.
import type { OrgPerson, TalkConversation, TalkMessage } from "../api";
import { language, t } from "../base/i18n";
import type { DayWords } from "../base/time";
import { isHollow } from "../net/blocks";
import { held, me, person } from "../net/state";
import { plain } from "./markup";

export const dayWords = (): DayWords => ({
  today: t("today"),
  yesterday: t("yesterday"),
  locale: language.value === "zh" ? "zh-CN" : "en-GB",
});

export const isMe = (id: string): boolean => id === me.value?.person.id;

export const nameOf = (id: string): string => person(id)?.name ?? "…";

// What somebody is called in a conversation: by the nickname there, else by name.
export const nameIn = (conversation: string, id: string): string => held.value.get(conversation)?.names?.[id] ?? nameOf(id);

export const titleOf = (c: TalkConversation): string =>
  c.kind === "direct" ? nameOf(c.peer ?? "") : c.title || t("group");

export const faceOf = (c: TalkConversation): OrgPerson | undefined =>
  c.kind === "direct" ? person(c.peer ?? "") : undefined;

// The file of a conversation's picture.
export const pictureOf = (c: TalkConversation): string | undefined => (c.kind === "direct" ? faceOf(c)?.avatar : c.avatar);

export function noticeText(m: TalkMessage, conversation = ""): string {
  const shownName = (id: string) => (isMe(id) ? t("you") : nameIn(conversation, id));
  const who = shownName(m.author);
  const whom = (m.people ?? []).slice(0, 6).map(shownName).join(t("and_between"));
  const more = (m.people?.length ?? 0) > 6 ? t("and_others", { n: m.people!.length }) : "";
  if (m.notice === "created") return t("notice_created", { who });
  if (m.notice === "added") return t("notice_added", { who, whom: whom + more });
  if (m.notice === "removed") return t("notice_removed", { who, whom });
  if (m.notice === "left") return t("notice_left", { who });
  if (m.notice === "renamed") return t("notice_renamed", { who, title: m.body ?? "" });
  if (m.notice === "joined") return t("notice_joined", { whom });
  if (m.notice === "handed") return t("notice_handed", { who, whom });
  if (m.notice === "muted") return t("notice_muted", { who });
  if (m.notice === "unmuted") return t("notice_unmuted", { who });
  if (m.notice === "dissolved") return t("notice_dissolved", { who });
  return m.body ?? "";
}

export function gist(m: TalkMessage, conversation = ""): string {
  if (isHollow(m)) return "";
  if (m.is_expired) return t("message_expired");
  if (m.is_recalled) return isMe(m.author) ? t("recalled_own") : t("recalled_by", { who: nameIn(conversation, m.author) });
  if (m.kind === "notice") return noticeText(m, conversation);
  const file = m.files?.[0];
  const { voice, place, contact, merged, card, is_markdown, is_plain } = m.extra ?? {};
  if (voice) return t("mark_voice");
  if (place) return t("mark_place", { name: place.name });
  if (contact) return t("mark_contact", { name: nameOf(contact) });
  if (merged) return t("mark_merged", { title: merged.title });
  if (card?.kind === "poll") return t("mark_poll", { question: card.title ?? "" });
  const mark = !file ? "" : file.type.startsWith("image/") ? t("mark_image") : t("mark_file", { name: file.name });
  if (card?.kind === "notice") return t("mark_notice", { text: plain(m.body ?? "") });
  if (card && (!m.body || (is_markdown && card.title))) return card.title ?? "";
  return [mark, m.body ? (is_plain ? m.body.replace(/\s+/g, " ") : plain(m.body)) : ""].filter(Boolean).join(" ");
}

// The last line in the list of conversations.
export function lastLine(c: TalkConversation): string {
  if (!c.last) return "";
  const text = gist(c.last, c.id);
  const isPlain = c.kind === "direct" || c.last.kind === "notice" || c.last.is_recalled || isMe(c.last.author);
  return isPlain ? text : t("says", { who: nameIn(c.id, c.last.author), text });
}
