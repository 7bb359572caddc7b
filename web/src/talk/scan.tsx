// Reading a code through the camera, where the browser can.
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../base/i18n";
import { Sheet } from "../base/sheet";
import css from "./join.module.css";

interface Detector {
  detect(of: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
interface DetectorKind {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

const kind = (): DetectorKind | undefined => (window as unknown as { BarcodeDetector?: DetectorKind }).BarcodeDetector;

export async function canScan(): Promise<boolean> {
  const formats = (await kind()?.getSupportedFormats().catch(() => [])) ?? [];
  return formats.includes("qr_code") && !!navigator.mediaDevices?.getUserMedia;
}

const EVERY = 250;

export function Scanner({ onText, close }: { onText: (text: string) => void; close: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [isRefused, setRefused] = useState(false);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let isOver = false;
    const detector = new (kind()!)({ formats: ["qr_code"] });
    const look = async () => {
      if (isOver) return;
      const [code] = await detector.detect(video.current!).catch(() => []);
      if (isOver) return;
      if (code) onText(code.rawValue);
      else setTimeout(() => void look(), EVERY);
    };
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(async got => {
      stream = got;
      if (isOver) return got.getTracks().forEach(track => track.stop());
      video.current!.srcObject = got;
      await video.current!.play();
      void look();
    }).catch(() => setRefused(true));
    return () => {
      isOver = true;
      stream?.getTracks().forEach(track => track.stop());
    };
  }, []);
  return (
    <Sheet title={t("scan")} close={close}>
      <div class={css.camera}>
        {isRefused ? <p class={css.refused} role="alert">{t("scan_refused")}</p> : <video ref={video} class={css.video} muted playsInline aria-label={t("scan")} />}
        <p class={css.note}>{t("scan_hint")}</p>
      </div>
    </Sheet>
  );
}
