// Recording a voice message: held, it is sent when let go and dropped when drawn upwards; begun by a
// short press or a key, it has buttons.
import { useEffect, useRef, useState } from "preact/hooks";
import type { TalkConversation } from "../api";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Button, classes, say } from "../base/ui";
import { ask } from "../net/link";
import { newKey } from "../net/order";
import type { Begun } from "./composer";
import { lengthText, waveOf } from "./wave";
import css from "./recorder.module.css";

const LONGEST = 5 * 60000;
const SHORTEST = 700;
const HELD = 400;
const AWAY = 70; // points upwards that drop it
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

interface Recording {
  blob: Blob;
  length: number;
  wave: string;
}

class Microphone {
  levels: number[] = [];
  private parts: Blob[] = [];
  private began = Date.now();
  private timer: ReturnType<typeof setInterval>;
  private ended: Promise<void>;

  private constructor(private stream: MediaStream, private sound: AudioContext, private recorder: MediaRecorder) {
    const listener = sound.createAnalyser();
    listener.fftSize = 1024;
    sound.createMediaStreamSource(stream).connect(listener);
    const samples = new Uint8Array(listener.fftSize);
    this.timer = setInterval(() => {
      listener.getByteTimeDomainData(samples);
      const square = samples.reduce((sum, s) => sum + ((s - 128) / 128) ** 2, 0) / samples.length;
      this.levels.push(Math.min(1, Math.sqrt(square) * 2.5));
    }, 60);
    recorder.ondataavailable = e => e.data.size && this.parts.push(e.data);
    this.ended = new Promise(done => (recorder.onstop = () => done()));
    recorder.start(1000);
  }

  static async open(): Promise<Microphone> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    const mimeType = TYPES.find(type => MediaRecorder.isTypeSupported(type));
    return new Microphone(stream, new AudioContext(), new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 24000 }));
  }

  get length(): number {
    return Date.now() - this.began;
  }

  async close(): Promise<Recording> {
    const { length } = this;
    clearInterval(this.timer);
    if (this.recorder.state !== "inactive") {
      this.recorder.stop();
      await this.ended;
    }
    this.stream.getTracks().forEach(track => track.stop());
    void this.sound.close();
    return { blob: new Blob(this.parts, { type: this.recorder.mimeType.split(";")[0] }), length, wave: waveOf(this.levels) };
  }
}

function send(c: TalkConversation, { blob, length, wave }: Recording): void {
  const end = blob.type.includes("ogg") ? "ogg" : blob.type.includes("mp4") ? "m4a" : "webm";
  void ask("send", {
    key: newKey(), conversation: c.id, at: Date.now(), state: "waiting", voice: { length, wave },
    files: [{ key: newKey(), name: `${t("voice")}.${end}`, type: blob.type, size: blob.size, blob }],
  });
}

interface Props {
  c: TalkConversation;
  begun: Begun;
  onEnd: (isSent: boolean) => void;
}

export function Recorder({ c, begun, onEnd }: Props) {
  const microphone = useRef<Microphone | null>(null);
  const isEnding = useRef(false);
  const [length, setLength] = useState(0);
  const [isHeld, setHeld] = useState(!begun.released);
  const [isAway, setAway] = useState(false);
  const away = useRef(false);
  const [levels, setLevels] = useState<number[]>([]);
  const end = async (isKept: boolean) => {
    if (isEnding.current) return;
    isEnding.current = true;
    const made = await microphone.current?.close();
    const isGood = !!made && isKept && made.length >= SHORTEST && made.blob.size > 0;
    if (isGood) send(c, made!);
    else if (isKept) say(t("voice_short"));
    onEnd(isGood);
  };
  useEffect(() => {
    const timer = setInterval(() => {
      const now = microphone.current;
      if (!now) return;
      setLength(now.length);
      setLevels(now.levels.slice(-28));
      if (now.length >= LONGEST) void end(true);
    }, 120);
    Microphone.open().then(
      m => {
        microphone.current = m;
        if (isEnding.current) void m.close();
      },
      () => {
        say(t("voice_refused"));
        onEnd(false);
      },
    );
    return () => {
      clearInterval(timer);
      if (!isEnding.current) void microphone.current?.close();
      isEnding.current = true;
    };
  }, []);
  useEffect(() => {
    if (!isHeld) return;
    const up = () => {
      if (Date.now() - begun.at < HELD || !microphone.current) setHeld(false);
      else void end(!away.current);
    };
    const move = (e: PointerEvent) => setAway((away.current = e.clientY < begun.y - AWAY));
    addEventListener("pointerup", up);
    addEventListener("pointermove", move);
    return () => {
      removeEventListener("pointerup", up);
      removeEventListener("pointermove", move);
    };
  }, [isHeld]);
  return (
    <div class={classes(css.recorder, isAway && css.away)} role="group" aria-label={t("voice")} onKeyDown={e => e.key === "Escape" && void end(false)}>
      <span class={css.dot} />
      <span class={css.length} role="timer">{lengthText(length)}</span>
      <span class={css.wave} aria-hidden="true">{levels.map((l, i) => <i key={i} class={css.bar} style={{ height: `${Math.max(8, l * 100)}%` }} />)}</span>
      {isHeld ? (
        <span class={css.hint}>{t(isAway ? "voice_drop" : "voice_hold")}</span>
      ) : (
        <>
          <Button onClick={() => void end(false)}>{t("cancel")}</Button>
          <button type="button" class={css.send} ref={el => el?.focus()} aria-label={t("send")} onClick={() => void end(true)}><Icon name="send" size={22} /></button>
        </>
      )}
    </div>
  );
}
