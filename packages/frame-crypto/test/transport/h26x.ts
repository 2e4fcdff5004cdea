// What a packetizer and depacketizer of NAL units do to a frame: RFC 6184 (mode 1) and RFC 7798 (no DONL).

/** The next packet's payload size, chosen anew for each. */
export type Mtu = () => number;

interface NalFormat {
  /** Bytes of the NAL unit header. */
  readonly header: number;
  /** The header of an aggregation packet over these units. */
  aggregate(units: readonly Uint8Array[]): number[];
  isAggregate(packet: Uint8Array): boolean;
  /** The header of a fragment, FU header included. */
  fragment(unit: Uint8Array, first: boolean, last: boolean): number[];
  isFragment(packet: Uint8Array): boolean;
  isFirstFragment(packet: Uint8Array): boolean;
  /** The unit's own header from a fragment's. */
  restore(packet: Uint8Array): number[];
}

const fuFlags = (first: boolean, last: boolean): number => (first ? 0x80 : 0) | (last ? 0x40 : 0);

/** RFC 6184 §5.7.1 STAP-A, §5.8 FU-A. */
export const H264: NalFormat = {
  header: 1,
  aggregate: (units) => [24 | Math.max(...units.map((unit) => unit[0]! & 0x60))],
  isAggregate: (packet) => (packet[0]! & 0x1f) === 24,
  fragment: (unit, first, last) => [(unit[0]! & 0xe0) | 28, fuFlags(first, last) | (unit[0]! & 0x1f)],
  isFragment: (packet) => (packet[0]! & 0x1f) === 28,
  isFirstFragment: (packet) => (packet[1]! & 0x80) !== 0,
  restore: (packet) => [(packet[0]! & 0xe0) | (packet[1]! & 0x1f)],
};

const h265Type = (packet: Uint8Array): number => (packet[0]! >> 1) & 0x3f;

/** RFC 7798 §4.4.2 aggregation packets, §4.4.3 fragmentation units. */
export const H265: NalFormat = {
  header: 2,
  aggregate: (units) => [48 << 1, units[0]![1]!],
  isAggregate: (packet) => h265Type(packet) === 48,
  fragment: (unit, first, last) => [
    (unit[0]! & 0x81) | (49 << 1),
    unit[1]!,
    fuFlags(first, last) | h265Type(unit),
  ],
  isFragment: (packet) => h265Type(packet) === 49,
  isFirstFragment: (packet) => (packet[2]! & 0x80) !== 0,
  restore: (packet) => [(packet[0]! & 0x81) | ((packet[2]! & 0x3f) << 1), packet[1]!],
};

/** Annex B as a packetizer reads it: units between start codes, a zero before a code being part of it. */
export function unitsOf(frame: Uint8Array): Uint8Array[] {
  const codes: number[] = [];
  for (let i = 0; i + 3 <= frame.length; i++) {
    if (frame[i] === 0 && frame[i + 1] === 0 && frame[i + 2] === 1) codes.push(i);
  }
  return codes.map((code, i) => {
    const next = codes[i + 1] ?? frame.length;
    const long = next < frame.length && frame[next - 1] === 0;
    return frame.subarray(code + 3, long ? next - 1 : next);
  });
}

function fragments(format: NalFormat, unit: Uint8Array, mtu: Mtu): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = format.header; at < unit.length; ) {
    const size = Math.max(1, mtu() - 3);
    const end = Math.min(unit.length, at + size);
    const head = format.fragment(unit, at === format.header, end === unit.length);
    packets.push(Uint8Array.from([...head, ...unit.subarray(at, end)]));
    at = end;
  }
  return packets;
}

/** Single units, small ones together, large ones in pieces. */
export function packetize(format: NalFormat, frame: Uint8Array, mtu: Mtu): Uint8Array[] {
  const packets: Uint8Array[] = [];
  const units = unitsOf(frame);
  for (let u = 0; u < units.length; ) {
    const limit = mtu();
    const unit = units[u]!;
    if (unit.length > limit) {
      packets.push(...fragments(format, unit, mtu));
      u++;
      continue;
    }
    let count = 1;
    let size = format.header + 2 + unit.length;
    while (u + count < units.length && size + 2 + units[u + count]!.length <= limit) {
      size += 2 + units[u + count]!.length;
      count++;
    }
    const group = units.slice(u, u + count);
    const joined = group.flatMap((one) => [one.length >> 8, one.length & 255, ...one]);
    packets.push(count === 1 ? unit : Uint8Array.from([...format.aggregate(group), ...joined]));
    u += count;
  }
  return packets;
}

/** Back to Annex B: every unit after a 4-byte start code. */
export function depacketize(format: NalFormat, packets: readonly Uint8Array[]): Uint8Array {
  const frame: number[] = [];
  for (const packet of packets) {
    if (format.isFragment(packet)) {
      if (format.isFirstFragment(packet)) frame.push(0, 0, 0, 1, ...format.restore(packet));
      frame.push(...packet.subarray(format.header + 1));
    } else if (format.isAggregate(packet)) {
      for (let at = format.header; at < packet.length; ) {
        const length = (packet[at]! << 8) | packet[at + 1]!;
        frame.push(0, 0, 0, 1, ...packet.subarray(at + 2, at + 2 + length));
        at += 2 + length;
      }
    } else {
      frame.push(0, 0, 0, 1, ...packet);
    }
  }
  return Uint8Array.from(frame);
}
