// What is about to be sent besides words.
import { useEffect, useMemo } from "preact/hooks";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { bytes } from "../base/time";
import { classes } from "../base/ui";
import { newKey } from "../net/order";
import type { OutgoingFile } from "../net/shapes";
import { shrunk } from "./shrink";
import css from "./tray.module.css";

export async function describe(file: File): Promise<OutgoingFile> {
  const made: OutgoingFile = { key: newKey(), name: file.name || `${newKey().slice(0, 8)}.png`, type: file.type || "application/octet-stream", size: file.size, blob: file };
  return file.type.startsWith("image/") ? shrunk(made, newKey()) : made;
}

interface Props {
  files: OutgoingFile[];
  isWhole: boolean;
  setWhole: (isWhole: boolean) => void;
  onRemove: (key: string) => void;
}

export function Tray({ files, isWhole, setWhole, onRemove }: Props) {
  const made = files.filter(f => f.whole);
  const size = made.reduce((sum, f) => sum + f.whole!.size, 0);
  return (
    <ul class={css.tray}>
      {files.map(f => (f.type.startsWith("image/") ? <PictureChip key={f.key} f={f} onRemove={onRemove} /> : <Chip key={f.key} f={f} onRemove={onRemove} />))}
      {made.length > 0 && (
        <li>
          <button type="button" class={css.whole} role="checkbox" aria-checked={isWhole} onClick={() => setWhole(!isWhole)}>
            <span class={classes(css.box, isWhole && css.boxOn)}>{isWhole && <Icon name="check" size={14} />}</span>
            {t("picture_whole", { size: bytes(size) })}
          </button>
        </li>
      )}
    </ul>
  );
}

function Chip({ f, onRemove }: { f: OutgoingFile; onRemove: (key: string) => void }) {
  return (
    <li class={css.chip}>
      <Icon name="file" size={18} />
      <span class={css.chipName}>{f.name}</span>
      <span class={css.chipSize}>{bytes(f.size)}</span>
      <button type="button" class={css.chipEnd} aria-label={`${t("remove")} ${f.name}`} onClick={() => onRemove(f.key)}>
        <Icon name="close" size={14} />
      </button>
    </li>
  );
}

function PictureChip({ f, onRemove }: { f: OutgoingFile; onRemove: (key: string) => void }) {
  const url = useMemo(() => URL.createObjectURL(f.blob), [f.key]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return (
    <li class={css.picture}>
      <img class={css.thumb} src={url} alt={f.name} />
      <button type="button" class={css.pictureEnd} aria-label={`${t("remove")} ${f.name}`} onClick={() => onRemove(f.key)}>
        <Icon name="close" size={12} />
      </button>
    </li>
  );
}
