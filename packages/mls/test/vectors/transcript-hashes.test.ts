// transcript-hashes: both hashes after a commit, and the confirmation tag in it.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

rfcVectors("transcript-hashes", (v: Json, crypto) => {
  const { wireFormat, content, auth } = mls.authenticatedContentCodec.decode(bytes(v.authenticated_content));
  const signed = { wireFormat, content, signature: auth.signature };
  const confirmed = mls.confirmedTranscriptHash(crypto, bytes(v.interim_transcript_hash_before), signed);
  expect(mls.hex(confirmed)).toBe(v.confirmed_transcript_hash_after);
  const tag = mls.confirmationTag(crypto, bytes(v.confirmation_key), confirmed);
  expect(mls.hex(tag)).toBe(mls.hex(auth.confirmationTag!));
  expect(mls.hex(mls.interimTranscriptHash(crypto, confirmed, tag))).toBe(v.interim_transcript_hash_after);
});
