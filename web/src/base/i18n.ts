// The words on the screen. Chinese is the first language and part of the program; English is loaded
// when it is wanted. {name} in a text is replaced; {n|one|many} picks a form by number.
import { signal } from "@preact/signals";
import { zh } from "./zh";

export type Word = keyof typeof zh;
export type Words = Record<Word, string>;
export type Language = "zh" | "en";

const words = signal<Words>(zh);
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

export async function useLanguage(next: Language): Promise<void> {
  words.value = next === "zh" ? zh : (await import("./en")).en;
  language.value = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}

export async function chooseLanguage(next: Language): Promise<void> {
  localStorage.setItem("language", next);
  await useLanguage(next);
}
