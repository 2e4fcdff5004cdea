// What the hostile tests share: every byte string of the vectors, and running an entry point that must not give way.
// PUREDAVE_SEED replays a run, PUREDAVE_HOSTILE multiplies the number of mutations.
import * as dave from "@puredave/dave";
import * as frames from "@puredave/frame-crypto";
import * as mls from "@puredave/mls";
import type { Fields } from "../../src/vectors/case.ts";
import { toHex } from "../../src/vectors/fields.ts";
import { changed, leaves, shippedFiles } from "./vectors.ts";

// Most of what is tried throws; the stacks would take most of the time.
Error.stackTraceLimit = 0;

export const SEED = Number(process.env.PUREDAVE_SEED ?? 20261123);
export const EFFORT = Number(process.env.PUREDAVE_HOSTILE ?? 1);
export const files = shippedFiles();

/** Every byte string of every vector, once, with the place it was found at first. */
export function allStrings(): Map<string, { readonly where: string; readonly bytes: Uint8Array }> {
  const found = new Map<string, { where: string; bytes: Uint8Array }>();
  for (const file of files)
    file.cases.forEach((vector, index) => {
      for (const path of leaves(vector)) {
        let bytes: Uint8Array | undefined;
        changed(vector, path, (leaf) => {
          if (leaf instanceof Uint8Array) bytes = leaf;
          return leaf;
        });
        if (bytes) found.set(toHex(bytes), { where: `${file.suite}/${index}.${path.join(".")}`, bytes });
      }
    });
  return found;
}

const isTyped = (error: unknown): boolean =>
  error instanceof mls.MlsError ||
  error instanceof frames.FrameCryptoError ||
  error instanceof dave.DaveError;

/** Runs an entry point; anything but a typed error is reported with what is needed to see it again. */
export function withstand(
  name: string,
  where: string,
  bytes: Uint8Array,
  act: (bytes: Uint8Array) => unknown,
): void {
  const before = Uint8Array.from(bytes);
  const unchanged = () => {
    if (Buffer.compare(before, bytes) !== 0)
      throw new Error(`${name} changed its input (${where}, seed ${SEED})`);
  };
  try {
    act(bytes);
  } catch (error) {
    if (isTyped(error)) {
      unchanged();
      return;
    }
    throw new Error(`${name} on a version of ${where}, seed ${SEED}, ${toHex(bytes).slice(0, 4000)}`, {
      cause: error,
    });
  }
  unchanged();
}

export const crypto = mls.createCryptoProvider();

/** The Welcome with our entry alone (G7): then every byte of it is authenticated. */
export function ownWelcome(member: Fields): Uint8Array {
  const ref = mls.keyPackageRef(crypto, mls.keyPackageCodec.decode(member.bytes("keyPackage")));
  const welcome = mls.welcomeCodec.decode(member.bytes("welcome"));
  const secrets = welcome.secrets.filter(({ newMember }) => toHex(newMember) === toHex(ref));
  return mls.welcomeCodec.encode({ ...welcome, secrets });
}
