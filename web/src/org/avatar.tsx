// One's own picture: chosen, cut to a square and made small here, then uploaded.
import { useRef, useState } from "preact/hooks";
import type { OrgPerson } from "../api";
import { sayError } from "../base/errors";
import { t } from "../base/i18n";
import { Button, say } from "../base/ui";
import { putParts } from "../net/http";
import { newKey } from "../net/order";
import { call, learn } from "../net/state";

const SIDE = 256;

export async function loadPicture(file: File): Promise<HTMLImageElement> {
  const image = new Image();
  const url = URL.createObjectURL(file);
  try {
    await new Promise<unknown>((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = url;
    });
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}

// The middle square; a portrait's face is nearer to its top.
async function square(file: File): Promise<Blob> {
  const image = await loadPicture(file);
  const { naturalWidth: width, naturalHeight: height } = image;
  const side = Math.min(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, (width - side) / 2, (height - side) / 3, side, side, 0, 0, SIDE, SIDE);
  const blob = await new Promise<Blob | null>(done => canvas.toBlob(done, "image/jpeg", 0.86));
  if (!blob) throw new Error("no picture");
  return blob;
}

export async function uploadPicture(blob: Blob): Promise<string> {
  const key = newKey();
  const { upload: id, received } = await call("file_begin", { name: "avatar.jpg", type: blob.type, size: blob.size, key });
  await putParts(id, blob, received, () => undefined);
  return (await call("file_finish", { upload: id, key: `${key}-end` })).file.id;
}

export function AvatarButtons({ p }: { p: OrgPerson }) {
  const input = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const set = (change: { avatar?: string; drops_avatar?: boolean }) => call("org_person_change", { person: p.id, ...change }).then(out => learn([out.person]));
  const choose = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    const blob = await square(file).catch(() => say(t("avatar_bad")));
    if (blob) await uploadPicture(blob).then(avatar => set({ avatar })).catch(sayError);
    setBusy(false);
  };
  return (
    <>
      <input ref={input} type="file" accept="image/*" hidden onChange={e => { void choose(e.currentTarget.files?.[0]); e.currentTarget.value = ""; }} />
      <Button icon="image" isBusy={isBusy} onClick={() => input.current!.click()}>{t("avatar_change")}</Button>
      {p.avatar && <Button look="quiet" onClick={() => void set({ drops_avatar: true }).catch(sayError)}>{t("avatar_remove")}</Button>}
    </>
  );
}
