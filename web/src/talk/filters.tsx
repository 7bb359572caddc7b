// Which conversations the list shows, and whether unread ones come first. With it comes who waits to
// be let into the reader's groups, for the marks in the list.
import { useEffect } from "preact/hooks";
import { t, Word } from "../base/i18n";
import { Icon } from "../base/icons";
import { classes } from "../base/ui";
import type { Filter } from "../net/attention";
import { filter, isUnreadFirst } from "./chats";
import { keepRequests } from "./requests";
import css from "./filters.module.css";

const FILTERS: [Filter, Word][] = [["all", "filter_all"], ["unread", "filter_unread"], ["mentions", "filter_mentions"], ["groups", "filter_groups"], ["direct", "filter_direct"]];

export function FilterBar() {
  useEffect(keepRequests, []);
  const toggle = () => {
    isUnreadFirst.value = !isUnreadFirst.value;
    localStorage.setItem("unread_first", isUnreadFirst.value ? "yes" : "no");
  };
  return (
    <div class={css.bar}>
      <div class={css.filters} role="group" aria-label={t("filter")}>
        {FILTERS.map(([id, word]) => (
          <button type="button" key={id} class={css.filter} aria-pressed={filter.value === id} onClick={() => (filter.value = id)}>
            <span class={classes(css.word, filter.value === id && css.chosen)}>{t(word)}</span>
          </button>
        ))}
      </div>
      <button type="button" class={classes(css.first, isUnreadFirst.value && css.on)} aria-pressed={isUnreadFirst.value} aria-label={t("unread_first")} title={t("unread_first")} onClick={toggle}>
        <Icon name="sort" size={20} />
      </button>
    </div>
  );
}
