// Binary opcodes and their bodies as annotated trees (protocol page §2)
import type { Read } from "./cursor.ts";
import { opaque, select, u16, vector } from "./grammar.ts";
import { externalSender, keyPackage, mlsMessage, type ProposalNotes, welcome } from "./mls.ts";

const transition = u16("transition_id");

/** Op 27 from its operation byte on. */
export const proposalsBody =
  (notes: ProposalNotes): Read =>
  (cursor) =>
    select("operation", 1, {
      0: ["append", vector(mlsMessage(notes))("proposal_messages")],
      1: ["revoke", vector(opaque((bytes) => noteOf(bytes, notes)))("proposal_refs")],
    })(cursor);

function noteOf(bytes: Uint8Array, notes: ProposalNotes): string {
  const hex = Buffer.from(bytes).toString("hex");
  return notes.has(hex) ? `${hex} = ${notes.get(hex)}` : hex;
}

/** From the server: `uint16 sequence_number`, `uint8 opcode`, body. */
export const serverMessage =
  (notes: ProposalNotes): Read =>
  (cursor) => {
    u16("sequence_number")(cursor);
    select("opcode", 1, {
      25: ["dave_mls_external_sender_package", externalSender("external_sender")],
      27: ["dave_mls_proposals", (inner) => void inner.part("proposals", proposalsBody(notes))],
      29: ["dave_mls_announce_commit_transition", transition, mlsMessage(notes)("commit")],
      30: ["dave_mls_welcome", transition, welcome("welcome")],
    })(cursor);
  };

/** From the client: `uint8 opcode`, body. A key package comes bare; an MLSMessage of one is shown as such. */
export const clientMessage =
  (notes: ProposalNotes): Read =>
  (cursor) =>
    select("opcode", 1, {
      26: ["dave_mls_key_package", (inner) => keyPackageOrMessage(notes)(inner)],
      28: [
        "dave_mls_commit_welcome",
        mlsMessage(notes)("commit"),
        (inner) => (inner.left > 0 ? welcome("welcome")(inner) : undefined),
      ],
    })(cursor);

const keyPackageOrMessage =
  (notes: ProposalNotes): Read =>
  (cursor) => {
    // `mls10` and wire format 5, or `mls10` and cipher suite 2.
    const second = cursor.bytes[cursor.at + 3];
    (second === 5 ? mlsMessage(notes)("key_package") : keyPackage("key_package"))(cursor);
  };
