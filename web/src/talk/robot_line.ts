// The line for a shell that posts through a robot, ready to be tried.
export interface RobotChecks {
  keyword?: string; // must occur in what is posted
  secret?: string; // what is posted is signed with it
}

const quoted = (text: string): string => `'${text.replace(/'/g, "'\\''")}'`;

export function curlLine(url: string, { keyword, secret }: RobotChecks, words: string): string {
  const content = [keyword, words].filter(Boolean).join(" ");
  const data = quoted(JSON.stringify({ msgtype: "text", text: { content } }));
  const rest = `-H 'Content-Type: application/json' -d ${data}`;
  if (!secret) return `curl ${quoted(url)} ${rest}`;
  const sign = `printf '%s\\n%s' "$t" "$k" | openssl dgst -sha256 -hmac "$k" -binary | base64 | sed 's/+/%2B/g;s#/#%2F#g;s/=/%3D/g'`;
  return `k=${quoted(secret)}; t=$(date +%s)000; s=$(${sign}); curl ${quoted(url)}"&timestamp=$t&sign=$s" ${rest}`;
}

// Several words written in one line.
export const wordsOf = (text: string): { text: string }[] => Array.from(new Set(text.split(/[\s,，、;；]+/).filter(Boolean))).map(word => ({ text: word }));
