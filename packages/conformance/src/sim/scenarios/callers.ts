// Stories of programs around the client (clocks, callbacks, websockets), and one that lasts an hour.
import { joinAll, type Row } from "./sketch.ts";

const AN_HOUR = 3600;

export const CALLERS: readonly Row[] = [
  [
    "clock-steps-back",
    "a member's clock goes back an hour right after a removal: the keys of whoever left are gone in time all the same",
    ["GW-21"],
    {
      members: 4,
      story: [
        ...joinAll(4),
        [8, "leave", 3],
        [8.5, "clock-back", 0, 36],
        [20, "join", 3],
        [24, "clock-back", 1, 36],
      ],
      lasts: 34,
    },
    { epochs: 4, flagged: 0 },
  ],
  [
    "rude-callbacks",
    "callbacks throw, return rubbish, empty what they are given and call back: the call goes on",
    ["LIB-13"],
    {
      members: 4,
      rude: [0, 2],
      story: [...joinAll(3), [8, "join", 3], [14, "leave", 3], [18, "restart", 3], [24, "recover", 0]],
      lasts: 34,
    },
    { epochs: 4 },
  ],
  [
    "text-as-bytes",
    "a websocket library hands text over as bytes",
    ["GW-02"],
    {
      members: 3,
      textAsBytes: [0, 1],
      knobs: { firstSeq: 0x7afe },
      story: [...joinAll(3), [8, "leave", 2], [14, "join", 2], [18, "drop", 0, 2]],
      lasts: 26,
    },
    { epochs: 3, flagged: 0 },
  ],
  [
    "closed-by-a-listener",
    "a listener closes the client: it is told nothing more, and the others go on",
    ["SES-28"],
    {
      members: 3,
      story: [
        ...joinAll(3),
        [8, "close-inside", 2],
        [8.1, "leave", 1],
        [14, "restart", 2],
        [14.2, "join", 1],
        [20, "close-inside", 0],
        [20.1, "recover", 0],
        [26, "restart", 0],
      ],
      lasts: 36,
    },
    { epochs: 3 },
  ],
  [
    "hour-of-replays",
    "for an hour an SFU sends old frames of somebody and lets nobody else be heard: a bounded number of recoveries",
    ["SES-14", "SES-13"],
    {
      members: 3,
      story: [
        ...joinAll(3),
        [8, "leave", 2],
        [14, "join", 2],
        [20, "silence", 0, AN_HOUR],
        [21, "replay-attack", 1, AN_HOUR],
      ],
      lasts: 20 + AN_HOUR,
    },
    { faults: ["media: tampered"] },
  ],
];
