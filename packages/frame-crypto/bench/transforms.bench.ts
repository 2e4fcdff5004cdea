// npm run bench -- transforms: encoded transforms of browsers, ours beside one that calls davey, both in a TransformStream.

import { decryptTransform } from "../../dave/src/transform/decrypt.ts";
import { encryptTransform } from "../../dave/src/transform/encrypt.ts";
import { pair } from "../../dave/test/support/call.ts";
import { CODECS, MEDIA_TYPES } from "../src/index.ts";
import { casesFor, type FrameCase } from "./cases.ts";
import { type DaveyPair, daveyPair, loadDavey } from "./davey.ts";
import { LEAST_DISTURBED, quantile } from "./measure.ts";
import { frames } from "./ours.ts";
import type { Direction } from "./subjects.ts";

const SSRC = 1;
const BATCH = 50;
const WARM_UP_BATCHES = 40;

interface EncodedFrame {
  data: ArrayBuffer;
  readonly type?: string;
  getMetadata(): { readonly synchronizationSource: number };
}

const encoded = (data: Uint8Array): EncodedFrame => ({
  data: new Uint8Array(data).buffer,
  getMetadata: () => ({ synchronizationSource: SSRC }),
});

interface Subject {
  readonly name: string;
  readonly stream: TransformStream<EncodedFrame, EncodedFrame>;
  /** A frame as it enters the transform. */
  next(): Uint8Array;
}

type Stream = TransformStream<EncodedFrame, EncodedFrame>;

function ours({ codec, media: mediaType, frame }: FrameCase, direction: Direction): Subject {
  const { a, b } = pair();
  a.client.assignSsrcToCodec(SSRC, codec);
  if (direction === "encrypt")
    return {
      name: "puredave",
      stream: encryptTransform(a.client, { mediaType }) as Stream,
      next: () => frame,
    };
  const next = (): Uint8Array => {
    const sent = a.client.encrypt({ mediaType, ssrc: SSRC, frame });
    if (sent.outcome !== "encrypted") throw new Error(`client: ${sent.outcome}`);
    return sent.frame;
  };
  return {
    name: "puredave",
    stream: decryptTransform(b.client, { mediaType, userId: a.userId }) as Stream,
    next,
  };
}

/** What a user of davey writes: a TransformStream that hands the bytes on and puts the result in their place. */
function davey(davey: DaveyPair, frameCase: FrameCase, direction: Direction): Subject {
  const { codec, media, frame } = frameCase;
  const [mediaNumber, codecNumber] = [MEDIA_TYPES.indexOf(media), CODECS.indexOf(codec)];
  const protect = (bytes: Buffer): Buffer =>
    direction === "encrypt"
      ? davey.encrypt(mediaNumber, codecNumber, bytes)
      : davey.decrypt(mediaNumber, bytes);
  const sender = frames(frameCase, "portable", davey.ourSecret);
  return {
    name: "davey",
    stream: new TransformStream<EncodedFrame, EncodedFrame>({
      transform(one, controller) {
        one.data = new Uint8Array(protect(Buffer.from(one.data))).buffer;
        controller.enqueue(one);
      },
    }),
    next: direction === "encrypt" ? () => frame : () => sender.seal(),
  };
}

/** Microseconds a frame of one batch that goes through the stream, one frame after the other. */
async function batch(
  { next }: Subject,
  writer: WritableStreamDefaultWriter<EncodedFrame>,
  reader: ReadableStreamDefaultReader<EncodedFrame>,
): Promise<number> {
  const given = Array.from({ length: BATCH }, () => encoded(next()));
  const start = performance.now();
  for (const frame of given) {
    void writer.write(frame);
    if ((await reader.read()).done) throw new Error("the stream has ended");
  }
  return ((performance.now() - start) * 1000) / BATCH;
}

async function time(subjects: readonly Subject[], rounds: number): Promise<number[]> {
  const ends = subjects.map(
    ({ stream }) => [stream.writable.getWriter(), stream.readable.getReader()] as const,
  );
  const times = subjects.map((): number[] => []);
  for (let round = -WARM_UP_BATCHES; round < rounds; round++)
    for (let turn = 0; turn < subjects.length; turn++) {
      const s = (turn + Math.abs(round)) % subjects.length;
      const taken = await batch(subjects[s]!, ...ends[s]!);
      if (round >= 0) times[s]!.push(taken);
    }
  return times.map((all) => quantile(all, LEAST_DISTURBED));
}

/** Prints a row for each size and direction. */
export async function transforms(rounds: number): Promise<number> {
  const native = await loadDavey();
  const other = native && daveyPair(native);
  console.log("| frame | | puredave µs | davey µs | puredave ÷ davey |\n| --- | --- | ---: | ---: | ---: |");
  for (const frameCase of casesFor("").filter(({ turns }) => turns === undefined))
    for (const direction of ["encrypt", "decrypt"] as const) {
      const subjects = [ours(frameCase, direction), ...(other ? [davey(other, frameCase, direction)] : [])];
      const [own, theirs] = await time(subjects, rounds);
      const cells = [own!, theirs, theirs && own! / theirs].map((value) => value?.toFixed(2) ?? "–");
      console.log(`| ${frameCase.name} | ${direction} | ${cells.join(" | ")} |`);
    }
  return 0;
}
