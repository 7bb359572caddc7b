// The words and icons of screens that are loaded on use.
import { learnWords } from "./i18n";
import { learnIcons } from "./icons";
import { laterIcons } from "./icons_later";
import { zhLater } from "./zh_later";

export function learn(): void {
  learnIcons(laterIcons);
  learnWords(zhLater);
}
