// The frame: who is signed in sees tabs, a list and its content; everyone else a door.
import { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { t, Word } from "./base/i18n";
import { Bell, Icon, IconName } from "./base/icons";
import { isWide } from "./base/prefs";
import { href, route } from "./base/router";
import { hasLayers, Layers } from "./base/sheet";
import { Avatar, Badge, classes, Toast } from "./base/ui";
import { FOLDED } from "./net/attention";
import { isPainted, me, news, status, unreadTotal } from "./net/state";
import { Lazy, openSearch } from "./org/doors";
import { NewDevice } from "./org/new_device";
import { Chats, NothingChosen } from "./talk/chats";
import { part } from "./talk/doors";
import { Room } from "./talk/room";
import css from "./app.module.css";

interface Tab {
  id: string;
  word: Word;
  icon: IconName;
  count?: () => number;
}

// The tabs in their order; a module adds a row when it has something to show.
const TABS: Tab[] = [
  { id: "", word: "messages", icon: "chat", count: () => unreadTotal.value },
  { id: "contacts", word: "contacts", icon: "people" },
  { id: "me", word: "me", icon: "me" },
];

const DOORS = ["setup", "join", "reset", "sign-in"];

const loadDoor = () => import("./org/door").then(m => m.Door);
const loadContacts = () => import("./org/contacts").then(m => m.Contacts);
const loadPerson = () => import("./org/person").then(m => m.PersonPane);
const loadJoin = () => import("./talk/join").then(m => m.JoinPane);
const loadMe = () => import("./org/me").then(m => m.MeList);
const loadMePane = () => import("./org/me").then(m => m.MePane);

const Reminders = part(() => import("./talk/remind").then(m => m.Reminders));

export function App() {
  const [place, ...rest] = route.value;
  const isDoor = DOORS.includes(place);
  useShortcuts();
  const { has_session, is_outside } = status.value;
  const isOut = has_session === false || is_outside;
  return (
    <>
      {isDoor || isOut ? (
        <Lazy key="door" load={loadDoor} props={{ place: isDoor && !(place === "sign-in" && is_outside) ? place : is_outside ? "outside" : "sign-in", token: rest[0] ?? "" }} />
      ) : me.value ? (
        <Frame />
      ) : isPainted.value ? (
        <Waiting />
      ) : null}
      <Layers />
      {me.value && news.reminders.value.length > 0 && <Reminders />}
      <Toast />
    </>
  );
}

// Ctrl+K searches from everywhere.
function useShortcuts(): void {
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k" && me.value && !hasLayers()) {
        e.preventDefault();
        openSearch();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function Waiting() {
  return (
    <div class={css.waiting}>
      <span class={css.waitingBell}><Bell size={56} /></span>
      <p>{status.value.link === "offline" ? t("error_offline") : t("connecting_bar")}</p>
    </div>
  );
}

interface Places {
  tab: string;
  list: ComponentChildren;
  content: ComponentChildren;
  isDeep: boolean; // on a phone the content covers the list
}

function places(): Places {
  const [first, ...rest] = route.value;
  if (first === "contacts") {
    const department = rest[0] && rest[0] !== "top" ? rest[0] : undefined;
    const person = rest[1] === "p" ? rest[2] : undefined;
    return {
      tab: "contacts",
      list: <Lazy key="contacts" load={loadContacts} props={{ department, current: person }} />,
      content: <Lazy key="person" load={loadPerson} props={{ id: person, department }} />,
      isDeep: !!person,
    };
  }
  if (first === "me")
    return {
      tab: "me",
      list: <Lazy key="me" load={loadMe} props={{ current: rest[0] }} />,
      content: <Lazy key="mepane" load={loadMePane} props={{ section: rest[0] ?? "card" }} />,
      isDeep: rest.length > 0,
    };
  if (first === "g")
    return {
      tab: "",
      list: <Chats key="chats" />,
      content: <Lazy key={`join ${rest[0]}`} load={loadJoin} props={{ token: rest[0] ?? "" }} />,
      isDeep: true,
    };
  const inFolded = first === FOLDED;
  const room = first === "c" || inFolded ? rest[0] : undefined;
  return {
    tab: "",
    list: <Chats key={inFolded ? FOLDED : "chats"} current={room} inFolded={inFolded} />,
    content: room ? <Room key="room" id={room} at={Number(rest[1]) || undefined} /> : <NothingChosen key="nothing" />,
    isDeep: !!room,
  };
}

function Frame() {
  const { tab, list, content, isDeep } = places();
  if (isWide.value)
    return (
      <div class={css.desk}>
        <Rail tab={tab} />
        <div class={css.list}>
          <LinkBar />
          <NewDevice />
          <div class={css.fill}>{list}</div>
        </div>
        <main class={css.content}>{content}</main>
      </div>
    );
  return (
    <div class={css.phone}>
      <LinkBar />
      {!isDeep && <NewDevice />}
      <main class={css.fill}>{isDeep ? content : list}</main>
      {!isDeep && <Tabs tab={tab} />}
    </div>
  );
}

function LinkBar() {
  const { link } = status.value;
  if (link !== "offline") return null;
  return (
    <div class={css.linkBar} role="status">
      <Icon name="cloud" size={18} />
      <span class={css.linkText}>{t("offline_bar")}</span>
    </div>
  );
}

function TabLink({ of, tab }: { of: Tab; tab: string }) {
  const isCurrent = of.id === tab;
  return (
    <a class={classes(css.tab, isCurrent && css.currentTab)} href={href(...(of.id ? [of.id] : []))} aria-current={isCurrent ? "page" : undefined}>
      <span class={css.tabIcon}>
        <Icon name={of.icon} />
        {of.count && of.count() > 0 && <span class={css.tabBadge}><Badge count={of.count()} /></span>}
      </span>
      <span class={css.tabWord}>{t(of.word)}</span>
    </a>
  );
}

function Tabs({ tab }: { tab: string }) {
  return (
    <nav class={css.tabs} aria-label={t("main_menu")}>
      {TABS.map(x => <TabLink key={x.id} of={x} tab={tab} />)}
    </nav>
  );
}

function Rail({ tab }: { tab: string }) {
  const own = me.value!.person;
  return (
    <nav class={css.rail} aria-label={t("main_menu")}>
      <span class={css.sign}><Bell size={36} /></span>
      {TABS.filter(x => x.id !== "me").map(x => <TabLink key={x.id} of={x} tab={tab} />)}
      <span class={css.gap} />
      <a class={classes(css.own, tab === "me" && css.currentOwn)} href={href("me")} aria-label={t("me")} title={own.name}>
        <Avatar name={own.name} file={own.avatar} size={40} />
      </a>
    </nav>
  );
}
