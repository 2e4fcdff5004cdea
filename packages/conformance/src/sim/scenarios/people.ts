// Stories of people who come and go.
import type { ActionType } from "../plan.ts";
import { cycles, joinAll, type Row } from "./sketch.ts";

const storm = (): [number, ActionType, number][] =>
  Array.from({ length: 50 }, (_, i) => [
    5 + i * 1.2,
    Math.floor(i / 4) % 2 === 0 ? "leave" : "join",
    1 + (i % 4),
  ]);

const WHOLE_CALL = [
  ...["SES-01", "SES-08", "SES-09", "SES-10", "SES-22", "SES-23", "SES-24"],
  ...["GW-01", "GW-03", "GW-05", "GW-10", "GW-18", "GW-23", "Cross-12"],
];

export const PEOPLE: readonly Row[] = [
  [
    "relay-bot",
    "one listener, three speakers; people come and go while everybody speaks: nothing dropped, no key missing",
    WHOLE_CALL,
    {
      members: 5,
      story: [
        ...joinAll(4),
        [6, "join", 4],
        [12, "leave", 2],
        [18, "join", 2],
        [24, "leave", 3],
        [25, "restart", 3],
      ],
      lasts: 32,
    },
    { epochs: 6, received: 6000 },
  ],
  [
    "sole-member",
    "everybody else leaves: the one who stays goes on encrypting, under a key that nobody who left has",
    ["SES-20", "SES-21", "GW-08", "SES-05", "SES-06", "GW-07"],
    { members: 3, story: [...joinAll(3), [8, "leave", 1], [9, "leave", 2], [16, "join", 1]], lasts: 24 },
    { resets: ["sole-member"], faults: ["op 21 id 0"], epochs: 3 },
  ],
  [
    "refill",
    "the channel empties and refills eight times",
    ["SES-02", "GW-09"],
    { members: 2, story: [...joinAll(2), ...cycles(16, 5, 3, 1)], lasts: 56 },
    { resets: ["sole-member"], epochs: 8 },
  ],
  [
    "downgrade-upgrade",
    "a client without DAVE comes and goes twice",
    ["SES-25", "SES-26", "GW-16", "SES-34"],
    {
      members: 3,
      plain: true,
      story: [
        ...joinAll(3),
        [6, "join", "plain"],
        [14, "leave", "plain"],
        [24, "join", "plain"],
        [26, "leave", "plain"],
      ],
      lasts: 34,
    },
    { resets: ["upgrade"], faults: ["downgrade prepared"], epochs: 3 },
  ],
  [
    "plain-first",
    "the call begins without DAVE and is upgraded",
    ["SES-25", "SES-29"],
    {
      members: 3,
      plain: true,
      story: [[0.1, "join", "plain"], ...joinAll(3), [10, "leave", "plain"]],
      lasts: 20,
    },
    { resets: ["upgrade"], epochs: 1 },
  ],
  [
    "storm",
    "fifty joins and leaves a minute",
    ["SES-14", "SES-30", "GW-26"],
    { members: 5, knobs: { overlapping: true }, story: [...joinAll(5), ...storm()], lasts: 66 },
    { epochs: 25 },
  ],
  [
    "reset-while-pending",
    "everybody leaves while a transition is pending: it is void, the sole member's reset goes on",
    ["Cross-3", "SES-04", "SES-20"],
    {
      members: 4,
      knobs: { overlapping: true, executeDelayMs: 3000 },
      story: [
        ...joinAll(3),
        [8, "join", 3],
        [8.4, "leave", 3],
        [8.6, "leave", 1],
        [8.8, "leave", 2],
        [16, "join", 2],
      ],
      lasts: 24,
    },
    { resets: ["sole-member"], faults: ["op 21 id 0"] },
  ],
  [
    "audio-and-video",
    "two SSRCs of one user share one ratchet and one nonce space",
    ["Cross-11", "FRM-08"],
    { members: 3, codec: "vp8", story: [...joinAll(3), [8, "leave", 2], [14, "join", 2]], lasts: 22 },
    { epochs: 4 },
  ],
  [
    "dave-required",
    "a client without DAVE is refused with 4017; the call goes on encrypted",
    ["GW-14", "GW-25", "LIB-01"],
    {
      members: 3,
      plain: true,
      knobs: { daveRequired: true },
      story: [...joinAll(3), [6, "join", "plain"], [9, "join", "plain"], [12, "leave", 2], [14, "join", 2]],
      lasts: 22,
    },
    { epochs: 4 },
  ],
];
