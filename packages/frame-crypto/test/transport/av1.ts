// What an AV1 packetizer and depacketizer do to a frame: the RTP payload format for AV1, v1.0.
// The packetizer removes all OBU sizes. The stock depacketizer puts one on every OBU, the last too, which a DAVE
// frame does not survive; Discord's is patched to leave the last one without. Both are here.
import type { Mtu } from "./h26x.ts";

const HAS_SIZE = 2;

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...leb128(Math.floor(value / 128))];
}

function readLeb128(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let i = 0; ; i++) {
    const byte = bytes[at + i]!;
    value += (byte & 127) * 128 ** i;
    if (byte < 128) return [value, at + i + 1];
  }
}

/** §4.1, §4.4: the OBUs of a temporal unit without their sizes. */
export function elementsOf(frame: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  for (let at = 0; at < frame.length; ) {
    const header = frame[at]!;
    let payload = at + (header & 4 ? 2 : 1);
    const head = [header & ~HAS_SIZE, ...frame.subarray(at + 1, payload)];
    let end = frame.length;
    if (header & HAS_SIZE) {
      const [size, next] = readLeb128(frame, payload);
      payload = next;
      end = next + size;
    }
    if (end > frame.length) throw new Error("an OBU ends past the frame");
    elements.push(Uint8Array.from([...head, ...frame.subarray(payload, end)]));
    at = end;
  }
  return elements;
}

/** §4.4: one aggregation header a packet; elements with their lengths, cut where a packet is full. */
export function packetizeAv1(frame: Uint8Array, mtu: Mtu): Uint8Array[] {
  const packets: Uint8Array[] = [];
  const elements = elementsOf(frame);
  let element = 0;
  let offset = 0;
  while (element < elements.length) {
    let room = Math.max(4, mtu());
    const continued = offset > 0;
    const body: number[] = [];
    let cut = false;
    while (element < elements.length && room > 2 && !cut) {
      const rest = elements[element]!.subarray(offset);
      const piece = rest.subarray(0, Math.max(1, room - 2));
      body.push(...leb128(piece.length), ...piece);
      room -= 2 + piece.length;
      cut = piece.length < rest.length;
      offset = cut ? offset + piece.length : 0;
      if (!cut) element++;
    }
    // Z: continues an element; Y: the last one goes on; W = 0: every element has a length.
    packets.push(Uint8Array.from([(continued ? 0x80 : 0) | (cut ? 0x40 : 0), ...body]));
  }
  return packets;
}

/** Elements again, then OBUs with sizes: `patched` leaves the last one without. */
export function depacketizeAv1(packets: readonly Uint8Array[], patched: boolean): Uint8Array {
  const elements: number[][] = [];
  for (const packet of packets) {
    let continues = (packet[0]! & 0x80) !== 0;
    for (let at = 1; at < packet.length; ) {
      const [length, next] = readLeb128(packet, at);
      const piece = packet.subarray(next, next + length);
      if (continues) elements.at(-1)!.push(...piece);
      else elements.push([...piece]);
      continues = false;
      at = next + length;
    }
  }
  const obus = elements.map((element, i) => {
    if (patched && i === elements.length - 1) return element;
    const head = element[0]! & 4 ? 2 : 1;
    const size = leb128(element.length - head);
    return [element[0]! | HAS_SIZE, ...element.slice(1, head), ...size, ...element.slice(head)];
  });
  return Uint8Array.from(obus.flat());
}
