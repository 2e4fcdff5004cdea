// P4: key packages that were made elsewhere: of a member who was recorded, or who moves from another process.

import { importKeyPackage, type KeyPackageBundle } from "@puredave/mls";
import { attempt } from "../attempt.ts";
import { checkBytes, checkObject, DaveError } from "../errors.ts";
import { snowflakeOf } from "../snowflake.ts";
import { identityOf } from "./roster.ts";
import { checkSession, type DaveSession } from "./session.ts";

/** P2: whether a key package names this user. */
function isOwn({ keyPackage }: KeyPackageBundle, userId: string): boolean {
  return snowflakeOf(identityOf(keyPackage.leafNode.credential)) === userId;
}

/**
 * Makes a session take over a key package made elsewhere, to wait for its welcome.
 *
 * @param session has been given the package's signature key as `signaturePrivateKey`
 * @throws {@link DaveError} `invalid-argument` when keys and package do not belong together
 */
export function importMember(
  session: DaveSession,
  member: {
    readonly keyPackage: Uint8Array;
    readonly initPrivateKey: Uint8Array;
    readonly leafPrivateKey: Uint8Array;
  },
): void {
  checkSession(session);
  checkObject(member, "member");
  checkBytes(member.keyPackage, "keyPackage");
  checkBytes(member.initPrivateKey, "initPrivateKey", 32);
  checkBytes(member.leafPrivateKey, "leafPrivateKey", 32);
  const { privateKey: signaturePrivateKey } = session.signatureKeyPair;
  const imported = attempt(() => importKeyPackage(session.crypto, { ...member, signaturePrivateKey }));
  signaturePrivateKey.fill(0);
  if (imported.outcome === "refused")
    throw new DaveError(
      "invalid-argument",
      `keyPackage: expected the KeyPackage of these keys, got ${imported.reason}`,
    );
  if (!isOwn(imported.value, session.userId)) {
    imported.value.close();
    throw new DaveError("invalid-argument", "keyPackage: expected our own identity, got another user's");
  }
  session.useKeyPackage(imported.value);
}
