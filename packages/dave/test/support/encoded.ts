// Encoded frames as WebRTC hands them out, and the streams around them.
import type { EncodedFrame, EncodedFrameMetadata } from "../../src/transform.ts";

export class FakeFrame implements EncodedFrame {
  data: ArrayBuffer;
  readonly type: string | undefined;
  readonly #metadata: EncodedFrameMetadata;

  constructor(bytes: Uint8Array, metadata: EncodedFrameMetadata = {}, type?: string) {
    this.data = new Uint8Array(bytes).buffer;
    this.type = type;
    this.#metadata = metadata;
  }

  getMetadata(): EncodedFrameMetadata {
    return this.#metadata;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.data);
  }
}

export const OPUS = { synchronizationSource: 1, mimeType: "audio/opus" };
export const VP8 = { synchronizationSource: 2, mimeType: "video/VP8" };

/** Frame `index` of a stream: its own bytes, to be told from every other. */
export const numbered = (index: number, metadata: EncodedFrameMetadata = OPUS, type?: string): FakeFrame =>
  new FakeFrame(
    Uint8Array.from({ length: 40 }, (_, at) => (at === 0 ? index : (index * 31 + at * 7) & 0xff)),
    metadata,
    type,
  );

/** What came out, as it came. */
export async function through(
  stream: TransformStream<EncodedFrame, EncodedFrame>,
  frames: readonly EncodedFrame[],
): Promise<FakeFrame[]> {
  const out: FakeFrame[] = [];
  const reading = (async () => {
    for await (const frame of stream.readable as unknown as AsyncIterable<FakeFrame>) out.push(frame);
  })();
  const writer = stream.writable.getWriter();
  for (const frame of frames) await writer.write(frame);
  await writer.close();
  await reading;
  return out;
}
