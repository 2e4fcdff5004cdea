// RFC 9420 §2.1, §6, §9: messages, deserialization
import { concatBytes } from "../../bytes.ts";
import type { CaseContext, Suite } from "../../runner/suite.ts";
import { type MlsCase, mlsCase } from "./support.ts";

type Codec = { decode(bytes: Uint8Array): unknown; encode(value: never): Uint8Array };

/** Which codec reads which field; proposals are bodies without their type. */
function codecs({ mls }: MlsCase): Record<string, Codec> {
  const messages = ["mls_welcome", "mls_group_info", "mls_key_package", "private_message"];
  const publicMessages = ["public_message_application", "public_message_proposal", "public_message_commit"];
  return {
    ...Object.fromEntries([...messages, ...publicMessages].map((name) => [name, mls.mlsMessageCodec])),
    ratchet_tree: mls.ratchetTreeCodec,
    group_secrets: mls.groupSecretsCodec,
    commit: mls.commitCodec,
  };
}

/** §17.4; the vectors carry the body that follows the type. */
const PROPOSALS: Readonly<Record<string, number>> = {
  add_proposal: 1,
  update_proposal: 2,
  remove_proposal: 3,
  pre_shared_key_proposal: 4,
  re_init_proposal: 5,
  external_init_proposal: 6,
  group_context_extensions_proposal: 7,
};

function roundTrip({ check }: CaseContext, field: string, codec: Codec, bytes: Uint8Array, section: string) {
  const again = codec.encode(codec.decode(bytes) as never);
  check.bytes(`${field} encoded again`, again, bytes, "RFC 9420 §2.1", section);
}

export const messages: Suite = {
  name: "messages",
  title: "Every message decoded and encoded again",
  rules: ["RFC 9420 §2.1", "RFC 9420 §6", "RFC 9420 §12"],
  run(context) {
    const base = mlsCase(context);
    const { vector } = context;
    for (const [field, codec] of Object.entries(codecs(base)))
      if (vector.has(field)) roundTrip(context, field, codec, vector.bytes(field), "RFC 9420 §6");
    for (const [field, type] of Object.entries(PROPOSALS)) {
      if (!vector.has(field)) continue;
      const bytes = Uint8Array.of(type >> 8, type & 255, ...vector.bytes(field));
      roundTrip(context, field, base.mls.proposalCodec, bytes, "RFC 9420 §12");
    }
  },
};

export const deserialization: Suite = {
  name: "deserialization",
  title: "Vector length headers",
  rules: ["RFC 9420 §2.1.2"],
  run(context) {
    const { mls } = mlsCase(context);
    const { vector, check } = context;
    const length = vector.int("length");
    const header = vector.bytes("vlbytes_header");
    const writer = new mls.Writer();
    writer.lengthHeader(length);
    check.bytes("the header written", writer.finish(), header, "RFC 9420 §2.1.2");
    // A vector of that length is read only up to what memory is sensibly spent on.
    if (length > 1 << 20) return;
    const whole = concatBytes([header, new Uint8Array(length)]);
    check.equal("the length read", mls.opaque.decode(whole).length, length, "RFC 9420 §2.1.2");
  },
};
