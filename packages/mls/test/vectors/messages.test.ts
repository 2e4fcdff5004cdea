// messages: every recorded structure decodes and encodes back to the same bytes.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

/** A proposal as its body alone, without the type that the vector leaves out. */
const proposalBody = (type: number): mls.Codec<unknown> => ({
  ...mls.proposalCodec,
  decode: (body) => mls.proposalCodec.decode(mls.concat(Uint8Array.of(0, type), body)),
  encode: (value) => mls.proposalCodec.encode(value as mls.Proposal).slice(2),
});

const CODECS: Record<string, mls.Codec<unknown>> = {
  mls_welcome: mls.mlsMessageCodec,
  mls_group_info: mls.mlsMessageCodec,
  mls_key_package: mls.mlsMessageCodec,
  public_message_application: mls.mlsMessageCodec,
  public_message_proposal: mls.mlsMessageCodec,
  public_message_commit: mls.mlsMessageCodec,
  private_message: mls.mlsMessageCodec,
  ratchet_tree: mls.ratchetTreeCodec,
  group_secrets: mls.groupSecretsCodec,
  commit: mls.commitCodec,
  add_proposal: proposalBody(1),
  update_proposal: proposalBody(2),
  remove_proposal: proposalBody(3),
  pre_shared_key_proposal: proposalBody(4),
  re_init_proposal: proposalBody(5),
  external_init_proposal: proposalBody(6),
  group_context_extensions_proposal: proposalBody(7),
};

rfcVectors("messages", (v: Json) => {
  for (const [field, text] of Object.entries<string>(v)) {
    const codec = CODECS[field];
    if (!codec) throw new Error(`unknown field ${field}`);
    expect([field, mls.hex(codec.encode(codec.decode(bytes(text))))]).toEqual([field, text]);
  }
});
