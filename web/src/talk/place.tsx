// Sending a place, or a colleague's card.
import { useState } from "preact/hooks";
import type { OrgPerson, TalkConversation } from "../api";
import { Field } from "../base/forms";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Sheet } from "../base/sheet";
import { Button } from "../base/ui";
import { ask } from "../net/link";
import { newKey } from "../net/order";
import { PickOne } from "../org/pick";
import css from "./place.module.css";

const millionths = (degrees: number): number => Math.round(degrees * 1e6);

// Degrees from what was typed; NaN when it is no number within ± most.
const degrees = (text: string, most: number): number => {
  const n = /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : NaN;
  return Math.abs(n) <= most ? n : NaN;
};

export function PlaceMaker({ c, close }: { c: TalkConversation; close: () => void }) {
  const [name, setName] = useState("");
  const [address, setAddress] = useState("");
  const [latitude, setLatitude] = useState("");
  const [longitude, setLongitude] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [note, setNote] = useState("");
  const lat = degrees(latitude, 90);
  const lon = degrees(longitude, 180);
  const isReady = !!name.trim() && !isNaN(lat) && !isNaN(lon);
  const find = () => {
    if (!navigator.geolocation) return setNote(t("place_none"));
    setBusy(true);
    navigator.geolocation.getCurrentPosition(
      found => {
        setBusy(false);
        setLatitude(found.coords.latitude.toFixed(6));
        setLongitude(found.coords.longitude.toFixed(6));
        setNote(t("place_found", { n: Math.round(found.coords.accuracy) }));
      },
      () => {
        setBusy(false);
        setNote(t("place_none"));
      },
      { enableHighAccuracy: true, timeout: 15000 },
    );
  };
  const send = () => {
    void ask("send", {
      key: newKey(), conversation: c.id, at: Date.now(), state: "waiting",
      place: { name: name.trim(), address: address.trim() || undefined, latitude: millionths(lat), longitude: millionths(lon) },
    });
    close();
  };
  return (
    <Sheet title={t("place_send")} close={close} footer={<Button look="main" isWide disabled={!isReady} onClick={send}>{t("send")}</Button>}>
      <form class={css.form} onSubmit={e => { e.preventDefault(); if (isReady) send(); }}>
        <Field isFirst name="place" label={t("place_name")} hint={t("place_name_hint")} value={name} onInput={setName} maxLength={80} />
        <Field name="address" label={t("place_address")} isOptional value={address} onInput={setAddress} maxLength={200} />
        <div class={css.find}>
          <Button icon="place" isBusy={isBusy} onClick={find}>{t("place_here")}</Button>
          <span class={css.note} role="status">{note}</span>
        </div>
        <div class={css.two}>
          <Field name="latitude" label={t("place_latitude")} value={latitude} onInput={setLatitude} maxLength={12} />
          <Field name="longitude" label={t("place_longitude")} value={longitude} onInput={setLongitude} maxLength={12} />
        </div>
        <p class={css.hint}><Icon name="shield" size={16} /><span>{t("place_privacy")}</span></p>
      </form>
    </Sheet>
  );
}

export function ContactMaker({ c, close }: { c: TalkConversation; close: () => void }) {
  const send = (p: OrgPerson) => {
    void ask("send", { key: newKey(), conversation: c.id, at: Date.now(), state: "waiting", contact: p.id });
    close();
  };
  return <PickOne title={t("contact_send")} onPick={send} close={close} />;
}
