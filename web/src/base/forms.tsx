// Fields and what else one fills in; loaded with the screens that have them.
import { useState } from "preact/hooks";
import { Icon } from "./icons";
import { t } from "./i18n";
import { hasKeyboard } from "./prefs";
import { classes } from "./ui";
import css from "./forms.module.css";

// The first field has the focus when its form appears; on a phone the keyboard would cover the page.
function focusOnce(el: HTMLInputElement | null): void {
  if (!el || el.dataset.met || !hasKeyboard) return;
  el.dataset.met = "yes";
  el.focus({ preventScroll: true });
}

interface FieldProps {
  label: string;
  name: string;
  value: string;
  onInput: (value: string) => void;
  type?: "text" | "password" | "email" | "tel";
  hint?: string;
  error?: string;
  autocomplete?: string;
  isFirst?: boolean;
  isOptional?: boolean;
  maxLength?: number;
}

export function Field(props: FieldProps) {
  const { label, name, value, type = "text", hint, error } = props;
  const [isShown, setShown] = useState(false);
  const note = error ?? hint;
  return (
    <div class={css.field}>
      <label class={css.label} for={`f-${name}`}>
        {label}
        {props.isOptional && <span class={css.optional}>{t("optional")}</span>}
      </label>
      <div class={css.inputBox}>
        <input
          id={`f-${name}`}
          class={classes(css.input, !!error && css.wrong)}
          name={name}
          type={(isShown ? "text" : type) as "text"}
          value={value}
          autocomplete={props.autocomplete ?? "off"}
          autocapitalize="off"
          spellcheck={false}
          maxLength={props.maxLength}
          aria-invalid={!!error}
          aria-describedby={note ? `n-${name}` : undefined}
          ref={props.isFirst ? focusOnce : undefined}
          onInput={event => props.onInput(event.currentTarget.value)}
        />
        {type === "password" && (
          <button type="button" class={css.show} aria-label={t("show_password")} aria-pressed={isShown} onClick={() => setShown(!isShown)}>
            <Icon name="eye" size={20} />
          </button>
        )}
      </div>
      {note && (
        <p id={`n-${name}`} class={classes(css.note, !!error && css.noteWrong)} role={error ? "alert" : undefined}>
          {note}
        </p>
      )}
    </div>
  );
}

interface SearchBoxProps {
  value: string;
  onInput: (value: string) => void;
  label: string;
  isFirst?: boolean;
}

export function SearchBox({ value, onInput, label, isFirst }: SearchBoxProps) {
  return (
    <div class={css.search}>
      <span class={css.searchIcon}>
        <Icon name="search" size={18} />
      </span>
      <input
        class={css.searchInput}
        type="search"
        value={value}
        placeholder={label}
        aria-label={label}
        autocomplete="off"
        spellcheck={false}
        ref={isFirst ? focusOnce : undefined}
        onInput={event => onInput(event.currentTarget.value)}
      />
      {value && (
        <button type="button" class={css.clear} aria-label={t("clear")} onClick={() => onInput("")}>
          <Icon name="close" size={16} />
        </button>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; label: string }[];
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <div class={css.choice} role="radiogroup" aria-label={label}>
      {options.map(o => (
        <button
          type="button"
          key={o.value}
          role="radio"
          aria-checked={o.value === value}
          class={classes(css.option, o.value === value && css.chosen)}
          onClick={() => onChange(o.value)}
        >
          {o.label}
        </button>
      ))}
    </div>
  );
}

export function Switch({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <button type="button" role="switch" aria-checked={isOn} aria-label={label} class={css.switch} onClick={() => onChange(!isOn)}>
      <span class={classes(css.track, isOn && css.on)}>
        <span class={css.knob} />
      </span>
    </button>
  );
}
