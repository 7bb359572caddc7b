// Cutting a group's picture to a square: moved under the frame by finger, mouse or arrow keys, and
// made small here.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { Sheet } from "../base/sheet";
import { Button } from "../base/ui";
import { uploadPicture } from "../org/avatar";
import { Cut, moved, zoomed } from "./cut";
import css from "./crop.module.css";

const SIDE = 256;
const STEP = 0.02; // of the picture, by an arrow key

interface Props {
  image: HTMLImageElement;
  onDone: (file: string) => Promise<unknown>;
  close: () => void;
}

export function Crop({ image, onDone, close }: Props) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const whole = useMemo<Cut>(() => zoomed({ x: 0.5, y: 0.5, zoom: 1 }, 1, width, height), [image]);
  const [cut, setCut] = useState(whole);
  const [isBusy, setBusy] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const from = useRef<{ x: number; y: number; cut: Cut } | null>(null);
  const side = Math.min(width, height) / cut.zoom;
  useEffect(() => {
    const pen = canvas.current!.getContext("2d")!;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, cut.x * width - side / 2, cut.y * height - side / 2, side, side, 0, 0, SIDE, SIDE);
  }, [cut]);
  const move = (e: PointerEvent) => {
    const begun = from.current;
    if (!begun) return;
    const scale = side / canvas.current!.offsetWidth;
    setCut(moved(begun.cut, ((begun.x - e.clientX) * scale) / width, ((begun.y - e.clientY) * scale) / height, width, height));
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const steps: { [key: string]: [number, number] } = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    const step = steps[e.key];
    if (!step) return;
    e.preventDefault();
    setCut(moved(cut, step[0], step[1], width, height));
  };
  const save = async () => {
    setBusy(true);
    try {
      const blob = await new Promise<Blob | null>(done => canvas.current!.toBlob(done, "image/jpeg", 0.86));
      await onDone(await uploadPicture(blob!));
      close();
    } catch (error) {
      sayError(error);
    }
    setBusy(false);
  };
  return (
    <Sheet title={t("crop_title")} close={close} footer={<Button look="main" isWide isBusy={isBusy} onClick={() => void save()}>{t("save")}</Button>}>
      <div class={css.crop}>
        <canvas
          ref={canvas}
          class={css.picture}
          width={SIDE}
          height={SIDE}
          tabIndex={0}
          role="img"
          aria-label={t("crop_hint")}
          onKeyDown={onKeyDown}
          onPointerDown={e => {
            e.currentTarget.setPointerCapture(e.pointerId);
            from.current = { x: e.clientX, y: e.clientY, cut };
          }}
          onPointerMove={move}
          onPointerUp={() => (from.current = null)}
          onPointerCancel={() => (from.current = null)}
        />
        <p class={css.hint}>{t("crop_hint")}</p>
        <label class={css.zoom}>
          <span>{t("crop_zoom")}</span>
          <input type="range" min={1} max={4} step={0.05} value={cut.zoom} onInput={e => setCut(zoomed(cut, Number(e.currentTarget.value), width, height))} />
        </label>
      </div>
    </Sheet>
  );
}
