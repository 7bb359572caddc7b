// What was begun and not sent, kept on this device for each conversation.
import { signal } from "@preact/signals";

const KEY = "drafts";
const drafts = signal<{ readonly [conversation: string]: string }>(JSON.parse(localStorage.getItem(KEY) ?? "{}"));

export const draftOf = (conversation: string): string => drafts.value[conversation] ?? "";

export function keepDraft(conversation: string, text: string): void {
  const { [conversation]: old, ...rest } = drafts.peek();
  if ((old ?? "") === text) return;
  drafts.value = text ? { ...rest, [conversation]: text } : rest;
  localStorage.setItem(KEY, JSON.stringify(drafts.value));
}

export function dropDrafts(): void {
  drafts.value = {};
  localStorage.removeItem(KEY);
}
