// The token in a group's link; of other texts nothing.
export const tokenOf = (text: string): string | undefined => /#\/g\/([\w-]+)$/.exec(text.trim())?.[1];
