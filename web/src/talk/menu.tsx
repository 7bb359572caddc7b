// What can be done with a message; signs put to it; who put them; what it said before.
import { useEffect, useState } from "preact/hooks";
import type { TalkConversation, TalkFormer, TalkMessage } from "../api";
import { sayError, sentenceOf } from "../base/errors";
import { Choice } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { confirm, MenuItem, MenuItems, Popup, Sheet } from "../base/sheet";
import { moment } from "../base/time";
import { Avatar, classes, Empty, say, SkeletonRows } from "../base/ui";
import { call, person, room } from "../net/state";
import { openPerson, openReaders } from "../org/doors";
import { openForward, openThread, RoomActions, Spot } from "./doors";
import { EMOJI } from "./emoji";
import { react } from "./message";
import { dayWords, isMe, nameOf } from "./words";
import css from "./menu.module.css";

const COMMON = "👍 👌 ✅ ❤️ 😄 👏 🙏 🎉".split(" ");
const WORDS = ["收到", "辛苦了", "赞同", "+1"];
const MORE = WORDS.concat(EMOJI.filter(e => !COMMON.includes(e)).slice(0, 32));

interface SignsProps {
  c: TalkConversation;
  m: TalkMessage;
  isAll: boolean;
  onAll?: () => void;
  close: () => void;
}

function Signs({ c, m, isAll, onAll, close }: SignsProps) {
  const own = new Set((m.reactions ?? []).filter(r => r.people.some(isMe)).map(r => r.emoji));
  const put = (emoji: string) => {
    close();
    react(c.id, m, emoji);
  };
  const key = (e: string) => (
    <button type="button" key={e} role="menuitemcheckbox" aria-checked={own.has(e)} aria-label={t("react_with", { emoji: e })} class={classes(css.sign, own.has(e) && css.own, WORDS.includes(e) && css.word)} onClick={() => put(e)}>
      {e}
    </button>
  );
  return (
    <div class={css.signs} role="group" aria-label={t("react")}>
      <div class={css.row}>{COMMON.map(key)}</div>
      {isAll ? (
        <div class={css.grid}>{MORE.map(key)}</div>
      ) : (
        onAll && (
          <button type="button" class={css.all} role="menuitem" onClick={onAll}>
            <span>{t("react_more")}</span>
            <Icon name="down" size={16} />
          </button>
        )
      )}
    </div>
  );
}

interface Props {
  c: TalkConversation;
  m: TalkMessage;
  at: Spot;
  close: () => void;
}

export function SignMenu({ c, m, at, close }: Props) {
  return (
    <Popup at={at} label={t("react")} close={close}>
      <Signs c={c} m={m} isAll close={close} />
    </Popup>
  );
}

export function MessageMenu({ c, m, at, actions, close }: Props & { actions: RoomActions }) {
  const [isAll, setAll] = useState(false);
  return (
    <Popup at={at} label={t("message_menu")} close={close}>
      <Signs c={c} m={m} isAll={isAll} onAll={() => setAll(true)} close={close} />
      {!isAll && <MenuItems items={itemsOf(c, m, actions)} close={close} isDense />}
    </Popup>
  );
}

const run = (work: Promise<unknown>, done?: string) => void work.then(() => done && say(done), sayError);

function itemsOf(c: TalkConversation, m: TalkMessage, actions: RoomActions): MenuItem[] {
  const isMine = isMe(m.author);
  const place = { conversation: c.id, seq: m.seq };
  const isPlain = !m.extra?.voice && !m.extra?.place && !m.extra?.contact && !m.extra?.merged && m.extra?.card?.kind !== "poll" && !m.extra?.source;
  const items: MenuItem[] = [{ label: t("quote"), icon: "reply", run: () => actions.reply(m) }];
  if (m.replies) items.push({ label: t("thread_open"), icon: "answers", run: () => openThread(c.id, m.seq) });
  if (m.body) items.push({ label: t("copy"), icon: "copy", run: () => run(copy(m.body!)) });
  items.push(
    { label: t("forward"), icon: "forward", run: () => openForward(c.id, [m.seq], false) },
    { label: t("choose_several"), icon: "select", run: () => actions.choose(m) },
  );
  if (isMine && m.body && isPlain) items.push({ label: t("edit"), icon: "edit", run: () => actions.edit(m) });
  if (c.kind === "direct" || c.role !== "member" || !c.switches?.pin_by_managers)
    items.push({ label: t(m.is_pinned ? "unpin" : "pin"), icon: "pin", run: () => run(call("talk_pin", { ...place, is_on: !m.is_pinned }), t(m.is_pinned ? "unpinned" : "pinned")) });
  items.push({ label: t("favour"), icon: "star", run: () => run(call("talk_favour", { ...place, is_on: true }), t("favoured")) });
  if (isMine && c.kind === "group") items.push({ label: t("readers"), icon: "eye", run: () => openReaders(c.id, m.seq) });
  if (isMine || (c.kind === "group" && c.role !== "member")) items.push({ label: t("recall"), icon: "undo", isDanger: true, run: () => void recall(c.id, m.seq) });
  return items;
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard?.writeText(text);
  say(t("copied"));
}

async function recall(conversation: string, seq: number): Promise<void> {
  if (await confirm(t("recall_sure"), t("recall"))) run(call("talk_recall", { conversation, seq }));
}

// ---- who put which sign ---------------------------------------------------------------------------

export function Reactors({ c, seq, first, close }: { c: TalkConversation; seq: number; first: string; close: () => void }) {
  const [emoji, setEmoji] = useState(first);
  const of = room(c.id);
  of.version.value;
  const reactions = of.get(seq)?.reactions ?? [];
  const shown = reactions.find(r => r.emoji === emoji) ?? reactions[0];
  return (
    <Sheet title={t("reactions")} close={close}>
      <div class={css.tabs}>
        <Choice label={t("reactions")} value={shown?.emoji ?? ""} onChange={setEmoji} options={reactions.map(r => ({ value: r.emoji, label: `${r.emoji} ${r.count}` }))} />
      </div>
      <div class={css.list}>
        {!shown && <Empty drawing="people" sentence={t("reactions_none")} />}
        {shown?.people.map(id => (
          <button type="button" class={css.person} key={id} onClick={() => openPerson(id)}>
            <Avatar name={nameOf(id)} file={person(id)?.avatar} size={36} />
            <span class={css.name}>{nameOf(id)}</span>
          </button>
        ))}
        {shown && shown.count > shown.people.length && <p class={css.note}>{t("people_more", { n: shown.count - shown.people.length })}</p>}
      </div>
    </Sheet>
  );
}

// ---- what it said before --------------------------------------------------------------------------

export function Former({ c, m, close }: { c: TalkConversation; m: TalkMessage; close: () => void }) {
  const [edits, setEdits] = useState<TalkFormer[] | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    call("talk_edits", { conversation: c.id, seq: m.seq }).then(out => setEdits(out.edits), e => setError(sentenceOf(e)));
  }, [m.version]);
  const when = (at: number) => moment(at, Date.now(), dayWords());
  return (
    <Sheet title={t("edits_title")} close={close}>
      {error ? <Empty drawing="cloud" sentence={error} /> : !edits ? <SkeletonRows count={2} /> : (
        <ol class={css.edits}>
          <li class={css.version}>
            <p class={css.when}>{t("edit_now", { time: when(m.edited ?? m.at) })}</p>
            <p class={css.text}>{m.body}</p>
          </li>
          {edits.slice().reverse().map(e => (
            <li key={e.at} class={css.version}>
              <p class={css.when}>{t("edit_until", { time: when(e.at) })}</p>
              <p class={css.text}>{e.body}</p>
            </li>
          ))}
        </ol>
      )}
    </Sheet>
  );
}
