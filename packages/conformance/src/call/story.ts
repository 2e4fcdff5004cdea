// The relay-bot call: who comes and goes when.

/** One line of the story; times in virtual milliseconds. */
export interface Chapter {
  readonly atMs: number;
  readonly who: string;
  readonly does: "joins" | "leaves" | "rejoins";
}

export interface Role {
  readonly name: string;
  readonly userId: string;
  readonly speaks: boolean;
}

export const CHANNEL_ID = "1290000000000000007";

/** Snowflakes above 2^53, as real ones are. */
export const ROLES: readonly Role[] = [
  { name: "relay", userId: "1180000000000000001", speaks: false },
  { name: "alice", userId: "1180000000000000011", speaks: true },
  { name: "bob", userId: "1180000000000000022", speaks: true },
  { name: "carol", userId: "1180000000000000033", speaks: true },
  { name: "dave", userId: "1180000000000000044", speaks: true },
];

/** One listener and three speakers; then one more joins, one leaves, one rejoins. */
export const STORY: readonly Chapter[] = [
  { atMs: 0, who: "relay", does: "joins" },
  { atMs: 200, who: "alice", does: "joins" },
  { atMs: 400, who: "bob", does: "joins" },
  { atMs: 600, who: "carol", does: "joins" },
  { atMs: 4000, who: "dave", does: "joins" },
  { atMs: 7000, who: "bob", does: "leaves" },
  { atMs: 10_000, who: "bob", does: "rejoins" },
];
