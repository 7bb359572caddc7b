// A browser's long name of itself in two words.
const SYSTEMS: [RegExp, string][] = [
  [/HarmonyOS|OpenHarmony/, "HarmonyOS"], [/Android/, "Android"], [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"], [/Mac OS X|Macintosh/, "macOS"], [/Linux/, "Linux"],
];
const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger/, "WeChat"], [/Edg\//, "Edge"], [/Firefox\//, "Firefox"], [/Chrom(e|ium)\//, "Chrome"], [/Safari\//, "Safari"],
];

const first = (list: [RegExp, string][], agent: string): string => list.find(([sign]) => sign.test(agent))?.[1] ?? "";

export function agentName(agent: string): string {
  const known = [first(SYSTEMS, agent), first(BROWSERS, agent)].filter(Boolean).join(" · ");
  return known || agent.slice(0, 40) || "—";
}
