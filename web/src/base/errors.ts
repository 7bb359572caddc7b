// A refusal as a sentence for people.
import type { Refusal } from "../net/shapes";
import { t } from "./i18n";
import { say } from "./ui";

export function sentenceOf(error: unknown): string {
  const { code, message } = error as Refusal;
  if (code === "offline") return t("error_offline");
  return (code && message) || t("error_internal");
}

export const sayError = (error: unknown): void => say(sentenceOf(error));
