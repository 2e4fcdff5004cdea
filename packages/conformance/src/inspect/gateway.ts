// Binary opcodes and their bodies as annotated trees (protocol page §2)
import { externalSenderCodec, keyPackageCodec, opaque, u8, u16, welcomeCodec } from "@puredave/mls";
import { messageReader, type ProposalNotes } from "./mls.ts";
import type { TracingReader } from "./trace.ts";

/** A number, and the reading of what belongs to it. */
function select(reader: TracingReader, name: string, cases: Readonly<Record<number, () => unknown>>): void {
  const value = reader.at(name, () => {
    const number = u8.read(reader);
    return cases[number] ? number : reader.stop(`unknown value ${number}`);
  });
  cases[value]!();
}

/** Op 27 from its operation byte on. */
export function readProposals(reader: TracingReader, notes: ProposalNotes): void {
  const message = messageReader(notes);
  select(reader, "operation", {
    0: () => reader.at("proposal_messages", () => reader.items(() => message(reader))),
    1: () => reader.at("proposal_refs", () => reader.items(() => reader.at("reference", opaque.read))),
  });
}

/** From the server: `uint16 sequence_number`, `uint8 opcode`, body. */
export function readServerMessage(reader: TracingReader, notes: ProposalNotes): void {
  const transition = () => reader.at("transition_id", u16.read);
  reader.at("sequence_number", u16.read);
  select(reader, "opcode", {
    25: () => reader.at("external_sender", externalSenderCodec.read),
    27: () => reader.at("proposals", () => readProposals(reader, notes)),
    29: () => transition() >= 0 && reader.at("commit", () => messageReader(notes)(reader)),
    30: () => transition() >= 0 && reader.at("welcome", welcomeCodec.read),
  });
}

/** From the client: `uint8 opcode`, body. A key package comes bare; an MLSMessage of one is shown as such. */
export function readClientMessage(reader: TracingReader, notes: ProposalNotes): void {
  const message = () => messageReader(notes)(reader);
  select(reader, "opcode", {
    // `mls10` and wire format 5, or `mls10` and cipher suite 2
    26: () => reader.at<unknown>("key_package", reader.input[4] === 5 ? message : keyPackageCodec.read),
    28: () => {
      reader.at("commit", message);
      if (reader.remaining > 0) reader.at("welcome", welcomeCodec.read);
    },
  });
}
