// The small parts that every screen is made of.
import { ComponentChildren } from "preact";
import { signal } from "@preact/signals";
import { Icon, IconName } from "./icons";
import { t } from "./i18n";
import { colour, groupLetters, letters } from "./names";
import css from "./ui.module.css";

export const classes = (...names: (string | false | undefined)[]): string => names.filter(Boolean).join(" ");

// ---- avatars --------------------------------------------------------------------------------------

interface AvatarProps {
  name: string;
  file?: string;
  isGroup?: boolean;
  isOnline?: boolean;
  size?: number;
}

export function Avatar({ name, file, isGroup, isOnline, size = 44 }: AvatarProps) {
  const rem = `${size / 16}rem`;
  const style = { width: rem, height: rem, fontSize: `${(size * 0.34) / 16}rem`, background: file ? "none" : colour(name) };
  return (
    <span class={classes(css.avatar, isGroup && css.round)} style={style} aria-hidden="true" data-online={isOnline || undefined} data-letters={file ? undefined : isGroup ? groupLetters(name) : letters(name)}>
      {file && <img class={css.picture} src={`/v1/files/${file}`} alt="" loading="lazy" />}
      {isOnline && <span class={css.online} />}
    </span>
  );
}

// ---- buttons --------------------------------------------------------------------------------------

interface ButtonProps {
  children: ComponentChildren;
  onClick?: () => void;
  look?: "main" | "plain" | "quiet" | "danger";
  icon?: IconName;
  isBusy?: boolean;
  disabled?: boolean;
  type?: "button" | "submit";
  isWide?: boolean;
}

export function Button({ children, onClick, look = "plain", icon, isBusy, disabled, type = "button", isWide }: ButtonProps) {
  return (
    <button
      type={type}
      class={classes(css.button, css[look], isWide && css.wide)}
      onClick={onClick}
      disabled={disabled || isBusy}
      aria-busy={isBusy}
    >
      {icon && <Icon name={icon} size={20} />}
      <span>{children}</span>
    </button>
  );
}

interface IconButtonProps {
  name: IconName;
  label: string;
  onClick?: (event: MouseEvent) => void;
  isPressed?: boolean;
  disabled?: boolean;
}

export function IconButton({ name, label, onClick, isPressed, disabled }: IconButtonProps) {
  return (
    <button
      type="button"
      class={classes(css.iconButton, isPressed && css.pressed)}
      aria-label={label}
      title={label}
      aria-pressed={isPressed}
      onClick={onClick}
      disabled={disabled}
    >
      <Icon name={name} />
    </button>
  );
}

// ---- screens --------------------------------------------------------------------------------------

interface BarProps {
  title: ComponentChildren;
  note?: ComponentChildren;
  onBack?: () => void;
  children?: ComponentChildren;
  isSmall?: boolean;
}

export function Bar({ title, note, onBack, children, isSmall }: BarProps) {
  return (
    <header class={css.bar}>
      {onBack && <IconButton name="back" label={t("back")} onClick={onBack} />}
      <div class={css.barText}>
        <h1 class={classes(css.title, isSmall && css.small)}>{title}</h1>
        {note && <span class={css.barNote}>{note}</span>}
      </div>
      <div class={css.barActions}>{children}</div>
    </header>
  );
}

interface EmptyProps {
  drawing: "bells" | "people" | "search" | "cloud";
  sentence: string;
  children?: ComponentChildren;
}

const DRAWINGS = {
  bells: "M14 22h92M22 22v8M60 22v8M98 22v8M16 30h12l4 30q-10-4-20 0zM52 30h16l6 42q-14-6-28 0zM92 30h12l4 30q-10-4-20 0zM12 50h19M48 58h24M89 50h19",
  people: "M60 40a13 13 0 1 0 0-26 13 13 0 0 0 0 26zM34 74c2-16 12-25 26-25s24 9 26 25M27 44a9 9 0 1 1 4-17M93 44a9 9 0 1 0-4-17M10 66c1-10 6-16 14-18M110 66c-1-10-6-16-14-18",
  search: "M54 62a24 24 0 1 0 0-48 24 24 0 0 0 0 48zM72 56l22 22M44 38h20M48 30h12",
  cloud: "M36 66a17 17 0 0 1-2-34 24 24 0 0 1 46-4 19 19 0 0 1 4 38zM52 48l16 12M68 48l-16 12",
};

export function Empty({ drawing, sentence, children }: EmptyProps) {
  return (
    <div class={css.empty}>
      <svg viewBox="0 0 120 86" class={css.drawing} aria-hidden="true">
        <path d={DRAWINGS[drawing]} />
      </svg>
      <p class={css.sentence}>{sentence}</p>
      {children}
    </div>
  );
}

export function SkeletonRows({ count = 8 }: { count?: number }) {
  return (
    <div aria-hidden="true" class={css.skeletons}>
      {Array.from({ length: count }, (_, i) => (
        <div class={css.skeletonRow} key={i}>
          <span class={css.skeletonFace} />
          <span class={css.skeletonLine} style={{ width: `${34 + ((i * 17) % 30)}%` }} />
          <span class={css.skeletonLine} style={{ width: `${56 + ((i * 23) % 34)}%` }} />
        </div>
      ))}
    </div>
  );
}

export const Badge = ({ count }: { count: number }) =>
  count > 0 ? <span class={css.badge}>{count > 99 ? "99+" : count}</span> : null;

export const Tag = ({ children }: { children: ComponentChildren }) => <span class={css.tag}>{children}</span>;

// ---- toast ----------------------------------------------------------------------------------------

const said = signal<{ text: string; at: number } | null>(null);

export function say(text: string): void {
  const at = Date.now();
  said.value = { text, at };
  setTimeout(() => {
    if (said.value?.at === at) said.value = null;
  }, 3200);
}

export function Toast() {
  return (
    <div class={css.toasts} role="status" aria-live="polite">
      {said.value && <div class={css.toast}>{said.value.text}</div>}
    </div>
  );
}
