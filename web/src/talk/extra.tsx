// What goes with the words of a message: cards with facts and buttons, places, people, voice, links,
// messages of elsewhere.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Ops, TalkButton, TalkCard, TalkConversation, TalkLink, TalkMerged, TalkMessage, TalkPlace, TalkVoice } from "../api";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { show } from "../base/sheet";
import { Avatar, Button, classes, say } from "../base/ui";
import { call, person } from "../net/state";
import { openPerson } from "../org/doors";
import { Answers } from "./answers";
import { Markdown } from "./markdown_view";
import { areWordsInside, Body, fileUrl } from "./message";
import { Merged } from "./merged";
import { Poll } from "./poll_card";
import { plain } from "./markup";
import { heightsOf, lengthText } from "./wave";
import { cardWord, hasChosen, own } from "./cards";
import { isMe, nameOf } from "./words";
import css from "./extra.module.css";

// Without a conversation the message is still on its way.
export function Extra({ c, m }: { c?: TalkConversation; m: TalkMessage }) {
  const { voice, place, contact, link, merged, card, is_markdown } = m.extra ?? {};
  return (
    <>
      {voice && <Voice voice={voice} url={m.files?.[0] && fileUrl(m.files[0])} isMine={!c || isMe(m.author)} />}
      {place && <Place place={place} />}
      {contact && <Contact id={contact} />}
      {merged && <MergedBubble merged={merged} />}
      {link && <LinkBox link={link} />}
      {is_markdown && !card && <Markdown m={m} />}
      {card && c && <Card c={c} m={m} card={card} />}
    </>
  );
}

// ---- cards ----------------------------------------------------------------------------------------

function Card({ c, m, card }: { c: TalkConversation; m: TalkMessage; card: TalkCard }) {
  if (card.kind === "poll") return <Poll c={c} m={m} card={card} />;
  if (card.kind === "confirm") return <Confirm c={c} m={m} card={card} />;
  return (
    <div class={css.card}>
      {card.picture && own(card.picture) && <img class={css.cover} src={card.picture} alt="" loading="lazy" />}
      {card.title && !isTitleSaid(m, card) && <p class={css.title}>{cardWord(card.title)}</p>}
      {areWordsInside(m.extra) && m.body && !card.links?.length && <Words m={m} />}
      {!!card.facts?.length && (
        <dl class={css.facts}>
          {card.facts.map((f, i) => (
            <div class={css.fact} key={i}>
              <dt class={css.factName}>{cardWord(f.name)}</dt>
              <dd class={css.factValue}>{f.value}{f.count !== undefined && <span class={css.factCount}>{t("people_count", { n: f.count })}</span>}</dd>
              {f.share !== undefined && <span class={css.bar}><i style={{ width: `${f.share / 10}%` }} /></span>}
            </div>
          ))}
        </dl>
      )}
      {card.links?.map(l => <LinkBox key={l.url} link={l} />)}
      {!!card.buttons?.length && <div class={classes(css.buttons, card.is_across && css.across)}>{card.buttons.map((b, i) => <CardButton key={i} c={c} m={m} card={card} b={b} />)}</div>}
      {card.is_over && <p class={css.note}>{t("card_over")}</p>}
    </div>
  );
}

// Senders often begin their words with the title.
const isTitleSaid = (m: TalkMessage, card: TalkCard): boolean => !!m.extra?.is_markdown && plain(m.body ?? "").slice(0, 500).includes(card.title!);

const Words = ({ m }: { m: TalkMessage }) =>
  m.extra?.is_markdown ? <Markdown m={m} /> : <Body body={m.body!} mentions={m.mentions} isToAll={m.mentions_all} isPlain={m.extra?.is_plain} />;

// The op a button names runs with the reader's own rights; its input stands in the button.
function CardButton({ c, m, card, b }: { c: TalkConversation; m: TalkMessage; card: TalkCard; b: TalkButton }) {
  const [isBusy, setBusy] = useState(false);
  const isDone = hasChosen(card, b.choice);
  const press = async () => {
    setBusy(true);
    const input = b.input ? JSON.parse(b.input) : { conversation: c.id, seq: m.seq };
    await call(b.op as keyof Ops, input).catch(sayError);
    setBusy(false);
  };
  if (b.url) return /^https?:/i.test(b.url) ? <a class={classes(css.linkButton, b.look === "main" && css.mainLink)} href={b.url} target="_blank" rel="noopener noreferrer">{cardWord(b.label)}</a> : null;
  return (
    <Button look={b.look === "main" && !isDone ? "main" : b.look === "danger" ? "danger" : "plain"} icon={isDone ? "check" : undefined} isBusy={isBusy} disabled={isDone || card.is_over} onClick={() => void press().catch(sayError)}>
      {cardWord(b.label)}
    </Button>
  );
}

function Confirm({ c, m, card }: { c: TalkConversation; m: TalkMessage; card: TalkCard }) {
  const isMine = isMe(m.author);
  const isDone = hasChosen(card, "0");
  const done = card.done ?? 0;
  const of = card.of ?? 0;
  return (
    <div class={css.confirm}>
      {!isMine && card.buttons?.map((b, i) => (isDone ? <p class={css.done} key={i}><Icon name="confirm" size={20} /><span>{t("confirmed_own")}</span></p> : <CardButton key={i} c={c} m={m} card={card} b={b} />))}
      <button type="button" class={css.answers} onClick={() => show(close => <Answers conversation={c.id} seq={m.seq} close={close} />)}>
        {of > 0 && <span class={css.bar}><i style={{ width: `${Math.min(100, (done / of) * 100)}%` }} /></span>}
        <span>{done >= of && of > 0 ? t("confirmed_all", { of }) : t("confirmed", { done, of })}</span>
        <Icon name="next" size={14} />
      </button>
    </div>
  );
}

// ---- places and people ----------------------------------------------------------------------------

const degrees = (millionths: number): string => (millionths / 1e6).toFixed(6);

export function Place({ place }: { place: TalkPlace }) {
  const at = `${degrees(place.latitude)},${degrees(place.longitude)}`;
  const copy = () => void navigator.clipboard?.writeText(`${place.name} ${place.address ?? ""} ${at}`.replace(/\s+/g, " ")).then(() => say(t("copied")), () => undefined);
  return (
    <div class={css.thing}>
      <a class={css.thingMain} href={`geo:${at}?q=${at}(${encodeURIComponent(place.name)})`} title={t("place_open", { name: place.name })}>
        <span class={css.sign}><Icon name="place" size={22} /></span>
        <span class={css.thingText}>
          <span class={css.thingName}>{place.name}</span>
          {place.address && <span class={css.note}>{place.address}</span>}
          <span class={css.note}>{at.replace(",", ", ")}</span>
        </span>
      </a>
      <button type="button" class={css.copy} aria-label={t("place_copy")} title={t("place_copy")} onClick={copy}><Icon name="copy" size={18} /></button>
    </div>
  );
}

function Contact({ id }: { id: string }) {
  const p = person(id);
  return (
    <button type="button" class={classes(css.thing, css.thingMain)} onClick={() => openPerson(id)}>
      <Avatar name={nameOf(id)} file={p?.avatar} size={44} />
      <span class={css.thingText}>
        <span class={css.thingName}>{nameOf(id)}</span>
        <span class={css.note}>{[p?.department_name, p?.title].filter(Boolean).join(" · ") || t("contact_card")}</span>
      </span>
    </button>
  );
}

// ---- links and messages of elsewhere --------------------------------------------------------------

function LinkBox({ link }: { link: TalkLink }) {
  if (!/^https?:/i.test(link.url)) return null;
  return (
    <a class={css.link} href={link.url} target="_blank" rel="noopener noreferrer">
      <span class={css.thingText}>
        <span class={css.thingName}>{link.title || link.url}</span>
        {link.text && <span class={css.linkText}>{link.text}</span>}
        <span class={css.note}>{link.url.replace(/^https?:\/\//i, "").split("/")[0]}</span>
      </span>
      {link.file && <img class={css.linkPicture} src={`/v1/files/${link.file}`} alt="" loading="lazy" />}
    </a>
  );
}

function MergedBubble({ merged }: { merged: TalkMerged }) {
  return (
    <button type="button" class={css.merged} onClick={() => show(close => <Merged merged={merged} close={close} />)}>
      <span class={css.title}>{t("merged_title", { title: merged.title })}</span>
      {merged.lines.slice(0, 4).map((l, i) => (
        <span class={css.mergedLine} key={i}>{t("says", { who: l.name, text: l.body ? plain(l.body) : l.files?.length ? t("mark_file", { name: l.files[0].name }) : "…" })}</span>
      ))}
      <span class={css.mergedFoot}>{t("merged_count", { n: merged.lines.length })}</span>
    </button>
  );
}

// ---- voice ----------------------------------------------------------------------------------------

const HEARD = "heard";
const MOST_HEARD = 500;
const heard = new Set<string>(JSON.parse(localStorage.getItem(HEARD) ?? "[]"));

// Which voices were heard is kept on this device only.
function markHeard(url: string): void {
  heard.add(url);
  localStorage.setItem(HEARD, JSON.stringify(Array.from(heard).slice(-MOST_HEARD)));
}

const SPEEDS = [1, 1.5, 2];
let playing: HTMLAudioElement | null = null;

function Voice({ voice, url, isMine }: { voice: TalkVoice; url?: string; isMine: boolean }) {
  const sound = useRef<HTMLAudioElement | null>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0); // milliseconds
  const [speed, setSpeed] = useState(1);
  const [isNew, setNew] = useState(!isMine && !!url && !heard.has(url));
  useEffect(() => () => sound.current?.pause(), []);
  const play = () => {
    if (!url) return;
    if (!sound.current) {
      const made = (sound.current = new Audio(url));
      made.ontimeupdate = () => setAt(made.currentTime * 1000);
      made.onplay = () => setPlaying(true);
      made.onpause = () => setPlaying(false);
      made.onended = () => setAt(0);
      made.onerror = () => say(t("voice_unplayable"));
    }
    const own = sound.current;
    if (isPlaying) return own.pause();
    if (playing && playing !== own) playing.pause();
    playing = own;
    own.playbackRate = speed;
    own.play().catch(() => undefined);
    if (isNew) {
      markHeard(url);
      setNew(false);
    }
  };
  const faster = () => {
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    setSpeed(next);
    if (sound.current) sound.current.playbackRate = next;
  };
  const heights = heightsOf(voice.wave);
  const share = Math.min(1, at / voice.length);
  const seek = (e: MouseEvent) => {
    const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
    if (sound.current && box.width) sound.current.currentTime = ((e.clientX - box.left) / box.width) * (voice.length / 1000);
  };
  return (
    <div class={css.voice}>
      <button type="button" class={css.play} disabled={!url} aria-label={t(isPlaying ? "voice_pause" : "voice_play", { length: lengthText(voice.length) })} onClick={play}>
        <Icon name={isPlaying ? "pause" : "play"} size={22} />
      </button>
      <span class={css.wave} aria-hidden="true" onClick={seek}>
        {heights.map((h, i) => <i key={i} class={classes(css.tone, i / heights.length < share && css.toned)} style={{ height: `${h * 100}%` }} />)}
      </span>
      <span class={css.length}>{lengthText(isPlaying || at ? voice.length - at : voice.length)}</span>
      {(isPlaying || at > 0) && <button type="button" class={css.speed} aria-label={t("voice_speed", { speed })} onClick={faster}>{speed}x</button>}
      {isNew && <span class={css.unheard} role="img" aria-label={t("voice_unheard")} />}
    </div>
  );
}

