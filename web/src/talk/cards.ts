// What cards say and what a poll adds up to.
import type { TalkCard } from "../api";
import { t } from "../base/i18n";

const OWN: { [word: string]: () => string } = {
  $notice: () => t("notice"),
  $confirm: () => t("card_confirm"),
  $vote: () => t("card_vote"),
  $vote_many: () => t("card_vote"),
};

// Words that begin with "$" are ours, in the reader's language.
export const cardWord = (text: string): string => (text.startsWith("$") ? OWN[text]?.() ?? text.slice(1) : text);

const choices = (card: TalkCard): string[] => (card.mine ?? "").split(" ").filter(Boolean);

export const hasChosen = (card: TalkCard, choice: string | undefined): boolean => !!choice && choices(card).includes(choice);

// Numbers of the options that the reader chose, from 1.
export const chosenOptions = (card: TalkCard): number[] => choices(card).map(Number);

// The choice after an option was pressed: one at a time, or up to `most`; pressed again it goes.
export function toggled(chosen: readonly number[], option: number, most: number): number[] {
  if (chosen.includes(option)) return chosen.filter(o => o !== option);
  if (most === 1) return [option];
  return chosen.length < most ? [...chosen, option].sort((a, b) => a - b) : [...chosen];
}

export const isSame = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every(x => b.includes(x));

// An option's part of all who have chosen, in whole percent.
export function percent(count: number | undefined, done: number | undefined): number {
  return done ? Math.round(((count ?? 0) / done) * 100) : 0;
}

// Pictures come from our own server only.
export const own = (url: string): boolean => /^\/(?!\/)/.test(url);
