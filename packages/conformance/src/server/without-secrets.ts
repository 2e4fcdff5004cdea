// What a capture must not hold: transport keys and tokens.

const SECRET = ["secret_key", "token"] as const;

/** The message with its secrets replaced; text that is no JSON object as it is. */
export function withoutSecrets(text: string): string {
  let message: { d?: Record<string, unknown> };
  try {
    message = JSON.parse(text);
  } catch {
    return text;
  }
  const d = message?.d;
  if (typeof d !== "object" || d === null || !SECRET.some((name) => name in d)) return text;
  const kept = { ...d };
  for (const name of SECRET) if (name in kept) kept[name] = "left out";
  return JSON.stringify({ ...message, d: kept });
}
