// The signs that one can write.
import { t } from "../base/i18n";
import css from "./emoji.module.css";

export const EMOJI = "👍 👌 🙏 💪 👏 🤝 ✅ ❌ 😀 😄 😁 😂 🙂 😉 😊 😍 🤔 😅 😎 😭 😮 😴 😷 😤 ❤️ 🌹 🎉 🔥 ⭐ ☀️ 🌧️ ⚠️ ❗ ❓ 📌 📎 📞 📷 ⏰ 🚗 🚧 🏥 🏫 🏭 🍚 🍵 🍎 🐟".split(" ");

export function EmojiPanel({ onPick }: { onPick: (emoji: string) => void }) {
  return (
    <div class={css.emoji} role="group" aria-label={t("emoji")}>
      {EMOJI.map(e => (
        <button type="button" key={e} class={css.emojiKey} aria-label={e} onClick={() => onPick(e)}>{e}</button>
      ))}
    </div>
  );
}
