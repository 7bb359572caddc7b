// The words on the screen. Chinese is the first language: the words of the first screens are part of
// the program, those of later ones come with the screens (onuse.ts). English is loaded when it is
// wanted. {name} in a text is replaced; {n|one|many} picks a form by number.
import { signal } from "@preact/signals";
import { zh } from "./zh";
import type { zhLater } from "./zh_later";

export type LaterWords = typeof zhLater;
export type Words = Record<keyof typeof zh | keyof LaterWords, string>;
export type Word = keyof Words;
export type Language = "zh" | "en";

let chinese = zh as Words;
const words = signal<Words>(chinese);
export const language = signal<Language>("zh");

export function fill(text: string, values: Record<string, string | number> = {}): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (all, name, one, many) => {
    const value = values[name];
    if (value === undefined) return all;
    return one === undefined ? String(value) : value === 1 ? one : many;
  });
}

export function t(word: Word, values?: Record<string, string | number>): string {
  return fill(words.value[word], values);
}

export function preferredLanguage(): Language {
  const chosen = localStorage.getItem("language");
  if (chosen === "zh" || chosen === "en") return chosen;
  return /^zh/i.test(navigator.language) ? "zh" : "en";
}

export function learnWords(later: LaterWords): void {
  const isChinese = words.peek() === chinese;
  chinese = { ...chinese, ...later };
  if (isChinese) words.value = chinese;
}

export async function useLanguage(next: Language): Promise<void> {
  words.value = next === "zh" ? chinese : (await import("./en")).en;
  language.value = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}

export async function chooseLanguage(next: Language): Promise<void> {
  localStorage.setItem("language", next);
  await useLanguage(next);
}
